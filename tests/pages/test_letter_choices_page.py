"""The page on which clients choose their letters, as a browser without script has it."""

from collections.abc import Mapping

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from api.pages.letter_choices import KINDS, RHYTHM_WORDS
from coaching.adapters import tables
from coaching.domain.clients import RHYTHMS
from coaching.domain.links import Purpose
from coaching.usecases.letter_choices import CHOOSABLE
from tests.pages.caseload import Caseload
from tests.pages.desk import Desk
from tests.pages.plain_browser import PlainBrowser
from tests.pages.test_link_pages import contents

EVERY = {f"family.{family}": "1" for family in CHOOSABLE}
STOP = "/unsubscribe/{}"


@pytest.fixture
def desk(caseload: Caseload) -> Desk:
    """Ana, whose plan is under way."""
    return Desk.of(caseload)


@pytest.fixture
def address(desk: Desk) -> str:
    """The address in the footer of a letter of a sequence."""
    return STOP.format(desk.ana.token(Purpose.UNSUBSCRIBE, desk.drip()))


def scopes(desk: Desk) -> list[str]:
    """Return what is stopped."""
    return sorted(row.scope for row in desk.stored(tables.Suppression) if row.lifted_at is None)


def rhythm(desk: Desk) -> str:
    """Return how often Ana wants her week."""
    return next(row.rhythm for row in desk.stored(tables.Client) if row.id == desk.ana.client_id)


def test_every_kind_has_its_words() -> None:
    """So has each rhythm: what can be stopped can be chosen."""
    assert set(KINDS) == set(CHOOSABLE)
    assert tuple(RHYTHM_WORDS) == RHYTHMS


def test_it_stands_as_it_is(desk: Desk, browser: PlainBrowser, address: str) -> None:
    """Each kind with what it is, ticked where it comes; the rhythm as chosen; what stops all of it below."""
    page = browser.open(address)
    assert (page.status, page.fields) == (200, EVERY | {"rhythm": "weekly"})
    assert page.offered == {name: ["1"] for name in EVERY} | {"rhythm": list(RHYTHMS)}
    for name, about in KINDS.values():
        assert f"{name}" in page.text
        assert about in page.text
    assert "Nothing has changed yet" in page.text
    assert page.html.index("Save my choices") < page.html.index("Stop all letters")
    assert page.html.count('class="btn"') == 1


def test_the_kind_that_led_here_comes_first(desk: Desk, browser: PlainBrowser) -> None:
    """From a letter of a sequence the series, from a mentor's reminder the mentor; each says so once."""
    for link in (desk.drip(), desk.add(lambda session: desk.ana.letter(session, "mentor-nudge"))):
        page = browser.open(STOP.format(desk.ana.token(Purpose.UNSUBSCRIBE, link)))
        assert page.text.count("you came here from one of these") == 1
        name = page.text.split(" (you came here")[0].rsplit("Letters that come ", 1)[1]
        assert name in {"Ideas and reading", "Your mentor"}


@pytest.mark.parametrize("family", CHOOSABLE)
def test_leaving_one_kind_out(desk: Desk, browser: PlainBrowser, address: str, family: str) -> None:
    """Only that one stops; the page says what comes and what doesn't, and may be loaded again."""
    browser.open(address)
    done = browser.press("", without=f"family.{family}")
    assert (done.status, done.response.request.method) == (200, "GET")
    assert scopes(desk) == [family]
    comes, left_out = done.text.split("These don't:")
    assert KINDS[family][0] not in comes
    assert KINDS[family][0] in left_out
    assert all(name in comes for one, (name, _) in KINDS.items() if one != family)
    assert "left before may still arrive" in done.text
    fields = browser.open(address).fields
    assert fields == {name: one for name, one in EVERY.items() if name != f"family.{family}"} | {
        "rhythm": "weekly"
    }


def test_several_at_once_and_back(desk: Desk, browser: PlainBrowser, http: FlaskClient, address: str) -> None:
    """What is ticked comes, what isn't doesn't, at the rhythm that is marked; ticking again lets it in."""
    http.post(address, data={"family.milestone": "1", "rhythm": "monthly"})
    assert scopes(desk) == ["campaign", "drip", "mentoring", "networking"]
    assert rhythm(desk) == "monthly"
    page = browser.open(address)
    assert page.fields == {"family.milestone": "1", "rhythm": "monthly"}
    done = browser.press("", EVERY | {"rhythm": "fortnightly"})
    assert "Your plan, with your week every two weeks" in done.text
    assert "These don't" not in done.text
    assert (scopes(desk), rhythm(desk)) == ([], "fortnightly")


def test_saving_again_changes_nothing(desk: Desk, http: FlaskClient, address: str) -> None:
    """An impatient finger, or Back and the button again: what was said once is written down once."""
    data = {"family.milestone": "1", "rhythm": "monthly", "save": "1"}
    for _ in range(3):
        assert http.post(address, data=data).status_code == 303
    kinds = [row.kind for row in desk.stored(tables.Event)]
    assert sorted(kinds) == ["client_changed", "letters_unsubscribed"]


def test_none_ticked_is_none_at_all(
    desk: Desk, browser: PlainBrowser, http: FlaskClient, address: str
) -> None:
    """Who leaves out everything has stopped all letters, and reads that."""
    assert http.post(address, data={"rhythm": "weekly", "save": "1"}).status_code == 303
    assert scopes(desk) == ["letters"]
    assert "have stopped" in browser.open(address).text


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"save": "1"}, "Choose how often"),
        ({"family.drip": "1"}, "Choose how often"),
        ({"family.drip": "1", "rhythm": "hourly"}, "Choose how often"),
        ({"family.drip": "1", "family.all": "1", "rhythm": "weekly"}, "Choose among the kinds"),
        ({"family.": "1", "rhythm": "weekly"}, "Choose among the kinds"),
        ({"family.transactional": "1", "rhythm": "weekly"}, "Choose among the kinds"),
    ],
)
def test_what_cannot_be_chosen(
    desk: Desk, http: FlaskClient, address: str, sent: Mapping[str, str], said: str
) -> None:
    """The page says which part needs another look, keeps what was ticked, and nothing is changed."""
    before = contents(desk.caseload)
    answer = http.post(address, data=sent)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "needs another look" in page
    assert said in page
    assert page.count(" checked") == sum(name in EVERY or value in RHYTHMS for name, value in sent.items())
    assert contents(desk.caseload) == before


def test_choosing_after_all_was_stopped(desk: Desk, http: FlaskClient, address: str) -> None:
    """A form that was left open brings nothing back: the page says that nothing was changed, and why."""
    http.post(address)
    before = contents(desk.caseload)
    answer = http.post(address, data=EVERY | {"rhythm": "monthly", "save": "1"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "Nothing was changed" in page
    assert "Send me letters again" in page
    assert contents(desk.caseload) == before


def test_who_never_asked_for_letters(desk: Desk, browser: PlainBrowser, address: str) -> None:
    """Nothing is ticked; saving is the yes, and letters begin once the address is confirmed."""
    with desk.caseload.house.database.transaction() as session:
        session.execute(update(tables.Consent).values(granted=False))
        session.execute(update(tables.Client).values(confirmed_at=None))
    page = browser.open(address)
    assert page.fields == {"rhythm": "weekly"}
    assert "haven't asked for letters" in page.text
    assert "once you have confirmed your address" in page.text
    saved = browser.press("", {"family.milestone": "1"})
    assert "Once you have confirmed your address" in saved.text
    assert [row.granted for row in desk.stored(tables.Consent) if row.source == "page"] == [True]


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
@pytest.mark.parametrize("query", ["", "?saved=1", "?rhythm=monthly&save=1"])
def test_looking_changes_nothing(
    desk: Desk, http: FlaskClient, address: str, method: str, query: str
) -> None:
    """Whatever opens the address, with whatever in it."""
    before = contents(desk.caseload)
    assert http.open(f"{address}{query}", method=method).status_code == 200
    assert contents(desk.caseload) == before
