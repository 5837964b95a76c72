"""Rehearses the days ahead: a snapshot of clients, the live rules in memory, and nothing is changed."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from collections.abc import Sequence as Many
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.domain.engine.state import ClientState, MilestoneFacts
from coaching.domain.errors import NotFound
from coaching.domain.rehearsal.assumptions import Answers, Assumption
from coaching.domain.rehearsal.life import Life
from coaching.domain.rehearsal.outcome import PlanChange, Rehearsal, foreseen, left
from coaching.domain.sequences import Sequence
from coaching.usecases.client_states import MayWriteTo, load_states
from coaching.usecases.enrollment_facts import live_sequences
from coaching.usecases.rehearse_plans import NewRules, changed_plans
from coaching.usecases.starting_drafts import starting_drafts

AT_ONCE = 200
LONGEST_DAYS = 366
_PAST = timedelta(days=180)
# Of fewer letters no share can be told; then all families together stand in.
_ENOUGH = 20


@dataclass(frozen=True)
class Question:
    """What to rehearse. `client_ids`: only these, in place of all.

    `instead`: a sequence as it might become, in place of the one of its name; `moves`: who is under way goes
    on in it at their next step. `plan_rules`: plans stand as these would have drafted them. `starts_alone`:
    the firm lets drafts start that nobody approves in time.
    """

    days: int
    assumption: Assumption = "nobody"
    client_ids: Collection[UUID] | None = None
    instead: Sequence | None = None
    moves: bool = False
    plan_rules: NewRules | None = None
    starts_alone: bool = True


def rehearse_beside(
    session: Session, question: Question, *, against_live: bool, may_write_to: MayWriteTo, now: datetime
) -> tuple[Rehearsal, Rehearsal | None]:
    """Return what would happen, and beside it what the live rules bring the same clients in the same days.

    Plan rules are held against what the live ones would make of the same plans today: else all that has
    happened since these were drafted would look like their doing. Raises as `rehearse` does.
    """
    found = rehearse(session, question, may_write_to=may_write_to, now=now)
    if not against_live:
        return found, None
    rules = question.plan_rules
    as_live = replace(rules, rules=rules.live) if rules else None
    live = replace(question, instead=None, moves=False, plan_rules=as_live)
    beside = rehearse(session, live, may_write_to=may_write_to, now=now)
    found.plans = [one for one in found.plans if one not in beside.plans]
    return found, beside


def rehearse(session: Session, question: Question, *, may_write_to: MayWriteTo, now: datetime) -> Rehearsal:
    """Return what would happen in these days. Reads one snapshot; call it first in its transaction.

    Raises NotFound for a client who isn't there.
    """
    names = _clients(session, question.client_ids)
    ids = list(names)
    shares = past_shares(session, now=now)
    done = Rehearsal(now, now + timedelta(days=question.days), shares=shares, names=names)
    answers = Answers.of(question.assumption, shares)
    sequences = _sequences(session, question)
    for first in range(0, len(ids), AT_ONCE):
        chunk = ids[first : first + AT_ONCE]
        for life in lives(session, chunk, question, sequences, may_write_to=may_write_to, now=now):
            life.answer = answers
            life.begin()
            life.run_until(done.until)
            done.letters += foreseen(life)
            done.exits += left(life, now)
            done.plans += [PlanChange(life.state.client_id, one) for one in life.plan_changes]
    done.clients = len(ids)
    return done


def read_only(session: Session) -> None:
    """Let a transaction see one moment and change nothing; it has to be its first statement."""
    session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
    # Between two reads it reckons for some seconds; a read itself takes less than one.
    session.execute(
        text("SET LOCAL idle_in_transaction_session_timeout = '120s'; SET LOCAL statement_timeout = '30s'")
    )


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


def count_clients(session: Session) -> int:
    """Return how many clients there are."""
    return session.scalar(select(func.count()).select_from(tables.Client)) or 0


def _clients(session: Session, wanted: Collection[UUID] | None) -> Mapping[UUID, str]:
    """Return the names of those to rehearse, in the order of their ids."""
    query = select(tables.Client.id, tables.Client.name).order_by(tables.Client.id)
    if wanted is not None:
        query = query.where(tables.Client.id.in_(wanted))
    found = dict(session.execute(query).all())
    if wanted is not None and found.keys() != set(wanted):
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


def lives(
    session: Session,
    ids: Collection[UUID],
    question: Question,
    sequences: Many[Sequence],
    *,
    may_write_to: MayWriteTo,
    now: datetime,
) -> Iterator[Life]:
    """Yield each client's life as of now, with what is going to happen by the clock; none has begun."""
    states = load_states(session, ids, may_write_to=may_write_to, now=now)
    looks, whys = _planned(session, ids)
    dated = _dated(session, [one for one, state in states.items() if _may_shift(state)])
    starts = starting_drafts(session, states.values(), now=now) if question.starts_alone else {}
    plans = changed_plans(session, question.plan_rules, states, now=now) if question.plan_rules else {}
    for client_id, state in states.items():
        milestones = tuple(_with_date(one, dated) for one in state.milestones)
        known = replace(state, milestones=milestones)
        life = Life(
            plans[client_id].applied_to(known) if client_id in plans else known,
            now,
            sequences,
            ahead=[starts[client_id]] if client_id in starts else [],
            look_at=looks[client_id],
            whys=whys[client_id],
        )
        _change_sequence(life, question)
        life.plan_changes = plans[client_id].differences if client_id in plans else ()
        yield life


def _planned(
    session: Session, ids: Collection[UUID]
) -> tuple[dict[UUID, dict[UUID, datetime]], dict[UUID, dict[str, str]]]:
    """Return by client when the letters that are planned are looked at, and why each letter is to come."""
    message = tables.Message
    rows = session.execute(
        select(
            message.recipient_id, message.id, message.state, message.look_at, message.slot_key, message.why
        ).where(message.recipient_id.in_(ids), message.state.in_(("planned", "merged")))
    )
    looks: dict[UUID, dict[UUID, datetime]] = defaultdict(dict)
    whys: dict[UUID, dict[str, str]] = defaultdict(dict)
    for client_id, message_id, state, look_at, slot_key, why in rows:
        whys[client_id][slot_key] = why
        if state == "planned":
            looks[client_id][message_id] = look_at
    return looks, whys


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
