"""Writes a client's week: its one step, whom to write to, and what rides in it."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from coaching.adapters import tables
from coaching.adapters.rendering import Carried
from coaching.domain import plan_phrases as say
from coaching.domain.letters import TOUCHES
from coaching.domain.links import Purpose
from coaching.domain.plan_letter_values import TouchesValues, WeekValues
from coaching.domain.plan_words import OPEN_MILESTONES
from coaching.usecases.compose import QUESTIONNAIRE
from coaching.usecases.compose_plan import Desk, how_of, plan_letter_values, reason_of

# Who was written to this recently is not proposed again.
_JUST_IN_TOUCH_DAYS = 7
_ABOUT_A_STEP = ("milestone-ahead", "milestone-overdue", "find-a-mentor")
_RHYTHMS = {
    "weekly": "one letter a week",
    "fortnightly": "one letter every two weeks",
    "monthly": "one letter a month",
}
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Week:
    """A week as it is written: its own values, and the sections that it carries, in their order."""

    values: WeekValues
    carried: tuple[Carried, ...]


def compose_week(desk: Desk) -> Week:
    """Return the client's week. Raises LookupError where there is nothing that it could ask for."""
    step, ties = _step_of(desk), _ties_of(desk)
    if step is not None:
        beside: list[Carried] = [(TOUCHES, _touches(desk, ties))] if ties else []
        return Week(_with_step(desk, step), (*beside, *_riding(desk, step)))
    values = _with_people(desk, ties) if ties else _quiet(desk)
    return Week(values, tuple(_riding(desk, None)))


def _step_of(desk: Desk) -> tables.Milestone | None:
    """Return the week's step while it is still to be done: it may have been reached since it was planned."""
    try:
        milestone = desk.milestone()
    except LookupError:
        return None
    return milestone if milestone.state in OPEN_MILESTONES else None


def _ties_of(desk: Desk) -> list[tables.Relationship]:
    letter, known = desk.letter, desk.matter.relationships
    rows = [known[one] for one in letter.touches if one in known]
    return [
        row
        for row in rows
        if row.client_id == letter.client_id
        and row.state == "active"
        and (row.last_contact_on is None or (letter.today - row.last_contact_on).days >= _JUST_IN_TOUCH_DAYS)
    ]


def _riding(desk: Desk, step: tables.Milestone | None) -> Iterator[Carried]:
    """Yield what rides in the week, each with links of its own; the week's own step isn't said twice."""
    for letter in desk.matter.riding.get(desk.letter.message_id, ()):
        if step is not None and letter.template in _ABOUT_A_STEP and letter.is_about(step.id):
            continue
        section = replace(desk, letter=letter, to=replace(desk.to, message_id=letter.message_id))
        try:
            yield letter.template, plan_letter_values(section)
        except LookupError:
            _log.warning("section left out", extra={"message_id": str(letter.message_id)})


def _with_step(desk: Desk, step: tables.Milestone) -> WeekValues:
    decides = step.decides
    return _week(
        desk,
        opening="One step is enough for this week:",
        step=say.title_of(step.title),
        how=f"{how_of(step)} {say.its_day(step.due_on, today=desk.letter.today)}",
        reason=reason_of(step),
        act=("Say what I chose", desk.to.act(Purpose.DECIDE))
        if decides
        else ("It's done", desk.to.act(Purpose.DONE)),
        first=("Move it", desk.to.act(Purpose.POSTPONE)),
        second=("Not useful", desk.to.act(Purpose.NOT_USEFUL)),
    )


def _with_people(desk: Desk, ties: Sequence[tables.Relationship]) -> WeekValues:
    told = _touches(desk, ties)
    return _week(
        desk,
        opening="A small sign is enough for this week:",
        step=told.touches,
        how=told.people,
        reason=told.reason,
        act=("We were in touch", told.met_url),
        first=("Remind me later", desk.to.act(Purpose.LATER)),
        second=("Not useful", desk.to.act(Purpose.NOT_USEFUL)),
    )


def _quiet(desk: Desk) -> WeekValues:
    plan = desk.matter.running.get(desk.letter.client_id)
    if plan is None:
        raise LookupError("the plan that it is about is not there")
    return _week(
        desk,
        opening="Nothing new is asked of you this week.",
        step="What is under way is enough",
        how="Your report is there whenever you want to look something up.",
        reason="Why: No step of your plan has its day just now.",
        act=("Open my report", desk.report_url(plan.id)),
        first=("Fill in the questionnaire again", f"{desk.to.public_url}/intake/{QUESTIONNAIRE}"),
        second=("Stop these letters", desk.to.unsubscribe),
    )


def _touches(desk: Desk, ties: Sequence[tables.Relationship]) -> TouchesValues:
    named = [(say.name_of(row.name, row.kind), row.last_contact_on) for row in ties]
    return TouchesValues(
        **desk.shared,
        touches=say.touches([row.kind for row in ties]),
        people=say.people(named, today=desk.letter.today),
        reason=say.because(desk.cadence_text("network"), "Small signs keep ties alive."),
        met_url=desk.to.act(Purpose.MET),
    )


def _week(
    desk: Desk,
    *,
    act: tuple[str, str],
    first: tuple[str, str],
    second: tuple[str, str],
    **said: str,
) -> WeekValues:
    return WeekValues(
        **desk.shared,
        **said,
        why=f"You get this because you chose {_RHYTHMS[desk.letter.rhythm]}.",
        act_label=act[0],
        act_url=act[1],
        first_label=first[0],
        first_url=first[1],
        second_label=second[0],
        second_url=second[1],
    )
