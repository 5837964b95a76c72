"""Letters rest and come again; dates move where they should, once, and nobody loses days to a late worker."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.secrets import Secrets
from coaching.domain.errors import NotFound, Refused
from coaching.usecases.pauses import (
    NOT_PAUSED,
    Outcome,
    end_due_pauses,
    pause_client,
    preview_pause,
    preview_resume,
    resume_client,
)
from tests.support.ledger import count, put_client, put_letter
from tests.support.underway import DAY, Underway, put_underway

KEY = "key:test"
WEEK = timedelta(weeks=1)
TODAY = date(2026, 11, 23)


@pytest.fixture
def ana(session: Session, secrets: Secrets, now: datetime) -> Underway:
    """A client whose plan began a week ago."""
    return put_underway(session, secrets, now)


def milestone(session: Session, ana: Underway, **changes: Any) -> UUID:
    """Add a milestone that was there before the pause."""
    return ana.milestone(session, **{"created_at": ana.now - 7 * DAY, **changes})


def pause(session: Session, ana: Underway, until: date | None, ending: str, **at: datetime) -> Outcome:
    """Pause her letters."""
    now = at.get("now", ana.now)
    return pause_client(session, ana.client_id, until=until, ending=ending, actor=KEY, now=now)


def resume(session: Session, ana: Underway, now: datetime) -> Outcome:
    """Let her letters come again."""
    return resume_client(session, ana.client_id, actor=KEY, now=now)


def row(session: Session) -> tables.Pause:
    """Return the only pause there is."""
    return session.scalars(select(tables.Pause).execution_options(populate_existing=True)).one()


def facts(session: Session, kind: str) -> list[tables.Event]:
    """Return the facts of a kind."""
    return list(session.scalars(select(tables.Event).where(tables.Event.kind == kind)))


def due_on(session: Session, milestone_id: UUID) -> date:
    """Return a milestone's date as it is stored."""
    found = session.scalar(select(tables.Milestone.due_on).where(tables.Milestone.id == milestone_id))
    assert found is not None
    return found


def shifted(session: Session, relationship_id: UUID) -> int | None:
    """Return by how many days pauses have moved a relationship."""
    return session.scalar(
        select(tables.Relationship.shifted_days).where(tables.Relationship.id == relationship_id)
    )


def test_a_pause_stands_with_its_fact(session: Session, ana: Underway, now: datetime) -> None:
    """It begins now; the fact and the audit row say until when and what then, and nothing personal."""
    outcome = pause(session, ana, now + WEEK, "hold")
    stored = row(session)
    assert (stored.began_at, stored.until_at, stored.ending) == (now, now + WEEK, "hold")
    assert (stored.actor, stored.ended_at) == (KEY, None)
    assert outcome.pause is not None
    assert (outcome.pause.began_at, outcome.pause.until_at) == (now, now + WEEK)
    told = {"pause": str(stored.id), "until": (now + WEEK).isoformat(), "then": "hold"}
    assert [one.data for one in facts(session, "client_paused")] == [told]
    audit = session.scalars(select(tables.Audit)).one()
    assert (audit.actor, audit.action, audit.subject_id) == (KEY, "client_paused", ana.client_id)


def test_a_date_means_when_it_begins_where_the_client_is(session: Session, ana: Underway) -> None:
    """Until 10 December: from midnight in Paris on letters may come again."""
    pause(session, ana, date(2026, 12, 10), "skip")
    assert row(session).until_at == datetime(2026, 12, 9, 23, 0, tzinfo=UTC)


def test_a_second_pause_changes_the_one_that_stands(session: Session, ana: Underway, now: datetime) -> None:
    """It keeps its beginning; its end and what then are the new ones."""
    pause(session, ana, now + WEEK, "skip")
    outcome = pause(session, ana, None, "shift", now=now + DAY)
    stored = row(session)
    assert (stored.began_at, stored.until_at, stored.ending) == (now, None, "shift")
    assert outcome.pause is not None
    assert outcome.pause.began_at == now
    assert len(facts(session, "client_paused")) == 2


def test_a_pause_whose_time_has_come_ends_before_another_begins(
    session: Session, ana: Underway, now: datetime
) -> None:
    """The worker had not got to it yet: it ends as it was meant to, and the new one begins now."""
    step = milestone(session, ana, due_on=TODAY + 10 * DAY)
    pause(session, ana, now + 2 * DAY, "shift")
    pause(session, ana, now + 9 * DAY, "skip", now=now + 3 * DAY)
    old, new = session.scalars(select(tables.Pause).order_by(tables.Pause.began_at)).all()
    assert (old.ended_at, new.began_at, new.ended_at) == (now + 2 * DAY, now + 3 * DAY, None)
    assert due_on(session, step) == TODAY + 12 * DAY


@pytest.mark.parametrize(
    "until",
    [
        datetime(2026, 11, 23, 9, 0, tzinfo=UTC),
        datetime(2026, 11, 22, tzinfo=UTC),
        datetime(2027, 12, 24, tzinfo=UTC),
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, tzinfo=UTC),
        date(2026, 11, 23),
        date(2027, 12, 24),
        date(1, 1, 1),
        date(9999, 12, 31),
    ],
)
def test_an_end_that_is_past_or_far_away_is_refused(session: Session, ana: Underway, until: date) -> None:
    """It lies in the future, at most a year ahead, and nothing is stored otherwise."""
    with pytest.raises(Refused) as refused:
        pause(session, ana, until, "skip")
    assert list(refused.value.errors) == ["until"]
    with pytest.raises(Refused):
        preview_pause(session, ana.client_id, until=until, now=ana.now)
    assert count(session, tables.Pause) == 0


def test_who_is_not_there_is_not_found(session: Session, now: datetime) -> None:
    """Pausing, resuming and both previews say so."""
    nobody = uuid4()
    with pytest.raises(NotFound):
        pause_client(session, nobody, until=None, actor=KEY, now=now)
    with pytest.raises(NotFound):
        resume_client(session, nobody, actor=KEY, now=now)
    with pytest.raises(NotFound):
        preview_pause(session, nobody, until=None, now=now)
    with pytest.raises(NotFound):
        preview_resume(session, nobody, now=now)


def test_resuming_ends_it_now(session: Session, ana: Underway, now: datetime) -> None:
    """The fact says which pause and how it ended; a second time there is nothing to end."""
    pause(session, ana, None, "hold")
    assert resume(session, ana, now + DAY).pause is None
    stored = row(session)
    assert stored.ended_at == now + DAY
    told = {"pause": str(stored.id), "then": "hold"}
    assert [one.data for one in facts(session, "client_resumed")] == [told]
    assert resume(session, ana, now + 2 * DAY).effect.sentence == NOT_PAUSED
    assert len(facts(session, "client_resumed")) == 1
    assert row(session).ended_at == now + DAY


def test_a_pause_that_took_no_day_moves_none(session: Session, ana: Underway, now: datetime) -> None:
    """Resumed on the day on which it began, it says so; a day later the rhythm with her mentor moves."""
    milestone(session, ana)
    ana.relationship(session)
    pause(session, ana, None, "shift")
    came = "Letters come again from now on."
    same_day = preview_resume(session, ana.client_id, now=now + timedelta(hours=2)).effect
    assert same_day.sentence == f"{came} No date moves."
    tomorrow = resume(session, ana, now + DAY).effect.sentence
    assert tomorrow == f"{came} One date of the plan moves by as many days, and rhythms with them."


def test_due_pauses_end_once_as_of_their_own_end(
    session: Session, secrets: Secrets, ana: Underway, now: datetime
) -> None:
    """Those whose time has come, however late the worker is; others stay, and a second run finds none."""
    bo, cy = (put_client(session, secrets, f"{name}@example.test") for name in ("bo", "cy"))
    pause(session, ana, now + DAY, "skip")
    pause_client(session, bo, until=now + 9 * DAY, actor=KEY, now=now)
    pause_client(session, cy, until=None, actor=KEY, now=now)
    assert end_due_pauses(session, now=now + DAY - timedelta(seconds=1)) == 0
    assert end_due_pauses(session, now=now + 8 * DAY) == 1
    assert end_due_pauses(session, now=now + 8 * DAY) == 0
    ended = session.scalars(select(tables.Pause).where(tables.Pause.ended_at.is_not(None))).one()
    assert (ended.client_id, ended.ended_at) == (ana.client_id, now + DAY)
    assert [one.client_id for one in facts(session, "client_resumed")] == [ana.client_id]


def test_only_so_many_due_pauses_end_at_once(session: Session, secrets: Secrets, now: datetime) -> None:
    """The rest is for the next round."""
    for place in range(5):
        client = put_client(session, secrets, f"c{place}@example.test")
        pause_client(session, client, until=now + DAY, actor=KEY, now=now)
    assert [end_due_pauses(session, now=now + WEEK, limit=2) for _ in range(4)] == [2, 2, 1, 0]


@pytest.mark.parametrize("ending", ["skip", "hold"])
def test_only_a_shift_moves_dates(session: Session, ana: Underway, now: datetime, ending: str) -> None:
    """After the others every date stands as before."""
    step, mentor = milestone(session, ana), ana.relationship(session)
    pause(session, ana, now + WEEK, ending)
    end_due_pauses(session, now=now + WEEK)
    assert (due_on(session, step), shifted(session, mentor)) == (TODAY + 10 * DAY, 0)
    assert not facts(session, "milestone_postponed")


def test_a_shift_moves_open_milestones_once(session: Session, ana: Underway, now: datetime) -> None:
    """By the local days of the pause, with a fact each that names it; no person touched them."""
    moving = [milestone(session, ana, due_on=TODAY + days * DAY) for days in (0, 3, 60)]
    staying = {
        milestone(session, ana, **changes): date
        for changes, date in (
            ({"due_on": TODAY - DAY}, TODAY - DAY),  # it was overdue already
            ({"state": "proposed", "due_on": TODAY + DAY}, TODAY + DAY),
            ({"state": "dropped", "due_on": TODAY + DAY}, TODAY + DAY),
            ({"state": "reached", "reached_at": now, "due_on": TODAY + DAY}, TODAY + DAY),
        )
    }
    pause(session, ana, now + WEEK, "shift")
    assert end_due_pauses(session, now=now + WEEK) == 1
    assert end_due_pauses(session, now=now + WEEK) == 0
    resume(session, ana, now + WEEK)
    assert [due_on(session, one) for one in moving] == [TODAY + days * DAY for days in (7, 10, 67)]
    assert {one: due_on(session, one) for one in staying} == staying
    told = {one.subject_id: one.data for one in facts(session, "milestone_postponed")}
    paused = str(row(session).id)
    assert told == {one: {"pause": paused, "due_on": due_on(session, one).isoformat()} for one in moving}
    touched = session.scalars(select(tables.Milestone.touched_at))
    assert set(touched) == {None}
    assert session.get_one(tables.Client, ana.client_id).last_acted_at is None


def test_dates_set_during_the_pause_stand(session: Session, ana: Underway, now: datetime) -> None:
    """Who added or moved a milestone meanwhile knew of the pause; one moved and moved back goes along."""
    moved, back = milestone(session, ana), milestone(session, ana)
    pause(session, ana, now + WEEK, "shift")
    added = milestone(session, ana, created_at=now + DAY)
    session.get_one(tables.Milestone, moved).due_on = TODAY + 20 * DAY
    for one in (moved, back):
        session.add(
            tables.MilestoneReport(
                milestone_id=one,
                client_id=ana.client_id,
                kind="postponed",
                at=now + DAY,
                due_on=TODAY + 20 * DAY,
                actor="client",
                recorded_at=now + DAY,
            )
        )
    session.flush()
    resume(session, ana, now + WEEK)
    assert due_on(session, moved) == TODAY + 20 * DAY
    assert due_on(session, added) == TODAY + 10 * DAY
    assert due_on(session, back) == TODAY + 17 * DAY


def test_a_plan_that_starts_in_the_pause_loses_the_rest_of_it(
    session: Session, ana: Underway, now: datetime
) -> None:
    """Its dates count from its start, so only the days after that are lost."""
    step = milestone(session, ana)
    pause(session, ana, now + WEEK, "shift")
    session.get_one(tables.Plan, ana.plan_id).starts_on = TODAY + 5 * DAY
    session.flush()
    resume(session, ana, now + WEEK)
    assert due_on(session, step) == TODAY + 12 * DAY


def test_a_shift_moves_rhythms(session: Session, ana: Underway, now: datetime) -> None:
    """By the days after the last contact; events, and those without a rhythm or gone quiet, stay."""
    before = ana.relationship(session, shifted_days=2, quiet_on=TODAY + 3 * DAY)
    never = ana.relationship(session, last_contact_on=None)
    meanwhile = ana.relationship(session, last_contact_on=TODAY + 5 * DAY)
    later = ana.relationship(session, last_contact_on=None, starts_on=TODAY + 9 * DAY)
    still = [
        ana.relationship(session, kind="event", starts_on=TODAY + 3 * DAY),
        ana.relationship(session, cadence_days=None),
        ana.relationship(session, state="quiet"),
        ana.relationship(session, state="ended"),
    ]
    pause(session, ana, now + WEEK, "shift")
    resume(session, ana, now + WEEK)
    assert [shifted(session, one) for one in (before, never, meanwhile, later)] == [9, 7, 2, 0]
    assert [shifted(session, one) for one in still] == [0, 0, 0, 0]
    quiet_on = session.scalar(select(tables.Relationship.quiet_on).where(tables.Relationship.id == before))
    assert quiet_on == TODAY + 10 * DAY


def test_a_shift_within_a_day_moves_nothing(session: Session, ana: Underway, now: datetime) -> None:
    """No night lay in it, so no day was lost."""
    step, mentor = milestone(session, ana), ana.relationship(session)
    pause(session, ana, None, "shift")
    resume(session, ana, now + timedelta(hours=5))
    assert (due_on(session, step), shifted(session, mentor)) == (TODAY + 10 * DAY, 0)
    assert not facts(session, "milestone_postponed")


def test_pausing_touches_no_letter(session: Session, ana: Underway, now: datetime) -> None:
    """What becomes of each is decided when it is looked at."""
    letter = put_letter(session, ana.client_id, now + DAY, slot_key="x", family="milestone")
    pause(session, ana, now + WEEK, "skip")
    resume(session, ana, now + DAY)
    session.refresh(letter)
    assert (letter.state, letter.decided_at, letter.due_at) == ("planned", None, now + DAY)
