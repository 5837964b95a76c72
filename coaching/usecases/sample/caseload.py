"""Who the made-up clients are, as content/sample/ says, and how each would have filled in the form."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from coaching.adapters.yaml_files import YamlFile
from coaching.domain.instruments import Instrument
from coaching.usecases.submit import NewSubmission

INSTRUMENT = "job-career"
TEXT_VERSION = "2026-11"
_DOMAIN = "example.test"
_SWING_MINUTES = 600


@dataclass(frozen=True)
class SampleCoach:
    """A coach; `key` is what clients name them by."""

    key: str
    name: str
    mail: str
    zone: str
    admin: bool

    @property
    def email(self) -> str:
        """An address that no letter can reach."""
        return f"{self.mail}@{_DOMAIN}"


@dataclass(frozen=True)
class Tie:
    """One relationship; `every` is its cadence, `since` and `met` are days before now."""

    kind: Literal["mentor", "peer", "leader", "group", "event"]
    name: str
    since: int
    every: int | None = None
    met: int | None = None
    note: str | None = None
    state: Literal["active", "quiet"] = "active"


@dataclass(frozen=True)
class Again:
    """A second form under the same address; `answered`: hours until the owner said whether it was theirs."""

    levels: tuple[int, ...]
    days: int | None = None
    minutes: int | None = None
    mine: bool | None = None
    answered: float | None = None


@dataclass(frozen=True)
class Person:
    """One client and what became of them; content/sample/ explains the fields."""

    name: str
    mail: str
    zone: str
    levels: tuple[int, ...]
    days: int | None = None
    minutes: int | None = None
    stage: str | None = None
    rhythm: Literal["weekly", "fortnightly", "monthly"] = "weekly"
    coach: str | None = None
    tags: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    importance: Mapping[str, int] | None = None
    question: str | None = None
    letters: bool = True
    firm: bool = False
    bounced: bool = False
    opened: float | None = None
    approved: int | None = None
    reached: int = 0
    started: int = 0
    dropped: int = 0
    done: bool = False
    unsubscribed: int | None = None
    again: Again | None = None
    ties: tuple[Tie, ...] = ()

    @property
    def email(self) -> str:
        """An address that no letter can reach."""
        return f"{self.mail}@{_DOMAIN}"

    @property
    def fresh(self) -> bool:
        """Whether nothing has followed from their form yet."""
        return self.minutes is not None


@dataclass(frozen=True)
class Caseload:
    """Everybody."""

    coaches: tuple[SampleCoach, ...]
    people: tuple[Person, ...]


@dataclass(frozen=True)
class _Coaches:
    coaches: tuple[SampleCoach, ...]


@dataclass(frozen=True)
class _People:
    people: tuple[Person, ...]


def read_caseload(folder: Path) -> Caseload:
    """Read content/sample/. Raises ContentError."""
    coaches = YamlFile(folder / "coaches.yaml").read_as(_Coaches).coaches
    files = (YamlFile(folder / name).read_as(_People) for name in ("underway.yaml", "arriving.yaml"))
    return Caseload(coaches, tuple(person for file in files for person in file.people))


def moment_of(one: Person | Again, mail: str, now: datetime) -> datetime:
    """Return when the form came in: not every day's forms at the same hour, but always the same for one."""
    if one.minutes is not None:
        return now - timedelta(minutes=one.minutes)
    assert one.days is not None
    return now - timedelta(days=one.days, minutes=_dice(mail, "moment", _SWING_MINUTES))


def filled_in(person: Person, instrument: Instrument, *, again: bool = False) -> NewSubmission:
    """Return the form as this person sends it, the second one with the second one's answers."""
    levels = person.again.levels if again and person.again else person.levels
    firm = person.firm and not again
    return NewSubmission(
        instrument=INSTRUMENT,
        email=person.email,
        name=person.name,
        time_zone=person.zone,
        stage=person.stage,
        rhythm=person.rhythm,
        answers=_answers(instrument, levels, () if again else person.skipped, person.mail),
        importance=person.importance or {},
        timing_pages=tuple(float(35 + _dice(person.mail, n, 50)) for n in instrument.page_numbers),
        question=None if again else person.question,
        consent_profiling=True,
        consent_email=person.letters,
        consent_text_version=TEXT_VERSION,
        source="firm-list" if firm else "intake-form",
        trust="firm" if firm else "public",
        confirmed=firm,
    )


def _answers(
    instrument: Instrument, levels: tuple[int, ...], skipped: tuple[str, ...], mail: str
) -> dict[str, int | None]:
    """Return answers that lie around each dimension's level, as a person's do."""
    low, high = instrument.scale.minimum, instrument.scale.maximum
    level_of = {one.key: level for one, level in zip(instrument.dimensions, levels, strict=True)}
    answers: dict[str, int | None] = {check.id: check.expect for check in instrument.checks}
    for item in instrument.items:
        towards_career = (
            low + (high - low) * level_of[item.dimension] / 100 + (_dice(mail, item.id, 11) - 5) / 10
        )
        kept = min(high, max(low, round(towards_career)))
        answers[item.id] = kept if item.key == 1 else low + high - kept
    return answers | dict.fromkeys(skipped)


def _dice(mail: str, what: object, sides: int) -> int:
    """Return a number below `sides` that is always the same for the same two words."""
    return zlib.crc32(f"{mail}:{what}".encode()) % sides
