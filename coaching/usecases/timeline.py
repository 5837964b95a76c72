"""A client's letters, past and coming, in order of due time: what became of each, and why."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.domain.engine.called_off import KINDS, UNEXPLAINED, CalledOff, cause_of
from coaching.domain.engine.sentences import Code, Reader, explains, saw, sentence
from coaching.domain.errors import NotFound
from coaching.domain.events import Event
from coaching.domain.ledger import TRANSACTIONAL
from coaching.domain.local_time import local
from coaching.domain.plan_phrases import day_in_words
from coaching.usecases.facts import as_event

# What is told of a letter in each state once somebody has looked at it. A queued one is on its way or gone.
_OUTCOMES = {
    "planned": "wait",
    "queued": "send",
    "merged": "merge",
    "skipped": "skip",
    "expired": "expire",
    "cancelled": "cancel",
    "failed": "fail",
}


# What becomes of a letter that falls due while letters rest.
_IN_A_PAUSE = {
    "skip": "this one falls due meanwhile and is left out.",
    "shift": "this one moves by as many days as that takes, or waits until then.",
    "hold": "this one waits until then.",
}


@dataclass(frozen=True)
class Place:
    """Where a letter stands in the order: by due time, then by id."""

    due_at: datetime
    message_id: UUID


@dataclass(frozen=True)
class LookedAt:
    """One rule's part in a decision."""

    rule: str
    saw: str
    said: str


@dataclass(frozen=True)
class Decided:
    """What was decided about a letter last; `next_at` is when one that waits is looked at again.

    `reason` is for whoever runs the installation; the same is said to the client and to the coach.
    """

    outcome: str
    reason: str
    for_client: str
    for_coach: str
    rules: tuple[LookedAt, ...]
    next_at: datetime | None


@dataclass(frozen=True)
class Entry:
    """One letter. `sent_at`: when the mail provider took it; what rides in another is that one's to tell."""

    message: tables.Message
    zone: str
    sent_at: datetime | None
    decision: Decided
    receipts: Sequence[tables.Receipt]

    @property
    def place(self) -> Place:
        """Where it stands."""
        return Place(self.message.due_at, self.message.id)


def read_timeline(
    session: Session,
    client_id: UUID,
    *,
    after: Place | None = None,
    limit: int = 50,
) -> tuple[list[Entry], Place | None]:
    """Return a page of letters and the place of its last one if more follow. Raises NotFound."""
    zone = session.scalar(select(tables.Client.time_zone).where(tables.Client.id == client_id))
    if zone is None:
        raise NotFound("There is no client of this id.")
    found = _letters(session, client_id, after, limit + 1)
    rows = found[:limit]
    receipts = _receipts(session, [row.id for row, _ in rows])
    facts = _facts(session, client_id, [row for row, _ in rows if _is_unexplained(row)])
    pause = session.scalar(
        select(tables.Pause).where(tables.Pause.client_id == client_id, tables.Pause.ended_at.is_(None))
    )
    page = [
        Entry(row, zone, sent_at, decision_of(row, zone, facts, pause), receipts.get(row.id, ()))
        for row, sent_at in rows
    ]
    return page, page[-1].place if len(found) > limit else None


def decision_of(
    row: tables.Message, zone: str, facts: Sequence[Event] = (), pause: tables.Pause | None = None
) -> Decided:
    """Return what was decided about a letter last, in words for each reader; `facts`: the client's.

    What nobody has looked at yet waits for its time; `pause`, where one stands, says what becomes of it then.
    """
    if _is_to_come(row):
        return _to_come(row, zone) if pause is None else _paused(_to_come(row, zone), row, pause, zone)
    outcome = _OUTCOMES[row.state]
    codes = row.rule_codes or []
    if not explains(codes, outcome):
        codes = []  # of an earlier look: what came after it was no rule's doing

    def told(reader: Reader) -> str:
        return sentence(codes, outcome, reader, stored=row.outcome or "")

    decided = Decided(
        outcome=outcome,
        reason=told("operator"),
        for_client=told("client"),
        for_coach=told("coach"),
        rules=tuple(LookedAt(code.rule, saw(text), code.said) for text, code in _read(codes)),
        next_at=row.look_at if row.state == "planned" else None,
    )
    return _explained(decided, row, zone, facts) if _is_unexplained(row) else decided


def _to_come(row: tables.Message, zone: str) -> Decided:
    at = local(row.due_at, zone)
    when = f"{day_in_words(at.date(), today=at.date())} at {at:%H:%M}"
    staff = f"It waits until it is due, on {when} where the client is, and is looked at then."
    client = f"It comes on {when} at the earliest, unless something changes before."
    return Decided("wait", staff, client, staff, (), row.look_at)


def _paused(to_come: Decided, row: tables.Message, pause: tables.Pause, zone: str) -> Decided:
    """Say what the pause that stands does to a letter that falls due in it."""
    meanwhile = pause.until_at is None or row.due_at < pause.until_at
    if row.family == TRANSACTIONAL or not meanwhile:
        return to_come
    ends = "until somebody ends that"
    if pause.until_at is not None:
        ends = (
            f"until {day_in_words(local(pause.until_at, zone).date(), today=local(row.due_at, zone).date())}"
        )
    said = f"Letters are paused {ends}; {_IN_A_PAUSE[pause.ending]}"
    yours = f"Your letters are paused {ends}; {_IN_A_PAUSE[pause.ending]}"
    return replace(to_come, reason=said, for_coach=said, for_client=yours)


def _is_unexplained(row: tables.Message) -> bool:
    return row.state in {"cancelled", "skipped"} and row.outcome in UNEXPLAINED


def _explained(decided: Decided, row: tables.Message, zone: str, facts: Sequence[Event]) -> Decided:
    """Say what had changed, where a fact tells: a letter bears only that nothing called for it any more."""
    letter = CalledOff(
        row.template, row.family, row.detail, row.created_at, row.decided_at or row.due_at, zone
    )
    cause = cause_of(letter, facts)
    if cause is None:
        return decided
    return replace(
        decided,
        reason=f"{decided.reason} {cause.staff}",
        for_coach=f"{decided.for_coach} {cause.staff}",
        for_client=cause.client,
    )


def _is_to_come(row: tables.Message) -> bool:
    """A letter is first looked at when it is due: what was decided before that was about another day."""
    return row.state == "planned" and (row.decided_at is None or row.decided_at < row.due_at)


def _read(codes: Sequence[str]) -> list[tuple[str, Code]]:
    return [(text, Code.of(text)) for text in codes]


def _letters(
    session: Session, client_id: UUID, after: Place | None, limit: int
) -> Sequence[tuple[tables.Message, datetime | None]]:
    query = (
        select(tables.Message, tables.Batch.accepted_at)
        .outerjoin(tables.Batch, tables.Batch.id == tables.Message.batch_id)
        .where(tables.Message.recipient_kind == "client", tables.Message.recipient_id == client_id)
    )
    if after is not None:
        place = tuple_(tables.Message.due_at, tables.Message.id)
        query = query.where(place > tuple_(after.due_at, after.message_id))
    rows = session.execute(
        query.order_by(tables.Message.due_at, tables.Message.id)
        .limit(limit)
        .execution_options(populate_existing=True)
    )
    return [(row, accepted_at) for row, accepted_at in rows]


def _facts(session: Session, client_id: UUID, called_off: Sequence[tables.Message]) -> list[Event]:
    """Return what happened to this client while these letters were called for."""
    if not called_off:
        return []
    rows = session.scalars(
        select(tables.Event).where(
            tables.Event.client_id == client_id,
            tables.Event.kind.in_(KINDS),
            tables.Event.at >= min(row.created_at for row in called_off),
        )
    )
    return [as_event(row) for row in rows]


def _receipts(session: Session, message_ids: Collection[UUID]) -> Mapping[UUID, list[tables.Receipt]]:
    found: dict[UUID, list[tables.Receipt]] = defaultdict(list)
    rows = session.scalars(
        select(tables.Receipt)
        .where(tables.Receipt.message_id.in_(message_ids))
        .order_by(tables.Receipt.at, tables.Receipt.id)
    )
    for row in rows:
        if row.message_id is not None:
            found[row.message_id].append(row)
    return found
