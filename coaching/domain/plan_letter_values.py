"""What the letters of a plan need to be written: about steps, people, events, and the plan as a whole.

`reason` says why a step is asked for; `why`, in the footer, why the letter came.
"""

from dataclasses import dataclass

from coaching.domain.letter_values import ClientValues


@dataclass(frozen=True, kw_only=True)
class StepValues(ClientValues):
    """One milestone that is open. `day` is when it is due, `how` what doing it takes.

    `act` and `first` are named by what it asks for: a decision isn't started, nor done. `answer_url`, for
    where it rides in another letter, leads to all that can be said about it.
    """

    why: str = "You get this because this step is in your plan."
    step: str
    how: str
    day: str
    reason: str
    act_label: str
    act_url: str
    first_label: str
    first_url: str
    postpone_url: str
    not_useful_url: str
    answer_url: str


@dataclass(frozen=True, kw_only=True)
class ReachedValues(ClientValues):
    """One milestone that was reached, and what comes after it."""

    why: str = "You get this because you reached a step of your plan."
    step: str
    next_step: str
    report_url: str


@dataclass(frozen=True, kw_only=True)
class DecisionValues(ClientValues):
    """The day of a decision, prepared by the report; `talk` offers one with the coach before."""

    why: str = "You get this because this day is in your plan."
    step: str
    day: str
    reason: str
    talk: str
    decide_url: str
    postpone_url: str
    report_url: str


@dataclass(frozen=True, kw_only=True)
class CheckInValues(ClientValues):
    """A talk with the coach; answering the letter is how to arrange it."""

    why: str = "You get this because your plan has a talk about now."
    talk: str
    reason: str
    met_url: str
    not_useful_url: str
    answer_url: str


@dataclass(frozen=True, kw_only=True)
class TieValues(ClientValues):
    """One person or group. `spoke`: when there was contact last; `noted`: what to talk about next time."""

    person: str
    spoke: str
    noted: str
    ask: str
    reason: str
    met_url: str
    later_url: str
    not_useful_url: str
    answer_url: str


@dataclass(frozen=True, kw_only=True)
class MentorValues(TieValues):
    """One mentor."""

    why: str = "You get this because a mentor is part of your plan."


@dataclass(frozen=True, kw_only=True)
class KeepInTouchValues(TieValues):
    """One peer, leader or group."""

    why: str = "You get this because your plan has people to keep in touch with."


@dataclass(frozen=True, kw_only=True)
class EventValues(ClientValues):
    """What every letter about an event needs."""

    why: str = "You get this because this event is in your plan."
    day: str


@dataclass(frozen=True, kw_only=True)
class RegisterValues(EventValues):
    """An event to sign up for."""

    event: str
    reason: str
    registered_url: str
    not_useful_url: str
    answer_url: str


@dataclass(frozen=True, kw_only=True)
class EveValues(EventValues):
    """An event that is near: `coming` says which and how near, `tip` what to bring. It asks for nothing."""

    coming: str
    tip: str
    not_useful_url: str


@dataclass(frozen=True, kw_only=True)
class AfterValues(EventValues):
    """An event that has been."""

    event: str
    reason: str
    met_url: str
    not_useful_url: str
    answer_url: str


@dataclass(frozen=True, kw_only=True)
class PlanValues(ClientValues):
    """How it stands with the plan; the report's page shows it."""

    why: str = "You get this because you have a plan with us."
    next_step: str
    report_url: str


@dataclass(frozen=True, kw_only=True)
class StillUsefulValues(ClientValues):
    """The one question to somebody who stopped answering."""

    why: str = "You get this because our last letters went unanswered."
    useful_url: str


@dataclass(frozen=True, kw_only=True)
class FarewellValues(ClientValues):
    """The end of a plan: `reached` looks back, `intake_url` is one way to come back."""

    why: str = "You get this because your plan is completed."
    reached: str
    intake_url: str


@dataclass(frozen=True, kw_only=True)
class WeekValues(ClientValues):
    """The client's week, or longer: one step with its button and three quiet links, each with its label."""

    period: str
    opening: str
    step: str
    how: str
    reason: str
    act_label: str
    act_url: str
    first_label: str
    first_url: str
    second_label: str
    second_url: str
    third_label: str
    third_url: str


@dataclass(frozen=True, kw_only=True)
class TouchesValues(ClientValues):
    """What the plan has beside the one step: whom to write to, or whom and what to look for."""

    why: str = "You get this because your plan has people to keep in touch with."
    touches: str
    people: str
    reason: str
    answer_label: str
    answer_url: str
