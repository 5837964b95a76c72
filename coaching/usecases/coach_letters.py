"""Takes letters to coaches through the ledger: decided like any other, each in a batch of its own.

A coach is no client, but the same rules decide: nothing but the address and the time can stand against it.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import bell, tables
from coaching.adapters.database import ring_after_commit
from coaching.adapters.rendering import Carried
from coaching.adapters.secrets import Secrets
from coaching.domain import digest_phrases as say
from coaching.domain.addresses import mailbox_hash
from coaching.domain.coach_letter_values import DigestLineValues, DigestListValues, DigestValues
from coaching.domain.digests import RANK, Listing, Morning, count_things
from coaching.domain.engine.decide import Decision, decide
from coaching.domain.engine.state import ClientState
from coaching.domain.letters import DIGEST, DIGEST_LINE, DIGEST_LIST
from coaching.domain.phrases import greeting
from coaching.usecases.client_states import MayWriteTo, letter_facts
from coaching.usecases.moves import messages
from coaching.usecases.moves.decisions import Verdict, hold_back
from coaching.usecases.moves.messages import Said
from coaching.usecases.post_room import PostRoom
from coaching.usecases.read_digest import read_digest
from coaching.usecases.recheck_campaign import Member
from coaching.usecases.suppressions import is_closed

SWEEP_AT_ONCE = 200
_GONE = Verdict("cancel", Said("The coach is no longer here."))
_STOPPED = Verdict("skip", Said("The coach's morning list is stopped."))
_NOTHING_LEFT = Verdict("skip", Said("Everything on the list has been seen to."))


@dataclass(frozen=True)
class CoachLetter:
    """What a letter to a coach says, and the sections that it carries."""

    values: DigestValues
    carried: tuple[Carried, ...]


def sweep_coach_letters(
    session: Session, secrets: Secrets, *, sender: str, may_write_to: MayWriteTo, now: datetime
) -> int:
    """Decide the letters to coaches that are due and put those that may go into batches; return how many.

    Safe to run twice at once: letters that another sweep holds are passed over.
    """
    rows = session.scalars(
        select(tables.Message)
        .where(
            tables.Message.state == "planned",
            tables.Message.look_at <= now,
            tables.Message.recipient_kind == "coach",
        )
        .order_by(tables.Message.look_at, tables.Message.id)
        .limit(SWEEP_AT_ONCE)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    coaches = _coaches(session, rows)
    queued = 0
    for row in rows:
        decision = _decide(
            session, row, coaches.get(row.recipient_id), secrets=secrets, may_write_to=may_write_to, now=now
        )
        if isinstance(decision, Decision):
            _queue(session, row, decision, sender, now)
            queued += 1
        else:
            hold_back(session, [(row.id, decision)], queued=False, now=now)
    if queued:
        ring_after_commit(session, bell.DELIVER)
    return queued


def recheck_coach_letters(
    session: Session, room: PostRoom, rows: Sequence[tables.Message], now: datetime
) -> list[Member]:
    """Return those members of a claimed batch that may go now; the others have left it."""
    coaches = _coaches(session, rows)
    going: list[Member] = []
    for row in rows:
        coach = coaches.get(row.recipient_id)
        decision = _decide(session, row, coach, secrets=room.secrets, may_write_to=room.may_write_to, now=now)
        if isinstance(decision, Decision) and coach is not None:
            address_hash = mailbox_hash(room.secrets.pepper, coach.email)
            going.append(Member(row.id, coach.email, address_hash, coach.name, None))
        elif isinstance(decision, Verdict):
            hold_back(session, [(row.id, decision)], queued=True, now=now)
    return going


def coach_letters(
    session: Session, room: PostRoom, template: str, message_ids: Collection[UUID]
) -> dict[UUID, CoachLetter]:
    """Return what these letters say as it stands now; nothing for letters that don't go to coaches."""
    if template != DIGEST or not message_ids:
        return {}
    rows = session.execute(
        select(tables.Message, tables.Coach)
        .join(tables.Coach, tables.Coach.id == tables.Message.recipient_id)
        .where(tables.Message.id.in_(message_ids))
    )
    console_url = f"{room.public_url}/console/"
    read = ((row.id, coach, read_digest(session, coach, _morning(row, coach))) for row, coach in rows)
    return {
        message_id: _compose(coach, listings, console_url) for message_id, coach, listings in read if listings
    }


def _coaches(session: Session, rows: Sequence[tables.Message]) -> Mapping[UUID, tables.Coach]:
    found = session.scalars(
        select(tables.Coach)
        .where(tables.Coach.id.in_({row.recipient_id for row in rows}))
        .execution_options(populate_existing=True)
    )
    return {coach.id: coach for coach in found}


def _decide(
    session: Session,
    row: tables.Message,
    coach: tables.Coach | None,
    *,
    secrets: Secrets,
    may_write_to: MayWriteTo,
    now: datetime,
) -> Decision | Verdict:
    """Return the decision that it goes, or what becomes of it instead."""
    if coach is None:
        return _GONE
    if coach.list_stopped_at is not None:
        return _STOPPED
    closed = is_closed(session, mailbox_hash(secrets.pepper, coach.email))
    state = ClientState(
        client_id=coach.id,
        time_zone=coach.time_zone,
        confirmed_at=coach.created_at,
        letters_agreed=True,
        suppressed=frozenset({"all"} if closed else ()),
        address_allowed=may_write_to(coach.email),
    )
    decision = decide(letter_facts(row), state, now)
    if decision.outcome != "send":
        return Verdict.of(decision)
    return decision if read_digest(session, coach, _morning(row, coach)) else _NOTHING_LEFT


def _morning(row: tables.Message, coach: tables.Coach) -> Morning:
    """Return the morning that it was planned for; the coach may have moved since."""
    assert row.local_date is not None
    return Morning(row.local_date, row.time_zone or coach.time_zone)


def _queue(session: Session, row: tables.Message, decision: Decision, sender: str, now: datetime) -> None:
    batch = tables.Batch(
        template=row.template,
        sender=sender,
        family=row.family,
        rank=RANK,
        size=1,
        due_at=row.look_at,
        not_before=now,
        created_at=now,
    )
    session.add(batch)
    session.flush()
    messages.queue(session, [row.id], Said.of(decision), batch.id, now=now)


def _compose(coach: tables.Coach, listings: Sequence[Listing], console_url: str) -> CoachLetter:
    hello = greeting(coach.name)
    carried = [one for listing in listings for one in _section(listing, hello, console_url)]
    opening = say.opening(count_things(listings))
    return CoachLetter(DigestValues(greeting=hello, console_url=console_url, opening=opening), tuple(carried))


def _section(listing: Listing, hello: str, console_url: str) -> Iterator[Carried]:
    """Yield the heading of a list together with its first line, then its other lines."""
    heading, about = say.HEADINGS[listing.kind]
    lines = [(thing.client, thing.what) for thing in listing.things]
    if listing.left_out:
        lines.append(say.more(listing.left_out))
    first, *others = (
        DigestLineValues(greeting=hello, console_url=console_url, client=client, what=what)
        for client, what in lines
    )
    yield DIGEST_LIST, DigestListValues(**vars(first), heading=heading, about=about)
    for line in others:
        yield DIGEST_LINE, line
