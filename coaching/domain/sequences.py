"""What a sequence is: letters in order, with what lets a client in, what leads through, and what ends it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import time
from functools import cached_property
from typing import Any

from coaching.domain.audiences import Filter

ENROLLMENT_STATES = ("active", "held_out", "ended")
# In the order in which they are looked at: the first that holds is the reason.
EXITS = (
    "unsubscribed",
    "goal",
    "contact_request",
    "replied",
    "plan_completed",
    "paused",
    "outranked",
)
# 'completed': the last letter has gone. 'withdrawn': a person ended it.
END_REASONS = (*EXITS, "completed", "withdrawn")
REENTRIES = ("never", "yearly", "each_time")
# Of the lives of clients, what a sequence may wait for or have as its goal.
AWAITED = (
    "milestone_started",
    "milestone_reached",
    "contact_made",
    "relationship_added",
    "contact_requested",
    "client_replied",
    "client_acted",
    "plan_approved",
)


@dataclass(frozen=True)
class Delay:
    """So long after the step before; one of the two is 0. Working days are Monday to Friday."""

    days: int = 0
    working_days: int = 0


@dataclass(frozen=True)
class Awaited:
    """A fact of the client's life; `dimension`: only one about a milestone of that dimension."""

    event: str
    dimension: str | None = None


@dataclass(frozen=True)
class Step:
    """One letter. `at`: on the client's wall clock. Without `when` it goes to all who come this far."""

    key: str
    letter: str
    after: Delay
    at: time
    when: Filter | None = None


@dataclass(frozen=True)
class WaitFor:
    """What comes next counts from that fact, or from when `days` have passed without it."""

    fact: Awaited
    days: int


@dataclass(frozen=True)
class Way:
    """One way of a branch; the last may have no `when` and takes everybody else."""

    when: Filter | None
    steps: "tuple[Part, ...]"


@dataclass(frozen=True)
class Branch:
    """The first way whose `when` holds is taken; none: the client goes on behind the branch."""

    ways: tuple[Way, ...]


Part = Step | WaitFor | Branch


@dataclass(frozen=True)
class Trigger:
    """A fact of one of these kinds lets in whom `when` holds for."""

    events: tuple[str, ...]
    when: Filter | None = None


@dataclass(frozen=True)
class Goal:
    """What the sequence is for: any of these facts within so many days of the start."""

    facts: tuple[Awaited, ...]
    within_days: int


@dataclass(frozen=True)
class Sequence:
    """One version of a sequence; `document` is what it was read from, as plain JSON values.

    `rank`: 1 to 9, lower goes first. `hold_out`: so many of a hundred are left alone. `dimension`: the one
    that it is about, if one.
    """

    name: str
    version: int
    title: str
    about: str
    why: str
    rank: int
    trigger: Trigger
    reentry: str
    exits: tuple[str, ...]
    goal: Goal | None
    hold_out: int
    dimension: str | None
    parts: tuple[Part, ...]
    document: Mapping[str, Any]

    @cached_property
    def step_keys(self) -> tuple[str, ...]:
        """The keys of all letters, in the order of the file."""
        return tuple(step.key for step in self.steps())

    def steps(self) -> Iterator[Step]:
        """Yield every letter of every way, in the order of the file."""
        yield from _steps(self.parts)


def _steps(parts: tuple[Part, ...]) -> Iterator[Step]:
    for part in parts:
        if isinstance(part, Step):
            yield part
        elif isinstance(part, Branch):
            for way in part.ways:
                yield from _steps(way.steps)
