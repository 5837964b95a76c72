"""Taking due letters: into batches of different people, each decided once, by one sweep only."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import bell, tables
from coaching.adapters.database import Database
from coaching.adapters.secrets import Secrets
from coaching.usecases.moves.decisions import Verdict, hold_back
from coaching.usecases.moves.messages import Said
from coaching.usecases.sweep import Swept, sweep
from tests.support.deeds import DAY, TODAY
from tests.support.drain import SENDER, everyone
from tests.support.ledger import agree, count, put_client, put_letter, suppress_all
from tests.support.underway import put_underway

WEEK: dict[str, Any] = {"template": "week", "family": "milestone", "slot_key": "week:2026-W48", "rank": 35}
NUDGE: dict[str, Any] = {"template": "keep-in-touch", "family": "networking", "rank": 65}
SUNDAY = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def swept(session: Session, now: datetime, limit: int = 1000) -> Swept:
    """Sweep as the worker does."""
    return sweep(session, sender=SENDER.address, may_write_to=everyone, now=now, limit=limit)


def test_a_due_letter_goes_into_a_batch(session: Session, secrets: Secrets, now: datetime) -> None:
    """Its row says in which, and what every rule said; the worker that delivers is called."""
    row = put_letter(session, put_client(session, secrets), now)
    assert swept(session, now) == Swept(1, 1)
    session.refresh(row)
    batch = session.get_one(tables.Batch, row.batch_id)
    assert (row.state, row.decided_at) == ("queued", now)
    assert row.rule_codes is not None
    assert "expiry:pass" in row.rule_codes
    assert (batch.state, batch.template, batch.family, batch.sender, batch.size) == (
        "ready",
        "report",
        "transactional",
        SENDER.address,
        1,
    )
    assert bell.DELIVER in session.info["rings"]


def test_nothing_is_swept_before_its_time_or_twice(session: Session, secrets: Secrets, now: datetime) -> None:
    """A second early finds nothing, and a second sweep finds nothing either."""
    put_letter(session, put_client(session, secrets), now)
    assert swept(session, now - timedelta(seconds=1)) == Swept(0, 0)
    assert swept(session, now) == Swept(1, 1)
    assert swept(session, now) == Swept(0, 0)
    assert count(session, tables.Batch) == 1


def test_a_batch_holds_each_person_once(session: Session, secrets: Secrets, now: datetime) -> None:
    """Three letters to one person and one to another make three batches of distinct recipients."""
    ana, bo = put_client(session, secrets), put_client(session, secrets, "bo@example.test")
    for number in range(3):
        put_letter(session, ana, now, slot_key=f"report:{number}")
    put_letter(session, bo, now)
    assert swept(session, now) == Swept(4, 4)
    pairs = session.execute(select(tables.Message.batch_id, tables.Message.recipient_id)).all()
    assert len(set(pairs)) == 4
    assert sorted(session.scalars(select(tables.Batch.size))) == [1, 1, 2]


def test_a_batch_has_one_template(session: Session, secrets: Secrets, now: datetime) -> None:
    """Letters of different templates never share a request."""
    put_letter(session, put_client(session, secrets), now)
    put_letter(session, put_client(session, secrets, "bo@example.test"), now, template="was-this-you")
    swept(session, now)
    assert sorted(session.scalars(select(tables.Batch.template))) == ["report", "was-this-you"]


def test_a_night_of_waiting_is_one_decision(session: Session, secrets: Secrets, now: datetime) -> None:
    """A letter that has to wait is not looked at again before the time it waits for."""
    client = put_client(session, secrets, confirmed_at=SUNDAY)
    agree(session, client, SUNDAY)
    row = put_letter(session, client, SUNDAY, family="campaign", template="first-step", slot_key="campaign:1")
    assert swept(session, SUNDAY) == Swept(1, 0)
    session.refresh(row)
    opens = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)
    assert (row.state, row.look_at, row.due_at) == ("planned", opens, SUNDAY)
    assert swept(session, opens - timedelta(seconds=1)) == Swept(0, 0)
    assert swept(session, opens) == Swept(1, 1)


def test_what_may_not_go_is_skipped_with_a_reason(session: Session, secrets: Secrets, now: datetime) -> None:
    """A suppressed address gets nothing, and the row says why."""
    client = put_client(session, secrets)
    row = put_letter(session, client, now)
    suppress_all(session, client, now)
    assert swept(session, now) == Swept(1, 0)
    session.refresh(row)
    assert (row.state, row.outcome) == ("skipped", "This address must not be written to at all.")
    assert count(session, tables.Batch) == 0


def test_a_lifted_suppression_stops_nothing(session: Session, secrets: Secrets, now: datetime) -> None:
    """Once lifted, the address is written to again."""
    client = put_client(session, secrets)
    put_letter(session, client, now)
    suppress_all(session, client, now)
    session.scalars(select(tables.Suppression)).one().lifted_at = now
    session.flush()
    assert swept(session, now) == Swept(1, 1)


def test_the_newest_consent_holds(session: Session, secrets: Secrets, now: datetime) -> None:
    """Who said yes and later no gets no letters of that kind."""
    client = put_client(session, secrets, confirmed_at=now)
    agree(session, client, now - timedelta(days=2))
    agree(session, client, now - timedelta(days=1), granted=False)
    row = put_letter(session, client, now, family="drip", template="first-step")
    swept(session, now)
    session.refresh(row)
    assert (row.state, row.outcome) == ("skipped", "The client has not agreed to letters.")


def test_a_letter_past_its_time_expires(session: Session, secrets: Secrets, now: datetime) -> None:
    """After a long outage an old letter is not sent but marked."""
    row = put_letter(session, put_client(session, secrets), now - timedelta(days=8))
    swept(session, now)
    session.refresh(row)
    assert (row.state, row.batch_id) == ("expired", None)


def test_addresses_off_the_list_are_skipped(session: Session, secrets: Secrets, now: datetime) -> None:
    """An installation with an allowlist writes to nobody else."""
    put_letter(session, put_client(session, secrets), now)
    put_letter(session, put_client(session, secrets, "bo@example.test"), now)
    sweep(session, sender=SENDER.address, may_write_to=lambda to: to.startswith("bo@"), now=now)
    assert sorted(session.scalars(select(tables.Message.state))) == ["queued", "skipped"]


def test_a_sweep_takes_no_more_than_it_is_told(session: Session, secrets: Secrets, now: datetime) -> None:
    """Several small sweeps do the work of a large one."""
    for number in range(5):
        put_letter(session, put_client(session, secrets, f"client{number}@example.test"), now)
    taken = [swept(session, now, limit=2).queued for _ in range(4)]
    assert taken == [2, 2, 1, 0]


def test_two_sweeps_at_once_double_nothing(database: Database, secrets: Secrets, now: datetime) -> None:
    """While one sweep holds its clients, another passes them over and takes the rest."""
    with database.transaction() as session:
        for number in range(4):
            put_letter(session, put_client(session, secrets, f"client{number}@example.test"), now)
    with database.transaction() as one:
        first = swept(one, now, limit=3)
        with database.transaction() as other:
            second = swept(other, now)
    with database.transaction() as session:
        third = swept(session, now)
        sizes = session.scalars(select(tables.Batch.size)).all()
    assert (first.queued, second.queued, third.queued) == (3, 1, 0)
    assert (first.passed_over, second.passed_over) == (0, 3)
    assert sum(sizes) == 4


def test_letters_of_nobody_are_called_off(session: Session, secrets: Secrets, now: datetime) -> None:
    """A client who is gone keeps no letter waiting for ever, and nobody else's place."""
    row = put_letter(session, uuid4(), now)
    assert swept(session, now) == Swept(0, 0)
    session.refresh(row)
    assert (row.state, row.outcome) == ("cancelled", "The client is no longer here.")


@pytest.mark.parametrize("limit", [1000, 4, 1])
def test_what_can_ride_is_looked_at_before_its_host_goes(
    session: Session, secrets: Secrets, now: datetime, limit: int
) -> None:
    """However few a sweep takes at once: it takes clients with all that they have due."""
    people = [
        put_underway(session, secrets, now, email=f"client{number}@example.test") for number in range(4)
    ]
    for one in people:
        one.milestone(session)
        tie = one.relationship(session, kind="peer")
        put_letter(session, one.client_id, now, **WEEK)
        key = f"networking:{tie}:{TODAY - 30 * DAY}:1"
        put_letter(session, one.client_id, now, **NUDGE, slot_key=key, detail={"relationship": str(tie)})
    for _ in range(8):
        swept(session, now, limit=limit)
    hosts = set(session.scalars(select(tables.Message.id).where(tables.Message.slot_key == WEEK["slot_key"])))
    riding = session.scalars(select(tables.Message.merged_into).where(tables.Message.state == "merged")).all()
    assert len(riding) == 4
    assert set(riding) == hosts


def test_what_rides_in_a_letter_that_ends_is_free_again(
    session: Session, secrets: Secrets, now: datetime
) -> None:
    """A host that is over carries nothing; and one that ends in the very sweep lets go what it carries."""
    one = put_underway(session, secrets, now)
    one.milestone(session)
    tie = one.relationship(session, kind="peer")
    put_letter(session, one.client_id, now - 5 * DAY, **WEEK | {"expires_at": now})
    key = f"networking:{tie}:{TODAY - 30 * DAY}:1"
    row = put_letter(session, one.client_id, now, **NUDGE, slot_key=key, detail={"relationship": str(tie)})
    swept(session, now)
    session.refresh(row)
    assert (row.state, row.merged_into) == ("queued", None)


def test_verdicts_that_merge_come_before_ends(session: Session, secrets: Secrets, now: datetime) -> None:
    """In whatever order they were given, a letter is in its host by the time that the host ends."""
    client_id = put_client(session, secrets)
    host = put_letter(session, client_id, now, **WEEK)
    rider = put_letter(session, client_id, now, **NUDGE, slot_key="networking:1")
    said = Said("A test wants it.")
    verdicts = [
        (host.id, Verdict("expire", said)),
        (rider.id, Verdict("merge", said, host=host.id)),
    ]
    hold_back(session, verdicts, queued=False, now=now)
    session.refresh(rider)
    assert (rider.state, rider.merged_into) == ("planned", None)
