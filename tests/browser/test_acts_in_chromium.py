"""Action links as a person follows them on a phone: from the letter to the effect and back again."""

from collections.abc import Mapping

import pytest
from playwright.sync_api import Page, expect

from coaching.adapters import tables
from coaching.domain.links import Purpose
from tests.browser.conftest import DESKTOP, PHONE, Visit
from tests.browser.test_pages_in_chromium import NARROW, hold, small_targets
from tests.pages.caseload import Caseload
from tests.pages.desk import DAY, Desk

pytestmark = pytest.mark.browser

# The button of each page, its heading before and the one after.
PRESSES: Mapping[Purpose, tuple[str, str, str]] = {
    Purpose.DONE: ("Have you reached this?", "Yes, it is done", "Well done"),
    Purpose.STARTED: ("Have you made a start?", "Yes, I have started", "Good, you are on it"),
    Purpose.POSTPONE: ("More time for this?", "A week later", "It has more time"),
    Purpose.MET: ("Did you and Bo Larsen talk?", "Yes, we talked", "Good to hear"),
    Purpose.LATER: ("Another time for Bo Larsen?", "Remind me then", "Later, then"),
    Purpose.NOT_USEFUL: ("Leave this out of your plan?", "Drop this step", "It is out of your plan"),
    Purpose.REST: ("No use to you for now?", "Rest these reminders", "No reminders for now"),
    Purpose.STILL_USEFUL: ("Are our letters still useful?", "Yes, keep writing", "Good, we go on"),
    Purpose.DID: ("Have you done it?", "Yes, I did it", "Well done"),
    Purpose.DECIDE: ("Stay, shift or leave?", "Shift", "It is noted"),
    Purpose.REGISTERED: ("Have you signed up?", "Yes, I have signed up", "It is noted"),
}


@pytest.fixture
def desk(caseload: Caseload) -> Desk:
    """Ana, whose plan is under way."""
    return Desk.of(caseload)


def hold_in_every_look(page: Page) -> None:
    """Hold the page to axe and its width by day and by night, on the narrowest phone and on a desk."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for size in (NARROW, DESKTOP, PHONE):
            page.set_viewport_size(size)
            hold(page)
        assert small_targets(page) == []


@pytest.mark.parametrize("purpose", PRESSES)
def test_from_the_link_to_its_effect_and_undo(visit: Visit, desk: Desk, purpose: Purpose) -> None:
    """Open the link, press, load again, undo, and find the link as it was; each page passes in every look."""
    asks, button, tells = PRESSES[purpose]
    address = desk.address(purpose)
    page = visit(address)
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text(asks)
    hold_in_every_look(page)

    page.get_by_role("button", name=button).click()
    expect(heading).to_have_text(tells)
    hold_in_every_look(page)
    page.reload()
    expect(heading).to_have_text(tells)
    assert len(desk.stored(tables.Deed)) == 1

    page.go_back()
    page.goto(address)
    expect(heading).to_have_text(tells)
    page.get_by_role("button", name="Undo").click()
    expect(heading).to_have_text("It is as it was")
    hold_in_every_look(page)
    page.reload()
    expect(heading).to_have_text("It is as it was")

    page.get_by_role("link", name="Open that link again").click()
    expect(heading).to_have_text(asks)


def test_another_day_without_script(visit: Visit, desk: Desk) -> None:
    """A day that has come is told beside its field; another one is taken. No script is needed."""
    step = desk.step()
    page = visit(desk.link(Purpose.POSTPONE, "milestone-ahead", milestone=step), java_script_enabled=False)
    page.get_by_label("Or another day").fill(str(desk.today))
    page.get_by_role("button", name="Move it to this day").click()
    expect(page.get_by_role("alert")).to_contain_text("from tomorrow on")
    expect(page.get_by_label("Or another day")).to_have_value(str(desk.today))

    page.get_by_label("Or another day").fill(str(desk.today + 40 * DAY))
    page.get_by_role("button", name="Move it to this day").click()
    expect(page.get_by_text(f"Its new day is {desk.day(40)}")).to_be_visible()


def test_what_needs_another_look(visit: Visit, desk: Desk) -> None:
    """The alert has the focus, its link leads to the field, and the page passes in every look."""
    page = visit(desk.link(Purpose.POSTPONE, "milestone-ahead", milestone=desk.step()))
    page.get_by_role("button", name="Move it to this day").click()
    assert page.evaluate("document.activeElement.getAttribute('role')") == "alert"
    hold_in_every_look(page)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**#due_on")


def test_people_of_one_letter(visit: Visit, desk: Desk) -> None:
    """By keyboard: choose a name, write a note, press; then the next one; each can be undone by itself."""
    ids = [
        desk.tie(kind="peer", name=name) for name in ("Bo Larsen", "Cy Ng", "Wolfeschlegelsteinhausen " * 3)
    ]
    page = visit(desk.link(Purpose.MET, "touches", touches=ids))
    hold_in_every_look(page)
    page.get_by_role("radio", name="Cy Ng").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.type("Ask about the move")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Good to hear")
    expect(page.get_by_role("heading", name="Somebody else too?")).to_be_visible()
    hold_in_every_look(page)

    page.get_by_role("radio", name="Bo Larsen").check()
    page.get_by_role("button", name="We were in touch").click()
    expect(page.get_by_role("button", name="Undo")).to_have_count(2)
    hold_in_every_look(page)
    page.get_by_role("button", name="Undo for Cy Ng").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("It is as it was")
    assert [(one.note, one.relationship_id) for one in desk.stored(tables.Interaction)] == [(None, ids[0])]


def test_from_a_section_to_its_effect(visit: Visit, desk: Desk) -> None:
    """The list of all that can be said, one thing chosen and done, and the list says so, in every look."""
    step = desk.step(title="A map of two routes", why="Progression is one of your three focus areas")
    address = desk.link(Purpose.ANSWER, "milestone-ahead", milestone=step)
    page = visit(address)
    expect(page.get_by_role("heading", level=1)).to_have_text("How does it stand?")
    expect(page.get_by_role("listitem")).to_have_count(4)
    expect(page.get_by_role("button")).to_have_count(0)
    hold_in_every_look(page)

    page.get_by_role("link", name="Move it").click()
    page.get_by_role("button", name="A week later").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("It has more time")
    page.goto(address)
    expect(page.get_by_text("You told us: Move it.")).to_be_visible()
    hold_in_every_look(page)
    page.get_by_role("link", name="See it, or take it back").click()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()


def test_people_of_a_section(visit: Visit, desk: Desk) -> None:
    """Long names, too, stand in the list; what is done or gone says so."""
    ids = [desk.tie(kind="peer", name=name) for name in ("Bo Larsen", "Wolfeschlegelsteinhausen" * 2)]
    page = visit(desk.link(Purpose.ANSWER, "week", milestone=desk.step(), touches=ids))
    expect(page.get_by_role("listitem")).to_have_count(3)
    hold_in_every_look(page)
    page.get_by_role("link", name="Not useful").click()
    page.get_by_role("radio", name="Bo Larsen").check()
    page.get_by_role("button", name="Rest these reminders").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("No reminders for now")
    page.goto(desk.link(Purpose.ANSWER, "milestone-ahead", milestone=desk.step(state="dropped")))
    expect(page.get_by_role("heading", level=1)).to_have_text("It is out of your plan")
    hold_in_every_look(page)


@pytest.mark.parametrize("purpose", [Purpose.MET, Purpose.LATER, Purpose.REST])
def test_a_long_name_stays_within_the_page(visit: Visit, desk: Desk, purpose: Purpose) -> None:
    """A name without a space, longer than a phone is wide, breaks where it must: nothing scrolls sideways."""
    ids = [desk.tie(kind="peer", name=name) for name in ("Bo Larsen", "W" + "x" * 64)]
    page = visit(desk.link(purpose, "touches", touches=ids), viewport={"width": 375, "height": 740})
    wide = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert wide[0] <= wide[1]


def test_a_second_choice_from_a_page_left_open(visit: Visit, desk: Desk) -> None:
    """What was chosen first stands, which has the focus in an alert, and can be undone from there."""
    address = desk.link(Purpose.POSTPONE, "milestone-ahead", milestone=desk.step())
    left_open, page = visit(address), visit(address)
    page.get_by_role("button", name="A week later").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("It has more time")
    left_open.get_by_label("Or another day").fill(str(desk.today + 40 * DAY))
    left_open.get_by_role("button", name="Move it to this day").click()
    expect(left_open.get_by_role("alert")).to_contain_text("Undo first to choose another day")
    assert left_open.evaluate("document.activeElement.getAttribute('role')") == "alert"
    hold_in_every_look(left_open)
    left_open.get_by_role("button", name="Undo").click()
    expect(left_open.get_by_role("heading", level=1)).to_have_text("It is as it was")


def test_when_things_have_moved_on(visit: Visit, desk: Desk) -> None:
    """What is past, what has changed since and what never was are told in plain words, in every look."""
    step = desk.step()
    moving = desk.link(Purpose.POSTPONE, "milestone-ahead", milestone=step)
    done = desk.link(Purpose.DONE, "milestone-overdue", milestone=step)
    page = visit(moving)
    page.get_by_role("button", name="A week later").click()
    other = visit(done)
    other.get_by_role("button", name="Yes, it is done").click()
    expect(other.get_by_role("heading", level=1)).to_have_text("Well done")

    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Something has changed since")
    hold_in_every_look(page)
    page.goto(desk.link(Purpose.STARTED, "milestone-ahead", milestone=step, again=step))
    expect(page.get_by_role("heading", level=1)).to_have_text("It is done already")
    hold_in_every_look(page)
    page.goto(f"{done}x")
    expect(page.get_by_role("heading", level=1)).to_have_text("There is nothing here")
