"""Facts let clients into sequences: by trigger and condition, in the order of ranks, never twice at once."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.secrets import Secrets
from coaching.domain.engine.entering import is_left_alone_to_compare
from coaching.domain.events import Event, EventKind
from coaching.domain.sequence_documents import read_sequence
from coaching.usecases.client_states import load_states
from coaching.usecases.enrollments import let_in
from coaching.usecases.publish_sequences import retire
from coaching.usecases.schedule import schedule_clients
from tests.support.drain import everyone
from tests.support.drips import NETWORKS, put_sequence
from tests.support.ledger import agree, count, put_client, suppress_all
from tests.support.statements import statements

APPROVED = EventKind.PLAN_APPROVED
GOAL = {"facts": [{"event": "milestone_reached", "dimension": "networks"}], "within_days": 90}
ALONE = {"field": "sequences", "empty": True}
DAY = timedelta(days=1)


def put_ana(session: Session, secrets: Secrets, now: datetime, name: str = "ana", **changes: Any) -> UUID:
    """Add a client whom letters may reach."""
    values = {"confirmed_at": now - DAY, **changes}
    client_id = put_client(session, secrets, f"{name}@example.test", **values)
    agree(session, client_id, now - DAY)
    return client_id


def fact(client_id: UUID | None, now: datetime, kind: EventKind = APPROVED, **data: Any) -> Event:
    """Return a fact of a client's that is true now."""
    return Event(uuid4(), kind, uuid4(), client_id, data, now)


def tell(session: Session, now: datetime, *facts: Event) -> None:
    """Let these facts let in whom they may."""
    let_in(session, facts, may_write_to=everyone, now=now)
    session.flush()


def trigger(kind: str = "plan_approved", when: Any = None) -> dict[str, Any]:
    """Return a trigger of one kind of fact."""
    return {"events": [kind], **({"when": when} if when else {})}


def ways(session: Session, client_id: UUID) -> list[tuple[str, str]]:
    """Return a client's ways through sequences, with their states, by name."""
    row = tables.Enrollment
    query = select(row.sequence, row.state).where(row.client_id == client_id)
    return sorted((name, state) for name, state in session.execute(query))


def recorded(session: Session) -> list[tuple[str, str]]:
    """Return the facts that were written down, with the sequence of each, in order."""
    rows = session.execute(select(tables.Event.kind, tables.Event.data).order_by(tables.Event.id))
    return [(kind, data["sequence"]) for kind, data in rows]


@pytest.mark.parametrize("kind", EventKind)
def test_each_kind_of_fact_may_let_in(
    session: Session, secrets: Secrets, now: datetime, kind: EventKind
) -> None:
    """Whoever the fact is about is in by it, in the version that is live; no other kind lets them in."""
    ana, bo = (put_ana(session, secrets, now, name) for name in ("ana", "bo"))
    put_sequence(session, now, trigger=trigger(kind))
    other = next(one for one in EventKind if one is not kind)
    entered = fact(ana, now, kind, reason="completed")
    tell(session, now, entered, fact(bo, now, other, reason="completed"), fact(None, now, kind))
    (row,) = session.scalars(select(tables.Enrollment)).all()
    assert (row.client_id, row.sequence, row.version, row.state) == (ana, "networks", 1, "active")
    assert (row.started_at, row.opened_by, row.actor) == (now, entered.id, "rule")
    (told,) = session.scalars(select(tables.Event)).all()
    assert (told.kind, told.subject_id, told.client_id) == ("sequence_started", row.id, ana)
    assert told.data == {"sequence": "networks"}


@pytest.mark.parametrize(("stage", "enters"), [("starting", True), ("growing", False), (None, False)])
def test_only_those_are_let_in_for_whom_it_is(
    session: Session, secrets: Secrets, now: datetime, stage: str | None, enters: bool
) -> None:
    """The condition is asked of the client as they stand now."""
    ana = put_ana(session, secrets, now, stage=stage)
    put_sequence(session, now, trigger=trigger(when={"field": "stage", "is": "starting"}))
    tell(session, now, fact(ana, now))
    assert bool(ways(session, ana)) is enters


def test_what_matters_more_comes_first_and_of_equals_the_first_by_name(
    session: Session, secrets: Secrets, now: datetime
) -> None:
    """In that order they begin, whichever was published first."""
    ana = put_ana(session, secrets, now)
    for name, rank in (("moss", 4), ("ash", 9), ("fern", 4), ("willow", 2)):
        put_sequence(session, now, name=name, rank=rank)
    tell(session, now, fact(ana, now))
    assert [name for _, name in recorded(session)] == ["willow", "fern", "moss", "ash"]


@pytest.mark.parametrize(("ranks", "first"), [((4, 4), "fern"), ((3, 4), "moss")])
def test_whom_the_first_takes_the_second_sees_there(
    session: Session, secrets: Secrets, now: datetime, ranks: tuple[int, int], first: str
) -> None:
    """Where both want to be alone, the one of lower rank has the client, of equals the first by name."""
    ana = put_ana(session, secrets, now)
    for name, rank in zip(("moss", "fern"), ranks, strict=True):
        put_sequence(session, now, name=name, rank=rank, trigger=trigger(when=ALONE))
    tell(session, now, fact(ana, now), fact(ana, now))
    assert ways(session, ana) == [(first, "active")]


def test_nobody_is_in_the_same_one_twice_at_once(session: Session, secrets: Secrets, now: datetime) -> None:
    """Not by two facts of one batch, nor by one a day later, though it may come again each time."""
    ana = put_ana(session, secrets, now)
    put_sequence(session, now, reentry="each_time")
    tell(session, now, fact(ana, now), fact(ana, now))
    tell(session, now + DAY, fact(ana, now + DAY))
    assert ways(session, ana) == [("networks", "active")]


@pytest.mark.parametrize(
    "case",
    [
        ("never", 1000 * DAY, False),
        ("yearly", 365 * DAY - timedelta(microseconds=1), False),
        ("yearly", 365 * DAY, True),
        ("each_time", DAY, True),
    ],
)
def test_who_has_been_there_comes_again_as_it_says(
    session: Session, secrets: Secrets, now: datetime, case: tuple[str, timedelta, bool]
) -> None:
    """Never, a year after the last start, or each time."""
    reentry, after, again = case
    ana = put_ana(session, secrets, now)
    put_sequence(session, now, reentry=reentry)
    tell(session, now, fact(ana, now))
    over = {"state": "ended", "ended_at": now + DAY, "end_reason": "completed"}
    session.execute(update(tables.Enrollment).values(over))
    tell(session, now + after, fact(ana, now + after))
    assert ways(session, ana) == [("networks", "active")] * again + [("networks", "ended")]


def test_a_share_is_left_alone_and_sees_nothing_of_it(
    session: Session, secrets: Secrets, now: datetime
) -> None:
    """By the hash of sequence and client: half of them here; a fact says so, and no letter is planned."""
    one = put_sequence(session, now, hold_out=50, goal=GOAL, reentry="each_time")
    sequence = read_sequence(one.content)
    people = [put_ana(session, secrets, now, f"c{number}") for number in range(24)]
    tell(session, now, *(fact(who, now) for who in people))
    alone = {who for who in people if is_left_alone_to_compare(sequence, who)}
    assert 0 < len(alone) < len(people)
    for who in people:
        assert ways(session, who) == [("networks", "held_out" if who in alone else "active")]
    told = session.execute(select(tables.Event.client_id, tables.Event.kind)).all()
    assert {who for who, kind in told if kind == "sequence_held_out"} == alone
    assert {who for who, kind in told if kind == "sequence_started"} == set(people) - alone
    tell(session, now + DAY, *(fact(who, now + DAY) for who in people))
    assert count(session, tables.Enrollment) == len(people)
    schedule_clients(session, people, may_write_to=everyone, now=now + DAY)
    assert set(session.scalars(select(tables.Message.recipient_id))) == set(people) - alone


@pytest.mark.parametrize("missing", ["confirmed", "agreed", "all", "letters", "drip", "milestone"])
def test_nobody_is_let_in_whom_no_letter_may_reach(
    session: Session, secrets: Secrets, now: datetime, missing: str
) -> None:
    """Not confirmed, not agreed, or stopped; one who has stopped other letters only is let in."""
    confirmed_at = None if missing == "confirmed" else now
    ana = put_ana(session, secrets, now, confirmed_at=confirmed_at)
    if missing == "agreed":
        agree(session, ana, now, granted=False)
    elif missing != "confirmed":
        suppress_all(session, ana, now, scope=missing)
    put_sequence(session, now)
    tell(session, now, fact(ana, now))
    assert bool(ways(session, ana)) is (missing == "milestone")


@pytest.mark.parametrize("reason", ["completed", "goal", "replied", "withdrawn", "unsubscribed"])
def test_one_leads_to_the_next_only_if_it_was_walked_to_its_end(
    session: Session, secrets: Secrets, now: datetime, reason: str
) -> None:
    """A word to a person, a stop or a hand leads nowhere."""
    ana = put_ana(session, secrets, now)
    put_sequence(session, now, trigger=trigger("sequence_ended"))
    tell(session, now, fact(ana, now, EventKind.SEQUENCE_ENDED, sequence="welcome", reason=reason))
    assert bool(ways(session, ana)) is (reason in {"completed", "goal"})


def test_the_newest_version_lets_in_and_a_retired_one_nobody(
    session: Session, secrets: Secrets, now: datetime
) -> None:
    """An older version takes nobody, also once the newer one is retired."""
    ana, bo = (put_ana(session, secrets, now, name) for name in ("ana", "bo"))
    put_sequence(session, now)
    put_sequence(session, now, version=2)
    tell(session, now, fact(ana, now))
    assert session.scalars(select(tables.Enrollment.version)).all() == [2]
    retire(session, "networks", actor="test", now=now)
    session.flush()
    tell(session, now, fact(bo, now))
    assert ways(session, bo) == []


def test_a_client_who_is_gone_holds_up_nobody(session: Session, secrets: Secrets, now: datetime) -> None:
    """Facts of others in the same batch let in as ever."""
    ana = put_ana(session, secrets, now)
    put_sequence(session, now)
    tell(session, now, fact(uuid4(), now), fact(ana, now))
    assert ways(session, ana) == [("networks", "active")]


def test_what_it_returns_is_how_they_stand(session: Session, secrets: Secrets, now: datetime) -> None:
    """The same as if they were loaded anew: whoever plans their letters needn't ask again."""
    ana = put_ana(session, secrets, now)
    for name in ("fern", "ash"):
        put_sequence(session, now, name=name, goal=GOAL, hold_out=50)
    known = let_in(session, [fact(ana, now)], may_write_to=everyone, now=now)
    loaded = load_states(session, [ana], may_write_to=everyone, now=now)
    for states in (known, loaded):
        assert {(one.name, one.state) for one in states[ana].enrollments} == set(ways(session, ana))
    assert sorted(known[ana].enrollments, key=lambda one: one.name) == sorted(
        loaded[ana].enrollments, key=lambda one: one.name
    )
    assert known[ana].life == loaded[ana].life


def test_facts_that_let_in_nobody_cost_one_statement(
    session: Session, secrets: Secrets, now: datetime
) -> None:
    """However many they are: which versions are live is asked, and nothing is read again."""
    people = [put_ana(session, secrets, now, f"c{number}") for number in range(5)]
    for version in (1, 2):
        put_sequence(session, now, version=version, title=f"Networks {uuid4()}")
    facts = [fact(who, now, EventKind.MILESTONE_STARTED) for who in people]
    first = statements(session, lambda: tell(session, now, *facts))
    assert len(first) == 2
    assert "content" in first[1]
    again = statements(session, lambda: tell(session, now, *facts))
    assert len(again) == 1


def test_a_version_is_known_by_what_it_says(session: Session, secrets: Secrets, now: datetime) -> None:
    """Another installation's version of the same name and number is another one."""
    ana = put_ana(session, secrets, now)
    row = put_sequence(session, now)
    let_in(session, [fact(ana, now, EventKind.CLIENT_ADDED)], may_write_to=everyone, now=now)
    row.content = {**NETWORKS, "trigger": trigger("client_added")}
    session.flush()
    tell(session, now, fact(ana, now, EventKind.CLIENT_ADDED))
    assert ways(session, ana) == [("networks", "active")]
