"""Facts are followed up in rounds: who is let in has the first letter planned at once, and is loaded once."""

from datetime import datetime
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.content import Content
from coaching.adapters.secrets import Secrets
from coaching.domain.events import Event, EventKind
from coaching.reactions import Reactions
from tests.support.drain import everyone
from tests.support.drips import put_sequence
from tests.support.statements import statements
from tests.support.underway import Underway, put_underway


def told(ana: Underway, kind: EventKind, now: datetime) -> Event:
    """Return a fact about her."""
    return Event(uuid4(), kind, uuid4(), ana.client_id, {}, now)


def loads(sent: list[str]) -> int:
    """Return how often clients' answers were loaded, as they are for every look at how clients stand."""
    return sum("submission.letters_wanted" in one for one in sent)


def test_who_is_let_in_has_a_letter_at_once(
    session: Session, secrets: Secrets, content: Content, now: datetime
) -> None:
    """In the same round; who is only planned for beside them keeps what was planned."""
    ana, bo = (put_underway(session, secrets, now, email=f"{name}@example.test") for name in ("ana", "bo"))
    put_sequence(session, now, trigger={"events": ["milestone_started"]})
    facts = [told(ana, EventKind.MILESTONE_STARTED, now), told(bo, EventKind.MILESTONE_POSTPONED, now)]
    step = bo.milestone(session)
    sent = statements(session, lambda: Reactions(content, everyone)(session, facts, now))
    row = tables.Message
    planned = session.execute(select(row.recipient_id, row.family).where(row.state == "planned")).all()
    assert (ana.client_id, "drip") in planned
    assert (bo.client_id, "drip") not in planned
    about = row.detail["milestone"].astext == str(step)
    assert set(session.scalars(select(row.recipient_id).where(about))) == {bo.client_id}
    assert loads(sent) == 2  # each of them once


@pytest.mark.parametrize("kind", ["milestone_started", "milestone_reached"])
def test_a_round_loads_each_client_once(
    session: Session, secrets: Secrets, content: Content, now: datetime, kind: str
) -> None:
    """Whether the fact might let somebody in or not."""
    people = [put_underway(session, secrets, now, email=f"c{number}@example.test") for number in range(3)]
    put_sequence(session, now, trigger={"events": ["milestone_started"], "when": {"any": []}})
    facts = [told(ana, EventKind(kind), now) for ana in people]
    sent = statements(session, lambda: Reactions(content, everyone)(session, facts, now))
    assert loads(sent) == 1
