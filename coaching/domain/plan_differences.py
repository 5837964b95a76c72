"""What a newer score would change in a plan that runs: shown first, taken by a person, never by itself."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from coaching.domain.plan_phrases import day_in_words

DifferenceKind = Literal["add", "move", "drop", "cadence", "focus"]
Cadences = Sequence[Mapping[str, Any]]

_BEAT = ("every_days", "times", "then_every_days", "count", "optional")
_RHYTHM_OF = {
    "check_in": "Talks with a coach",
    "mentor": "Your mentor",
    "network": "People you know",
    "event": "Going out",
}


@dataclass(frozen=True)
class PlanMilestone:
    """A milestone as far as a newer score looks at it. `touched`: a person changed it.

    `opened`: reaching another one brought it, so that no draft would hold it.
    """

    kind: str
    title: str
    due_on: date
    state: str
    why: str
    touched: bool = False
    opened: bool = False


@dataclass(frozen=True)
class PlanContent:
    """What stands in a plan; cadences as `DraftCadence` has them, with `touched_at` where a person set one.

    `left_out`: kinds of cadence that a person took out. `focus`: dimensions in order of need.
    """

    milestones: tuple[PlanMilestone, ...]
    cadences: tuple[Mapping[str, Any], ...]
    left_out: frozenset[str] = frozenset()
    focus: tuple[str, ...] = ()


@dataclass(frozen=True)
class Difference:
    """One proposed change. `about` is the kind of milestone or cadence, `areas` for the focus.

    `due_on`: the milestone's new day, if any.
    """

    kind: DifferenceKind
    about: str
    words: str
    why: str
    due_on: date | None = None

    @property
    def id(self) -> str:
        """The name by which this change is taken; the same until the plan itself is changed."""
        return f"{self.kind}:{self.about}"


def differences(plan: PlanContent, draft: PlanContent, *, today: date) -> tuple[Difference, ...]:
    """What the draft, its days counted from today, would change in the plan: add, move, drop, cadence, focus.

    Nothing that a person touched, started, reached or dropped is moved, dropped or proposed again; what fell
    away with newer answers may come back with newer ones still. A day that is still ahead holds, since it was
    agreed on; one that has passed may move.
    """
    return (
        *_added(plan, draft, today),
        *_moved(plan, draft, today),
        *_dropped(plan, draft),
        *_cadences(plan, draft),
        *_focus(plan, draft),
    )


def is_left_to_rules(milestone: PlanMilestone) -> bool:
    """Tell whether nobody has done or changed anything here yet, so that rules may still propose."""
    return milestone.state == "active" and not milestone.touched


def _added(plan: PlanContent, draft: PlanContent, today: date) -> Iterator[Difference]:
    had = {one.kind for one in plan.milestones if one.touched or one.state != "dropped"}
    for one in draft.milestones:
        if one.kind not in had:
            words = f"New: {one.title}, by {day_in_words(one.due_on, today=today)}."
            yield Difference("add", one.kind, words, one.why, one.due_on)


def _moved(plan: PlanContent, draft: PlanContent, today: date) -> Iterator[Difference]:
    drafted = {one.kind: one for one in draft.milestones}
    for one in plan.milestones:
        new = drafted.get(one.kind)
        if new is not None and is_left_to_rules(one) and one.due_on < today:
            before, after = (day_in_words(on, today=today) for on in (one.due_on, new.due_on))
            words, why = f"{one.title}: its new day is {after}.", f"Its day, {before}, has passed."
            yield Difference("move", one.kind, words, why, new.due_on)


def _dropped(plan: PlanContent, draft: PlanContent) -> Iterator[Difference]:
    drafted = {one.kind for one in draft.milestones}
    for one in plan.milestones:
        if one.kind not in drafted and is_left_to_rules(one) and not one.opened:
            words = f"No longer in the plan: {one.title}."
            yield Difference("drop", one.kind, words, "The newer answers don't ask for it any more.")


def _cadences(plan: PlanContent, draft: PlanContent) -> Iterator[Difference]:
    for kind in dict.fromkeys(one["kind"] for one in (*plan.cadences, *draft.cadences)):
        before, after = _of_kind(plan.cadences, kind), _of_kind(draft.cadences, kind)
        touched = kind in plan.left_out or any(one.get("touched_at") for one in before)
        if not touched and [_beat(one) for one in before] != [_beat(one) for one in after]:
            why = after[0]["why"] if after else "The newer answers ask for another rhythm."
            yield Difference("cadence", kind, _cadence_words(kind, before, after), why)


def _focus(plan: PlanContent, draft: PlanContent) -> Iterator[Difference]:
    """The same areas in another order are no change, and answers that name none leave those that stand."""
    if draft.focus and set(draft.focus) != set(plan.focus):
        until_now = f" Until now: {_listed(plan.focus)}." if plan.focus else ""
        words = f"Focus areas: {_listed(draft.focus)}.{until_now}"
        yield Difference("focus", "areas", words, "The newer answers show the greatest need there.")


def _listed(dimensions: Sequence[str]) -> str:
    *others, last = (one.replace("-", " ") for one in dimensions)
    return f"{', '.join(others)} and {last}" if others else last


def _of_kind(cadences: Cadences, kind: str) -> Cadences:
    return [one for one in cadences if one["kind"] == kind]


def _beat(cadence: Mapping[str, Any]) -> tuple[Any, ...]:
    """The rhythm itself: by when somebody is found depends on the day of the draft alone."""
    return tuple(cadence.get(name) for name in _BEAT)


def _cadence_words(kind: str, before: Cadences, after: Cadences) -> str:
    name = _RHYTHM_OF.get(kind, kind)
    was, becomes = (" ".join(one["text"] for one in some) for some in (before, after))
    if not after:
        return f"{name}, no longer: {was}"
    return f"{name}: {becomes} Until now: {was}" if before else f"{name}, new: {becomes}"
