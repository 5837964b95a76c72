"""Brings what is planned in line with what is wanted. Run twice, the second time finds nothing to do."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from coaching.domain.engine.said import NOT_CALLED_FOR
from coaching.domain.engine.state import LetterFacts, Slot

UNCALLED_FOR = NOT_CALLED_FOR
# Letters that no rule of a plan opened: whoever wrote them calls them off.
_OF_OTHERS = ("campaign:",)


@dataclass(frozen=True)
class Changes:
    """New slots, planned letters that move, and planned letters that are called off with a reason."""

    inserts: tuple[Slot, ...] = ()
    moves: tuple[tuple[UUID, Slot], ...] = ()
    cancels: tuple[tuple[UUID, str], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.inserts or self.moves or self.cancels)


def reconcile(wanted: Iterable[Slot], letters: Iterable[LetterFacts], now: datetime) -> Changes:
    """Compare slots with the letters that exist. Only letters that nobody has begun to send are touched.

    A slot whose time is over opens no letter: older letters may be out of sight, and none is repeated. A
    planned letter whose time is over isn't called off either: its next look says so.
    """
    slots = {slot.key: slot for slot in wanted}
    living = {letter.slot_key: letter for letter in letters if letter.state != "cancelled"}
    waiting = {letter.id for letter in living.values() if letter.state == "planned"}
    return Changes(
        inserts=tuple(slot for key, slot in slots.items() if key not in living and slot.expires_at > now),
        moves=tuple(
            (living[key].id, slot)
            for key, slot in slots.items()
            if key in living and _moved(living[key], slot)
        ),
        cancels=tuple(
            (letter.id, UNCALLED_FOR)
            for key, letter in living.items()
            if key not in slots
            and letter.expires_at > now
            and (letter.id in waiting or letter.merged_into in waiting)
            and not letter.slot_key.startswith(_OF_OTHERS)
        ),
    )


def _moved(letter: LetterFacts, slot: Slot) -> bool:
    return letter.state == "planned" and (letter.due_at, letter.intent) != (slot.due_at, slot.intent)
