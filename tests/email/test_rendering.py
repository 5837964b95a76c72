"""A letter sent with substitutions and a letter rendered whole are the same letter, whatever the values."""

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coaching.adapters.filling import Filler, bare_tag, html_tag
from coaching.adapters.rendering import PARTS, Frame, Letter, Stationery, substitutions
from coaching.domain.drip_letters import DRIP_LETTERS
from coaching.domain.letters import LETTERS, TOUCHES, LetterError
from coaching.settings import TEMPLATES
from sandbox.substitution import substitute
from tests.email.nasty import a_value, values_of
from tests.email.papers import is_looked_at

FOLDER = TEMPLATES / "email"
FRAME = Frame("Müller & Søn <Coaching> [%why%]", "1 Example Street, 00000 Town", "https://firm.example.test")
STATIONERY = Stationery(FOLDER, FRAME)

# The letters of sequences have one layout and the same values: one stands for all.
SHARED = [
    name
    for name, template in LETTERS.items()
    if template.body == "shared" and is_looked_at(template) and name not in DRIP_LETTERS[1:]
]
every_letter = pytest.mark.parametrize("name", SHARED)


def filled_by_the_sandbox(letter: Letter, tags: Mapping[str, str]) -> Letter:
    """Put the values in as the sandbox shows letters: all tags in one pass."""
    return Letter(
        substitute(letter.subject, tags), substitute(letter.html, tags), substitute(letter.text, tags)
    )


def filled_in_turn(letter: Letter, tags: Mapping[str, str]) -> Letter:
    """Replace tag after tag, in subject, HTML and text alike: nobody says which way SendGrid does it."""
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


@pytest.mark.long
@every_letter
@given(data=st.data())
def test_both_ways_give_the_same_letter(name: str, data: st.DataObject) -> None:
    """Values put in the place of tags, in any order, or written in at once: the same to the byte."""
    values = data.draw(values_of(LETTERS[name]))
    tags = Filler(LETTERS[name]).fill(values)
    order = data.draw(st.permutations(list(tags)))
    compiled = STATIONERY.compile_letter(name)
    rendered = STATIONERY.render(name, values)
    assert filled_by_the_sandbox(compiled, tags) == rendered
    assert filled_in_turn(compiled, {tag: tags[tag] for tag in order}) == rendered


@pytest.fixture(scope="module")
def edges(tmp_path_factory: pytest.TempPathFactory) -> Stationery:
    """Let values stand first and last in subject and text, where blanks would be trimmed."""
    text = "\n {{ greeting }}\n{{ open_url }} {{ why }}\n{{ unsubscribe_url }}\n{{ sign_off }} \n"
    subject = "{{ greeting }} A note: {{ sign_off }}\n"
    return stationery_with(tmp_path_factory.mktemp("letters"), subject_txt=subject, body_txt=text)


@given(value=a_value)
def test_a_subject_with_values_is_the_same_both_ways(edges: Stationery, value: str) -> None:
    """A value in a subject stays one line, whichever way it gets there, also where it is nothing at all."""
    values = {**LETTERS["report"].sample.as_mapping(), "sign_off": value, "greeting": value}
    compiled = edges.compile_letter("report")
    assert compiled.subject == "[%greeting%] A note: [%sign_off%]"
    assert "<title>[%greeting.h%] A note: [%sign_off.h%]</title>" in compiled.html
    rendered = edges.render("report", values)
    assert filled_by_the_sandbox(compiled, substitutions("report", values)) == rendered
    assert len(rendered.subject.splitlines()) == 1


def test_a_subject_is_one_line_however_it_was_written(tmp_path: Path) -> None:
    """A line break in a template forges no header either."""
    stationery = stationery_with(tmp_path, subject_txt="A note\n on two  lines\n\n")
    assert stationery.compile_letter("report").subject == "A note on two lines"


@every_letter
def test_compiled_letters_hold_a_tag_for_every_value(name: str) -> None:
    """Each variable is used in the HTML, escaped, and in the text, bare; but not what a section has alone."""
    compiled = STATIONERY.compile_letter(name)
    of_the_section = set() if name == TOUCHES else {"answer_url"}
    for variable in set(LETTERS[name].variable_names) - of_the_section:
        assert html_tag(variable) in compiled.html
        assert bare_tag(variable) not in compiled.html
        assert bare_tag(variable) in compiled.text
        assert html_tag(variable) not in compiled.text
    assert all(one not in compiled.html + compiled.text for one in of_the_section)


@every_letter
def test_a_letter_is_compiled_once(name: str) -> None:
    """The second look at a compiled letter costs nothing."""
    assert STATIONERY.compile_letter(name) is STATIONERY.compile_letter(name)


def test_the_firm_is_escaped_where_markup_is_read() -> None:
    """A firm called 'Müller & Søn <Coaching>' stands as it is in the text and escaped in the HTML."""
    letter = STATIONERY.render("report", LETTERS["report"].sample)
    assert "Müller &amp; Søn &lt;Coaching&gt; [ %why%]" in letter.html
    assert "<Coaching>" not in letter.html
    assert "Müller & Søn <Coaching> [ %why%]" in letter.text


def test_a_host_is_not_filled_in(tmp_path: Path) -> None:
    """What is written for each client can't be compiled for a thousand."""
    own = replace(LETTERS["report"], body="own")
    with pytest.raises(LetterError, match="letter 'report': it is written for each client, not filled in"):
        Stationery(FOLDER, FRAME, {"report": own}).compile_letter("report")


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
