"""Every page, light and dark, on phone and desktop: nothing that axe finds, nothing cut, room for fingers."""

from collections.abc import Callable, Mapping
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize, expect

from coaching.domain.links import Purpose
from tests.browser.conftest import DESKTOP, PHONE, Visit
from tests.browser.test_form_in_chromium import FORM, agree, to_the_end
from tests.pages.caseload import Caseload
from tests.pages.test_report_plan import agree as approved
from tests.pages.test_report_plan import steps, tell

pytestmark = pytest.mark.browser

NARROW: ViewportSize = {"width": 320, "height": 640}
TARGETS = (
    ".btn, .quiet, .pick, .choice, .firm[href], summary, select, textarea, "
    "input[type=text], input[type=email], input[type=date]"
)
Scheme = Literal["light", "dark"]
LOOKS: list[tuple[ViewportSize, Scheme]] = [
    (PHONE, "light"),
    (PHONE, "dark"),
    (DESKTOP, "light"),
    (DESKTOP, "dark"),
]


def report(caseload: Caseload) -> str:
    """A report with every number."""
    return f"/report/{caseload.reported().report_token}"


def sparse_report(caseload: Caseload) -> str:
    """A report in which a number is missing, for a long name."""
    items = caseload.house.content.instrument("job-career").item_ids
    answers = {item: None if item[0] in "NP" else 3 for item in items}
    done = caseload.reported(answers=answers, name="Wolfeschlegelsteinhausenbergerdorff " * 2)
    return f"/report/{done.report_token}"


def living_report(caseload: Caseload) -> str:
    """A report whose plan runs, with a step that was reached."""
    done = caseload.reported()
    first, *_ = steps(caseload, approved(caseload, done)).values()
    tell(caseload, first, "reached")
    return f"/report/{done.report_token}"


def waiting(caseload: Caseload) -> str:
    """A report that is being worked out."""
    return f"/intake/job-career/thank-you/{caseload.submitted().report_token}"


def thank_you(caseload: Caseload) -> str:
    """A report on the page after the form."""
    return f"/intake/job-career/thank-you/{caseload.reported().report_token}"


def confirm(caseload: Caseload) -> str:
    """The page behind the letter's button."""
    return f"/act/{caseload.link(Purpose.CONFIRM, caseload.reported())}"


def unsubscribe(caseload: Caseload) -> str:
    """The page behind the footer's link."""
    return f"/unsubscribe/{caseload.link(Purpose.UNSUBSCRIBE, caseload.reported())}"


def sign_in(caseload: Caseload) -> str:
    """The page behind a coach's link, with clients to be seen."""
    caseload.reported()
    caseload.submitted(email="a.very.long.address.that.goes.on@subdomain.example.test", name="", stage=None)
    return f"/console/sign-in/{caseload.coach()}"


PAGES: Mapping[str, Callable[[Caseload], str]] = {
    "start": lambda _: "/",
    "fault": lambda _: "/nope",
    "signed out": lambda _: "/console/",
    "report": report,
    "sparse report": sparse_report,
    "living report": living_report,
    "waiting": waiting,
    "thank you": thank_you,
    "confirm": confirm,
    "unsubscribe": unsubscribe,
    "sign in": sign_in,
}


def hold(page: Page) -> None:
    """Hold the page to WCAG as far as axe can tell, and to the width of its window."""
    found = Axe().run(
        page,
        options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
    )
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page scrolls sideways"


def small_targets(page: Page) -> list[str]:
    """Return what is too small for a finger: under 44 px high, or under 44 wide."""
    found: list[str] = page.evaluate(
        """selector => [...document.querySelectorAll(selector)]
            .filter(it => !it.closest('.elsewhere') && it.getClientRects().length)
            .map(it => [it, it.getBoundingClientRect()])
            .filter(([, box]) => box.height < 43.9 || box.width < 43.9)
            .map(([it, box]) => `${it.outerHTML.slice(0, 80)} ${box.width} x ${box.height}`)""",
        TARGETS,
    )
    return found


@pytest.mark.parametrize("name", PAGES)
def test_page(visit: Visit, caseload: Caseload, name: str) -> None:
    """The page passes axe in every look, and its targets are large enough on the narrowest phone."""
    page = visit(PAGES[name](caseload))
    for size, scheme in LOOKS:
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme)
        hold(page)

    page.set_viewport_size(NARROW)
    for details in page.locator("summary").all():
        details.click()
    hold(page)
    assert small_targets(page) == []


@pytest.mark.parametrize(("size", "scheme"), [(NARROW, "light"), (PHONE, "dark"), (DESKTOP, "light")])
def test_form(visit: Visit, size: ViewportSize, scheme: Scheme) -> None:
    """Each page of the form passes, as it opens and as it tells what is open or wrong."""
    page = visit(FORM, viewport=size, color_scheme=scheme)
    hold(page)
    page.get_by_role("button", name="Begin").click()
    hold(page)
    agree(page)
    hold(page)
    assert small_targets(page) == []
    page.get_by_role("button", name="Go on").click()
    hold(page)

    page.goto(FORM)
    to_the_end(page)
    hold(page)
    assert small_targets(page) == []
    page.get_by_role("button", name="Send").click()
    hold(page)


def test_console(visit: Visit, caseload: Caseload) -> None:
    """The list of clients passes in every look, and signing out works in a browser."""
    page = visit(sign_in(caseload))
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Clients")).to_be_visible()
    page.set_viewport_size(NARROW)
    hold(page)
    assert small_targets(page) == []
    for size, scheme in LOOKS:
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme)
        hold(page)

    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="You are not signed in")).to_be_visible()


def test_the_buttons_behind_letters(visit: Visit, caseload: Caseload) -> None:
    """Confirming, choosing letters and stopping them work in a browser, and their pages pass."""
    done = caseload.reported()
    page = visit(f"/act/{caseload.link(Purpose.CONFIRM, done)}")
    page.get_by_role("button", name="This is me").click()
    expect(page.get_by_role("heading", name="Where you stand, Ana")).to_be_visible()

    page.goto(f"/unsubscribe/{caseload.link(Purpose.UNSUBSCRIBE, done)}")
    page.get_by_role("checkbox", name="Ideas and reading").uncheck()
    page.get_by_role("radio", name="Once a month").check()
    page.get_by_role("button", name="Save my choices").click()
    expect(page.get_by_role("heading", name="Your choices are saved")).to_be_visible()
    hold(page)
    page.get_by_role("link", name="Change it again").click()
    expect(page.get_by_role("checkbox", name="Ideas and reading")).not_to_be_checked()
    expect(page.get_by_role("radio", name="Once a month")).to_be_checked()
    page.get_by_role("button", name="Stop all letters").click()
    expect(page.get_by_role("heading", name="Our letters to you have stopped")).to_be_visible()
    hold(page)


def test_on_paper(visit: Visit, caseload: Caseload) -> None:
    """Print shows the table and the small print, black on white, and nothing to click."""
    page = visit(report(caseload), color_scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")

    expect(page.get_by_role("cell", name="years ahead")).to_be_visible()
    expect(page.locator("summary").first).to_be_hidden()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
