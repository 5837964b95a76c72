"""Rehearses the days ahead: a snapshot of clients, the live rules in memory, and nothing is changed."""

from collections.abc import Collection, Iterator, Mapping
from collections.abc import Sequence as Many
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.domain.engine.state import ClientState, MilestoneFacts
from coaching.domain.errors import NotFound
from coaching.domain.rehearsal.assumptions import Answers, Assumption
from coaching.domain.rehearsal.life import Life
from coaching.domain.rehearsal.outcome import Foreseen, Left, foreseen, left
from coaching.domain.sequences import Sequence
from coaching.usecases.client_states import MayWriteTo, load_states
from coaching.usecases.enrollment_facts import live_sequences

AT_ONCE = 500
LONGEST_DAYS = 366
_PAST = timedelta(days=180)
# Of fewer letters no share can be told; then all families together stand in.
_ENOUGH = 20


@dataclass(frozen=True)
class Question:
    """What to rehearse. `client_ids`: only these, in place of all.

    `instead`: a sequence as it might become, in place of the one of its name; `moves`: who is under way goes
    on in it at their next step.
    """

    days: int
    assumption: Assumption = "nobody"
    client_ids: Collection[UUID] | None = None
    instead: Sequence | None = None
    moves: bool = False


@dataclass
class Rehearsal:
    """What would come, from `began_at` on. `shares`: of letters that were acted on in the past, by family."""

    began_at: datetime
    until: datetime
    letters: list[Foreseen] = field(default_factory=list)
    exits: list[Left] = field(default_factory=list)
    clients: int = 0
    shares: Mapping[str, float] = field(default_factory=dict)


def rehearse(session: Session, question: Question, *, may_write_to: MayWriteTo, now: datetime) -> Rehearsal:
    """Return what would happen in these days. Reads one snapshot; call it first in its transaction.

    Raises NotFound for a client who isn't there.
    """
    ids = _clients(session, question.client_ids)
    shares = past_shares(session, now=now)
    done = Rehearsal(now, now + timedelta(days=question.days), shares=shares)
    answers = Answers.of(question.assumption, shares)
    sequences = _sequences(session, question)
    for first in range(0, len(ids), AT_ONCE):
        chunk = ids[first : first + AT_ONCE]
        for life in _lives(session, chunk, sequences, may_write_to, now):
            life.answer = answers
            _change_sequence(life, question)
            life.begin()
            life.run_until(done.until)
            done.letters += foreseen(life)
            done.exits += left(life, now)
    done.clients = len(ids)
    return done


def read_only(session: Session) -> None:
    """Let a transaction see one moment and change nothing; it has to be its first statement."""
    session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))


def past_shares(session: Session, *, now: datetime) -> Mapping[str, float]:
    """Return by family the share of the last 180 days' letters on which clients acted."""
    message = tables.Message
    acted = select(tables.Deed.id).where(tables.Deed.message_id == message.id).exists()
    rows = session.execute(
        select(message.family, func.count(), func.count().filter(acted))
        .where(
            message.recipient_kind == "client",
            message.state == "queued",
            message.decided_at > now - _PAST,
            message.family != "transactional",
        )
        .group_by(message.family)
    ).all()
    every = sum(letters for _, letters, _ in rows)
    of_all = sum(deeds for _, _, deeds in rows) / every if every else 0.0
    return {family: deeds / letters if letters >= _ENOUGH else of_all for family, letters, deeds in rows}


def _clients(session: Session, wanted: Collection[UUID] | None) -> Many[UUID]:
    query = select(tables.Client.id).order_by(tables.Client.id)
    if wanted is not None:
        query = query.where(tables.Client.id.in_(wanted))
    found = session.scalars(query).all()
    if wanted is not None and set(found) != set(wanted):
        raise NotFound("There is no client of this id.")
    return found


def _sequences(session: Session, question: Question) -> list[Sequence]:
    live = live_sequences(session)
    if question.instead is None:
        return live
    others = [one for one in live if one.name != question.instead.name]
    return sorted([*others, question.instead], key=lambda one: (one.rank, one.name))


def _change_sequence(life: Life, question: Question) -> None:
    new = question.instead
    if new is None or not question.moves:
        return
    moved = tuple(
        replace(one, move_to=new) if one.name == new.name and one.state == "active" else one
        for one in life.state.enrollments
    )
    life.state = replace(life.state, enrollments=moved)


def _lives(
    session: Session,
    ids: Collection[UUID],
    sequences: Many[Sequence],
    may_write_to: MayWriteTo,
    now: datetime,
) -> Iterator[Life]:
    states = load_states(session, ids, may_write_to=may_write_to, now=now)
    looks = _looks(session, ids)
    dated = _dated(session, [one for one, state in states.items() if _may_shift(state)])
    whys = _whys(session, ids)
    for client_id, state in states.items():
        milestones = tuple(_with_date(one, dated) for one in state.milestones)
        known = replace(state, milestones=milestones)
        yield Life(
            known,
            now,
            sequences,
            look_at=dict(looks.get(client_id, {})),
            whys=dict(whys.get(client_id, {})),
        )


def _looks(session: Session, ids: Collection[UUID]) -> dict[UUID, dict[UUID, datetime]]:
    message = tables.Message
    rows = session.execute(
        select(message.recipient_id, message.id, message.look_at).where(
            message.recipient_id.in_(ids), message.state == "planned"
        )
    )
    found: dict[UUID, dict[UUID, datetime]] = {}
    for client_id, message_id, look_at in rows:
        found.setdefault(client_id, {})[message_id] = look_at
    return found


def _whys(session: Session, ids: Collection[UUID]) -> dict[UUID, dict[str, str]]:
    message = tables.Message
    rows = session.execute(
        select(message.recipient_id, message.slot_key, message.why).where(
            message.recipient_id.in_(ids), message.state.in_(("planned", "merged"))
        )
    )
    found: dict[UUID, dict[str, str]] = {}
    for client_id, slot_key, why in rows:
        found.setdefault(client_id, {})[slot_key] = why
    return found


def _may_shift(state: ClientState) -> bool:
    return any(pause.ending == "shift" and pause.ended_at is None for pause in state.pauses)


def _dated(session: Session, ids: Collection[UUID]) -> dict[UUID, datetime]:
    """Return when each milestone's date was set: a pause moves those that were set before it began."""
    if not ids:
        return {}
    report = tables.MilestoneReport
    rows = session.execute(
        select(tables.Milestone.id, tables.Milestone.created_at, func.max(report.recorded_at))
        .outerjoin(
            report,
            (report.milestone_id == tables.Milestone.id)
            & (report.kind == "postponed")
            & (report.due_on == tables.Milestone.due_on),
        )
        .where(tables.Milestone.client_id.in_(ids))
        .group_by(tables.Milestone.id, tables.Milestone.created_at)
    )
    return {one: max(created_at, set_at or created_at) for one, created_at, set_at in rows}


def _with_date(one: MilestoneFacts, dated: Mapping[UUID, datetime]) -> MilestoneFacts:
    return replace(one, dated_at=dated[one.id]) if one.id in dated else one
