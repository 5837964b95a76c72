"""Planning the morning list: when there is something to say, once, and of whom."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.database import Database
from coaching.adapters.secrets import Secrets
from coaching.domain.digests import Morning
from coaching.domain.events import EventKind
from coaching.usecases import digests as planning
from coaching.usecases.coaches import let_list_go, stop_list
from coaching.usecases.digests import write_digests
from coaching.usecases.read_digest import read_digest
from tests.support.mornings import CAUSES, digests, listed, put_caseload, put_coach, went_out

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
# `now` is nine on Monday 23 November: the list of that morning is due at eight.
# Told morning after morning, until somebody has seen to it.
UNTIL_SEEN_TO = {"asked"}
every_cause = pytest.mark.parametrize("kind", CAUSES)


def test_an_empty_morning_sends_nothing(session: Session, secrets: Secrets, now: datetime) -> None:
    """A coach whose clients are all well gets no letter, and the day isn't looked at again."""
    coach = put_coach(session)
    put_caseload(session, secrets, coach, now)
    assert write_digests(session, now=now) == 0
    assert digests(session) == []
    assert session.get_one(tables.Coach, coach).listed_on == now.date()


def test_something_to_say_is_one_letter(session: Session, secrets: Secrets, now: datetime) -> None:
    """It is due at eight and stale at eighteen where the coach is, and says why it came."""
    coach = put_coach(session, zone="Europe/Paris")
    put_caseload(session, secrets, coach, now).overdue(7)
    assert [write_digests(session, now=now) for _ in range(2)] == [1, 0]
    [row] = digests(session)
    assert (row.recipient_id, row.slot_key, row.template) == (coach, "digest:2026-11-23", "coach-digest")
    assert (row.family, row.state, row.detail) == ("transactional", "planned", {})
    assert row.due_at == row.look_at == datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
    assert row.expires_at == datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
    assert row.why


@pytest.mark.parametrize("days", [5, 6])
def test_weekends_are_left_alone(session: Session, secrets: Secrets, now: datetime, days: int) -> None:
    """However much there is to say, Saturday and Sunday bring no letter."""
    put_caseload(session, secrets, put_coach(session), now).overdue(7)
    assert write_digests(session, now=now + days * DAY) == 0


@pytest.mark.parametrize(("hour", "written"), [(7, 0), (8, 1), (11, 1), (12, 0), (20, 0)])
def test_a_late_worker_writes_until_noon(
    session: Session, secrets: Secrets, now: datetime, hour: int, written: int
) -> None:
    """Before eight is too early, and from noon on the day is left out."""
    put_caseload(session, secrets, put_coach(session), now).overdue(7)
    assert write_digests(session, now=now.replace(hour=hour)) == written


@pytest.mark.parametrize(
    ("zone", "eights"),
    [
        ("Pacific/Auckland", [datetime(2026, 9, 24, 20, tzinfo=UTC), datetime(2026, 9, 27, 19, tzinfo=UTC)]),
        (
            "America/Los_Angeles",
            [datetime(2026, 10, 30, 15, tzinfo=UTC), datetime(2026, 11, 2, 16, tzinfo=UTC)],
        ),
    ],
)
def test_eight_is_eight_over_a_clock_change(
    session: Session, secrets: Secrets, zone: str, eights: list[datetime]
) -> None:
    """On the Friday before and on the Monday after the clocks change, not a second early."""
    one = put_caseload(session, secrets, put_coach(session, zone=zone), eights[0])
    for at in eights:
        one.fact(EventKind.CLIENT_WENT_QUIET, at - HOUR)
        assert write_digests(session, now=at - timedelta(seconds=1)) == 0
        assert write_digests(session, now=at) == 1
    assert [row.due_at for row in digests(session)] == eights


def test_two_workers_at_once_plan_one(database: Database, secrets: Secrets, now: datetime) -> None:
    """While one is at a coach, the other passes the coach over; afterwards there is nothing left to plan."""
    with database.transaction() as session:
        put_caseload(session, secrets, put_coach(session), now).overdue(7)
    with database.transaction() as one:
        first = write_digests(one, now=now)
        with database.transaction() as other:
            second = write_digests(other, now=now)
    with database.transaction() as session:
        third = write_digests(session, now=now)
        assert (first, second, third, len(digests(session))) == (1, 0, 0, 1)


def test_a_slot_that_is_taken_stays_taken(session: Session, secrets: Secrets, now: datetime) -> None:
    """A coach whose day counts as not yet looked at, by a change of zone, say, gets no second letter."""
    coach = put_coach(session)
    put_caseload(session, secrets, coach, now).overdue(7)
    write_digests(session, now=now)
    session.get_one(tables.Coach, coach).listed_on = None
    session.flush()
    assert write_digests(session, now=now) == 0
    assert len(digests(session)) == 1


def test_one_coachs_trouble_is_not_everybodys(
    session: Session, secrets: Secrets, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list that can't be planned is tried again the next minute, and holds up nobody else's."""
    coaches = [put_coach(session, f"{name}@firm.example.test") for name in ("maren", "tomas")]
    for number, coach in enumerate(coaches):
        put_caseload(session, secrets, coach, now, email=f"client{number}@example.test").overdue(7)

    def failing(session: Session, coach: tables.Coach, morning: Morning) -> object:
        if coach.id == coaches[0]:
            raise RuntimeError("broken on purpose")
        return read_digest(session, coach, morning)

    with monkeypatch.context() as broken:
        broken.setattr(planning, "read_digest", failing)
        assert write_digests(session, now=now) == 1
    assert write_digests(session, now=now) == 1
    assert [row.recipient_id for row in digests(session)] == [coaches[1], coaches[0]]


@pytest.mark.parametrize("kind", [kind for kind in CAUSES if kind not in UNTIL_SEEN_TO])
def test_each_kind_is_told_once(session: Session, secrets: Secrets, now: datetime, kind: str) -> None:
    """What became so over the weekend is on Monday's list, with its client; on Tuesday's it is not."""
    coach = put_coach(session, admin=True)
    one = put_caseload(session, secrets, coach, now - 20 * DAY)
    CAUSES[kind](one, now - 2 * DAY)
    assert write_digests(session, now=now) == 1
    found = listed(session, coach, now)
    assert [client for client, _ in found[kind]] == ["Ana Silva"]
    went_out(session, digests(session)[0])
    assert kind in listed(session, coach, now)
    assert write_digests(session, now=now + DAY) == 0


@every_cause
def test_what_comes_after_the_list_is_on_the_next(
    session: Session, secrets: Secrets, now: datetime, kind: str
) -> None:
    """What became so at half past eight is told on the next morning, not on this one."""
    coach = put_coach(session, admin=True)
    CAUSES[kind](put_caseload(session, secrets, coach, now - 20 * DAY), now - HOUR / 2)
    assert write_digests(session, now=now) == 0
    assert kind in listed(session, coach, now + DAY)


@every_cause
def test_what_never_went_out_is_told_again(
    session: Session, secrets: Secrets, now: datetime, kind: str
) -> None:
    """A list that expired in an outage took nothing with it: the next one has it all."""
    coach = put_coach(session, admin=True)
    CAUSES[kind](put_caseload(session, secrets, coach, now - 20 * DAY), now - 2 * DAY)
    write_digests(session, now=now)
    [row] = digests(session)
    row.state, row.outcome = "expired", "Too late."
    session.flush()
    assert kind in listed(session, coach, now + DAY)


def test_what_may_not_have_gone_out_is_told_again(session: Session, secrets: Secrets, now: datetime) -> None:
    """Of a list whose fate is unknown yet, twice is better than never."""
    coach = put_coach(session)
    put_caseload(session, secrets, coach, now - 20 * DAY).gone_quiet(now - 2 * DAY)
    write_digests(session, now=now)
    went_out(session, digests(session)[0], "uncertain")
    assert "quiet" in listed(session, coach, now + DAY)


def test_lists_stand_in_their_order(session: Session, secrets: Secrets, now: datetime) -> None:
    """What clients wait for comes first."""
    coach = put_coach(session, admin=True)
    one = put_caseload(session, secrets, coach, now - 20 * DAY)
    for hours, cause in enumerate(reversed(CAUSES.values()), start=2):
        cause(one, now - hours * HOUR)
    one.overdue(30)
    assert list(listed(session, coach, now)) == [
        "asked", "to_approve", "unsure", "decided", "overdue", "silent",
        "quiet", "not_useful", "said", "noted", "suggested", "unmatched",
    ]  # fmt: skip


def test_who_wants_no_list_gets_none(session: Session, secrets: Secrets, now: datetime) -> None:
    """A stopped list isn't planned; on the day on which it may come again it is, with all that stands."""
    coach = put_coach(session)
    put_caseload(session, secrets, coach, now - 20 * DAY).gone_quiet(now - HOUR * 2)
    assert stop_list(session, "Maren@firm.example.test", actor="operator", now=now)
    assert write_digests(session, now=now) == 0
    assert let_list_go(session, "maren@firm.example.test", actor="operator", now=now)
    assert write_digests(session, now=now) == 1
    assert "quiet" in listed(session, coach, now)


def test_stopping_one_list_leaves_the_others(session: Session, secrets: Secrets, now: datetime) -> None:
    """Each coach has a switch of their own."""
    coaches = [put_coach(session, f"{name}@firm.example.test") for name in ("maren", "tomas")]
    for number, coach in enumerate(coaches):
        put_caseload(session, secrets, coach, now, email=f"client{number}@example.test").overdue(7)
    stop_list(session, "maren@firm.example.test", actor="operator", now=now)
    assert write_digests(session, now=now) == 1
    assert [row.recipient_id for row in digests(session)] == [coaches[1]]
