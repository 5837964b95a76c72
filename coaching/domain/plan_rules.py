"""What a file of plan rules says, as coaches write it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from coaching.domain.instruments import Band
from coaching.domain.scoring import ProfileName

Service = Literal["coaching", "skills", "search"]
CadenceKind = Literal["check_in", "mentor", "network", "event"]
AHEAD_DAYS = (3, 7, 14)
_SOON, _MIDDLING = 14, 45  # days


def days_ahead(due_in_days: int) -> int:
    """How many days before its day the reminder of a milestone comes, where nobody said."""
    soon, middling, far = AHEAD_DAYS
    if due_in_days <= _SOON:
        return soon
    return middling if due_in_days <= _MIDDLING else far


@dataclass(frozen=True)
class MilestoneRule:
    """A milestone for one dimension in one band; outside_focus: also when the dimension is no focus.

    decides: it is the choice to stay, shift or leave. next: the kind that being reached opens.
    """

    kind: str
    dimension: str
    band: Band
    title: str
    detail: str
    due_in_days: int
    service: tuple[Service, ...]
    outside_focus: bool = False
    ahead_days: int | None = None
    decides: bool = False
    next: str | None = None

    @property
    def reminded_days_ahead(self) -> int:
        """So many days before its day its reminder comes: as it says, else by how far off its day is."""
        if self.ahead_days is not None:
            return self.ahead_days
        return days_ahead(self.due_in_days)


@dataclass(frozen=True)
class CadenceRule:
    """How often a client of one profile meets, writes or goes out. See DraftCadence for the fields."""

    kind: CadenceKind
    text: str
    every_days: int | None
    times: int | None
    then_every_days: int | None
    first_by_days: int | None
    count: int = 1
    optional: bool = False


@dataclass(frozen=True)
class WhyWords:
    """The sentences that explain a line of the plan, with {placeholders}; importance by its number 1 to 5.

    focus and outside_focus explain milestones by score, mentor one that only the rhythm asks for, opened one
    that follows another, mentor_again one that is open again; the rest explain cadences: by profile, between
    two, without one.
    """

    focus: str
    outside_focus: str
    mentor: str
    opened: str
    importance: Mapping[int, str]
    profile: str
    borderline: str
    no_profile: str
    mentor_again: str = "Your last mentor has left your circle, so finding one is a step again."


@dataclass(frozen=True)
class PlanRules:
    """What `content/plans/<instrument>.yaml` says; unsure_row serves a borderline profile, or none."""

    name: str
    version: int
    focus_count: int
    default_importance: int
    unsure_row: ProfileName
    why: WhyWords
    milestones: tuple[MilestoneRule, ...]
    cadences: Mapping[ProfileName, tuple[CadenceRule, ...]]

    def milestone(self, kind: str) -> MilestoneRule | None:
        """The rule for milestones of this kind, if there is one."""
        return next((rule for rule in self.milestones if rule.kind == kind), None)
