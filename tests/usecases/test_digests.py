"""Planning the morning list: when there is something to say, once, and of whom."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.database import Database
from coaching.adapters.secrets import Secrets
from coaching.domain.digests import Morning
from coaching.domain.events import EventKind
from coaching.usecases import digests as planning
from coaching.usecases.digests import write_digests
from coaching.usecases.read_digest import read_digest
from tests.support.mornings import Caseload, digests, put_caseload, put_coach

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
# `now` is nine on Monday 23 November: the list of that morning is due at eight.
Cause = Callable[[Caseload, datetime], object]
CAUSES: dict[str, Cause] = {
    "to_approve": lambda one, at: one.draft(at),
    "unsure": lambda one, at: one.draft(at, profile=None, certainty=None),
    "silent": lambda one, at: one.fact(EventKind.CLIENT_WENT_QUIET, at),
    "quiet": lambda one, at: one.gone_quiet(at),
    "not_useful": lambda one, at: one.not_useful(at),
    "unmatched": lambda one, at: one.reported(at),
}
every_cause = pytest.mark.parametrize("kind", CAUSES)


def listed(session: Session, coach_id: object, now: datetime) -> dict[str, list[tuple[str, str]]]:
    """Return what stands on a coach's list of the day, by kind."""
    coach = session.get_one(tables.Coach, coach_id)
    morning = Morning(now.date(), coach.time_zone)
    return {
        listing.kind: [(thing.client, thing.what) for thing in listing.things]
        for listing in read_digest(session, coach, morning)
    }


def went_out(session: Session, row: tables.Message) -> None:
    """Let a planned list go, as far as the tables show it."""
    batch = tables.Batch(
        template=row.template,
        sender="x",
        family=row.family,
        size=1,
        not_before=row.due_at,
        state="accepted",
        accepted_at=row.due_at,
    )
    session.add(batch)
    session.flush()
    row.state, row.batch_id = "queued", batch.id
    session.flush()


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


@every_cause
def test_each_kind_is_told_once(session: Session, secrets: Secrets, now: datetime, kind: str) -> None:
    """What became so over the weekend is on Monday's list, with its client; on Tuesday's it is not."""
    coach = put_coach(session, admin=True)
    one = put_caseload(session, secrets, coach, now - 20 * DAY)
    CAUSES[kind](one, now - 2 * DAY)
    assert write_digests(session, now=now) == 1
    found = listed(session, coach, now)
    assert [client for client, _ in found[kind]] == ["Ana Silva"]
    went_out(session, digests(session)[0])
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


def test_lists_stand_in_their_order(session: Session, secrets: Secrets, now: datetime) -> None:
    """What clients wait for comes first."""
    coach = put_coach(session, admin=True)
    one = put_caseload(session, secrets, coach, now - 20 * DAY)
    for cause in reversed(CAUSES.values()):
        cause(one, now - DAY)
    one.overdue(30)
    assert list(listed(session, coach, now)) == [
        "to_approve", "unsure", "overdue", "silent", "quiet", "not_useful", "unmatched",
    ]  # fmt: skip


def test_each_coach_sees_their_own_and_admins_those_of_nobody(
    session: Session, secrets: Secrets, now: datetime
) -> None:
    """A client without a coach is on the admins' lists, one with a coach only on that coach's."""
    coaches = {
        name: put_coach(session, f"{name}@firm.example.test", admin=name == "maren")
        for name in ("maren", "tomas", "priya")
    }
    for name, of in (("Ana", "maren"), ("Bo", "tomas"), ("Chidi", None)):
        coach = coaches[of] if of else None
        put_caseload(session, secrets, coach, now, name=name, email=f"{name}@example.test").overdue(7)
    write_digests(session, now=now)
    seen = {
        name: sorted(client for client, _ in listed(session, coach, now).get("overdue", []))
        for name, coach in coaches.items()
    }
    assert seen == {"maren": ["Ana", "Chidi"], "tomas": ["Bo"], "priya": []}
    assert {row.recipient_id for row in digests(session)} == {coaches["maren"], coaches["tomas"]}


def test_reports_that_matched_nothing_are_for_admins(
    session: Session, secrets: Secrets, now: datetime
) -> None:
    """A coach who is no admin can't mend what another program sends; unknown addresses aren't told."""
    coach = put_coach(session)
    admin = put_coach(session, "priya@firm.example.test", admin=True)
    one = put_caseload(session, secrets, coach, now)
    one.reported(now - DAY)
    one.reported(now - DAY, known=False)
    assert listed(session, coach, now) == {}
    assert sorted(listed(session, admin, now)["unmatched"]) == [
        ("Ana Silva", "\u201ccert-1\u201d was reported as reached on Sunday 22 November."),
        ("Nobody we know", "\u201ccert-1\u201d was reported as reached on Sunday 22 November."),
    ]


def test_unconfirmed_clients_are_on_no_list(session: Session, secrets: Secrets, now: datetime) -> None:
    """Anyone can type anyone's address: until it is confirmed, there is nobody to write to."""
    coach = put_coach(session)
    one = put_caseload(session, secrets, coach, now)
    one.draft(now - DAY)
    one.overdue(7)
    session.get_one(tables.Client, one.underway.client_id).confirmed_at = None
    session.flush()
    assert listed(session, coach, now) == {}


def test_a_draft_is_told_from_when_it_can_be_approved(
    session: Session, secrets: Secrets, now: datetime
) -> None:
    """A draft that waited for its client's yes is new on the morning after that, however old it is."""
    coach = put_coach(session)
    one = put_caseload(session, secrets, coach, now - 20 * DAY)
    plan = one.draft(now - 10 * DAY)
    assert listed(session, coach, now) == {}
    submission = session.get_one(tables.Submission, plan.submission_id)
    submission.accepted_at = now - DAY
    session.flush()
    [(_, what)] = listed(session, coach, now)["to_approve"]
    assert what == "Changes to the plan, proposed on Friday 13 November."


def test_a_draft_is_told_again_when_it_has_waited(session: Session, secrets: Secrets, now: datetime) -> None:
    """The rule that minds drafts says when; one that was approved or replaced meanwhile is told no more."""
    coach = put_coach(session)
    one = put_caseload(session, secrets, coach, now - 20 * DAY)
    running = session.get_one(tables.Plan, one.underway.plan_id)
    running.state, running.completed_at = "completed", now - 15 * DAY
    plan = one.draft(now - 6 * DAY, told_at=now - 2 * HOUR)
    assert listed(session, coach, now) == {
        "to_approve": [("Ana Silva", "A first plan, drafted on Tuesday 17 November, still waits.")]
    }
    plan.state = "superseded"
    session.flush()
    assert listed(session, coach, now) == {}


@pytest.mark.parametrize(
    ("score", "said"),
    [
        ({"certainty": "borderline"}, "can be read in two ways"),
        ({"profile": None, "certainty": None}, "Too few answers"),
        ({"result": {"quality": {"confidence": "low"}}}, "can hardly be relied on"),
        ({"result": {"quality": {"confidence": "high"}}}, None),
        ({"certainty": "likely"}, None),
    ],
)
def test_answers_to_read_with_care(
    session: Session, secrets: Secrets, now: datetime, score: dict[str, Any], said: str | None
) -> None:
    """Those of low quality, too few, or between two profiles; the others speak for themselves."""
    coach = put_coach(session)
    put_caseload(session, secrets, coach, now).draft(now - DAY, **score)
    lines = listed(session, coach, now).get("unsure", [])
    assert [said in what for _, what in lines if said] == ([True] if said else [])
    assert bool(lines) is (said is not None)


@pytest.mark.parametrize("days", [6, 7, 8, 30])
def test_a_step_is_overdue_after_a_week(session: Session, secrets: Secrets, now: datetime, days: int) -> None:
    """On a Monday all that are; the client's own reminder came first."""
    coach = put_coach(session)
    put_caseload(session, secrets, coach, now).overdue(days)
    assert ("overdue" in listed(session, coach, now)) is (days >= 7)


def test_overdue_steps_are_told_on_their_day_and_then_on_mondays(
    session: Session, secrets: Secrets, now: datetime
) -> None:
    """A step becomes overdue on Wednesday: told then, again on Mondays, and newest first."""
    coach = put_coach(session)
    one = put_caseload(session, secrets, coach, now)
    one.overdue(5, title="New")
    one.overdue(40, title="Old")
    told: dict[int, list[str]] = {}
    for days in range(12):
        if write_digests(session, now=now + days * DAY):
            told[days] = [what[1:4] for _, what in listed(session, coach, now + days * DAY)["overdue"]]
            went_out(session, digests(session)[-1])
    assert told == {0: ["Old"], 2: ["New"], 7: ["New", "Old"]}


@pytest.mark.parametrize("state", ["reached", "dropped", "proposed"])
def test_only_open_steps_are_overdue(session: Session, secrets: Secrets, now: datetime, state: str) -> None:
    """What is done, left out or only proposed isn't."""
    coach = put_coach(session)
    step = session.get_one(tables.Milestone, put_caseload(session, secrets, coach, now).overdue(9))
    step.state, step.reached_at = state, now if state == "reached" else None
    session.flush()
    assert listed(session, coach, now) == {}


def test_steps_of_clients_who_pause_rest(session: Session, secrets: Secrets, now: datetime) -> None:
    """Their dates rest with them, until the pause is over."""
    coach = put_coach(session)
    one = put_caseload(session, secrets, coach, now)
    one.overdue(9)
    pause = tables.Pause(client_id=one.underway.client_id, began_at=now - DAY, ending="shift", actor="client")
    session.add(pause)
    session.flush()
    assert listed(session, coach, now) == {}
    pause.ended_at = now
    session.flush()
    assert "overdue" in listed(session, coach, now)


def test_what_has_been_seen_to_is_on_no_list(session: Session, secrets: Secrets, now: datetime) -> None:
    """A tie that lives again, a client who acted since and a click that was taken back are told no more."""
    coach = put_coach(session)
    one = put_caseload(session, secrets, coach, now)
    tie = session.get_one(tables.Relationship, one.gone_quiet(now - DAY))
    one.fact(EventKind.CLIENT_WENT_QUIET, now - DAY)
    one.not_useful(now - DAY, undone=True)
    tie.state = "active"
    session.get_one(tables.Client, one.underway.client_id).last_acted_at = now - HOUR
    session.flush()
    assert listed(session, coach, now) == {}


def test_not_useful_says_what(session: Session, secrets: Secrets, now: datetime) -> None:
    """A step by its title, a tie by its name and kind, and else the letters; other acts are on no list."""
    coach = put_coach(session)
    one = put_caseload(session, secrets, coach, now)
    at = now - DAY
    one.not_useful(at, one.underway.milestone(session, title="List 20 contacts"))
    one.not_useful(at, one.underway.relationship(session, name="Marie"))
    one.not_useful(at)
    one.fact(EventKind.CLIENT_ACTED, at, what="undone", about="what it was, in any form")
    assert sorted(what for _, what in listed(session, coach, now)["not_useful"]) == [
        "Marie (mentor), said on Sunday 22 November.",
        "Our letters, said on Sunday 22 November.",
        "\u201cList 20 contacts\u201d, said on Sunday 22 November.",
    ]


def test_a_long_list_names_ten_and_counts_the_others(
    session: Session, secrets: Secrets, now: datetime
) -> None:
    """Ten lines of a kind, newest first, and how many more there are."""
    coach = put_coach(session)
    one = put_caseload(session, secrets, coach, now)
    for days in range(7, 20):
        one.overdue(days, title=f"Step {days}")
    row = session.get_one(tables.Coach, coach)
    [listing] = read_digest(session, row, Morning(now.date(), "UTC"))
    assert (len(listing.things), listing.total, listing.left_out) == (10, 13, 3)
    assert [thing.what[1:8].strip("\u201d") for thing in listing.things[:2]] == ["Step 7", "Step 8"]
