"""Brings what is planned in line with what is wanted. Run twice, the second time finds nothing to do."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from coaching.domain.engine.state import LetterFacts, Slot


@dataclass(frozen=True)
class Changes:
    """New slots, planned letters that move, and planned letters that are called off with a reason."""

    inserts: tuple[Slot, ...] = ()
    moves: tuple[tuple[UUID, Slot], ...] = ()
    cancels: tuple[tuple[UUID, str], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.inserts or self.moves or self.cancels)


def reconcile(wanted: Iterable[Slot], letters: Iterable[LetterFacts], now: datetime) -> Changes:
    """Compare slots with the letters that exist. Only letters still planned are moved or cancelled.

    A slot whose time is over opens no letter: older letters may be out of sight, and none is repeated.
    """
    slots = {slot.key: slot for slot in wanted}
    living = {letter.slot_key: letter for letter in letters if letter.state != "cancelled"}
    return Changes(
        inserts=tuple(slot for key, slot in slots.items() if key not in living and slot.expires_at > now),
        moves=tuple(
            (living[key].id, slot)
            for key, slot in slots.items()
            if key in living and _moved(living[key], slot)
        ),
        cancels=tuple(
            (letter.id, "What called for this letter no longer holds.")
            for key, letter in living.items()
            if letter.state == "planned" and key not in slots
        ),
    )


def _moved(letter: LetterFacts, slot: Slot) -> bool:
    return letter.state == "planned" and (letter.due_at, letter.intent) != (slot.due_at, slot.intent)
