"""Writes the values of the letters of a plan, each from what the batch has loaded; nothing is asked again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from coaching.adapters import tables
from coaching.domain import plan_phrases as say
from coaching.domain.letter_values import ClientValues
from coaching.domain.links import Purpose
from coaching.domain.plan_letter_values import (
    AfterValues,
    CheckInValues,
    DecisionValues,
    EveValues,
    FarewellValues,
    KeepInTouchValues,
    MentorValues,
    PlanValues,
    ReachedValues,
    RegisterValues,
    StepValues,
    StillUsefulValues,
    TieValues,
)
from coaching.domain.plan_words import FIND_A_MENTOR
from coaching.usecases.compose import QUESTIONNAIRE, Links, Reader, shared_values
from coaching.usecases.plan_matter import Matter, PlanLetter

Row = TypeVar("Row", tables.Milestone, tables.Relationship, tables.Plan)
Tie = TypeVar("Tie", bound=TieValues)
# What can be pressed: its label, and where it leads.
Link = tuple[str, str]


@dataclass(frozen=True)
class Desk:
    """What is at hand for one letter. `firm_name` signs where there is no coach.

    `above`: the step that the letter which it rides in asks for, and so has said already.
    """

    letter: PlanLetter
    reader: Reader
    to: Links
    matter: Matter
    firm_name: str
    above: UUID | None = None

    @property
    def shared(self) -> dict[str, str]:
        """What every letter to a client says."""
        return shared_values(self.reader, self.to, self.firm_name)

    def milestone(self) -> tables.Milestone:
        """Return the milestone that the letter is about. Raises LookupError."""
        return self._of_the_client(self.matter.milestones, "milestone")

    def relationship(self) -> tables.Relationship:
        """Return the relationship that the letter is about. Raises LookupError."""
        return self._of_the_client(self.matter.relationships, "relationship")

    def plan(self) -> tables.Plan:
        """Return the plan that the letter is about. Raises LookupError."""
        return self._of_the_client(self.matter.plans, "plan")

    def cadence_why(self, kind: str) -> str | None:
        """Return why the plan that runs has this rhythm."""
        plan = self.matter.running.get(self.letter.client_id)
        return next(
            (one.get("why") for one in (plan.cadences if plan else ()) if one.get("kind") == kind), None
        )

    def report_url(self, plan_id: UUID | None) -> str:
        """Return the address that shows the report of a plan. Raises LookupError."""
        plan = self.matter.plans.get(plan_id) if plan_id else None
        if plan is None:
            raise LookupError("the plan that it is about is not there")
        try:
            token = self.matter.tokens[plan.submission_id]
        except KeyError:
            raise LookupError("the report that it opens has no link") from None
        return f"{self.to.public_url}/report/{token}"

    def look_up(self, plan_id: UUID | None) -> Link:
        """Return a link to where a plan is looked up; to the questionnaire, if that has no link any more."""
        try:
            return "Open my report", self.report_url(plan_id)
        except LookupError:
            return "Fill in the questionnaire again", self.intake_url

    @property
    def intake_url(self) -> str:
        """The address of the questionnaire."""
        return f"{self.to.public_url}/intake/{QUESTIONNAIRE}"

    def next_step(self, plan_id: UUID) -> str:
        """Return what comes next in a plan."""
        first = next(iter(self.matter.open_steps.get(plan_id, ())), None)
        if first is not None and first.id == self.above:
            return say.STANDS_ABOVE
        title, due_on = (first.title, first.due_on) if first else (None, None)
        return say.next_step(title, due_on, today=self.letter.today)

    def _of_the_client(self, among: Mapping[UUID, Row], key: str) -> Row:
        about = self.letter.detail.get(key)
        row = among.get(UUID(about)) if about else None
        if row is None or row.client_id != self.letter.client_id:
            raise LookupError(f"the {key} that it is about is not there")
        return row


def plan_letter_values(desk: Desk) -> ClientValues:
    """Return the values of one letter. Raises LookupError where what it is about is not there."""
    return WRITERS[desk.letter.template](desk)


def reason_of(milestone: tables.Milestone, coach_name: str | None) -> str:
    """Return why a step is in the plan."""
    return say.because(milestone.why, say.put_into_plan(coach_name))


def how_of(milestone: tables.Milestone) -> str:
    """Return what doing a step takes."""
    return say.sentence(milestone.detail, "Whatever brings you closer to it counts.")


def ways_on(desk: Desk, step: tables.Milestone) -> tuple[Link, Link]:
    """Return the button of a step and the quiet link beside it: a decision isn't started, but looked into."""
    if step.decides:
        return ("Say what I chose", desk.to.act(Purpose.DECIDE)), desk.look_up(step.plan_id)
    finds = step.kind == FIND_A_MENTOR
    return (
        ("I found someone" if finds else "It's done", desk.to.act(Purpose.DONE)),
        ("I've asked someone" if finds else "I've started", desk.to.act(Purpose.STARTED)),
    )


def _step(desk: Desk) -> StepValues:
    milestone = desk.milestone()
    act, first = ways_on(desk, milestone)
    talk = f" {say.talk_first(desk.reader.coach_name)}" if milestone.decides else ""
    return StepValues(
        **desk.shared,
        step=say.title_of(milestone.title),
        how=f"{how_of(milestone)}{talk}",
        day=say.day_in_words(milestone.due_on, today=desk.letter.today),
        reason=reason_of(milestone, desk.reader.coach_name),
        act_label=act[0],
        act_url=act[1],
        first_label=first[0],
        first_url=first[1],
        postpone_url=desk.to.act(Purpose.POSTPONE),
        not_useful_url=desk.to.act(Purpose.NOT_USEFUL),
        answer_url=desk.to.act(Purpose.ANSWER),
    )


def _reached(desk: Desk) -> ReachedValues:
    milestone = desk.milestone()
    return ReachedValues(
        **desk.shared,
        step=say.title_of(milestone.title),
        next_step=desk.next_step(milestone.plan_id),
        report_url=desk.report_url(milestone.plan_id),
    )


def _decision(desk: Desk) -> DecisionValues:
    milestone = desk.milestone()
    return DecisionValues(
        **desk.shared,
        step=say.title_of(milestone.title),
        day=say.day_in_words(milestone.due_on, today=desk.letter.today),
        reason=reason_of(milestone, desk.reader.coach_name),
        talk=say.talk_first(desk.reader.coach_name),
        decide_url=desk.to.act(Purpose.DECIDE),
        postpone_url=desk.to.act(Purpose.POSTPONE),
        report_url=desk.report_url(milestone.plan_id),
    )


def _check_in(desk: Desk) -> CheckInValues:
    desk.plan()
    return CheckInValues(
        **desk.shared,
        talk=say.talk_soon(desk.reader.coach_name),
        reason=say.because(desk.cadence_why("check_in"), "Your plan has a talk about now."),
        met_url=desk.to.act(Purpose.MET),
        not_useful_url=desk.to.act(Purpose.NOT_USEFUL),
        answer_url=desk.to.act(Purpose.ANSWER),
    )


def _tie(values: type[Tie]) -> Callable[[Desk], Tie]:
    def write(desk: Desk) -> Tie:
        row = desk.relationship()
        name = say.name_of(row.name, row.kind)
        return values(
            **desk.shared,
            person=name,
            spoke=say.spoke(name, row.kind, row.last_contact_on, today=desk.letter.today),
            noted=say.noted(row.last_note, row.kind),
            ask=say.ask(name, row.kind, int(desk.letter.detail.get("time", 1))),
            reason=say.in_touch(row.cadence_days),
            met_url=desk.to.act(Purpose.MET),
            later_url=desk.to.act(Purpose.LATER),
            not_useful_url=desk.to.act(Purpose.NOT_USEFUL),
            answer_url=desk.to.act(Purpose.ANSWER),
        )

    return write


def _event_reason(desk: Desk) -> str:
    return say.because(desk.cadence_why("event"), say.put_into_plan(desk.reader.coach_name))


def _register(desk: Desk) -> RegisterValues:
    event = desk.relationship()
    return RegisterValues(
        **desk.shared,
        event=say.upper_first(say.name_of(event.name, event.kind)),
        day=say.day_in_words(event.starts_on, today=desk.letter.today),
        reason=_event_reason(desk),
        registered_url=desk.to.act(Purpose.REGISTERED),
        not_useful_url=desk.to.act(Purpose.NOT_USEFUL),
        answer_url=desk.to.act(Purpose.ANSWER),
    )


def _eve(desk: Desk) -> EveValues:
    event, today = desk.relationship(), desk.letter.today
    return EveValues(
        **desk.shared,
        day=say.day_in_words(event.starts_on, today=today),
        coming=say.coming(say.name_of(event.name, event.kind), event.starts_on, today=today),
        tip=say.tip(event.last_note),
        not_useful_url=desk.to.act(Purpose.NOT_USEFUL),
    )


def _after(desk: Desk) -> AfterValues:
    event = desk.relationship()
    return AfterValues(
        **desk.shared,
        event=say.upper_first(say.name_of(event.name, event.kind)),
        day=say.day_in_words(event.starts_on, today=desk.letter.today),
        reason=_event_reason(desk),
        met_url=desk.to.act(Purpose.MET),
        not_useful_url=desk.to.act(Purpose.NOT_USEFUL),
        answer_url=desk.to.act(Purpose.ANSWER),
    )


def _plan(desk: Desk) -> PlanValues:
    plan = desk.plan()
    return PlanValues(**desk.shared, next_step=desk.next_step(plan.id), report_url=desk.report_url(plan.id))


def _still_useful(desk: Desk) -> StillUsefulValues:
    return StillUsefulValues(**desk.shared, useful_url=desk.to.act(Purpose.STILL_USEFUL))


def _farewell(desk: Desk) -> FarewellValues:
    return FarewellValues(
        **desk.shared,
        reached=say.looking_back(desk.matter.reached.get(desk.plan().id, 0)),
        intake_url=desk.intake_url,
    )


WRITERS: Mapping[str, Callable[[Desk], ClientValues]] = {
    "milestone-ahead": _step,
    "milestone-overdue": _step,
    "milestone-reached": _reached,
    "find-a-mentor": _step,
    "decision-day": _decision,
    "check-in": _check_in,
    "mentor-nudge": _tie(MentorValues),
    "keep-in-touch": _tie(KeepInTouchValues),
    "event-register": _register,
    "event-eve": _eve,
    "event-after": _after,
    "plan-approved": _plan,
    "plan-changed": _plan,
    "still-useful": _still_useful,
    "farewell": _farewell,
}
