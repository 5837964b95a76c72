"""Letters as a mail program shows them: on a phone and at a desk, by day and by night."""

from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from coaching.adapters.rendering import Frame, Stationery
from coaching.domain.letters import LETTERS

FOLDER = Path(__file__).parents[2] / "templates" / "email"
STATIONERY = Stationery(
    FOLDER, Frame("Northlight", "1 Example Street, 00000 Town", "https://firm.example.test")
)

pytestmark = pytest.mark.browser

Scheme = Literal["light", "dark"]


@pytest.fixture(params=LETTERS)
def html(request: pytest.FixtureRequest) -> str:
    """Render each letter with its sample values."""
    return STATIONERY.render(request.param, LETTERS[request.param].sample).html


def opened(chromium: Browser, html: str, width: int, scheme: Scheme) -> Page:
    """Show a letter in a window of this width, refusing anything from the net."""
    page = chromium.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page.route("**/*", lambda route: route.abort())
    page.set_content(html)
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 360, 600, 1280])
def test_a_letter_is_easy_to_read_and_press(chromium: Browser, html: str, width: int, scheme: Scheme) -> None:
    """Nothing sticks out sideways, the button is 44 px high, and axe finds no fault, contrast included."""
    page = opened(chromium, html, width, scheme)
    button = page.locator("a.button").bounding_box()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert button is not None
    assert button["height"] >= 44
    assert button["x"] + button["width"] <= width
    found = Axe().run(
        page, options={"resultTypes": ["violations"], "runOnly": ["wcag2a", "wcag2aa", "wcag22aa"]}
    )
    assert found.violations_count == 0, found.generate_report()
    page.close()


def test_the_dark_is_dark(chromium: Browser, html: str) -> None:
    """By night the paper is dark and every word on it light, the button's label excepted."""
    page = opened(chromium, html, 600, "dark")
    brightness = (
        """colour => { const [r, g, b] = colour.match(/[0-9.]+/g).map(Number); return (r + g + b) / 765; }"""
    )
    paper = page.evaluate(f"({brightness})(getComputedStyle(document.body).backgroundColor)")
    words = page.evaluate(
        f"""[...document.querySelectorAll('td > div, h1, a:not(.button)')]
            .map(element => ({brightness})(getComputedStyle(element).color))"""
    )
    assert paper < 0.2
    assert words
    assert min(words) > 0.55
    page.close()
