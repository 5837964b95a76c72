"""Letters by night: every colour of the day has its counterpart, and text stands out from the paper."""

import re
from collections.abc import Iterator

import pytest
from jinja2 import Environment

from tests.email.papers import CASES, SHIPPED, Case
from tests.email.reader import Element, Reader

# What a dark rule has to set where an element sets a colour of its own.
COUNTERPART = {
    "color": "color",
    "background-color": "background-color",
    "background": "background-color",
    "border-top": "border-top-color",
    "border-bottom": "border-bottom-color",
}

every_letter = pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))


def palette(scheme: str) -> dict[str, str]:
    """Return the colours of the house in light or dark."""
    tokens = (SHIPPED.folder / "_base" / "tokens.mjml").read_text(encoding="utf-8")
    colours: dict[str, str] = getattr(Environment(autoescape=True).from_string(tokens).module, scheme)
    return colours


def means(selector: str, element: Element) -> bool:
    """Tell whether 'h1', '.ink', '.ink h1' or '.ink > div' means this element."""
    *outer, own = selector.replace(">", "").split()
    around = element.around[-1:] if ">" in selector else element.around
    return element.is_a(own) and all(any(one.is_a(part) for one in around) for part in outer)


def dark_rules(html: str) -> list[tuple[str, str]]:
    """Give (selector, property) for each colour that the letter sets by night."""
    night = html[html.index("@media (prefers-color-scheme: dark) {") :]
    night = night[night.index("{") + 1 : re.search(r"}\s*}", night).start() + 1]  # type: ignore[union-attr]
    return [
        (selector.strip(), name)
        for selectors, body in re.findall(r"([^{}]+){([^{}]*)}", night)
        for name in re.findall(r"([\w-]+): #[0-9a-f]{6} !important", body)
        for selector in selectors.split(",")
    ]


def colours_without_night(html: str) -> Iterator[str]:
    """Name each element that keeps a colour of the day at night."""
    rules = dark_rules(html)
    for element in Reader(html).elements:
        if any(one.hides for one in (*element.around, element)):
            continue
        for name, value in element.styles.items():
            if re.search(r"#[0-9a-f]{3,6}\b|rgb|\bwhite\b|\bblack\b", value) and not any(
                needed == COUNTERPART.get(name) and means(selector, element) for selector, needed in rules
            ):
                yield f"<{element.tag} class={element.given.get('class')!r}> {name}: {value}"


@every_letter
def test_every_colour_has_its_night(case: Case) -> None:
    """Whatever sets a colour for text, ground or rule is given another one by its class at night."""
    assert list(colours_without_night(case.sample.html)) == []


def test_a_colour_without_night_is_noticed() -> None:
    """A line in a colour of its own, outside the classes of the frame, is found."""
    html = CASES["report"].sample.html.replace(
        "</body>", '<p style="color:#1d2530"><b style="background-color:white">x</b></p></body>'
    )
    assert list(colours_without_night(html)) == [
        "<p class=None> color: #1d2530",
        "<b class=None> background-color: white",
    ]


@every_letter
def test_only_colours_of_the_house_are_used(case: Case) -> None:
    """No letter brings a colour of its own by day; the hidden preheader is mrml's."""
    used = {
        colour
        for element in Reader(case.sample.html).elements
        if not any(one.hides for one in (*element.around, element))
        for value in element.styles.values()
        for colour in re.findall(r"#[0-9a-f]{3,6}\b", value)
    }
    assert used <= set(palette("light").values())


@every_letter
def test_the_letter_says_that_it_knows_both(case: Case) -> None:
    """A mail program that is told so leaves the colours alone."""
    metas = {given.get("name"): given.get("content") for given in Reader(case.sample.html).all("meta")}
    assert metas["color-scheme"] == metas["supported-color-schemes"] == "light dark"


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
    colours = palette(scheme)
    darker, lighter = sorted((luminance(colours[front]), luminance(colours[back])))
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5
