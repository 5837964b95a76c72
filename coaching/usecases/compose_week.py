"""Writes a client's week: its one step, whom to write to, what rides in it, and something to read."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from coaching.adapters import tables
from coaching.adapters.rendering import Carried
from coaching.domain import library
from coaching.domain import plan_phrases as say
from coaching.domain.drip_letter_values import ReadingValues
from coaching.domain.letter_values import LetterValues
from coaching.domain.letters import READING, TOUCHES
from coaching.domain.library import Item
from coaching.domain.links import Purpose
from coaching.domain.plan_letter_values import TouchesValues, WeekValues
from coaching.domain.plan_words import OPEN_MILESTONES
from coaching.usecases.compose_plan import Desk, Link, how_of, plan_letter_values, reason_of, ways_on
from coaching.usecases.plan_matter import PlanLetter

# Who was written to this recently is not proposed again.
_JUST_IN_TOUCH_DAYS = 7
# What a section's one link is called.
ANSWER = "Say how it stands"
_ABOUT_A_STEP = ("milestone-ahead", "milestone-overdue", "find-a-mentor")
# What a section is called by, of its values; the one without such is that of a talk.
_NAMED_BY = ("step", "touches", "event", "person")
_TALK = "A time to talk"
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


def compose_week(desk: Desk, item: Item | None = None) -> Week:
    """Return the client's week, with an item of the library at its end.

    Raises LookupError where there is nothing that it could ask for.
    """
    week = _compose(desk)
    if item is None:
        return week
    return replace(week, carried=(*week.carried, (READING, _reading(desk, item))))


def _compose(desk: Desk) -> Week:
    head, ties = _head_of(desk), _ties_of(desk)
    if head is not None:
        step = head.milestone()
        values = _with_step(desk, head, step)
        return Week(values, tuple(_sparing(values, _beside(desk, ties, step))))
    beside = list(_beside(desk, None if ties else (), None))
    values = _with_people(desk, ties) if ties else _quiet(desk, alone=not beside)
    return Week(values, tuple(_sparing(values, beside)))


def _head_of(desk: Desk) -> Desk | None:
    """Return what asks for the week's one step: the week itself, else what rides in it and is about one."""
    about_steps = (_section(desk, one) for one in _riders(desk) if one.template in _ABOUT_A_STEP)
    return next((one for one in (desk, *about_steps) if _is_open(one)), None)


def _is_open(desk: Desk) -> bool:
    """Tell whether it is about a step still to be done: that may have been reached since it was planned."""
    try:
        return desk.milestone().state in OPEN_MILESTONES
    except LookupError:
        return False


def _riders(desk: Desk) -> Sequence[PlanLetter]:
    return desk.matter.riding.get(desk.letter.message_id, ())


def _section(desk: Desk, rider: PlanLetter, above: tables.Milestone | None = None) -> Desk:
    """Return what is at hand for what rides in the week: its links are signed for the letter that it was."""
    to = replace(desk.to, message_id=rider.message_id)
    return replace(desk, letter=rider, to=to, above=above.id if above else None)


def _ties_of(desk: Desk) -> list[tables.Relationship]:
    """Return whom to write to, without those whose own reminder rides here: nobody is named twice."""
    letter, known = desk.letter, desk.matter.relationships
    rows = [known[one] for one in letter.touches if one in known]
    riding = {one.detail.get("relationship") for one in _riders(desk)}
    return [
        row
        for row in rows
        if row.client_id == letter.client_id
        and str(row.id) not in riding
        and row.state == "active"
        and (row.last_contact_on is None or (letter.today - row.last_contact_on).days >= _JUST_IN_TOUCH_DAYS)
    ]


def _sparing(week: WeekValues, sections: Iterable[tuple[str, LetterValues]]) -> Iterator[Carried]:
    """Yield the sections; a reason that stands above already isn't spelled out again, but where it stands."""
    told = {week.reason: week.step}
    for name, values in sections:
        said = values.as_mapping()
        reason = said.get("reason")
        if reason in told:
            yield name, {**said, "reason": say.same_reason(told[reason])}
            continue
        if reason is not None:
            told[reason] = next((said[key] for key in _NAMED_BY if key in said), _TALK)
        yield name, values


def _beside(
    desk: Desk, ties: Sequence[tables.Relationship] | None, step: tables.Milestone | None
) -> Iterator[tuple[str, LetterValues]]:
    """Yield whom to write to, what rides, and what to look for; the week's own step isn't said twice.

    `ties` is None where they are named above.
    """
    if ties:
        yield TOUCHES, _touches(desk, ties)
    elif ties is not None and desk.letter.touch_goal and not _known(desk):
        yield TOUCHES, _wanted(desk, "network", *say.nobody_yet(desk.letter.touch_goal))
    for rider in _riders(desk):
        if step is not None and rider.template in _ABOUT_A_STEP and rider.is_about(step.id):
            continue
        try:
            yield rider.template, plan_letter_values(_section(desk, rider, step))
        except LookupError:
            _log.warning("section left out", extra={"message_id": str(rider.message_id)})
    if desk.letter.finds_event:
        yield TOUCHES, _wanted(desk, "event", *say.EVENT_WANTED)


def _with_step(desk: Desk, head: Desk, step: tables.Milestone) -> WeekValues:
    act, first = ways_on(head, step)
    talk = f" {say.talk_first(desk.reader.coach_name)}" if step.decides else ""
    return _week(
        desk,
        opening=f"One step is enough {say.for_now(desk.letter.rhythm)}:",
        step=say.title_of(step.title),
        how=f"{how_of(step)} {say.its_day(step.due_on, today=desk.letter.today)}{talk}",
        reason=reason_of(step, desk.reader.coach_name),
        act=act,
        quiet=(
            first,
            ("Move it", head.to.act(Purpose.POSTPONE)),
            ("Not useful", head.to.act(Purpose.NOT_USEFUL)),
        ),
    )


def _with_people(desk: Desk, ties: Sequence[tables.Relationship]) -> WeekValues:
    told = _touches(desk, ties)
    return _week(
        desk,
        opening=f"A quick hello is enough {say.for_now(desk.letter.rhythm)}:",
        step=told.touches,
        how=told.people,
        reason=told.reason,
        act=("We were in touch", desk.to.act(Purpose.MET)),
        quiet=(
            ("Remind me later", desk.to.act(Purpose.LATER)),
            ("Not useful", desk.to.act(Purpose.REST)),
            desk.look_up(_running(desk)),
        ),
    )


def _quiet(desk: Desk, *, alone: bool) -> WeekValues:
    now = say.by_now(desk.letter.rhythm)
    return _week(
        desk,
        opening=f"Nothing new is asked of you {now}." if alone else f"Your plan asks for no new step {now}.",
        step="What is under way is enough" if alone else "What stands below is enough",
        how="Your report is there whenever you want to look something up.",
        reason="Why: No step of your plan has its day just now.",
        act=("Open my report", desk.report_url(_running(desk))),
        quiet=(
            ("Fill in the questionnaire again", desk.intake_url),
            ("Visit our site", f"{desk.to.public_url}/"),
            ("Stop these letters", desk.to.unsubscribe),
        ),
    )


def _touches(desk: Desk, ties: Sequence[tables.Relationship]) -> TouchesValues:
    named = [(say.name_of(row.name, row.kind), row.last_contact_on) for row in ties]
    goal, known = desk.letter.touch_goal, _known(desk)
    more = f" {say.room_for_more(goal)}" if known < goal else ""
    return TouchesValues(
        **desk.shared,
        touches=say.touches([row.kind for row in ties], rhythm=desk.letter.rhythm),
        people=f"{say.people(named, today=desk.letter.today)}{more}",
        reason=say.because(desk.cadence_why("network"), say.KEEPS_CLOSE),
        answer_label=ANSWER,
        answer_url=desk.to.act(Purpose.ANSWER),
    )


def _reading(desk: Desk, item: Item) -> ReadingValues:
    return ReadingValues(
        **desk.shared,
        reading=library.reading(item),
        reading_label=item.title,
        reading_url=item.address,
    )


def _wanted(desk: Desk, cadence: str, what: str, how: str) -> TouchesValues:
    """Return what the plan has, and nobody or nothing to do it with yet: there is nothing to answer to."""
    label, url = desk.look_up(_running(desk))
    return TouchesValues(
        **desk.shared,
        touches=what,
        people=how,
        reason=say.because(desk.cadence_why(cadence), "It is part of your plan."),
        answer_label=label,
        answer_url=url,
    )


def _known(desk: Desk) -> int:
    return desk.matter.people.get(desk.letter.client_id, 0)


def _running(desk: Desk) -> UUID | None:
    plan = desk.matter.running.get(desk.letter.client_id)
    return plan.id if plan else None


def _week(desk: Desk, *, act: Link, quiet: tuple[Link, Link, Link], **said: str) -> WeekValues:
    first, second, third = quiet
    return WeekValues(
        **desk.shared,
        **said,
        why=f"You get this because your plan has {_RHYTHMS[desk.letter.rhythm]}.",
        period=say.period(desk.letter.rhythm),
        act_label=act[0],
        act_url=act[1],
        first_label=first[0],
        first_url=first[1],
        second_label=second[0],
        second_url=second[1],
        third_label=third[0],
        third_url=third[1],
    )
