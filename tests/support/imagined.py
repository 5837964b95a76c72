"""A client's life without a database: what a rehearsal runs, with what tests ask of it."""

from dataclasses import dataclass
from datetime import datetime

from coaching.domain.engine.happenings import Happening
from coaching.domain.engine.state import ClientState, LetterFacts
from coaching.domain.rehearsal.life import Life


@dataclass(frozen=True)
class Went:
    """A letter that went, when, and what rode in it."""

    at: datetime
    letter: LetterFacts
    riders: tuple[LetterFacts, ...] = ()


class Imagined(Life):
    """One client, a clock, and the letters that went."""

    def __init__(self, state: ClientState, now: datetime) -> None:
        super().__init__(state, now)
        self.begin()

    def happens(self, happening: Happening) -> None:
        """Let something happen now, and plan anew."""
        self.happen([happening])

    @property
    def went(self) -> list[Went]:
        """The letters that went, in order."""
        return [Went(look.at, look.letter, look.riders) for look in self.looks if look.outcome == "send"]

    @property
    def ended(self) -> list[tuple[datetime, LetterFacts, str]]:
        """The letters that were left out or came too late, when, and why."""
        return [
            (look.at, look.letter, look.reason) for look in self.looks if look.outcome in {"skip", "expire"}
        ]
