"""Nothing leaves while the brake is on or the sender is held; afterwards it goes on, at a pace after long."""

from datetime import datetime, timedelta

import pytest

from coaching.adapters.mailer import PostResult
from coaching.usecases.brake import let_mail_go, stop_mail
from coaching.usecases.deliver import deliver
from coaching.usecases.liveness import note_alive
from coaching.usecases.next_batch import claim_next
from coaching.usecases.senders import OUTAGE, TRY_AGAIN
from coaching.usecases.sweep import sweep
from tests.support.drain import LEASE, SENDER, Firm, everyone, post_room
from tests.support.ledger import agree, put_client, put_letter
from tests.support.ledger_room import all_batches, attempts, batch, claim, letters, post, queue, sender

KEY = PostResult("later", 401, detail="The provided authorization grant is invalid", trouble="key")


def stop(firm: Firm) -> bool:
    """Pull the brake."""
    with firm.database.transaction() as session:
        return stop_mail(session, actor="operator", now=firm.database.at)


def go(firm: Firm) -> bool:
    """Let go of the brake."""
    with firm.database.transaction() as session:
        return let_mail_go(session, actor="operator", sender=SENDER.address, now=firm.database.at)


def test_the_brake_stops_everything_and_loses_nothing(firm: Firm) -> None:
    """While it is on no batch is claimed; when it is off again the same batch goes."""
    queue(firm)
    assert stop(firm) is True
    assert stop(firm) is False
    assert post(firm) is None
    assert batch(firm).state == "ready"
    assert go(firm) is True
    assert go(firm) is False
    post(firm)
    assert batch(firm).state == "accepted"


def test_the_brake_also_stops_what_is_claimed(firm: Firm) -> None:
    """A batch that is in a worker's hands when the brake is pulled is given back unposted."""
    queue(firm)
    held = claim(firm)
    assert held is not None
    stop(firm)
    assert deliver(firm.database, post_room(firm.mailer, firm.secrets), held) is None
    assert (batch(firm).state, attempts(firm), firm.mailer.bodies) == ("ready", [], [])


@pytest.mark.parametrize("trouble", ["key", "quota", "sender"])
def test_trouble_with_the_sender_holds_everything(firm: Firm, now: datetime, trouble: str) -> None:
    """The batch is ready again, nothing else is tried, and one try a minute shows when it works again."""
    queue(firm)
    queue(firm, ("bo@example.test",))
    post(firm, PostResult("later", 401, detail="no", trouble=trouble))  # type: ignore[arg-type]
    row = sender(firm)
    assert row is not None
    assert (row.held_for, row.held_at, row.not_before) == (trouble, now, now + TRY_AGAIN)
    assert {one.state for one in all_batches(firm)} == {"ready"}
    assert post(firm) is None
    firm.database.at += TRY_AGAIN
    assert post(firm, PostResult("later", 401, detail="no", trouble=trouble)) is not None  # type: ignore[arg-type]
    assert post(firm) is None
    firm.database.at += TRY_AGAIN
    post(firm)
    row = sender(firm)
    assert row is not None
    assert (row.held_for, row.not_before) == (None, None)
    post(firm)
    assert {one.state for one in all_batches(firm)} == {"accepted"}


def test_a_held_sender_has_one_try_at_a_time(firm: Firm) -> None:
    """Two workers who look at the same moment don't both try a sender that is held."""
    queue(firm)
    queue(firm, ("bo@example.test",))
    post(firm, KEY)
    firm.database.at += TRY_AGAIN
    assert claim(firm) is not None
    assert claim(firm) is None


def test_a_plain_refusal_quietens_the_sender(firm: Firm) -> None:
    """When SendGrid says 429 for one batch, the others don't knock either until it said they may."""
    queue(firm)
    queue(firm, ("bo@example.test",))
    post(firm, PostResult("later", 429, retry_after_s=30))
    assert post(firm) is None
    firm.database.at += timedelta(seconds=29)
    assert post(firm) is None
    firm.database.at += timedelta(seconds=8)
    post(firm)
    post(firm)
    assert {one.state for one in all_batches(firm)} == {"accepted"}
    row = sender(firm)
    assert row is not None
    assert row.refusals == 0


def test_requests_under_way_together_meet_one_trouble(firm: Firm) -> None:
    """Six that are refused in the same moment leave SendGrid in peace for a second, not for a minute."""
    for number in range(6):
        queue(firm, (f"c{number}@example.test",))
    held = [claim(firm) for _ in range(6)]
    firm.mailer.answers[:] = [PostResult("later", 503)] * 6
    for one in held:
        assert one is not None
        deliver(firm.database, post_room(firm.mailer, firm.secrets), one)
    row = sender(firm)
    assert row is not None
    assert row.refusals == 1
    assert row.not_before is not None
    assert row.not_before <= firm.database.at + timedelta(seconds=1.2)


def reminders(firm: Firm, number: int) -> None:
    """Put that many letters of campaigns into batches of their own, as several sweeps would."""
    for one in range(number):
        with firm.database.transaction() as session:
            client = put_client(session, firm.secrets, f"c{one}@example.test", confirmed_at=firm.database.at)
            agree(session, client, firm.database.at)
            put_letter(session, client, firm.database.at, family="campaign", slot_key="campaign:1")
            sweep(session, sender=SENDER.address, may_write_to=everyone, now=firm.database.at)


def claim_paced(firm: Firm, per_minute: int) -> bool:
    """Claim and deliver whatever may go, with this pace after outages."""
    with firm.database.transaction() as session:
        held = claim_next(session, lease=LEASE, per_minute=per_minute, now=firm.database.at)
    return held is not None and deliver(firm.database, post_room(firm.mailer, firm.secrets), held) is not None


def test_after_a_long_stop_letters_leave_at_a_pace(firm: Firm) -> None:
    """What waited leaves one by one at the pace that is set; what people asked for goes at once."""
    reminders(firm, 3)
    stop(firm)
    firm.database.at += OUTAGE
    go(firm)
    queue(firm)
    assert claim_paced(firm, 2)
    assert claim_paced(firm, 2)
    assert not claim_paced(firm, 2)
    assert sorted(one.address for one in firm.mailer.letters) == ["ana@example.test", "c0@example.test"]
    firm.database.at += timedelta(seconds=29)
    assert not claim_paced(firm, 2)
    firm.database.at += timedelta(seconds=1)
    assert claim_paced(firm, 2)
    assert not claim_paced(firm, 2)


def test_after_a_long_time_of_refusals_letters_leave_at_a_pace(firm: Firm) -> None:
    """SendGrid said 503 for long: that was an outage like any other. Refused batches keep their place."""
    reminders(firm, 3)
    post(firm, PostResult("later", 503))
    firm.database.at += OUTAGE
    post(firm)
    assert claim_paced(firm, 2)
    assert not claim_paced(firm, 2)
    assert [one.address for one in firm.mailer.letters] == ["c0@example.test", "c1@example.test"]


def test_after_a_short_stop_everything_goes_at_once(firm: Firm) -> None:
    """A stop of minutes needs no pace."""
    reminders(firm, 3)
    stop(firm)
    firm.database.at += OUTAGE - timedelta(seconds=1)
    go(firm)
    assert [claim_paced(firm, 2) for _ in range(4)] == [True, True, True, False]


def test_new_letters_are_not_paced(firm: Firm) -> None:
    """What falls due after the outage doesn't stand in line behind what waited."""
    reminders(firm, 1)
    stop(firm)
    firm.database.at += OUTAGE
    go(firm)
    firm.database.at += timedelta(seconds=1)
    assert claim_paced(firm, 1)
    with firm.database.transaction() as session:
        client = put_client(session, firm.secrets, "bo@example.test", confirmed_at=firm.database.at)
        agree(session, client, firm.database.at)
        put_letter(session, client, firm.database.at, family="campaign", slot_key="campaign:1")
        sweep(session, sender=SENDER.address, may_write_to=everyone, now=firm.database.at)
    assert claim_paced(firm, 1)


def test_workers_that_come_back_after_long_go_slowly(firm: Firm) -> None:
    """When nobody was at work for a while, what fell due meanwhile leaves at a pace; late letters expire."""
    with firm.database.transaction() as session:
        note_alive(session, sender=SENDER.address, now=firm.database.at)
        for number in range(2):
            client = put_client(
                session, firm.secrets, f"c{number}@example.test", confirmed_at=firm.database.at
            )
            agree(session, client, firm.database.at)
            due = firm.database.at + timedelta(minutes=1)
            put_letter(session, client, due, family="campaign", expires_at=due + timedelta(hours=2))
            put_letter(
                session,
                client,
                due,
                family="campaign",
                slot_key="late",
                expires_at=due + timedelta(minutes=5),
            )
    firm.database.at += timedelta(hours=1)
    with firm.database.transaction() as session:
        note_alive(session, sender=SENDER.address, now=firm.database.at)
        sweep(session, sender=SENDER.address, may_write_to=everyone, now=firm.database.at)
    assert sorted(one.state for one in letters(firm)) == ["expired", "expired", "queued", "queued"]
    expired = {one.outcome for one in letters(firm) if one.state == "expired"}
    assert expired == {"The time in which this letter made sense is over."}
    assert claim_paced(firm, 60)
    reminders_left = [one.state for one in all_batches(firm)]
    assert reminders_left == ["accepted"]
    row = sender(firm)
    assert row is not None
    assert row.paced_until == firm.database.at + timedelta(seconds=2)


def test_what_people_asked_for_goes_first(firm: Firm) -> None:
    """A report that was just asked for doesn't stand in line behind reminders."""
    reminders(firm, 2)
    queue(firm)
    post(firm)
    assert [one.address for one in firm.mailer.letters] == ["ana@example.test"]
