"""The main way, as a person goes it: the form, the letter in the mailbox, its button, the report."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PHONE
from tests.browser.test_form_in_chromium import FORM, to_the_end
from tests.support.system import System, until

pytestmark = [pytest.mark.browser, pytest.mark.process, pytest.mark.timeout(300)]


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    """Everything that `waypoint up` starts."""
    one = System(tmp_path / "home")
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


def open_letter(page: Page, system: System, to: str) -> None:
    """Open the letter to this address in the mailbox, as soon as it lies there."""
    until(lambda: system.letters(to), "the letter")
    page.goto(system.mailbox)
    page.get_by_role("listitem").filter(has_text=to).get_by_role("link").click()


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
