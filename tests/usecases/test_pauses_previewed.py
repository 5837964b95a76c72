"""What a pause or its end would do is said before, and changes nothing; the real thing says the same."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.database import Database
from coaching.adapters.secrets import Secrets
from coaching.domain.pauses import Effect
from coaching.usecases.pauses import (
    end_due_pauses,
    pause_client,
    preview_pause,
    preview_resume,
    resume_client,
)
from tests.support.ledger import count, put_client, put_letter
from tests.support.underway import DAY, Underway, put_underway

KEY = "key:test"
TODAY = date(2026, 11, 23)
WEEK = timedelta(weeks=1)


@pytest.fixture
def ana(session: Session, secrets: Secrets, now: datetime) -> Underway:
    """A client whose plan began a week ago."""
    return put_underway(session, secrets, now)


class Caseload:
    """Letters of each kind that fall into a week's pause, or beside it."""

    def __init__(self, session: Session, ana: Underway) -> None:
        now = ana.now
        self.step = ana.milestone(session, created_at=now - WEEK, due_on=TODAY + 3 * DAY)
        self.later = ana.milestone(session, created_at=now - WEEK, due_on=TODAY + 30 * DAY)
        self.late = ana.milestone(session, created_at=now - WEEK, due_on=TODAY - 2 * DAY)
        mentor = ana.relationship(session)
        event = ana.relationship(session, kind="event", cadence_days=None, starts_on=TODAY + 5 * DAY)
        self.letters = {
            name: put_letter(session, ana.client_id, now + due, slot_key=name, **changes).id
            for name, due, changes in (
                ("week", DAY, _of("week", milestone=self.step)),
                ("ahead", 2 * DAY, _of("milestone-ahead", milestone=self.step)),
                (
                    "overdue",
                    -DAY,
                    {**_of("milestone-overdue", milestone=self.late), "expires_at": now + 2 * WEEK},
                ),
                ("mentor", 3 * DAY, _of("mentor-nudge", "mentoring", relationship=mentor)),
                ("eve", 4 * DAY, _of("event-eve", "networking", relationship=event)),
                ("short", DAY, {**_of("look-again", "campaign"), "expires_at": now + 2 * DAY}),
                ("later", 9 * DAY, _of("milestone-ahead", milestone=self.later)),
            )
        }
        put_letter(session, ana.client_id, now + DAY, slot_key="asked")
        put_letter(session, ana.client_id, now - DAY, slot_key="off", state="cancelled", outcome="x")
        for host in ("week", "later"):
            self.letters[f"rides in {host}"] = put_letter(
                session,
                ana.client_id,
                now + DAY,
                slot_key=f"in:{host}",
                state="merged",
                merged_into=self.letters[host],
                **_of("keep-in-touch", "networking", relationship=mentor),
            ).id

    def names(self, effect: Effect) -> dict[str, set[str]]:
        """Return the letters by what becomes of them."""
        known = {letter_id: name for name, letter_id in self.letters.items()}
        return {word: {known[one.message_id] for one in told} for word, told in effect.letters.items()}


def _of(template: str, family: str = "milestone", **about: UUID) -> dict[str, Any]:
    detail = {name: str(one) for name, one in about.items()}
    return {"template": template, "family": family, "detail": detail}


def dates(effect: Effect) -> Mapping[UUID, date | None]:
    """Return where each milestone moves."""
    return {one.id: one.moves_to for one in effect.milestones}


RIDES = "rides in week"


@pytest.mark.parametrize(
    ("ending", "skipped", "moved", "held"),
    [
        ("skip", {"week", "ahead", "overdue", "mentor", "eve", "short", RIDES}, set(), set()),
        ("hold", {"short"}, set(), {"week", "ahead", "overdue", "mentor", "eve", RIDES}),
        ("shift", {"short"}, {"ahead", "mentor", RIDES}, {"week", "overdue", "eve"}),
    ],
)
def test_every_letter_that_falls_into_it_is_told(  # noqa: PLR0917 - the columns of the table
    session: Session,
    ana: Underway,
    now: datetime,
    ending: str,
    skipped: set[str],
    moved: set[str],
    held: set[str],
) -> None:
    """Left out, moved or held, also what waits already or rides in another; not what was asked for."""
    case = Caseload(session, ana)
    told = preview_pause(session, ana.client_id, until=now + WEEK, ending=ending, now=now)
    assert case.names(told.effect) == {"skipped": skipped, "moved": moved, "held": held}
    moves = {one.moves_to for one in told.effect.letters["moved"] if one.message_id == case.letters["ahead"]}
    assert moves == ({now + 2 * DAY + WEEK} if moved else set())


@pytest.mark.parametrize("ending", ["skip", "hold"])
def test_dates_in_the_pause_are_told(session: Session, ana: Underway, now: datetime, ending: str) -> None:
    """Those that fall into it and stay, so that whoever pauses sees them."""
    case = Caseload(session, ana)
    told = preview_pause(session, ana.client_id, until=now + WEEK, ending=ending, now=now)
    assert dates(told.effect) == {case.step: None}


def test_dates_that_move_are_told(session: Session, ana: Underway, now: datetime) -> None:
    """All that are not overdue yet, by a week; without an end nobody knows where to."""
    case = Caseload(session, ana)
    told = preview_pause(session, ana.client_id, until=now + WEEK, ending="shift", now=now)
    assert dates(told.effect) == {case.step: TODAY + 10 * DAY, case.later: TODAY + 37 * DAY}
    told = preview_pause(session, ana.client_id, until=None, ending="shift", now=now)
    assert dates(told.effect) == {case.step: None, case.later: None}
    assert case.names(told.effect)["moved"] == {"ahead", "mentor", "later", RIDES, "rides in later"}


def test_looking_changes_nothing_and_promises_what_happens(
    session: Session, ana: Underway, now: datetime
) -> None:
    """No row is written by the preview; pausing then answers the same, and so does resuming."""
    Caseload(session, ana)
    events = count(session, tables.Event)
    seen = preview_pause(session, ana.client_id, until=now + WEEK, ending="shift", now=now)
    assert count(session, tables.Pause) + count(session, tables.Audit) == 0
    assert count(session, tables.Event) == events
    done = pause_client(session, ana.client_id, until=now + WEEK, ending="shift", actor=KEY, now=now)
    assert done == seen
    events = count(session, tables.Event)
    seen = preview_resume(session, ana.client_id, now=now + 3 * DAY)
    assert (count(session, tables.Event), count(session, tables.Audit)) == (events, 1)
    assert resume_client(session, ana.client_id, actor=KEY, now=now + 3 * DAY) == seen


def test_what_is_promised_of_dates_is_what_happens(session: Session, ana: Underway, now: datetime) -> None:
    """Each milestone stands where the preview said, once the pause is over."""
    Caseload(session, ana)
    told = pause_client(session, ana.client_id, until=now + WEEK, ending="shift", actor=KEY, now=now)
    end_due_pauses(session, now=now + WEEK)
    for milestone_id, moves_to in dates(told.effect).items():
        assert session.get_one(tables.Milestone, milestone_id).due_on == moves_to


def test_resuming_tells_what_was_left_out_and_what_comes(
    session: Session, ana: Underway, now: datetime
) -> None:
    """What this pause left out, not what an older one or another rule did; what waited comes."""
    left_out = {"state": "skipped", "outcome": "Paused.", "family": "milestone", "template": "week"}
    by_pause = {**left_out, "rule_codes": ["expiry:pass", "pause:skip"]}
    this = put_letter(session, ana.client_id, now, slot_key="1", decided_at=now + DAY, **by_pause)
    put_letter(session, ana.client_id, now, slot_key="2", decided_at=now - DAY, **by_pause)
    other = {**left_out, "rule_codes": ["suppression:skip", "pause:pass"]}
    put_letter(session, ana.client_id, now, slot_key="3", decided_at=now + DAY, **other)
    waits = put_letter(session, ana.client_id, now + DAY, slot_key="4", family="milestone", template="week")
    put_letter(session, ana.client_id, now + 9 * DAY, slot_key="5", family="milestone", template="week")
    pause_client(session, ana.client_id, until=None, ending="hold", actor=KEY, now=now)
    letters = preview_resume(session, ana.client_id, now=now + 2 * DAY).effect.letters
    assert [one.message_id for one in letters["skipped"]] == [this.id]
    assert [one.message_id for one in letters["held"]] == [waits.id]


def test_a_pause_that_is_resumed_elsewhere_is_not_waited_for(
    database: Database, secrets: Secrets, now: datetime
) -> None:
    """A client whom somebody works on is passed over and found in the next round."""
    with database.transaction() as session:
        client_id = put_client(session, secrets)
        pause_client(session, client_id, until=now + DAY, actor=KEY, now=now)
    with database.transaction() as one:
        resume_client(one, client_id, actor=KEY, now=now + timedelta(hours=1))
        with database.transaction() as other:
            assert end_due_pauses(other, now=now + 2 * DAY) == 0
    with database.transaction() as session:
        assert end_due_pauses(session, now=now + 2 * DAY) == 0
        assert session.scalars(select(tables.Pause)).one().ended_at == now + timedelta(hours=1)
