"""Which letters exist, and until when each makes sense.

The words stand in templates/email/<name>/, what they need in letter_values.py and its like; tests hold this
registry and those folders together.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from functools import cached_property
from types import MappingProxyType
from typing import Any, Literal

from coaching.domain import coach_letter_values as coach_values
from coaching.domain import drip_letter_values as drip_values
from coaching.domain import letter_samples as samples
from coaching.domain import letter_values as values
from coaching.domain import plan_letter_values as plan_values
from coaching.domain.drip_letters import DRIP_LETTERS
from coaching.domain.letter_values import LetterValues

Family = Literal["drip", "mentoring", "networking", "milestone", "campaign", "transactional"]
PROBE = "probe"
WEEK = "week"
# It rides in a week and never goes alone: whom to write to, beside the week's one step.
TOUCHES = "touches"
# It rides in a week and never goes alone: one item of the library.
READING = "reading"
# A coach's morning list, and what rides in it: the head of a list with its first line, and another line.
DIGEST = "coach-digest"
DIGEST_LIST = "coach-digest-list"
DIGEST_LINE = "coach-digest-line"


class LetterError(Exception):
    """A letter can't be written as asked; the text names the letter and what is wrong."""


@dataclass(frozen=True)
class LetterTemplate:
    """One letter: its folder, family and values, and how long after its due time it may still go.

    `reader`: a letter to the firm asks for nothing; nobody unsubscribes from one to the firm or a coach.
    `mergeable`: it has a section beside its full body, and may ride in another letter.
    `hosts`: it carries the sections of others.
    `body`: 'shared' is one content with tags for up to a thousand people; 'own' is written for each client.
    """

    name: str
    family: Family
    variables: type[LetterValues]
    expires_after: timedelta
    sample: LetterValues
    reader: Literal["client", "coach", "firm"] = "client"
    mergeable: bool = False
    hosts: bool = False
    body: Literal["shared", "own"] = "shared"

    def __post_init__(self) -> None:
        """Refuse what contradicts itself."""
        if self.hosts and (self.mergeable or self.body == "shared"):
            raise LetterError(f"letter {self.name!r}: a host has a body of its own and rides in no other")
        if self.reader != "client" and self.family != "transactional":
            raise LetterError(f"letter {self.name!r}: only transactional letters go to the {self.reader}")

    @cached_property
    def variable_names(self) -> tuple[str, ...]:
        """The names of the values this letter takes."""
        return tuple(field.name for field in fields(self.variables))


def _days(count: int) -> timedelta:
    return timedelta(days=count)


def _to_coach(name: str, variables: type[LetterValues], sample: LetterValues, **more: Any) -> LetterTemplate:
    hours = timedelta(hours=10)  # a list of the morning is stale in the evening
    return LetterTemplate(name, "transactional", variables, hours, sample, reader="coach", **more)


# Letters of a plan mostly end with their slot, which knows the day that they are about; the days here are the
# most that makes sense.
_ALL = (
    LetterTemplate("report", "transactional", values.ReportValues, _days(14), samples.REPORT),
    LetterTemplate("report-reminder", "transactional", values.ReportValues, _days(7), samples.REPORT),
    LetterTemplate(
        "report-known", "transactional", values.ReportKnownValues, _days(14), samples.REPORT_KNOWN
    ),
    LetterTemplate("was-this-you", "transactional", values.WasThisYouValues, _days(14), samples.WAS_THIS_YOU),
    LetterTemplate("look-again", "campaign", values.LookAgainValues, _days(3), samples.LOOK_AGAIN),
    LetterTemplate(PROBE, "transactional", values.ProbeValues, _days(1), samples.PROBE_LETTER, reader="firm"),
    LetterTemplate(
        WEEK, "milestone", plan_values.WeekValues, _days(4), samples.WEEK_LETTER, hosts=True, body="own"
    ),
    LetterTemplate(
        TOUCHES, "networking", plan_values.TouchesValues, _days(4), samples.TOUCHES_LETTER, mergeable=True
    ),
    LetterTemplate(
        "milestone-ahead", "milestone", plan_values.StepValues, _days(14), samples.STEP, mergeable=True
    ),
    LetterTemplate(
        "milestone-overdue", "milestone", plan_values.StepValues, _days(14), samples.OVERDUE, mergeable=True
    ),
    LetterTemplate(
        "milestone-reached", "milestone", plan_values.ReachedValues, _days(9), samples.REACHED, mergeable=True
    ),
    LetterTemplate(
        "find-a-mentor", "mentoring", plan_values.StepValues, _days(14), samples.FIND_A_MENTOR, mergeable=True
    ),
    LetterTemplate(
        "mentor-nudge", "mentoring", plan_values.MentorValues, _days(6), samples.MENTOR, mergeable=True
    ),
    LetterTemplate(
        "keep-in-touch", "networking", plan_values.KeepInTouchValues, _days(6), samples.PEER, mergeable=True
    ),
    LetterTemplate("decision-day", "milestone", plan_values.DecisionValues, _days(3), samples.DECISION),
    LetterTemplate(
        "check-in", "milestone", plan_values.CheckInValues, _days(5), samples.CHECK_IN, mergeable=True
    ),
    LetterTemplate(
        "event-register",
        "networking",
        plan_values.RegisterValues,
        _days(19),
        samples.REGISTER,
        mergeable=True,
    ),
    LetterTemplate("event-eve", "networking", plan_values.EveValues, _days(3), samples.EVE),
    LetterTemplate(
        "event-after", "networking", plan_values.AfterValues, _days(7), samples.AFTER, mergeable=True
    ),
    LetterTemplate("plan-approved", "milestone", plan_values.PlanValues, _days(7), samples.PLAN),
    LetterTemplate(
        "plan-changed", "milestone", plan_values.PlanValues, _days(7), samples.PLAN, mergeable=True
    ),
    LetterTemplate("still-useful", "milestone", plan_values.StillUsefulValues, _days(14), samples.USEFUL),
    LetterTemplate("farewell", "milestone", plan_values.FarewellValues, _days(7), samples.FAREWELL),
    LetterTemplate(READING, "drip", drip_values.ReadingValues, _days(4), samples.READING, mergeable=True),
    *(LetterTemplate(name, "drip", drip_values.DripValues, _days(45), samples.DRIP) for name in DRIP_LETTERS),
    _to_coach(DIGEST, coach_values.DigestValues, coach_values.DIGEST, hosts=True, body="own"),
    _to_coach(DIGEST_LIST, coach_values.DigestListValues, coach_values.DIGEST_LIST, mergeable=True),
    _to_coach(DIGEST_LINE, coach_values.DigestLineValues, coach_values.DIGEST_LINE, mergeable=True),
)
LETTERS: Mapping[str, LetterTemplate] = MappingProxyType({template.name: template for template in _ALL})


def letter(name: str, among: Mapping[str, LetterTemplate] = LETTERS) -> LetterTemplate:
    """Return a letter by name. Raises LetterError."""
    try:
        return among[name]
    except KeyError:
        raise LetterError(f"there is no letter {name!r}; there are: {', '.join(among)}") from None
