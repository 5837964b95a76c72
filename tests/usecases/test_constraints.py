"""What the database itself forbids, whoever asks."""

from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.content import Content
from coaching.adapters.secrets import Secrets
from coaching.usecases.submit import submit_assessment
from tests.support.forms import form
from tests.support.ledger import put_client, put_letter


@pytest.mark.parametrize(
    "changes", [{"answers": {"H1": 1}}, {"importance": {}}, {"question": "another"}, {"version": 2}]
)
def test_answers_never_change(
    session: Session, content: Content, secrets: Secrets, now: datetime, changes: dict[str, Any]
) -> None:
    """What a person answered stands; who accepted it may still be written down."""
    submit_assessment(session, content, secrets, form(content), now=now)
    session.execute(update(tables.Submission).values(accepted_at=now))
    with pytest.raises(IntegrityError, match="never change"):
        session.execute(update(tables.Submission).values(changes))


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"state": "queued"}, "ck_message_queued_in_batch"),
        ({"state": "skipped"}, "ck_message_reason_where_ended"),
        ({"state": "merged"}, "ck_message_merged_has_host"),
        ({"state": "sent"}, "ck_message_state_known"),
        ({"family": "spam"}, "ck_message_family_known"),
        ({"fate": "lost"}, "ck_message_fate_known"),
    ],
)
def test_letters_that_make_no_sense_are_refused(
    session: Session, secrets: Secrets, now: datetime, changes: dict[str, Any], rule: str
) -> None:
    """A queued letter has a batch, an ended one a reason, a merged one a host."""
    client = put_client(session, secrets)
    with pytest.raises(IntegrityError, match=rule):
        put_letter(session, client, now, **changes)


def test_a_slot_has_one_living_letter(session: Session, secrets: Secrets, now: datetime) -> None:
    """A cancelled letter leaves its slot free; any other fills it."""
    client = put_client(session, secrets)
    put_letter(session, client, now, state="cancelled", outcome="Called off.")
    put_letter(session, client, now, state="skipped", outcome="Unsubscribed.")
    with pytest.raises(IntegrityError, match="uq_message_slot"):
        put_letter(session, client, now)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"state": "claimed"}, "ck_batch_lease_while_worked_on"),
        ({"lease_token": uuid4()}, "ck_batch_lease_w"),
        ({"state": "parked"}, "ck_batch_reason_where_stopped"),
        ({"state": "accepted"}, "ck_batch_accepted_has_time"),
    ],
)
def test_batches_that_make_no_sense_are_refused(
    session: Session, now: datetime, changes: dict[str, Any], rule: str
) -> None:
    """Work needs a lease, a stop a reason, acceptance a time."""
    values = {"template": "report", "sender": "a@b.test", "family": "drip", "size": 1, "not_before": now}
    session.add(tables.Batch(**values, **changes))
    with pytest.raises(IntegrityError, match=rule):
        session.flush()


def test_an_address_is_one_client(session: Session, secrets: Secrets) -> None:
    """Two rows for one mailbox can't be."""
    put_client(session, secrets)
    with pytest.raises(IntegrityError):
        put_client(session, secrets, "ANA@example.test")
