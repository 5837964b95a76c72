"""Letters as a mail program shows them: on a phone and at a desk, by day and by night."""

from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.email.papers import CASES, SHIPPED, Case, is_looked_at

pytestmark = pytest.mark.browser

Scheme = Literal["light", "dark"]


# Of the tests' own letters only the host is looked at: it holds what the others look like in it.
SEEN = {
    name: case
    for name, case in CASES.items()
    if (case.paper is SHIPPED or case.template.hosts) and is_looked_at(case.template)
}
every_letter = pytest.mark.parametrize("case", SEEN.values(), ids=list(SEEN))


def opened(chromium: Browser, html: str, width: int, scheme: Scheme) -> Page:
    """Show a letter in a window of this width, refusing anything from the net."""
    page = chromium.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page.route("**/*", lambda route: route.abort())
    page.set_content(html)
    return page


@every_letter
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 360, 600, 1280])
def test_a_letter_is_easy_to_read_and_press(
    chromium: Browser, case: Case, width: int, scheme: Scheme
) -> None:
    """Nothing sticks out sideways, a button is 44 px high, and axe finds no fault, contrast included."""
    page = opened(chromium, case.sample.html, width, scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for button in page.locator("a.button").all():  # test_reading.py says which letters have one
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 44
        assert box["x"] + box["width"] <= width
    found = Axe().run(
        page, options={"resultTypes": ["violations"], "runOnly": ["wcag2a", "wcag2aa", "wcag22aa"]}
    )
    assert found.violations_count == 0, found.generate_report()
    page.close()


@every_letter
def test_the_dark_is_dark(chromium: Browser, case: Case) -> None:
    """By night the paper is dark and every word on it light, the button's label excepted."""
    page = opened(chromium, case.sample.html, 600, "dark")
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
