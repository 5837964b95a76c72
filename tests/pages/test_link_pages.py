"""What letters link to: GET shows, POST acts, and scanners trigger nothing."""

import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text, update

from coaching.adapters import tables
from coaching.adapters.database import now
from coaching.domain import links
from coaching.domain.links import Purpose
from coaching.usecases.unsubscribe import TEXT_VERSION
from tests.pages.caseload import Caseload
from tests.pages.plain_browser import Page, PlainBrowser
from tests.support.drain import PUBLIC_URL, Firm, HandHeldDatabase
from tests.support.ledger import suppress_all

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
AGAIN = {"again": "1"}
CHOICES = {"family.drip": "1", "rhythm": "weekly", "save": "1"}


def test_confirming(caseload: Caseload, browser: PlainBrowser) -> None:
    """The button confirms the address and opens the report; pressing it again does no more."""
    done = caseload.reported()
    address = f"/act/{caseload.link(Purpose.CONFIRM, done)}"

    page = browser.open(address)
    assert "This is me, open my report" in page.text
    assert "Ana" not in page.text
    assert caseload.confirmed_at(done.client_id) is None

    report = browser.press("")
    assert report.response.request.path == f"/report/{done.report_token}"
    first = caseload.confirmed_at(done.client_id)
    assert first is not None

    again = browser.open(address)
    assert "You have confirmed it already" in again.text
    assert "Your report is here, Ana" in again.text
    assert browser.press("").status == 200
    assert caseload.confirmed_at(done.client_id) == first


def test_it_was_not_me(caseload: Caseload, browser: PlainBrowser) -> None:
    """Who says no is thanked, and what was sent in under their address opens nothing more."""
    caseload.reported()
    second = caseload.reported(name="Somebody Else")
    no = f"/act/{caseload.link(Purpose.NOT_MINE, second, 'was-this-you')}"
    yes = f"/act/{caseload.link(Purpose.MINE, second, 'was-this-you')}"

    assert "So it wasn't you" in browser.open(no).text
    page = browser.press("")
    assert page.status == 200
    assert "Thank you, we have left it out" in page.text
    assert "Somebody" not in page.text

    assert "This has been left out" in browser.open(yes).text
    assert "<form" not in browser.page.html
    assert "left it out" in browser.press("").text


def test_it_was_me(caseload: Caseload, browser: PlainBrowser) -> None:
    """Who says yes comes to that report; a no afterwards is answered, not acted on."""
    caseload.reported()
    second = caseload.reported()
    yes = f"/act/{caseload.link(Purpose.MINE, second, 'was-this-you')}"
    no = f"/act/{caseload.link(Purpose.NOT_MINE, second, 'was-this-you')}"

    assert "Was this you?" in browser.open(yes).text
    assert browser.press("").response.request.path == f"/report/{second.report_token}"

    assert "You have said that this was you" in browser.open(no).text
    assert "<form" not in browser.page.html


def test_unsubscribing(caseload: Caseload, http: FlaskClient) -> None:
    """The page says what stops, what still comes and how to undo it; then that it is done."""
    address = f"/unsubscribe/{caseload.link(Purpose.UNSUBSCRIBE, caseload.reported())}"

    page = Page.of(http.get(address))
    assert "Or none at all" in page.text
    assert "still comes" in page.text
    assert "can be undone" in page.text
    assert '<button class="quiet">Stop all letters</button>' in page.html

    stopped = Page.of(http.post(address)).text
    assert "have stopped" in stopped
    assert "left before may still arrive" in stopped
    again = Page.of(http.get(address))
    assert "have stopped" in again.text
    assert 'class="btn"' not in again.html


def test_sending_letters_again(caseload: Caseload, browser: PlainBrowser, http: FlaskClient) -> None:
    """Who stopped them by mistake has them back with one press, and who pressed that by mistake, too."""
    address = f"/unsubscribe/{caseload.link(Purpose.UNSUBSCRIBE, caseload.reported())}"
    http.post(address)
    browser.open(address)

    # The words that are agreed to: other words are another TEXT_VERSION in coaching/usecases/unsubscribe.py.
    assert TEXT_VERSION == "letters-page-2026-11-24"
    wording = (
        "Letters about your plan, your steps and our news then come again, as you had chosen them, and you "
        "can stop them at any time."
    )
    assert wording in browser.page.text
    assert '<button class="quiet" name="again" value="1">Send me letters again</button>' in browser.page.html

    resumed = browser.press("", AGAIN)
    assert "come to you again" in resumed.text
    assert 'class="btn"' not in resumed.html
    assert f'href="{address}">Choose which letters come' in resumed.html
    assert "come to you again" in browser.press("", AGAIN).text
    assert "have stopped" in browser.press("").text


@pytest.mark.parametrize(
    ("reason", "said"),
    [("bounced", "came back"), ("complained", "reported as unwanted"), ("told", "on our list")],
)
def test_an_address_that_gets_nothing(
    caseload: Caseload, browser: PlainBrowser, reason: str, said: str
) -> None:
    """The page says why in honest words and offers no button that would do nothing."""
    done = caseload.reported()
    with caseload.house.database.transaction() as session:
        suppress_all(session, done.client_id, now(session))
        session.execute(update(tables.Suppression).values(reason=reason))
    page = browser.open(f"/unsubscribe/{caseload.link(Purpose.UNSUBSCRIBE, done)}")
    for one in (page, browser.press("", AGAIN), browser.press("")):
        assert "We send nothing to this address" in one.text
        assert said in one.text
        assert "<button" not in one.html


def test_letters_of_a_client_who_is_gone(
    caseload: Caseload, browser: PlainBrowser, http: FlaskClient
) -> None:
    """Their links say calmly that there is nothing to stop, and a mail program's click is answered well."""
    address = f"/unsubscribe/{links.sign(caseload.house.secrets.keys, Purpose.UNSUBSCRIBE, uuid4())}"
    before = contents(caseload)

    page = browser.open(address)
    assert page.status == 200
    assert "There is nothing to stop" in page.text
    assert "<form" not in page.html
    assert http.post(address, data=ONE_CLICK).status_code == 200
    assert "There is nothing to stop" in browser.press("", AGAIN).text
    assert contents(caseload) == before


def test_one_click(caseload: Caseload, http: FlaskClient) -> None:
    """A mail program's one POST, without cookies or anything else, is answered 200 and stops the letters."""
    address = f"/unsubscribe/{caseload.link(Purpose.UNSUBSCRIBE, caseload.reported())}"

    for kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
        answer = http.post(address, data=ONE_CLICK, content_type=kind)
        assert answer.status_code == 200
        assert "Set-Cookie" not in answer.headers
    assert "have stopped" in http.get(address).get_data(as_text=True)


@pytest.mark.parametrize("query", ["", "?again=1"])
@pytest.mark.parametrize(
    "body", [ONE_CLICK, ONE_CLICK | AGAIN, ONE_CLICK | CHOICES, {}, {"again": ""}, {"again": "0"}]
)
def test_a_click_of_a_mail_program_only_stops(
    caseload: Caseload, http: FlaskClient, query: str, body: dict[str, str]
) -> None:
    """Whatever else it carries, it brings no letters back; neither does anything in the address."""
    address = f"/unsubscribe/{caseload.link(Purpose.UNSUBSCRIBE, caseload.reported())}{query}"
    for _ in range(2):
        assert http.post(address, data=body).status_code == 200
        assert "have stopped" in http.get(address).get_data(as_text=True)


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_looking_changes_nothing(caseload: Caseload, http: FlaskClient, method: str) -> None:
    """Whatever follows a link without pressing the button changes nothing."""
    done = caseload.reported()
    second = caseload.reported()
    addresses = [
        f"/act/{caseload.link(Purpose.CONFIRM, done)}",
        f"/act/{caseload.link(Purpose.MINE, second, 'was-this-you')}",
        f"/act/{caseload.link(Purpose.NOT_MINE, second, 'was-this-you')}",
        f"/unsubscribe/{caseload.link(Purpose.UNSUBSCRIBE, done)}",
        f"/report/{done.report_token}",
        f"/console/sign-in/{caseload.coach()}",
    ]
    before = caseload.stored()

    for address in addresses:
        assert http.open(address, method=method).status_code == 200
    assert caseload.stored() == before


def test_a_crawler_changes_nothing(caseload: Caseload, http: FlaskClient, postgres_url: str) -> None:
    """Every link in every letter may be fetched, with letters on, off and on again: not one row changes."""
    bo = caseload.submitted(email="bo@example.test", trust="firm", confirmed=True)
    with caseload.house.database.transaction() as session:
        # His plan starts at once, and where he is it is around noon: its letter is due, whenever this runs.
        client = session.get_one(tables.Client, bo.client_id)
        client.time_zone, client.hours = noon_somewhere(now(session)), "1234567 00:00-23:59"
    ana = caseload.submitted()
    caseload.submitted()
    found = links_in_letters(caseload, postgres_url)
    assert {path.split("/")[1] for path in found} >= {"act", "unsubscribe", "report"}
    assert len(found) == 8
    stop = f"/unsubscribe/{caseload.link(Purpose.UNSUBSCRIBE, ana)}"
    assert stop in found

    for step in (None, {}, AGAIN):
        if step is not None:
            http.post(stop, data=step)
        before = contents(caseload)
        for path in found:
            for method in ("GET", "HEAD"):
                assert http.open(path, method=method).status_code == 200, path
        assert contents(caseload) == before


def noon_somewhere(at: datetime) -> str:
    """Return a zone in which it is noon, give or take an hour; its name counts hours the other way."""
    return f"Etc/GMT{at.astimezone(UTC).hour - 12:+d}"


def links_in_letters(caseload: Caseload, postgres_url: str) -> set[str]:
    """Write all letters that are due, and return the paths of all links in them, headers included."""
    house = caseload.house
    with house.database.transaction() as session:
        clock = HandHeldDatabase(postgres_url, now(session) + timedelta(seconds=1))
    firm = Firm(clock, house.content, house.secrets)
    firm.work()
    clock.close()
    written = "\n".join(f"{one.text}\n{one.headers}" for one in firm.mailer.letters)
    return {path.removeprefix(PUBLIC_URL) for path in re.findall(r"https://[\w./-]+", written)}


def contents(caseload: Caseload) -> dict[str, str]:
    """Return a digest of every table."""
    digest = "SELECT md5(coalesce(string_agg(one::text, ' ' ORDER BY one::text), '')) FROM {} AS one"
    with caseload.house.database.transaction() as session:
        return {
            name: session.scalars(text(digest.format(f'"{name}"'))).one()
            for name in tables.Base.metadata.tables
        }


@pytest.mark.parametrize("path", ["/act/{}", "/suggest/{}", "/unsubscribe/{}"])
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("token", ["x", "A" * 47, "%0d%0aSet-Cookie:x"])
def test_bad_links(http: FlaskClient, path: str, method: str, token: str) -> None:
    """A token that isn't ours gets a plain page with 404 that reveals nothing."""
    answer = http.open(path.format(token), method=method)

    assert answer.status_code == 404
    assert "There is nothing here" in answer.get_data(as_text=True)
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_changed_token_opens_nothing(caseload: Caseload, http: FlaskClient) -> None:
    """One other character, and a link is no link."""
    token = caseload.link(Purpose.CONFIRM, caseload.reported())

    for place in (0, 10, 30, 46):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        assert http.get(f"/act/{changed}").status_code == 404
