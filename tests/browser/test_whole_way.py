"""The main ways, as people go them: from the form to the report, from a letter to what it brings about."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PHONE
from tests.browser.test_form_in_chromium import FORM, to_the_end
from tests.browser.test_pages_in_chromium import hold, small_targets
from tests.support.system import System, submission, until

pytestmark = [pytest.mark.browser, pytest.mark.process, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Everything that `waypoint up` starts."""
    # Nobody's coach: the plan would start by itself, perhaps before it is approved here.
    settings = {"PLANS_START_UNAPPROVED": "false"}
    one = System(tmp_path_factory.mktemp("whole-way") / "home", settings=settings)
    try:
        yield one.start()
    finally:
        one.discard()


@pytest.fixture
def page(chromium: Browser, system: System) -> Iterator[Page]:
    """A page on a phone."""
    context = chromium.new_context(viewport=PHONE, base_url=system.url, timezone_id="Europe/Lisbon")
    context.set_default_timeout(20_000)
    yield context.new_page()
    context.close()


def open_letter(page: Page, system: System, to: str, subject: str = "") -> None:
    """Open the letter to this address in the mailbox, as soon as it lies there."""
    until(lambda: any(subject in one["subject"] for one in system.letters(to)), "the letter")
    page.goto(system.mailbox)
    page.get_by_role("listitem").filter(has_text=to).get_by_role("link", name=subject).click()


def test_from_the_form_to_the_confirmed_report(page: Page, system: System) -> None:
    """Fill in the form, read the report at once, find the letter, press its button, read the report again."""
    page.goto(FORM)
    to_the_end(page)
    expect(page.locator("#time_zone")).to_have_value("Europe/Lisbon")
    page.get_by_role("radiogroup", name="Networking").get_by_label("5").check()
    page.get_by_label("What brought you here?").fill("Do I stay, or do I go?")
    page.get_by_label("What may we call you?").fill("Ana")
    page.get_by_label("Your e-mail address").fill("ana@example.test")
    page.get_by_label("Looking to change course").check()
    page.get_by_label("Yes, write to me").check()
    page.get_by_label("Every two weeks").check()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", name="Where you stand, Ana")).to_be_visible()
    expect(page.get_by_text("A letter is on its way")).to_be_visible()

    open_letter(page, system, "ana@example.test")
    letter = page.frame_locator("iframe")
    with page.expect_popup() as opened:
        letter.get_by_role("link", name="Open my report").click()
    behind = opened.value
    behind.get_by_role("button", name="This is me, open my report").click()

    expect(behind.get_by_role("heading", name="Where you stand, Ana")).to_be_visible()
    expect(behind.get_by_text("You asked: “Do I stay, or do I go?”")).to_be_visible()
    expect(behind.get_by_role("heading", name="Where to put your effort")).to_be_visible()
    expect(behind.locator(".focus-area .why").first).to_be_visible()


class Firm:
    """The firm's own program, which adds a client and their plan by the API."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.key = system.run("keys", "create", "--scope", "manage")

    def ask(self, path: str, body: object = None) -> dict[str, Any]:
        """Call, and return what was answered well."""
        status, answer = self.system.call(path, self.key, body)
        assert status in {200, 201, 202}, answer
        return answer

    def add_client(self, email: str, zone: str) -> str:
        """Add a client of the firm who may be written to at any hour; return the id."""
        any_hour = {"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "from": "00:00", "to": "23:59"}
        consent = {"profiling": True, "email": True, "text_version": "2026-11"}
        given = {"email": email, "name": "Bea", "time_zone": zone, "hours": any_hour, "confirmed": True}
        added: str = self.ask("/v1/clients", {**given, "consent": consent})["id"]
        return added

    def plan(self, client_id: str) -> dict[str, Any] | None:
        """Return the client's plan, None while there is none."""
        status, answer = self.system.call(f"/v1/clients/{client_id}/plan", self.key)
        return answer if status == 200 else None

    def step(self, client_id: str, kind: str) -> dict[str, Any]:
        """Return a milestone of the client's plan."""
        plan = self.plan(client_id)
        assert plan is not None
        [found] = [one for one in plan["milestones"] if one["kind"] == kind]
        return dict(found)


def where_it_is_noon() -> str:
    """Return a zone in which the morning is over and the day has hours to go, whenever this runs."""
    hour = datetime.now(UTC).hour
    return f"Etc/GMT{hour - 13:+d}"


def decision_due_today(firm: Firm, email: str) -> str:
    """Add a client whose plan asks for a decision today; return the id."""
    zone = where_it_is_noon()
    client_id = firm.add_client(email, zone)
    client = {"email": email, "name": "Bea", "time_zone": zone, "confirmed": True}
    firm.ask("/v1/assessments", submission(email, client=client))
    until(lambda: firm.plan(client_id), "the draft")
    today = datetime.now(ZoneInfo(zone)).date().isoformat()
    given = {"kind": "choose", "title": "Stay, shift or leave", "due_on": today, "decides": True}
    firm.ask(f"/v1/clients/{client_id}/milestones", given)
    firm.ask(f"/v1/clients/{client_id}/plan/approve", {})
    return client_id


def hold_on_a_phone(page: Page) -> None:
    """Hold the page to axe and to its width, with targets that are large enough."""
    assert page.viewport_size == PHONE
    hold(page)
    assert small_targets(page) == []


def test_from_a_letter_of_the_plan_to_its_effect_and_back(page: Page, system: System) -> None:
    """Open the letter, press its button, decide on the page, see it in the plan, undo it, see it back."""
    firm = Firm(system)
    client_id = decision_due_today(firm, "bea@example.test")
    before = firm.step(client_id, "choose")
    assert (before["state"], before["decision"]) == ("active", None)

    open_letter(page, system, "bea@example.test", "Your day to choose")
    hold(page)
    with page.expect_popup() as opened:
        page.frame_locator("iframe").get_by_role("link", name="Say what I chose").click()
    behind = opened.value
    heading = behind.get_by_role("heading", level=1)
    expect(heading).to_have_text("Stay, shift or leave?")
    assert firm.step(client_id, "choose") == before
    hold_on_a_phone(behind)

    behind.get_by_role("button", name="Shift").click()
    expect(heading).to_have_text("It is noted")
    hold_on_a_phone(behind)
    decided = firm.step(client_id, "choose")
    assert (decided["state"], decided["decision"]) == ("reached", "shift")

    behind.get_by_role("button", name="Undo").click()
    expect(heading).to_have_text("It is as it was")
    hold_on_a_phone(behind)
    assert firm.step(client_id, "choose") == before
