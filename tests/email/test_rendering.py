"""A letter sent with substitutions and a letter rendered whole are the same letter, whatever the values."""

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coaching.adapters.rendering import (
    MOST_SUBSTITUTION_BYTES,
    PARTS,
    Frame,
    Letter,
    Stationery,
    bare_tag,
    html_tag,
    substitutions,
)
from coaching.domain.letters import LETTERS, LetterError, one_line

FOLDER = Path(__file__).parents[2] / "templates" / "email"
FRAME = Frame("Müller & Søn <Coaching>", "1 Example Street, 00000 Town", "https://firm.example.test")
STATIONERY = Stationery(FOLDER, FRAME)

NASTY = (
    "",
    "Robert; DROP TABLE client",
    "{{ 7*7 }}{% raw %}${7*7}#{7*7}",
    "[%greeting%] [%why.h%] [%%] [[%%why%]%]",
    "<script>alert(1)</script>",
    "</mj-text></mjml><!-- ]]> --> <![endif]-->",
    "\" onclick='x' &amp; &lt; & &#39; &nbsp;",
    "Ana\r\nBcc: everyone@example.test\u2028\x85\x0b\x00",
    "محمد علی \u202egnihtyna\u202c",
    "👩‍💻 🇫🇷 e\u0301 \ud800",
    "\\1 \\g<0> $1 %s %(why)s",
)
a_value = (
    st.text(max_size=60)
    | st.sampled_from(NASTY)
    | st.lists(st.sampled_from("[%].h why&<>\"'"), max_size=9).map("".join)
)
every_letter = pytest.mark.parametrize("name", LETTERS)


def values_of(name: str) -> st.SearchStrategy[dict[str, str]]:
    """Give any text for any variable of a letter."""
    return st.fixed_dictionaries(dict.fromkeys(LETTERS[name].variable_names, a_value))


def fill(letter: Letter, tags: Mapping[str, str]) -> Letter:
    """Do what SendGrid does: replace tag after tag, in subject, HTML and text alike."""
    for tag, value in tags.items():
        letter = Letter(
            letter.subject.replace(tag, value),
            letter.html.replace(tag, value),
            letter.text.replace(tag, value),
        )
    return letter


def stationery_with(tmp_path: Path, **changes: str) -> Stationery:
    """Copy the templates, with the parts of `report` that are given here written anew."""
    folder = tmp_path / "email"
    shutil.copytree(FOLDER, folder)
    for part, text in changes.items():
        (folder / "report" / part.replace("_", ".")).write_text(text, encoding="utf-8")
    return Stationery(folder, FRAME)


@every_letter
@given(data=st.data())
def test_both_ways_give_the_same_letter(name: str, data: st.DataObject) -> None:
    """Substitutions in any order into the compiled letter, and direct rendering, agree for any values."""
    values = data.draw(values_of(name))
    tags = substitutions(name, values)
    order = data.draw(st.permutations(list(tags)))
    compiled = STATIONERY.compile_letter(name)
    rendered = STATIONERY.render(name, values)
    filled = fill(compiled, {tag: tags[tag] for tag in order})
    assert filled.html == rendered.html
    assert filled.text.strip() == rendered.text.strip()
    assert filled.subject == rendered.subject


def test_a_subject_with_values_is_the_same_both_ways(tmp_path: Path) -> None:
    """A value in a subject stays one line, whichever way it gets there."""
    stationery = stationery_with(tmp_path, subject_txt="A note: {{ sign_off }}\n")
    values = {**LETTERS["report"].sample.as_mapping(), "sign_off": "Jo & <Co>\r\nBcc: everyone@example.test"}
    compiled = stationery.compile_letter("report")
    assert compiled.subject == "A note: [%sign_off%]"
    assert "<title>A note: [%sign_off.h%]</title>" in compiled.html
    filled = fill(compiled, substitutions("report", values))
    assert filled == stationery.render("report", values)
    assert filled.subject == "A note: Jo & <Co> Bcc: everyone@example.test"


@every_letter
def test_compiled_letters_hold_a_tag_for_every_value(name: str) -> None:
    """Each variable is used in the HTML, escaped, and in the text, bare."""
    compiled = STATIONERY.compile_letter(name)
    for variable in LETTERS[name].variable_names:
        assert html_tag(variable) in compiled.html
        assert bare_tag(variable) not in compiled.html
        assert bare_tag(variable) in compiled.text
        assert html_tag(variable) not in compiled.text


@every_letter
def test_a_letter_is_compiled_once(name: str) -> None:
    """The second look at a compiled letter costs nothing."""
    assert STATIONERY.compile_letter(name) is STATIONERY.compile_letter(name)


def test_the_firm_is_escaped_where_markup_is_read() -> None:
    """A firm called 'Müller & Søn <Coaching>' stands as it is in the text and escaped in the HTML."""
    letter = STATIONERY.render("report", LETTERS["report"].sample)
    assert "Müller &amp; Søn &lt;Coaching&gt;" in letter.html
    assert "<Coaching>" not in letter.html
    assert "Müller & Søn <Coaching>" in letter.text


@given(a_value)
def test_substitutions_are_mere_data(value: str) -> None:
    """No value breaks a line, opens an element or brings a tag of its own."""
    tags = substitutions("report", dict.fromkeys(LETTERS["report"].variable_names, value))
    for tag, filled in tags.items():
        assert "[%" not in filled
        assert len(filled.splitlines()) <= 1
        assert not tag.endswith(".h%]") or not set(filled) & set("<>\"'")
    assert tags["[%why%]"] == one_line(value).replace("[%", "[ %")


def test_a_missing_value_is_named() -> None:
    """What is missing is named with its letter, whichever way the letter is made."""
    values = LETTERS["report"].sample.as_mapping()
    del values["open_url"]
    for make in (STATIONERY.render, substitutions):
        with pytest.raises(LetterError, match="letter 'report': variable 'open_url' is missing"):
            make("report", values)


def test_an_unknown_value_is_named() -> None:
    """A value that the letter doesn't take is refused by name."""
    values = {**LETTERS["report"].sample.as_mapping(), "first_name": "Ana"}
    for make in (STATIONERY.render, substitutions):
        with pytest.raises(LetterError, match="letter 'report': variable 'first_name' is unknown"):
            make("report", values)


def test_values_of_another_letter_are_refused() -> None:
    """One letter's values don't fit another."""
    with pytest.raises(LetterError, match="letter 'was-this-you': variable 'mine_url' is missing"):
        STATIONERY.render("was-this-you", LETTERS["report"].sample)


def test_only_text_is_taken() -> None:
    """None never becomes the word 'None' in a letter."""
    values = {**LETTERS["report"].sample.as_mapping(), "why": None}
    with pytest.raises(LetterError, match="variable 'why' is missing or not text"):
        substitutions("report", values)  # type: ignore[arg-type]


def test_values_beyond_the_limit_are_refused_here_and_not_by_sendgrid() -> None:
    """SendGrid takes 10,000 bytes of substitutions a recipient; the refusal says how many there are."""
    sample = LETTERS["report"].sample
    size = sum(
        len(tag.encode()) + len(text.encode()) for tag, text in substitutions("report", sample).items()
    )
    room = (MOST_SUBSTITUTION_BYTES - size) // 2
    substitutions("report", replace(sample, why=sample.why + "x" * room))
    with pytest.raises(LetterError, match=r"letter 'report': the values take 100\d\d bytes, at most 10000"):
        substitutions("report", replace(sample, why=sample.why + "é" * (room // 2 + 9)))


def test_an_undefined_name_in_a_template_is_named(tmp_path: Path) -> None:
    """A template that asks for what nobody declared says which letter and which name."""
    stationery = stationery_with(tmp_path, body_txt="Hello {{ nobody }}")
    with pytest.raises(LetterError, match="letter 'report': UndefinedError: 'nobody' is undefined"):
        stationery.compile_letter("report")


@pytest.mark.parametrize(
    "mjml", ["<mjml><mj-body><mj-nonsense /></mj-body></mjml>", "<mjml><mj-body>", "<p>x</p>"]
)
def test_faulty_mjml_is_refused_with_the_letters_name(tmp_path: Path, mjml: str) -> None:
    """A letter that can't be made into HTML is refused when compiled, not when read."""
    stationery = stationery_with(tmp_path, body_mjml=mjml)
    with pytest.raises(LetterError, match="letter 'report': "):
        stationery.compile_letter("report")


def test_a_folder_without_letters_is_refused(tmp_path: Path) -> None:
    """A wrong path is found at the start, with the path in the sentence."""
    with pytest.raises(LetterError, match=f"no letters in {tmp_path}"):
        Stationery(tmp_path, FRAME)


@pytest.mark.parametrize(
    "part", [*(f"report/{part}" for part in PARTS), "_base/frame.mjml", "_base/frame.txt"]
)
def test_the_version_changes_with_every_part(tmp_path: Path, part: str) -> None:
    """Any edit of a letter's parts or of the frame makes a new version."""
    folder = tmp_path / "email"
    shutil.copytree(FOLDER, folder)
    before = Stationery(folder, FRAME).version("report")
    (folder / part).write_text((folder / part).read_text(encoding="utf-8") + " ", encoding="utf-8")
    assert before == STATIONERY.version("report")
    assert Stationery(folder, FRAME).version("report") != before


@pytest.mark.parametrize("field", ["firm_name", "postal_address", "public_url"])
def test_the_version_changes_with_the_firm(field: str) -> None:
    """A firm that moves writes a new version of every letter."""
    moved = Stationery(FOLDER, replace(FRAME, **{field: "elsewhere"}))
    assert all(moved.version(name) != STATIONERY.version(name) for name in LETTERS)


def test_the_version_stays_when_another_letter_changes(tmp_path: Path) -> None:
    """Versions tell letters apart and don't move without a reason."""
    stationery = stationery_with(tmp_path, subject_txt="Your report")
    assert stationery.version("was-this-you") == STATIONERY.version("was-this-you")
    assert stationery.version("report") != STATIONERY.version("report")
    assert len({STATIONERY.version(name) for name in LETTERS}) == len(LETTERS)
    assert STATIONERY.compile_letter("report").version == STATIONERY.version("report")
