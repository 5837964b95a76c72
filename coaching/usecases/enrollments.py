"""Lets clients into sequences, by facts or by hand, and writes down when their way is over."""

from collections.abc import Mapping
from collections.abc import Sequence as Many
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.domain.engine.apply import apply
from coaching.domain.engine.entering import (
    is_left_alone_to_compare,
    is_let_in,
    lets_anybody_in,
    may_have_drips,
    settled,
)
from coaching.domain.engine.happenings import EnrollmentEnded, EnrollmentStarted
from coaching.domain.engine.state import ClientState, EnrollmentFacts
from coaching.domain.errors import Conflict, NotFound
from coaching.domain.events import Event, EventKind
from coaching.domain.sequences import Sequence
from coaching.usecases.client_states import MayWriteTo, load_states
from coaching.usecases.enrollment_facts import live_sequences
from coaching.usecases.facts import Fact, record, record_many
from coaching.usecases.plan_rows import lock_client

BY_RULE = "rule"


def let_in(
    session: Session, events: Many[Event], *, may_write_to: MayWriteTo, now: datetime
) -> dict[UUID, ClientState]:
    """Let into sequences whoever these facts let in, in the order of the facts and of the ranks.

    Returns how the clients stand after that whom these facts might have let in; they stay locked.
    """
    by_kind: dict[str, list[Sequence]] = {}
    for sequence in live_sequences(session):
        for kind in set(sequence.trigger.events):
            by_kind.setdefault(kind, []).append(sequence)
    told = [
        one
        for one in events
        if one.client_id is not None
        and one.kind in by_kind
        and lets_anybody_in(one.kind, one.data.get("reason"))
    ]
    if not told:
        return {}
    states = load_states(session, _lock(session, told), may_write_to=may_write_to, now=now)
    for event in told:
        state = states.get(event.client_id) if event.client_id is not None else None
        for sequence in by_kind[event.kind]:
            if state is not None and is_let_in(state, sequence, now):
                state = _begin(session, state, sequence, event, now)
                states[state.client_id] = state
    return states


def enroll(
    session: Session, client_id: UUID, name: str, *, actor: str, may_write_to: MayWriteTo, now: datetime
) -> UUID:
    """Let a client into a sequence because a person says so; return the enrollment.

    What else lets clients in isn't asked. Raises NotFound, Conflict where they are in it already.
    """
    sequence = next((one for one in live_sequences(session) if one.name == name), None)
    if sequence is None:
        raise NotFound(f"There is no sequence {name} that lets clients in.")
    lock_client(session, client_id)
    state = load_states(session, [client_id], may_write_to=may_write_to, now=now)[client_id]
    if any(one.name == name and one.state == "active" for one in state.enrollments):
        raise Conflict("The client is in this sequence already.")
    if not may_have_drips(state):
        raise Conflict("Letters of this kind can't reach the client: not confirmed, not agreed, or stopped.")
    one = _add(session, state, sequence, "active", None, actor, now)
    session.add(tables.Audit(actor=actor, action="enrollment_added", subject_id=one.id, at=now))
    return one.id


def withdraw(session: Session, enrollment_id: UUID, *, actor: str, now: datetime) -> None:
    """End an enrollment because a person says so; one that is over stays as it is. Raises NotFound."""
    client_id = session.scalar(
        select(tables.Enrollment.client_id).where(tables.Enrollment.id == enrollment_id)
    )
    if client_id is None:
        raise NotFound("There is no enrollment of this id.")
    lock_client(session, client_id)
    row = session.get_one(tables.Enrollment, enrollment_id, populate_existing=True)
    if row.state == "ended":
        return
    row.state, row.ended_at, row.end_reason = "ended", now, "withdrawn"
    session.add(tables.Audit(actor=actor, action="enrollment_withdrawn", subject_id=row.id, at=now))
    record(
        session,
        EventKind.SEQUENCE_ENDED,
        row.id,
        client_id=client_id,
        now=now,
        sequence=row.sequence,
        reason="withdrawn",
    )


def settle_enrollments(
    session: Session, states: Mapping[UUID, ClientState], *, now: datetime
) -> dict[UUID, ClientState]:
    """Write down which enrollments of locked clients are over or go on in another version.

    Returns how the clients stand after that.
    """
    after: dict[UUID, ClientState] = {}
    over: list[dict[str, object]] = []
    moved: list[UUID] = []
    facts: list[Fact] = []
    for client_id, state in states.items():
        after[client_id], happened = settled(state, now)
        names = {one.id: one.name for one in state.enrollments}
        for one in happened:
            if isinstance(one, EnrollmentEnded):
                over.append({"id": one.id, "state": "ended", "ended_at": one.at, "end_reason": one.reason})
                data = {"sequence": names[one.id], "reason": one.reason}
                facts.append(Fact(EventKind.SEQUENCE_ENDED, one.id, client_id, data))
            else:
                moved.append(one.id)
    if moved:
        session.execute(
            update(tables.Enrollment)
            .where(tables.Enrollment.id.in_(moved))
            .values(version=tables.Enrollment.move_to, move_to=None)
            .execution_options(synchronize_session=False)
        )
    if over:
        session.execute(update(tables.Enrollment), over)
    record_many(session, facts, now=now)
    return after


def _lock(session: Session, events: Many[Event]) -> Many[UUID]:
    ids = {one.client_id for one in events}
    return session.scalars(
        select(tables.Client.id)
        .where(tables.Client.id.in_(ids))
        .order_by(tables.Client.id)
        .with_for_update(key_share=True)
    ).all()


def _begin(
    session: Session, state: ClientState, sequence: Sequence, event: Event, now: datetime
) -> ClientState:
    held_out = is_left_alone_to_compare(sequence, state.client_id)
    kind = "held_out" if held_out else "active"
    one = _add(session, state, sequence, kind, event.id, BY_RULE, now)
    return apply(state, EnrollmentStarted(one))


def _add(  # noqa: PLR0917 - the columns of one row
    session: Session,
    state: ClientState,
    sequence: Sequence,
    kind: str,
    opened_by: UUID | None,
    actor: str,
    now: datetime,
) -> EnrollmentFacts:
    one = EnrollmentFacts(uuid4(), sequence.name, kind, now, sequence)
    session.execute(
        insert(tables.Enrollment).values(
            id=one.id,
            client_id=state.client_id,
            sequence=sequence.name,
            version=sequence.version,
            state=kind,
            started_at=now,
            opened_by=opened_by,
            actor=actor,
        )
    )
    fact = EventKind.SEQUENCE_STARTED if kind == "active" else EventKind.SEQUENCE_HELD_OUT
    record(session, fact, one.id, client_id=state.client_id, now=now, sequence=sequence.name)
    return one
