"""What stands on a coach's morning list, and what has no place there any more."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.secrets import Secrets
from coaching.domain import digest_phrases as say
from coaching.domain.digests import Morning
from coaching.domain.events import EventKind
from coaching.usecases.digests import write_digests
from coaching.usecases.read_digest import read_digest
from tests.support.mornings import digests, listed, put_caseload, put_coach, went_out

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


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
    plan = one.draft(now - 11 * DAY)  # neither new nor, after three working days, told again just now
    assert listed(session, coach, now) == {}
    submission = session.get_one(tables.Submission, plan.submission_id)
    submission.accepted_at = now - DAY
    session.flush()
    [(_, what)] = listed(session, coach, now)["to_approve"]
    assert what == "Changes to the plan, proposed on Thursday 12 November."


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
    put_caseload(session, secrets, coach, now).overdue(5, title="New")
    put_caseload(session, secrets, coach, now, email="bo@example.test").overdue(40, title="Old")
    told: dict[int, list[str]] = {}
    for days in range(12):
        if write_digests(session, now=now + days * DAY):
            told[days] = [what[1:4] for _, what in listed(session, coach, now + days * DAY)["overdue"]]
            went_out(session, digests(session)[-1])
    assert told == {0: ["Old"], 2: ["New"], 7: ["New", "Old"]}


def test_overdue_steps_are_one_line_a_client(session: Session, secrets: Secrets, now: datetime) -> None:
    """The newest of theirs, and how many more: nobody crowds the others out."""
    coach = put_coach(session)
    dmitri = put_caseload(session, secrets, coach, now, name="Dmitri Orlov", email="d@example.test")
    for days in (9, 20, 30):
        dmitri.overdue(days, title=f"Step {days}")
    put_caseload(session, secrets, coach, now).overdue(8)
    assert listed(session, coach, now)["overdue"] == [
        ("Ana Silva", "\u201cA map of two routes\u201d was due on Sunday 15 November."),
        ("Dmitri Orlov", "\u201cStep 9\u201d was due on Saturday 14 November, and two more."),
    ]
    row = session.get_one(tables.Coach, coach)
    [listing] = read_digest(session, row, Morning(now.date(), "UTC"))
    assert (len(listing.things), listing.total) == (2, 2)


@pytest.mark.parametrize(
    ("stop", "is_told"),
    [
        ("letters", True),
        ("all", True),
        ("milestone", True),
        ("networking", False),
        (None, False),
        ("no", True),
    ],
)
def test_where_letters_are_off_it_says_so(
    session: Session, secrets: Secrets, now: datetime, stop: str | None, is_told: bool
) -> None:
    """Whoever stopped them, or never agreed, was not reminded of a step, and no list says that they were."""
    coach = put_coach(session)
    one = put_caseload(session, secrets, coach, now)
    one.overdue(7)
    client = session.get_one(tables.Client, one.underway.client_id)
    if stop == "no":
        values = {"client_id": client.id, "purpose": "letters", "text_version": "1", "source": "test"}
        session.add(tables.Consent(**values, granted=False, at=now))
    elif stop:
        values = {"address_hash": client.address_hash, "scope": stop, "reason": "unsubscribed"}
        session.add(tables.Suppression(**values, source="test", at=now))
    session.flush()
    [(_, what)] = listed(session, coach, now)["overdue"]
    assert what.endswith("Letters to them are off.") is is_told
    assert "reminder" not in say.HEADINGS["overdue"][1]


def test_two_drafts_of_a_client_are_one_line(session: Session, secrets: Secrets, now: datetime) -> None:
    """The newer one is told; answers to read with care stay one line each."""
    coach = put_coach(session)
    one = put_caseload(session, secrets, coach, now)
    one.draft(now - 2 * DAY)
    one.draft(now - DAY)
    assert listed(session, coach, now) == {
        "to_approve": [("Ana Silva", "Changes to the plan, proposed on Sunday 22 November.")]
    }


def test_a_proposal_beside_a_running_plan_is_told_again(
    session: Session, secrets: Secrets, now: datetime
) -> None:
    """After three working days and every three from then on, as drafts are, until it is taken or left."""
    coach = put_coach(session)
    plan = put_caseload(session, secrets, coach, now).draft(now - DAY)
    told: dict[int, str] = {}
    for days in range(16):
        if write_digests(session, now=now + days * DAY):
            [(_, told[days])] = listed(session, coach, now + days * DAY)["to_approve"]
            went_out(session, digests(session)[-1])
    again = "Changes to the plan, proposed on Sunday 22 November, still wait."
    assert told == {0: again.replace(", still wait", ""), 2: again, 7: again, 10: again, 15: again}
    plan.state = "superseded"
    session.flush()
    assert listed(session, coach, now + 18 * DAY) == {}


def test_only_the_newest_proposal_is_told_again(session: Session, secrets: Secrets, now: datetime) -> None:
    """An older one that waits beside it would only be a second line about the same."""
    coach = put_coach(session)
    one = put_caseload(session, secrets, coach, now)
    one.draft(now - 11 * DAY - 2 * HOUR)
    one.draft(now - 6 * DAY)
    mornings = [listed(session, coach, now + days * DAY) for days in (0, 1, 2)]
    assert all("12 November" not in str(found) for found in mornings)


@pytest.mark.parametrize(("days", "is_listed"), [(10, True), (21, False)])
def test_a_first_list_goes_back_to_where_the_coach_joined(
    session: Session, secrets: Secrets, now: datetime, days: int, is_listed: bool
) -> None:
    """What became so since is on it, what was before isn't; three days alone would lose both."""
    coach = put_coach(session, joined_at=now - 14 * DAY)
    put_caseload(session, secrets, coach, now - 30 * DAY).gone_quiet(now - days * DAY)
    assert ("quiet" in listed(session, coach, now)) is is_listed


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
    for days in range(7, 20):
        put_caseload(session, secrets, coach, now, email=f"{days}@example.test").overdue(
            days, title=f"Step {days}"
        )
    row = session.get_one(tables.Coach, coach)
    [listing] = read_digest(session, row, Morning(now.date(), "UTC"))
    assert (len(listing.things), listing.total, listing.left_out) == (10, 13, 3)
    assert [thing.what[1:8].strip("\u201d") for thing in listing.things[:2]] == ["Step 7", "Step 8"]
