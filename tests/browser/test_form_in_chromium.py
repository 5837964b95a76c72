"""The form as people fill it in: on a phone, by keyboard, without script, back and forth."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.pages.caseload import Caseload

pytestmark = pytest.mark.browser

FORM = "/intake/job-career"
HERE = "document.activeElement"


def focused(page: Page, what: str) -> str:
    """Return a property of what has the focus."""
    return str(page.evaluate(f"String({HERE}.{what})"))


def tab_to(page: Page, condition: str, *, at_most: int = 30) -> None:
    """Press Tab until a condition on the focused element holds."""
    for _ in range(at_most):
        page.keyboard.press("Tab")
        if page.evaluate(f"((it) => {condition})({HERE})"):
            return
    raise AssertionError(f"nothing with {condition} can be reached by Tab")


def agree(page: Page) -> None:
    """Tick consent and begin, with the mouse or a finger."""
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Begin").click()


def answer_all(page: Page, point: str = "Agree") -> None:
    """Answer every statement of the page and go on."""
    number = page.locator(".progress").inner_text()
    for statement in page.get_by_role("group").all():
        statement.get_by_label(point, exact=True).check()
    page.get_by_role("button", name="Go on").click()
    expect(page.locator(".progress")).not_to_have_text(number)


def to_the_end(page: Page) -> None:
    """Go through the form up to its last page."""
    agree(page)
    for _ in range(4):
        answer_all(page)
    expect(page.locator(".progress")).to_have_text("Page 6 of 6")


def test_by_keyboard_on_a_phone(visit: Visit, caseload: Caseload) -> None:
    """From the first page to the report without touching anything but keys."""
    page = visit(FORM)
    keys = page.keyboard
    tab_to(page, "it.id === 'consent'")
    keys.press("Space")
    tab_to(page, "it.value === 'next'")
    keys.press("Enter")
    for number in range(2, 6):
        expect(page.locator(".progress")).to_have_text(f"Page {number} of 6")
        for _ in page.get_by_role("group").all():
            tab_to(page, "it.type === 'radio'", at_most=3)
            keys.press("ArrowDown")
            keys.press("ArrowDown")
        tab_to(page, "it.value === 'next'", at_most=2)
        keys.press("Enter")
    expect(page.locator(".progress")).to_have_text("Page 6 of 6")
    tab_to(page, "it.name === 'importance.horizon'")
    keys.press("ArrowDown")  # from 'not said' round to the first point
    tab_to(page, "it.id === 'question'")
    keys.type("Do I stay?")
    tab_to(page, "it.id === 'name'")
    keys.type("Ana")
    tab_to(page, "it.id === 'email'")
    keys.type("ana@example.test")
    tab_to(page, "it.name === 'stage'")
    keys.press("Space")
    tab_to(page, "it.id === 'letters'")
    keys.press("Space")
    tab_to(page, "it.value === 'send'")
    keys.press("Enter")

    expect(page.get_by_role("heading", name="Thank you, Ana")).to_be_visible()
    caseload.worked_out()
    expect(page.get_by_role("heading", name="Where you stand, Ana")).to_be_visible()
    expect(page.get_by_text("A letter is on its way")).to_be_visible()


def test_without_script(visit: Visit, caseload: Caseload) -> None:
    """The whole way with script turned off: the zone is picked by hand, the report comes by itself."""
    page = visit(FORM, java_script_enabled=False)
    to_the_end(page)
    expect(page.locator("#time_zone")).to_have_value(caseload.house.settings.default_time_zone)
    page.locator("#time_zone").select_option("Asia/Tokyo")
    page.get_by_label("What may we call you?").fill("Bo")
    page.get_by_label("Your e-mail address").fill("bo@example.test")
    page.get_by_role("button", name="Send").click()

    expect(page.get_by_role("heading", name="Thank you, Bo")).to_be_visible()
    caseload.worked_out()
    expect(page.get_by_role("heading", name="Where you stand, Bo")).to_be_visible()
    expect(page.get_by_text("You asked for no letters")).to_be_visible()


def test_the_browser_knows_the_zone(visit: Visit) -> None:
    """The zone is found by the browser; what was chosen instead is kept."""
    page = visit(FORM, timezone_id="America/Argentina/Salta")
    to_the_end(page)
    zone = page.locator("#time_zone")
    expect(zone).to_have_value("America/Argentina/Salta")

    zone.select_option("Europe/Lisbon")
    page.get_by_role("button", name="Back").click()
    page.get_by_role("button", name="Go on").click()

    expect(zone).to_have_value("Europe/Lisbon")


def test_open_statements_take_the_focus_once(visit: Visit) -> None:
    """What is open is said at the top, in focus, with a way to each; then the form goes on."""
    page = visit(FORM)
    agree(page)
    page.get_by_role("button", name="Go on").click()

    assert "7 statements are still open" in focused(page, "innerText")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Space")
    first = page.get_by_role("group").first
    expect(first.get_by_role("radio", checked=True)).to_have_count(1)

    page.get_by_role("button", name="Go on").click()
    expect(page.locator(".progress")).to_have_text("Page 3 of 6")


def test_faults_take_the_focus(visit: Visit) -> None:
    """After sending, the summary has the focus and its links lead to the fields."""
    page = visit(FORM)
    to_the_end(page)
    page.get_by_label("What may we call you?").fill("Ana")
    page.get_by_role("button", name="Send").click()

    assert focused(page, "getAttribute('role')") == "alert"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.type("ana@example.test")
    email = page.get_by_label("Your e-mail address")
    expect(email).to_have_value("ana@example.test")
    expect(email).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("What may we call you?")).to_have_value("Ana")


def test_the_browsers_own_back(visit: Visit) -> None:
    """Going back in the browser shows the page as it was filled in, without asking to send it again."""
    page = visit(FORM)
    agree(page)
    answer_all(page)
    answer_all(page)

    page.go_back()

    expect(page.locator(".progress")).to_have_text("Page 3 of 6")
    expect(page.get_by_role("radio", checked=True)).to_have_count(7)


def test_two_clicks_send_once(visit: Visit, caseload: Caseload) -> None:
    """An impatient double click makes one submission."""
    page = visit(FORM)
    to_the_end(page)
    page.get_by_label("Your e-mail address").fill("ana@example.test")
    page.get_by_role("button", name="Send").dblclick()

    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    caseload.worked_out()
    expect(page.get_by_role("heading", name="Where you stand")).to_be_visible()
    assert caseload.stored()[0] == 1
