"""Three weeks of a coach's mornings: what comes, when by the coach's clock, and that nothing is lost."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from coaching.adapters import tables
from coaching.domain import local_time
from coaching.domain.events import EventKind
from coaching.usecases.brake import let_mail_go, stop_mail
from coaching.usecases.coach_letters import sweep_coach_letters
from coaching.usecases.digests import write_digests
from tests.support.drain import SENDER, Firm, everyone
from tests.support.mornings import coach_mail, digests, put_caseload, put_coach

pytestmark = pytest.mark.long

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def plan(firm: Firm) -> None:
    """Do the first half of the minute's task."""
    with firm.database.transaction() as session:
        write_digests(session, now=firm.database.at)


def send(firm: Firm) -> None:
    """Do the second half, and what the other workers do then."""
    with firm.database.transaction() as session:
        sweep_coach_letters(
            session, firm.secrets, sender=SENDER.address, may_write_to=everyone, now=firm.database.at
        )
    firm.work()


def live(firm: Firm, until: datetime) -> None:
    """Let the workers look once an hour until then."""
    while firm.database.at < until:
        firm.database.at += HOUR
        plan(firm)
        send(firm)


def live_mornings(firm: Firm, days: int) -> None:
    """Let the workers look just before eight, at eight, after noon and in the evening (UTC)."""
    midnight = firm.database.at.replace(hour=0, minute=0)
    for day in range(days):
        for hours in (7.9, 8, 8.1, 12.5, 18.5):
            at = midnight + day * DAY + hours * HOUR
            if at > firm.database.at:
                firm.database.at = at
                plan(firm)
                send(firm)


@pytest.mark.parametrize(
    ("zone", "start"),
    [
        ("Pacific/Auckland", datetime(2026, 9, 23, tzinfo=UTC)),
        ("America/Los_Angeles", datetime(2026, 10, 28, tzinfo=UTC)),
    ],
)
def test_lists_come_at_eight_on_working_mornings(firm: Firm, zone: str, start: datetime) -> None:
    """Clients go quiet at odd hours over a clock change: each is told once, at the next eight."""
    firm.database.at = start
    with firm.database.transaction() as session:
        coach = put_coach(session, zone=zone)
        for number in range(24):
            one = put_caseload(
                session, firm.secrets, coach, start, name=f"Name{number}x", email=f"c{number}@example.test"
            )
            one.fact(EventKind.CLIENT_WENT_QUIET, start + number * 9 * HOUR)
    live(firm, start + 12 * DAY)
    mail = coach_mail(firm)
    walls = [local_time.local(at, zone) for at, _ in mail]
    assert {(wall.hour, wall.minute) for wall in walls} == {(8, 0)}
    assert {wall.isoweekday() for wall in walls} == {1, 2, 3, 4, 5}
    assert len({wall.date() for wall in walls}) == len(walls)
    for number in range(24):
        at = start + number * 9 * HOUR
        told = [went_at for went_at, text in mail if f"Name{number}x\n" in text]
        assert len(told) == 1, number
        assert told[0] == min(went_at for went_at, _ in mail if went_at - timedelta(minutes=2) >= at)


def test_a_step_is_told_until_it_is_reached(firm: Firm, now: datetime) -> None:
    """Overdue on Wednesday, again on Monday; then the client reaches it, and the mornings are quiet."""
    with firm.database.transaction() as session:
        coach = put_coach(session)
        step = put_caseload(session, firm.secrets, coach, now).overdue(5)
    live_mornings(firm, 10)
    assert [at.date() - now.date() for at, _ in coach_mail(firm)] == [2 * DAY, 7 * DAY]
    assert "was due on Wednesday 18 November." in coach_mail(firm)[0][1]
    with firm.database.transaction() as session:
        row = session.get_one(tables.Milestone, step)
        row.state, row.reached_at = "reached", firm.database.at
    live_mornings(firm, 9)
    assert len(coach_mail(firm)) == 2


def test_a_crash_between_planning_and_batching_loses_nothing(firm: Firm, now: datetime) -> None:
    """The worker dies when the list is planned: the next minute sends it, once."""
    with firm.database.transaction() as session:
        put_caseload(session, firm.secrets, put_coach(session), now).overdue(7)
    plan(firm)
    assert coach_mail(firm) == []
    firm.database.at = now + timedelta(minutes=1)
    for _ in range(2):
        plan(firm)
        send(firm)
    [(at, text)] = coach_mail(firm)
    assert at == now + timedelta(minutes=1)
    assert "Hello Maren," in text
    assert "One thing may need you today." in text


def test_a_morning_without_workers_is_made_up_for_on_the_next(firm: Firm, now: datetime) -> None:
    """Away from seven to two on Tuesday, the workers write nothing that day; Wednesday's list has it."""
    with firm.database.transaction() as session:
        one = put_caseload(session, firm.secrets, put_coach(session), now)
        one.fact(EventKind.CLIENT_WENT_QUIET, now + HOUR)
    live_mornings(firm, 1)
    firm.database.at = now + DAY + 5 * HOUR
    live_mornings(firm, 3)
    [(at, _)] = coach_mail(firm)
    assert at == datetime(2026, 11, 25, 8, 0, tzinfo=UTC)


def test_while_mail_is_stopped_nothing_is_lost(firm: Firm, now: datetime) -> None:
    """A list that waited behind the brake is stale by then; what stood on it is on the next one."""
    with firm.database.transaction() as session:
        one = put_caseload(session, firm.secrets, put_coach(session), now)
        one.fact(EventKind.CLIENT_WENT_QUIET, now + HOUR)
        stop_mail(session, actor="operator", now=now)
    live_mornings(firm, 2)
    with firm.database.transaction() as session:
        assert [row.state for row in digests(session)] == ["queued"]
        let_mail_go(session, actor="operator", sender=SENDER.address, now=firm.database.at)
    live_mornings(firm, 4)
    with firm.database.transaction() as session:
        assert [row.state for row in digests(session)] == ["expired", "queued"]
    [(at, text)] = coach_mail(firm)
    assert at == datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
    assert "Clients who stopped answering" in text


def test_the_letter_goes_as_it_should(firm: Firm, now: datetime) -> None:
    """To the coach alone, with no way to unsubscribe and no name or title outside the letter itself."""
    with firm.database.transaction() as session:
        put_caseload(session, firm.secrets, put_coach(session), now).overdue(7, title="A secret step")
    plan(firm)
    send(firm)
    [body] = [one for one in firm.mailer.bodies if one["subject"] == "Your morning list"]
    [sent] = [one for one in firm.mailer.letters if one.subject == "Your morning list"]
    assert sent.address == "maren@firm.example.test"
    assert "List-Unsubscribe" not in sent.headers
    assert sent.text.count("/console/") == 1
    outside = str({key: value for key, value in body.items() if key != "content"})
    assert "Ana" not in outside
    assert "secret" not in outside
    with firm.database.transaction() as session:
        kept = session.scalars(select(tables.Message).filter_by(recipient_kind="coach")).one()
        assert "Ana" not in f"{kept.why} {kept.detail} {kept.outcome}"
