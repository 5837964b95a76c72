"""One letter to many: written once for each, in batches, however often it is asked for."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from coaching.adapters import tables
from coaching.adapters.content import Content
from coaching.adapters.database import Database
from coaching.adapters.secrets import Secrets
from coaching.domain.allowlist import Allowlist
from coaching.usecases.fan_out import FannedOut, FanOut, fan_out, fan_out_chunk
from tests.support.drain import SENDER, Firm, HandHeldDatabase
from tests.support.ledger import agree, put_client, put_letter, suppress_all
from tests.support.ledger_room import all_batches, letters, post

ORDER = FanOut("campaign:1", "look-again", "campaign", SENDER.address, "A test wants it.", most=3)


@pytest.fixture
def firm(postgres_url: str, database: Database, content: Content, secrets: Secrets) -> Iterator[Firm]:
    """An installation on a Monday morning with seven made-up clients who may be written to."""
    now = datetime.fromisoformat("2026-11-23T09:00:00+00:00")
    held = HandHeldDatabase(postgres_url, now)
    with held.transaction() as session:
        for number in range(7):
            email = f"c{number}@example.test"
            client = put_client(session, secrets, email, confirmed_at=now, sample=True)
            agree(session, client, now - timedelta(days=1))
    yield Firm(held, content, secrets)
    held.close()


def launch(firm: Firm, order: FanOut = ORDER, *, chunk: int = 5) -> FannedOut:
    """Fan out in small chunks."""
    return fan_out(firm.database, order, Allowlist(), chunk=chunk)


def test_everybody_gets_one_letter_in_batches(firm: Firm) -> None:
    """Each chunk fills its batches to the brim; together they hold everybody once."""
    done = launch(firm)
    assert (done.letters, dict(done.outcomes)) == (7, {"send": 7})
    assert [one.size for one in all_batches(firm)] == [3, 2, 2]
    while post(firm) is not None:
        pass
    assert sorted(one.address for one in firm.mailer.letters) == [f"c{n}@example.test" for n in range(7)]
    assert {one.state for one in all_batches(firm)} == {"accepted"}


def test_asked_again_it_writes_nothing(firm: Firm) -> None:
    """The slot of each letter is taken; another letter to the same people has slots of its own."""
    launch(firm)
    assert launch(firm).letters == 0
    assert len(letters(firm)) == 7
    another = FanOut("campaign:2", "look-again", "campaign", SENDER.address, "A test wants it.")
    assert launch(firm, another).letters == 7


def test_after_a_crash_it_goes_on_where_it_was(firm: Firm) -> None:
    """A worker died after the first chunk: the second run writes the rest, and nobody twice."""
    with firm.database.transaction() as session:
        ids = sorted(session.scalars(select(tables.Client.id)))
        fan_out_chunk(session, ORDER, Allowlist(), (ids[0], ids[4]), firm.database.at)
    assert launch(firm).letters == 3
    with firm.database.transaction() as session:
        most = session.scalars(
            select(func.count(tables.Message.id)).group_by(tables.Message.recipient_id)
        ).all()
    assert set(most) == {1}


def test_two_at_once_write_each_letter_once(firm: Firm) -> None:
    """Whoever comes second finds what the first has written."""
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(launch, firm) for _ in range(2)]
        assert sum(run.result().letters for run in runs) == 7
    assert len(letters(firm)) == 7
    assert sum(one.size for one in all_batches(firm)) == 7


def test_those_who_may_not_be_written_to_have_their_reason(firm: Firm) -> None:
    """A letter that is not sent is a row with its reason, and in no batch."""
    with firm.database.transaction() as session:
        ids = sorted(session.scalars(select(tables.Client.id)))
        suppress_all(session, ids[0], firm.database.at, scope="letters")
        agree(session, ids[1], firm.database.at, granted=False)
        session.get_one(tables.Client, ids[2]).confirmed_at = None
        session.get_one(tables.Client, ids[3]).time_zone = "America/New_York"
    done = launch(firm)
    assert dict(done.outcomes) == {"send": 3, "skip": 3, "wait": 1}
    assert dict(done.reasons) == {
        "Nothing stood against it.": 3,
        "The client has unsubscribed from these letters.": 1,
        "The client has not agreed to letters.": 1,
        "The address is not confirmed yet.": 1,
        "It is not a decent hour where the client is.": 1,
    }
    (waiting,) = [one for one in letters(firm) if one.state == "planned"]
    assert waiting.look_at == datetime.fromisoformat("2026-11-23T13:30:00+00:00")


def test_only_made_up_clients_are_written_to(firm: Firm) -> None:
    """Until there are campaigns, the fan-out reaches nobody real."""
    with firm.database.transaction() as session:
        ids = sorted(session.scalars(select(tables.Client.id)))
        session.get_one(tables.Client, ids[6]).sample = False
    assert launch(firm).letters == 6


def test_a_client_who_is_gone_when_the_batch_is_claimed_is_left_out(firm: Firm) -> None:
    """Their letter is cancelled, and the others' goes."""
    launch(firm, chunk=10)
    with firm.database.transaction() as session:
        session.delete(session.scalars(select(tables.Client).filter_by(email="c1@example.test")).one())
    while post(firm) is not None:
        pass
    assert len(firm.mailer.letters) == 6
    assert sorted({one.state for one in letters(firm)}) == ["cancelled", "queued"]


def test_each_letter_is_signed_by_the_clients_own_coach(firm: Firm) -> None:
    """Whether a letter goes to many or to one: the coach where there is one, else the firm."""
    with firm.database.transaction() as session:
        coach = tables.Coach(email="jo@firm.example.test", email_key="jo@firm.example.test", name="Jo")
        session.add(coach)
        session.flush()
        ids = sorted(session.scalars(select(tables.Client.id)))
        session.get_one(tables.Client, ids[0]).coach_id = coach.id
        for client_id in ids[:2]:
            put_letter(session, client_id, firm.database.at)
    launch(firm)
    firm.work()
    signed = {(one.address, "Jo, your coach" in one.text) for one in firm.mailer.letters}
    assert signed == {(f"c{number}@example.test", number == 0) for number in range(7)}
    assert len(firm.mailer.letters) == 9
