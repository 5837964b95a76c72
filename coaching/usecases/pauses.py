"""Lets letters to a client rest, and come again; what falls due meanwhile is left out, moved or held."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.domain import local_time
from coaching.domain.errors import NotFound, Refused
from coaching.domain.events import EventKind
from coaching.domain.pause_phrases import pausing, resuming
from coaching.domain.pauses import LONGEST, Effect, Span
from coaching.usecases.facts import Fact, record, record_many
from coaching.usecases.preview_pause import effect_of, left_out
from coaching.usecases.shift_dates import Shift, shift_dates

END_AT_ONCE = 500
_A_DAY = timedelta(days=1)
NOT_PAUSED = "Letters to this client are not paused."


@dataclass(frozen=True)
class Standing:
    """The pause that stands, or would stand; without `until_at` it lasts until somebody ends it."""

    began_at: datetime
    until_at: datetime | None
    ending: str


@dataclass(frozen=True)
class Outcome:
    """How it stands with a client's pause after a call, or would, and what the call did, or would do."""

    pause: Standing | None
    effect: Effect


def preview_pause(
    session: Session, client_id: UUID, *, until: date | None, ending: str = "skip", now: datetime
) -> Outcome:
    """Say what `pause_client` would do. Raises NotFound, Refused."""
    return _meant(session, _client(session, client_id, lock=False), until, ending, now)


def pause_client(
    session: Session,
    client_id: UUID,
    *,
    until: date | None,
    ending: str = "skip",
    actor: str,
    now: datetime,
) -> Outcome:
    """Let letters rest, or let a pause that stands end otherwise. Raises NotFound, Refused.

    `until`: an instant; or a local date, on which letters may come again; or None: until somebody ends it.
    """
    client = _client(session, client_id, lock=True)
    pause = _standing(session, client_id)
    if pause is not None and _is_due(pause, now):
        _end(session, [(client, pause)], now=now)
        pause = None
    outcome = _meant(session, client, until, ending, now)
    assert outcome.pause is not None
    if pause is None:
        pause = tables.Pause(client_id=client_id, began_at=now)
        session.add(pause)
    pause.until_at, pause.ending, pause.actor = outcome.pause.until_at, ending, actor
    session.flush()
    told = {"pause": str(pause.id), "until": _iso(pause.until_at), "then": ending}
    record(session, EventKind.CLIENT_PAUSED, client_id, client_id=client_id, now=now, **told)
    session.add(tables.Audit(actor=actor, action="client_paused", subject_id=client_id, data=told, at=now))
    session.flush()
    return outcome


def preview_resume(session: Session, client_id: UUID, *, now: datetime) -> Outcome:
    """Say what `resume_client` would do. Raises NotFound."""
    client = _client(session, client_id, lock=False)
    return _meant_to_end(session, client, _standing(session, client_id), now)


def resume_client(session: Session, client_id: UUID, *, actor: str, now: datetime) -> Outcome:
    """Let letters come again; where they aren't paused, nothing happens. Raises NotFound."""
    client = _client(session, client_id, lock=True)
    pause = _standing(session, client_id)
    outcome = _meant_to_end(session, client, pause, now)
    if pause is not None:
        _end(session, [(client, pause)], now=now)
        told = {"pause": str(pause.id)}
        session.add(
            tables.Audit(actor=actor, action="client_resumed", subject_id=client_id, data=told, at=now)
        )
        session.flush()
    return outcome


def end_due_pauses(session: Session, *, now: datetime, limit: int = END_AT_ONCE) -> int:
    """End up to `limit` pauses whose time has come; return how many. Safe to run twice, and at once."""
    due = (
        select(tables.Pause.client_id)
        .where(tables.Pause.ended_at.is_(None), tables.Pause.until_at <= now)
        .order_by(tables.Pause.until_at)
        .limit(limit)
    )
    locked = session.scalars(
        select(tables.Client)
        .where(tables.Client.id.in_(due))
        .order_by(tables.Client.id)
        .with_for_update(skip_locked=True, key_share=True)
        .execution_options(populate_existing=True)
    ).all()
    standing = _all_standing(session, [client.id for client in locked])
    # As they stand under the lock: one may be longer by now.
    over = [
        (one, standing[one.id]) for one in locked if one.id in standing and _is_due(standing[one.id], now)
    ]
    _end(session, over, now=now)
    return len(over)


def _meant(
    session: Session, client: tables.Client, until: date | None, ending: str, now: datetime
) -> Outcome:
    until_at = _until_at(until, client.time_zone, now)
    pause = _standing(session, client.id)
    began_at = now if pause is None or _is_due(pause, now) else pause.began_at
    effect = effect_of(session, client, began_at, until_at, ending)
    said = pausing(effect, ending, until_at, client.time_zone, now=now)
    return Outcome(Standing(began_at, until_at, ending), replace(effect, sentence=said))


def _meant_to_end(
    session: Session, client: tables.Client, pause: tables.Pause | None, now: datetime
) -> Outcome:
    if pause is None:
        return Outcome(None, Effect({"skipped": (), "moved": (), "held": ()}, (), NOT_PAUSED))
    effect = effect_of(session, client, pause.began_at, _ends_at(pause, now), pause.ending)
    skipped = (*left_out(session, pause), *effect.letters["skipped"])
    effect = replace(effect, letters={**effect.letters, "skipped": skipped})
    return Outcome(None, replace(effect, sentence=resuming(effect, pause.ending)))


def _end(session: Session, pauses: Sequence[tuple[tables.Client, tables.Pause]], *, now: datetime) -> None:
    """End them, each as of its own end if that has passed: nobody loses days because a worker was late."""
    facts, shifts = [], {}
    for client, pause in pauses:
        pause.ended_at = _ends_at(pause, now)
        if pause.ending == "shift":
            shifts[client.id] = Shift(pause, Span.of(pause.began_at, pause.ended_at, client.time_zone))
        told = {"pause": str(pause.id), "then": pause.ending}
        facts.append(Fact(EventKind.CLIENT_RESUMED, client.id, client.id, told))
    shift_dates(session, shifts, now=now)
    record_many(session, facts, now=now)


def _client(session: Session, client_id: UUID, *, lock: bool) -> tables.Client:
    query = select(tables.Client).where(tables.Client.id == client_id)
    if lock:
        query = query.with_for_update(key_share=True)
    client = session.scalar(query.execution_options(populate_existing=True))
    if client is None:
        raise NotFound("There is no client of this id.")
    return client


def _standing(session: Session, client_id: UUID) -> tables.Pause | None:
    return _all_standing(session, [client_id]).get(client_id)


def _all_standing(session: Session, client_ids: Collection[UUID]) -> dict[UUID, tables.Pause]:
    """Return the pause that stands, by client."""
    pauses = session.scalars(
        select(tables.Pause)
        .where(tables.Pause.client_id.in_(client_ids), tables.Pause.ended_at.is_(None))
        .execution_options(populate_existing=True)
    )
    return {pause.client_id: pause for pause in pauses}


def _is_due(pause: tables.Pause, now: datetime) -> bool:
    return pause.until_at is not None and pause.until_at <= now


def _ends_at(pause: tables.Pause, now: datetime) -> datetime:
    return now if pause.until_at is None else min(pause.until_at, now)


def _until_at(until: date | None, zone: str, now: datetime) -> datetime | None:
    if until is None or isinstance(until, datetime):
        until_at = until
    else:
        today = local_time.local(now, zone).date()
        in_reach = today < until <= today + LONGEST
        until_at = local_time.instant_of(until, time(0), zone) if in_reach else now
    if until_at is not None and not now < until_at <= now + LONGEST + _A_DAY:
        raise Refused({"until": ["Choose a time in the future, at most a year ahead."]})
    return until_at


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
