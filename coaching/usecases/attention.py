"""Takes dates of clients' attention for letters that are on their way."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.domain import local_time
from coaching.domain.engine.attention import takes_attention
from coaching.domain.engine.said import DAY_TAKEN, RuleSaid
from coaching.domain.engine.state import ClientState, LetterFacts
from coaching.usecases.moves.decisions import Verdict
from coaching.usecases.moves.messages import Said, give_back

Letters = Sequence[tuple[LetterFacts, ClientState]]


def take_attention(session: Session, letters: Letters, *, now: datetime) -> set[UUID]:
    """Take today's local date for each of these letters; return those whose client has just spent it.

    A letter that holds another date gives that one back. Asking again changes nothing.
    """
    counting = [(letter, state) for letter, state in letters if takes_attention(letter)]
    todays = {letter.id: local_time.local(now, state.time_zone).date() for letter, state in counting}
    moving = [letter.id for letter, _ in counting if letter.slot_on not in (None, todays[letter.id])]
    give_back(session, moving)
    # In the order of ids, like everybody who takes dates without holding the clients.
    rows = sorted(
        (
            _row(letter, state, todays, now)
            for letter, state in counting
            if letter.slot_on != todays[letter.id]
        ),
        key=lambda row: row["client_id"],
    )
    if not rows:
        return set()
    taken = set(
        session.scalars(
            insert(tables.AttentionSlot)
            .values(rows)
            .on_conflict_do_nothing()
            .returning(tables.AttentionSlot.message_id)
        )
    )
    return {letter.id for letter, _ in counting if letter.slot_on != todays[letter.id]} - taken


def spend_attention(session: Session, letters: Letters, *, now: datetime) -> list[tuple[UUID, Verdict]]:
    """Take today's date for letters that are to go; return what is to be done with those that can't."""
    spent = take_attention(session, letters, now=now)
    return [(letter.id, _tomorrow(state, now)) for letter, state in letters if letter.id in spent]


def _tomorrow(state: ClientState, now: datetime) -> Verdict:
    on = local_time.local(now, state.time_zone).date() + timedelta(days=1)
    until = local_time.next_window_on(on, state.time_zone, state.hours)
    said = RuleSaid("budget", DAY_TAKEN, "wait", until, "day", (on.isoformat(),))
    return Verdict("wait", Said(DAY_TAKEN, (said.code,)), until)


def _row(
    letter: LetterFacts, state: ClientState, todays: Mapping[UUID, date], now: datetime
) -> dict[str, Any]:
    return {
        "client_id": state.client_id,
        "local_date": todays[letter.id],
        "message_id": letter.id,
        "taken_at": now,
    }
