"""'Talk to a coach' and 'suggest a topic' as a person has them on a phone and at a desk."""

import pytest
from playwright.sync_api import expect

from coaching.adapters import tables
from coaching.domain.links import Purpose
from tests.browser.conftest import Visit
from tests.browser.test_acts_in_chromium import hold_in_every_look
from tests.pages.caseload import Caseload
from tests.pages.desk import Desk
from tests.pages.test_wish_pages import BOOKING, give_coach

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(caseload: Caseload) -> Desk:
    """Ana, whose plan is under way."""
    return Desk.of(caseload)


@pytest.mark.parametrize("booking_url", [None, BOOKING])
def test_asking_for_a_talk(visit: Visit, desk: Desk, booking_url: str | None) -> None:
    """With and without an address for booking: write a line, press, load again; each page in every look."""
    give_coach(desk, booking_url=booking_url)
    page = visit(desk.address(Purpose.TALK))
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text("A talk with Maren Okafor")
    expect(page.get_by_role("link", name="Choose a time")).to_have_count(1 if booking_url else 0)
    hold_in_every_look(page)

    page.get_by_role("textbox").fill("How do I ask for a raise?\nAnd when?" + "W" * 60)
    page.get_by_role("button", name="Ask for a talk").click()
    expect(heading).to_have_text("Your coach will be in touch")
    hold_in_every_look(page)
    page.reload()
    expect(heading).to_have_text("Your coach will be in touch")
    assert len(desk.stored(tables.ContactRequest)) == 1


def test_suggesting_a_topic(visit: Visit, desk: Desk) -> None:
    """By keyboard: what is missing is told with the focus on it, then it is sent; each page in every look."""
    page = visit(f"/suggest/{desk.ana.token(Purpose.SUGGEST, desk.drip())}")
    expect(page.get_by_role("heading", level=1)).to_have_text("What would you like to read about?")
    hold_in_every_look(page)
    page.get_by_role("button", name="Send it").click()
    assert page.evaluate("document.activeElement.getAttribute('role')") == "alert"
    hold_in_every_look(page)

    page.get_by_role("radio", name="Leadership").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.type("Leading former peers")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you, it is noted")
    hold_in_every_look(page)
    [wish] = desk.stored(tables.Suggestion)
    assert (wish.topic, wish.text) == ("leadership", "Leading former peers")
    page.get_by_role("link", name="Suggest another topic").click()
    expect(page.get_by_role("radio", name="Leadership")).not_to_be_checked()
