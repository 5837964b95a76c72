"""Every folder of templates/email/ is a whole letter, and one that people can live with."""

import re
from dataclasses import fields
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import Environment, meta, nodes

from coaching.adapters.rendering import MOST_SUBSTITUTION_BYTES, PARTS, Frame, Letter, Stationery
from coaching.domain.letters import LETTERS

FOLDER = Path(__file__).parents[2] / "templates" / "email"
FRAME = Frame("Northlight", "1 Example Street, 00000 Town", "https://firm.example.test")
STATIONERY = Stationery(FOLDER, FRAME)
NAMES = sorted(folder.name for folder in FOLDER.iterdir() if folder.is_dir() and folder.name != "_base")
FIXED = {field.name for field in fields(Frame)} | {"folder"}
VOID = {"meta", "br", "img", "link", "hr", "input"}
GMAIL_CUTS_AT = 102 * 1024

# What a lock screen, a shared screen or a work calendar has no business knowing.
INDISCREET = re.compile(
    r"\b(quit\w*|leav\w*|resign\w*|notice|job\w*|career\w*|boss\w*|employ\w*|manager\w*|salar\w*|pay|fired|laid|"
    r"layoff\w*|recruit\w*|interview\w*|hir\w+|cv|r[ée]sum[ée]\w*|unhappy|stuck|burn\w*|transition\w*|scores?|"
    r"profile\w*|results?|assessment\w*|diagnos\w*)\b",
    re.IGNORECASE,
)

every_letter = pytest.mark.parametrize("name", NAMES)


class Reader(HTMLParser):
    """What a person sees of a letter, and what a mail program finds in it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.seen: list[str] = []
        self.hidden: list[str] = []
        self._open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the element; remember whether it hides what it holds."""
        given = dict(attrs)
        self.elements.append((tag, given))
        if tag not in VOID:
            hides = tag in {"head", "style", "title"} or "display:none" in (given.get("style") or "")
            self._open.append("hidden" if hides else tag)

    def handle_endtag(self, tag: str) -> None:
        """Leave the element."""
        if tag not in VOID:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        """Sort the words into what is seen and what is not."""
        (self.hidden if "hidden" in self._open else self.seen).append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """Give the attributes of every element of this kind."""
        return [given for name, given in self.elements if name == tag]


def sample(name: str) -> Letter:
    """Render a letter with its sample values."""
    return STATIONERY.render(name, LETTERS[name].sample)


def sources(name: str, *suffixes: str) -> dict[str, str]:
    """Read the parts of a letter and of the frame, by suffix where one is given."""
    paths = [*(FOLDER / name).iterdir(), *(FOLDER / "_base").iterdir()]
    return {
        str(path.relative_to(FOLDER)): path.read_text(encoding="utf-8")
        for path in paths
        if not suffixes or path.suffix in suffixes
    }


def asked_for(*texts: str) -> set[str]:
    """Name the variables that template texts ask for, leaving out the macros that they import."""
    asked: set[str] = set()
    for tree in (Environment(autoescape=True).parse(text) for text in texts):
        imported = {name for found in tree.find_all(nodes.FromImport) for name in found.names}
        asked |= meta.find_undeclared_variables(tree) - {str(name) for name in imported}
    return asked


def test_folders_and_registry_agree() -> None:
    """Every folder is a registered letter and every registered letter has a folder."""
    assert sorted(LETTERS) == NAMES


@every_letter
def test_all_parts_exist_and_say_something(name: str) -> None:
    """A letter is exactly its four parts, none of them empty."""
    assert sorted(path.name for path in (FOLDER / name).iterdir()) == sorted(PARTS)
    assert all((FOLDER / name / part).read_text(encoding="utf-8").strip() for part in PARTS)


@every_letter
def test_templates_ask_for_declared_values_only(name: str) -> None:
    """No part asks for a value that the letter's dataclass doesn't name."""
    declared = set(LETTERS[name].variable_names) | FIXED
    for path, text in sources(name).items():
        assert asked_for(text) <= declared, path


@every_letter
@pytest.mark.parametrize("suffix", [".mjml", ".txt"])
def test_every_declared_value_is_used(name: str, suffix: str) -> None:
    """HTML and text each use every value that must be given."""
    assert set(LETTERS[name].variable_names) <= asked_for(*sources(name, suffix).values())


@every_letter
def test_templates_decide_nothing(name: str) -> None:
    """No part branches or loops: what is sent with tags must not depend on a value."""
    environment = Environment(autoescape=True)
    for path, text in sources(name).items():
        tree = environment.parse(text)
        assert not list(tree.find_all((nodes.If, nodes.For, nodes.CondExpr))), path


@every_letter
@pytest.mark.parametrize("part", ["subject.txt", "preheader.txt"])
def test_what_a_lock_screen_shows_is_discreet(name: str, part: str) -> None:
    """Subject and preheader are one short calm line that betrays nothing."""
    line = (FOLDER / name / part).read_text(encoding="utf-8").removesuffix("\n")
    assert len(line.splitlines()) == 1
    assert 0 < len(line) <= (60 if part == "subject.txt" else 110)
    assert "!" not in line
    assert line[0].isupper()
    assert not line.isupper()
    assert not INDISCREET.search(line)


@pytest.mark.parametrize(
    "subject", ["Ready to quit?", "Your job-leaning profile", "Leaving well", "Your new résumé"]
)
def test_indiscreet_words_are_noticed(subject: str) -> None:
    """The list of words notices what it is there for."""
    assert INDISCREET.search(subject)


@every_letter
def test_the_text_says_the_same(name: str) -> None:
    """HTML and text have the same words in the same order; the text adds the addresses of the links."""
    letter = sample(name)
    links = re.findall(r"https?://\S+", letter.text)
    text = re.sub(r":\s+https?://\S+", " ", letter.text).replace("* * *", " ")
    seen = Reader(letter.html)
    assert text.split() == " ".join(seen.seen).split()
    assert links == [given["href"] for given in seen.all("a")]


@every_letter
def test_no_letter_shouts(name: str) -> None:
    """No exclamation mark and no 'Oops' in anything that is read."""
    letter = sample(name)
    assert "!" not in letter.subject + letter.text
    assert "oops" not in letter.text.lower()


@every_letter
def test_the_footer_says_why_who_and_how_to_stop(name: str) -> None:
    """The reason, the postal address and the unsubscribe link stand in HTML and text."""
    letter = sample(name)
    values = LETTERS[name].sample
    seen = " ".join(" ".join(Reader(letter.html).seen).split())
    for part in (values.why, f"{FRAME.firm_name}, {FRAME.postal_address}", "Unsubscribe"):
        assert part in letter.text
        assert part in seen
    assert f"Unsubscribe: {values.unsubscribe_url}\n" in letter.text
    assert values.unsubscribe_url in [given["href"] for given in Reader(letter.html).all("a")]


@every_letter
def test_one_letter_asks_for_one_act(name: str) -> None:
    """Exactly one link is a button."""
    buttons = [given for given in Reader(sample(name).html).all("a") if given.get("class") == "button"]
    assert len(buttons) == 1


@every_letter
def test_links_are_not_tracked(name: str) -> None:
    """SendGrid rewrites no link: each acts, unsubscribes or opens something personal."""
    links = Reader(sample(name).html).all("a")
    assert links
    assert all(given.get("clicktracking") == "off" for given in links)


@every_letter
def test_the_preheader_is_hidden_and_first(name: str) -> None:
    """The preheader is the first thing a list shows, and the letter doesn't run on behind it."""
    reader = Reader(sample(name).html)
    preheader = (FOLDER / name / "preheader.txt").read_text(encoding="utf-8").strip()
    hidden = "".join(reader.hidden)
    behind = hidden[hidden.index(preheader) + len(preheader) :]
    assert preheader not in " ".join(reader.seen)
    assert len(behind) >= 100
    assert not re.search(r"\w", behind)


@every_letter
def test_the_html_is_well_under_what_gmail_cuts(name: str) -> None:
    """The compiled letter with the most that substitutions may add stays under 102 KB."""
    html = STATIONERY.compile_letter(name).html
    uses = html.count(".h%]")
    assert len(html.encode()) + uses * MOST_SUBSTITUTION_BYTES // 2 < GMAIL_CUTS_AT


@every_letter
def test_nothing_is_fetched_or_run(name: str) -> None:
    """No picture, no SVG, no script, no form, no font or style from another host."""
    reader = Reader(sample(name).html)
    unwanted = {
        "img",
        "picture",
        "svg",
        "script",
        "iframe",
        "form",
        "object",
        "video",
        "link",
        "base",
        "input",
    }
    assert not unwanted & {tag for tag, _ in reader.elements}
    assert "\\" not in sample(name).html  # mrml writes backslashes into attributes that it can't spell
    assert not re.search(r"@import|url\(|expression\(|javascript:|\bsrc=|\bon\w+=\"", sample(name).html)
    for tag, given in reader.elements:
        places = [
            value for key, value in given.items() if value and "://" in value and not key.startswith("xmlns")
        ]
        assert tag == "a" or not places


@every_letter
def test_the_letter_can_be_heard(name: str) -> None:
    """Language, direction, title and one heading are given; tables for layout say that they are."""
    letter = sample(name)
    reader = Reader(letter.html)
    assert (reader.all("html")[0].get("lang"), reader.all("html")[0].get("dir")) == ("en", "ltr")
    assert f"<title>{letter.subject}</title>" in letter.html
    assert len(reader.all("h1")) == 1
    assert all(given.get("role") == "presentation" for given in reader.all("table"))


@every_letter
def test_the_dark_has_colours_of_its_own(name: str) -> None:
    """The letter says that it knows light and dark, and names a dark colour for everything that has one."""
    html = sample(name).html
    schemes = {given.get("name"): given.get("content") for given in Reader(html).all("meta")}
    assert schemes["color-scheme"] == schemes["supported-color-schemes"] == "light dark"
    dark = html[html.index("@media (prefers-color-scheme: dark)") :]
    for selector in ("body", ".paper", ".ink > div", ".soft > div", ".link", ".button", ".rule > p"):
        assert re.search(re.escape(selector) + r"[^{}]*\{[^{}]*color: #[0-9a-f]{6} !important", dark), (
            selector
        )


def luminance(colour: str) -> float:
    """Return the relative luminance of '#rrggbb' (WCAG 2.2, 'relative luminance')."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("front", "back"), [("ink", "paper"), ("soft", "paper"), ("accent", "paper"), ("on_accent", "accent")]
)
def test_text_stands_out(scheme: str, front: str, back: str) -> None:
    """Text has a contrast of at least 4.5 to 1, in light and dark."""
    source = (FOLDER / "_base" / "tokens.mjml").read_text(encoding="utf-8")
    colours = getattr(Environment(autoescape=True).from_string(source).module, scheme)
    darker, lighter = sorted((luminance(colours[front]), luminance(colours[back])))
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5
