"""Four weeks after a form: which letters come, when by the reader's clock, and which never do."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from coaching.adapters import tables
from coaching.domain import local_time
from coaching.domain.ledger import TRANSACTIONAL
from coaching.domain.letters import LETTERS
from coaching.domain.links import Purpose
from coaching.usecases.confirm import act_on_link
from coaching.usecases.read_report import read_report
from coaching.usecases.receipts import read_reports, record_receipts
from coaching.usecases.submit import Submitted, submit_assessment
from tests.support.drain import Firm
from tests.support.forms import form, link
from tests.support.mailers import SentLetter
from tests.support.mornings import put_coach

pytestmark = pytest.mark.long

FOUR_WEEKS = timedelta(weeks=4)


def send_in(firm: Firm, **changes: Any) -> Submitted:
    """Send in a form at the time it is."""
    with firm.database.transaction() as session:
        return submit_assessment(
            session, firm.content, firm.secrets, form(firm.content, **changes), now=firm.database.at
        )


def answer(firm: Firm, purpose: Purpose, done: Submitted) -> None:
    """Press the button behind the letter about a submission."""
    with firm.database.transaction() as session:
        token = link(session, firm.secrets.keys, purpose, done.submission_id)
        act_on_link(session, firm.secrets, token, now=firm.database.at)


def templates(firm: Firm) -> list[str]:
    """Return which letters were sent that somebody had asked for, in order."""
    return [name for name in everything(firm) if LETTERS[name].family == TRANSACTIONAL]


def everything(firm: Firm) -> list[str]:
    """Return which letters were sent, in order."""
    with firm.database.transaction() as session:
        by_id = dict(session.execute(select(tables.Message.id, tables.Message.template)).all())
    return [by_id[one.message_id] for one in firm.mailer.letters]


def test_an_unconfirmed_client_gets_the_report_and_one_reminder(firm: Firm, now: datetime) -> None:
    """The report at once, one reminder three days later at half past nine in Paris, then silence."""
    send_in(firm)
    firm.run_until(now + FOUR_WEEKS)
    assert templates(firm) == ["report", "report-reminder"]
    report, reminder = firm.mailer.letters
    assert report.at == now
    assert local_time.local(reminder.at, "Europe/Paris").isoformat() == "2026-11-26T09:30:00"
    assert {one.address for one in firm.mailer.letters} == {"ana@example.test"}


@pytest.mark.parametrize("zone", ["America/Santiago", "Asia/Kathmandu", "Pacific/Kiritimati"])
def test_the_reminder_keeps_to_the_clock_of_its_reader(firm: Firm, now: datetime, zone: str) -> None:
    """Wherever the client lives, the reminder comes at half past nine there."""
    send_in(firm, time_zone=zone)
    firm.run_until(now + FOUR_WEEKS)
    wall = local_time.local(firm.mailer.letters[-1].at, zone)
    assert (wall.hour, wall.minute) == (9, 30)
    assert wall.date() - local_time.local(now, zone).date() == timedelta(days=3)


def test_a_plan_that_nobody_approves_starts_by_itself(firm: Firm, now: datetime) -> None:
    """Three working days after a Monday it is Thursday, nine o'clock in Paris; the first week follows."""
    done = send_in(firm)
    with firm.database.transaction() as session:
        session.get_one(tables.Client, done.client_id).coach_id = put_coach(session)
    firm.run_until(now + timedelta(hours=1))
    answer(firm, Purpose.CONFIRM, done)
    firm.run_until(now + timedelta(days=9))
    assert everything(firm) == ["report", "plan-approved", "week"]
    walls = [local_time.local(one.at, "Europe/Paris").isoformat() for one in firm.mailer.letters[1:]]
    assert walls == ["2026-11-26T09:00:00", "2026-11-30T09:00:00"]


def test_without_a_coach_there_is_nobody_to_wait_for(firm: Firm, now: datetime) -> None:
    """Once the client has confirmed, the plan starts in that very moment."""
    done = send_in(firm)
    firm.run_until(now + timedelta(hours=2))
    answer(firm, Purpose.CONFIRM, done)
    firm.run_until(now + timedelta(days=9))
    assert everything(firm) == ["report", "plan-approved", "week"]
    walls = [local_time.local(one.at, "Europe/Paris").isoformat() for one in firm.mailer.letters[1:]]
    assert walls == ["2026-11-23T12:00:00", "2026-11-30T09:00:00"]


def test_who_confirms_gets_no_reminder(firm: Firm, now: datetime) -> None:
    """A day later the client opens the report by the letter's button: that was the last letter about it."""
    done = send_in(firm)
    firm.run_until(now + timedelta(days=1))
    answer(firm, Purpose.CONFIRM, done)
    firm.run_until(now + FOUR_WEEKS)
    assert templates(firm) == ["report"]


def test_who_wants_no_letters_gets_none_but_has_a_report(firm: Firm, now: datetime) -> None:
    """Without consent to letters nothing is sent, and the link of the visit shows score and plan."""
    done = send_in(firm, consent_email=False)
    firm.run_until(now + FOUR_WEEKS)
    assert firm.mailer.bodies == []
    with firm.database.transaction() as session:
        view = read_report(session, firm.content, firm.secrets, done.report_token, now=firm.database.at)
    assert view.state == "ready"


def test_a_client_of_the_firm_gets_the_report_itself(firm: Firm, now: datetime) -> None:
    """Vouched for by the firm, the client gets one letter whose link opens the report."""
    done = send_in(firm, trust="firm", confirmed=True)
    firm.run_until(now + FOUR_WEEKS)
    assert templates(firm) == ["report-known"]
    assert f"/report/{done.report_token}" in firm.mailer.letters[0].text


def test_a_known_address_is_asked_first(firm: Firm, now: datetime) -> None:
    """A second form under a confirmed address brings 'was this you?', which tells nothing of the report."""
    first = send_in(firm)
    firm.run_until(now)
    answer(firm, Purpose.CONFIRM, first)
    firm.run_until(now + timedelta(days=7))
    second = send_in(firm, name="Somebody Else")
    firm.run_until(now + FOUR_WEEKS)
    assert templates(firm) == ["report", "was-this-you"]
    asked = firm.mailer.letters[-1]
    assert second.report_token not in asked.text
    assert "Somebody" not in asked.text + asked.subject


def test_six_forms_in_a_day_bring_five_letters(firm: Firm, now: datetime) -> None:
    """Nobody can use the form to fill a stranger's mailbox: the sixth letter is skipped, with a reason."""
    for hour in range(6):
        firm.run_until(now + timedelta(hours=hour))
        send_in(firm)
    firm.run_until(now + timedelta(hours=23))
    assert templates(firm) == ["report"] + ["was-this-you"] * 4
    with firm.database.transaction() as session:
        skipped = session.execute(
            select(tables.Message.template, tables.Message.outcome).where(tables.Message.state == "skipped")
        ).all()
    assert [tuple(one) for one in skipped] == [
        ("was-this-you", "5 letters of this kind went to this address within a day.")
    ]


def test_six_forms_at_once_bring_five_letters(firm: Firm, now: datetime) -> None:
    """The cap holds within one sweep as well."""
    for _ in range(6):
        send_in(firm)
    firm.run_until(now + timedelta(hours=1))
    assert len(firm.mailer.letters) == 5


def test_a_disowned_form_brings_nothing_more(firm: Firm, now: datetime) -> None:
    """After 'that was not me' on a second form, no letter about it follows and the data stay."""
    send_in(firm)
    firm.run_until(now)
    second = send_in(firm, name="Somebody Else")
    firm.run_until(now)
    answer(firm, Purpose.NOT_MINE, second)
    firm.run_until(now + FOUR_WEEKS)
    assert templates(firm) == ["report", "was-this-you", "report-reminder"]
    with firm.database.transaction() as session:
        assert session.scalars(select(tables.Client.name)).one() == "Ana Silva"


def test_a_bounce_ends_it(firm: Firm, now: datetime) -> None:
    """An address that does not exist gets no reminder."""
    send_in(firm)
    firm.run_until(now)
    bounce(firm, firm.mailer.letters[0])
    firm.run_until(now + FOUR_WEEKS)
    assert templates(firm) == ["report"]


def bounce(firm: Firm, sent: SentLetter) -> None:
    """Report that a letter came back."""
    raw = {
        "event": "bounce",
        "timestamp": int(datetime(2026, 11, 23, 9, 1, tzinfo=UTC).timestamp()),
        "email": sent.address,
        "message_id": str(sent.message_id),
        "attempt_id": str(sent.attempt_id),
    }
    with firm.database.transaction() as session:
        record_receipts(session, read_reports([raw], firm.secrets.pepper), now=firm.database.at)


def test_an_outage_of_four_days_brings_no_flood(firm: Firm, now: datetime) -> None:
    """When the workers were away from form to reminder, each letter still comes once."""
    send_in(firm)
    firm.database.at = now + timedelta(days=4)
    firm.run_until(now + FOUR_WEEKS)
    assert templates(firm) == ["report", "report-reminder"]
    assert all(one.at == now + timedelta(days=4) for one in firm.mailer.letters)
