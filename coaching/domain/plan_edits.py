"""What a person may change in a plan, and what is wrong with a change, by field."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from coaching.domain.phrases import one_line, shows
from coaching.domain.plan_words import MILESTONE_MOVES

OWN_KIND = "own"
FARTHEST = timedelta(days=5 * 366)
LONGEST_TITLE, LONGEST_DETAIL = 120, 1000
EDITABLE = ("title", "detail", "due_on", "ahead_days")
CADENCE_FIELDS = (
    "kind",
    "every_days",
    "times",
    "then_every_days",
    "count",
    "optional",
    "first_by_on",
    "text",
)

Fault = tuple[str, str]


def milestone_faults(
    given: Mapping[str, Any], standing: Mapping[str, Any] | None, *, today: date
) -> Iterator[Fault]:
    """Yield what is wrong with one milestone as (field, sentence); standing None: it would be a new one."""
    yield from _title_faults(given)
    if standing is None:
        for name in ("title", "due_on"):
            if name not in given:
                yield name, "A new milestone needs this."
        if "state" in given:
            yield "state", "A new milestone has no state yet; leave this out."
    else:
        yield from _standing_faults(given, standing)
    if "due_on" in given and (standing is None or given["due_on"] != standing["due_on"]):
        yield from _day_faults("due_on", given["due_on"], today)


def cadence_faults(given: Mapping[str, Any], *, today: date) -> Iterator[Fault]:
    """Yield what is wrong with one rhythm, as (field, sentence)."""
    if not shows(one_line(given["text"])):
        yield "text", "Say in a few words what this rhythm is."
    every, then, first_by = (given.get(name) for name in ("every_days", "then_every_days", "first_by_on"))
    if given["kind"] != "mentor":
        if every is None:
            yield "every_days", "Say every how many days; only a mentor may have to be found first."
        if first_by is not None:
            yield "first_by_on", "Only a mentor is found by a day; leave this out."
    elif every is None and (first_by is None or then is None):
        yield "every_days", "Say this, or by when somebody is found (first_by_on) and the rhythm afterwards."
    if every is not None and then is not None and given.get("times") is None:
        yield "times", "Say after how many times the later rhythm begins."
    if first_by is not None and abs(first_by - today) > FARTHEST:
        yield "first_by_on", "Choose a day within five years."


def cadence_as_kept(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a rhythm as plain JSON values, every field named."""
    first_by = given.get("first_by_on")
    return {
        "kind": given["kind"],
        "every_days": given.get("every_days"),
        "times": given.get("times"),
        "then_every_days": given.get("then_every_days"),
        "count": given.get("count", 1),
        "optional": given.get("optional", False),
        "first_by_on": first_by and first_by.isoformat(),
        "text": given["text"],
    }


def has_changed(given: Mapping[str, Any], standing: Mapping[str, Any]) -> bool:
    """Tell whether the given milestone differs from how it stands."""
    return any(given[name] != standing[name] for name in (*EDITABLE, "state") if name in given)


def _title_faults(given: Mapping[str, Any]) -> Iterator[Fault]:
    title = given.get("title")
    if title is not None and one_line(title) != title:
        yield "title", "Write this on one line, without spaces around it."
    elif title is not None and not shows(title):
        yield "title", "Give it a short title."


def _standing_faults(given: Mapping[str, Any], standing: Mapping[str, Any]) -> Iterator[Fault]:
    state = standing["state"]
    for name in ("kind", "why"):
        if name in given and given[name] != standing[name]:
            yield name, "This can't be changed; leave it out."
    asked = given.get("state", state)
    if asked not in {state, "dropped"}:
        yield "state", "Only 'dropped' can be said here; other news goes to /v1/milestones/{id}/events."
    elif asked not in {state, *MILESTONE_MOVES[state]} or (
        state in {"reached", "dropped"} and has_changed(given, standing)
    ):
        yield "id", f"This milestone is {state}: it stays as it is."


def _day_faults(name: str, on: date, today: date) -> Iterator[Fault]:
    if on < today:
        yield name, "Choose a day that is still ahead."
    elif on > today + FARTHEST:
        yield name, "Choose a day within five years."
