"""Letters to coaches on their way: decided like any other, alone in a batch, looked at again at the last."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from coaching.adapters import bell, tables
from coaching.adapters.database import Database
from coaching.adapters.secrets import Secrets
from coaching.domain.addresses import mailbox_hash
from coaching.domain.allowlist import Allowlist
from coaching.domain.links import Purpose
from coaching.usecases.coach_letters import coach_letters, recheck_coach_letters, sweep_coach_letters
from coaching.usecases.coaches import stop_list
from coaching.usecases.digests import write_digests
from coaching.usecases.sweep import sweep
from tests.support.drain import SENDER, everyone, post_room, stationery
from tests.support.mailers import RecordingMailer
from tests.support.mornings import Caseload, digests, put_caseload, put_coach

MAREN = "maren@firm.example.test"


def swept(session: Session, secrets: Secrets, now: datetime, may_write_to: Allowlist = everyone) -> int:
    """Sweep as the worker does."""
    return sweep_coach_letters(session, secrets, sender=SENDER.address, may_write_to=may_write_to, now=now)


def planned(session: Session, secrets: Secrets, now: datetime, *, days: int = 7) -> Caseload:
    """Plan one list with one overdue step on it."""
    one = put_caseload(session, secrets, put_coach(session), now)
    one.overdue(days)
    assert write_digests(session, now=now) == 1
    return one


def close(session: Session, secrets: Secrets, address: str, at: datetime) -> None:
    """Let nothing be written to an address any more."""
    session.add(
        tables.Suppression(
            address_hash=mailbox_hash(secrets.pepper, address),
            scope="all",
            reason="bounced",
            source="test",
            at=at,
        )
    )
    session.flush()


def test_a_due_list_goes_into_a_batch_of_its_own(session: Session, secrets: Secrets, now: datetime) -> None:
    """Behind what clients asked for, decided by the rules of all letters, and the worker is called."""
    planned(session, secrets, now)
    assert [swept(session, secrets, now) for _ in range(2)] == [1, 0]
    [row] = digests(session)
    batch = session.get_one(tables.Batch, row.batch_id)
    assert (row.state, row.outcome, row.decided_at) == ("queued", "Nothing stood against it.", now)
    assert row.rule_codes is not None
    assert {"expiry:pass", "suppression:pass", "allowlist:pass"} <= set(row.rule_codes)
    assert (batch.size, batch.template, batch.sender, batch.rank) == (1, "coach-digest", SENDER.address, 20)
    assert bell.DELIVER in session.info["rings"]


def test_each_coach_has_a_batch(session: Session, secrets: Secrets, now: datetime) -> None:
    """A list is written for one reader: two are two requests."""
    for name in ("maren", "tomas"):
        coach = put_coach(session, f"{name}@firm.example.test")
        put_caseload(session, secrets, coach, now, email=f"{name}@example.test").overdue(7)
    write_digests(session, now=now)
    assert swept(session, secrets, now) == 2
    assert len({row.batch_id for row in digests(session)}) == 2


def test_the_sweep_of_clients_letters_leaves_it_alone(
    session: Session, secrets: Secrets, now: datetime
) -> None:
    """A coach is no client: that sweep neither sends nor cancels the list."""
    planned(session, secrets, now)
    sweep(session, sender=SENDER.address, may_write_to=everyone, now=now)
    assert [row.state for row in digests(session)] == ["planned"]


def test_two_sweeps_at_once_queue_it_once(database: Database, secrets: Secrets, now: datetime) -> None:
    """What one sweep holds, the other passes over."""
    with database.transaction() as session:
        planned(session, secrets, now)
    with database.transaction() as one:
        first = swept(one, secrets, now)
        with database.transaction() as other:
            second = swept(other, secrets, now)
    with database.transaction() as session:
        batches = session.scalars(select(tables.Batch.id)).all()
    assert (first, second, len(batches)) == (1, 0, 1)


def test_a_suppressed_address_gets_none(session: Session, secrets: Secrets, now: datetime) -> None:
    """A coach whose mailbox bounced is not written to."""
    planned(session, secrets, now)
    close(session, secrets, MAREN.upper(), now)
    assert swept(session, secrets, now) == 0
    [row] = digests(session)
    assert (row.state, row.outcome) == ("skipped", "This address must not be written to at all.")


def test_an_address_off_the_list_gets_none(session: Session, secrets: Secrets, now: datetime) -> None:
    """An installation with an allowlist writes to no coach who isn't on it."""
    planned(session, secrets, now)
    assert swept(session, secrets, now, Allowlist.of(("@example.test",))) == 0
    [row] = digests(session)
    assert (row.state, row.outcome) == (
        "skipped",
        "This installation writes only to the addresses on its list.",
    )


def test_in_the_evening_it_is_stale(session: Session, secrets: Secrets, now: datetime) -> None:
    """A list that couldn't go until six goes no more."""
    planned(session, secrets, now)
    assert swept(session, secrets, now.replace(hour=18)) == 0
    [row] = digests(session)
    assert (row.state, row.outcome) == ("expired", "The time in which this letter made sense is over.")


def test_the_list_of_nobody_is_called_off(session: Session, secrets: Secrets, now: datetime) -> None:
    """A coach who was removed meanwhile keeps no letter waiting."""
    one = planned(session, secrets, now)
    session.get_one(tables.Client, one.underway.client_id).coach_id = None
    session.flush()
    session.execute(delete(tables.Coach))
    assert swept(session, secrets, now) == 0
    [row] = digests(session)
    assert (row.state, row.outcome) == ("cancelled", "The coach is no longer here.")


@pytest.mark.parametrize("queued", [False, True])
def test_what_was_seen_to_meanwhile_is_no_letter(
    session: Session, secrets: Secrets, now: datetime, queued: bool
) -> None:
    """Before it is put into a batch or after: with nothing left on the list it doesn't go."""
    one = planned(session, secrets, now)
    if queued:
        swept(session, secrets, now)
    for step in session.scalars(select(tables.Milestone)):
        step.state, step.dropped_at = "dropped", now
    session.flush()
    room = post_room(RecordingMailer(clock=lambda: now), secrets)
    if queued:
        assert recheck_coach_letters(session, room, digests(session), now) == []
    else:
        assert swept(session, secrets, now) == 0
    [row] = digests(session)
    assert (row.state, row.outcome) == ("skipped", "Everything on the list has been seen to.")
    assert coach_letters(session, room, row.template, [row.id]) == {}
    assert one.underway.client_id


def test_the_last_look_is_at_today(session: Session, secrets: Secrets, now: datetime) -> None:
    """A queued list goes to the address that the coach has now, unless that one is closed by then."""
    planned(session, secrets, now)
    swept(session, secrets, now)
    coach = session.scalars(select(tables.Coach)).one()
    coach.email = "new@firm.example.test"
    session.flush()
    room = post_room(RecordingMailer(clock=lambda: now), secrets)
    [member] = recheck_coach_letters(session, room, digests(session), now)
    assert (member.address, member.name) == ("new@firm.example.test", "Maren Okafor")
    assert member.address_hash == mailbox_hash(secrets.pepper, "new@firm.example.test")
    close(session, secrets, "new@firm.example.test", now)
    assert recheck_coach_letters(session, room, digests(session), now) == []
    assert [row.state for row in digests(session)] == ["skipped"]


@pytest.mark.parametrize("queued", [False, True])
def test_a_list_that_was_stopped_meanwhile_does_not_go(
    session: Session, secrets: Secrets, now: datetime, queued: bool
) -> None:
    """Planned or in a batch already: a coach who wants no list gets none from that moment on."""
    planned(session, secrets, now)
    if queued:
        swept(session, secrets, now)
    assert stop_list(session, MAREN, actor="operator", now=now)
    if queued:
        room = post_room(RecordingMailer(clock=lambda: now), secrets)
        assert recheck_coach_letters(session, room, digests(session), now) == []
    else:
        assert swept(session, secrets, now) == 0
    [row] = digests(session)
    assert (row.state, row.outcome) == ("skipped", "The coach's morning list is stopped.")


def test_letters_to_clients_are_not_looked_up_here(session: Session, secrets: Secrets, now: datetime) -> None:
    """Whoever writes a batch may ask for any template: only the coach's own has an answer."""
    one = planned(session, secrets, now)
    room = post_room(RecordingMailer(clock=lambda: now), secrets)
    assert coach_letters(session, room, "report", [one.underway.client_id]) == {}
    assert coach_letters(session, room, "coach-digest", []) == {}


def test_names_are_words_in_the_letter(session: Session, secrets: Secrets, now: datetime) -> None:
    """Markup in a client's name or a step's title is read, not obeyed, and nothing typed is a link."""
    one = put_caseload(session, secrets, put_coach(session), now, name="<b>Ana</b> & Co [%why%]")
    one.overdue(7, title="<a href='https://eve.example'>Press</a> {{ why }}")
    write_digests(session, now=now)
    [row] = digests(session)
    room = post_room(RecordingMailer(clock=lambda: now), secrets)
    letter = coach_letters(session, room, row.template, [row.id])[row.id]
    made = stationery().render(row.template, letter.values, letter.carried)
    assert "<b>Ana" not in made.html
    assert "&lt;b&gt;Ana&lt;/b&gt; &amp; Co [ %why%]" in made.html
    assert "\n<b>Ana</b> & Co [ %why%]\n" in made.text
    assert made.text.count("https://firm.example.test/console/") == 1
    assert "{{ why }}" in made.text
    assert "eve.example" not in made.text + made.html


def test_the_longest_letter_is_whole(session: Session, secrets: Secrets, now: datetime) -> None:
    """Hundreds of things to tell, the longest that they can be, stay under what Gmail cuts."""
    coach = put_coach(session, admin=True)
    for number in range(11):
        one = put_caseload(
            session, secrets, coach, now - timedelta(days=9), name="N" * 120, email=f"c{number}@example.test"
        )
        for one_more in range(4):
            one.overdue(9, title="\U0001f331" * 300)
            one.draft(now - timedelta(days=1), profile=None, certainty=None)
            one.gone_quiet(now - timedelta(days=1))
            one.not_useful(now - timedelta(days=1), one.underway.milestone(session, title="\u20ac" * 300))
            one.decided(now - timedelta(days=1))
            at = now - timedelta(hours=2, minutes=one_more)
            one.click(at, Purpose.STILL_USEFUL, "still_useful", template="still-useful")
            one.noted(now - timedelta(days=1), "\u20ac" * 300)
            one.reported(now - timedelta(days=1))
    write_digests(session, now=now)
    [row] = digests(session)
    room = post_room(RecordingMailer(clock=lambda: now), secrets)
    letter = coach_letters(session, room, row.template, [row.id])[row.id]
    made = stationery().render(row.template, letter.values, letter.carried)
    # A draft is there to approve and to read with care; overdue steps and drafts are one line a client.
    assert "330 things may need you today." in made.text
    assert made.text.count("And 34 more") == 7
    assert made.text.count("And one more") == 2
    assert len(made.html.encode()) < 102 * 1024
