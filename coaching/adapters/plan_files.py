"""Reads plan rules and holds them against the instrument whose scores they answer."""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

from coaching.adapters.instrument_files import dimension_keys
from coaching.adapters.yaml_files import Document, Fault, Where, YamlFile, placeholder_fault
from coaching.domain.instruments import BANDS, Instrument
from coaching.domain.plan_rules import AHEAD_DAYS, CadenceRule, PlanRules, WhyWords
from coaching.domain.plan_words import FIND_A_MENTOR

_KIND = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_MILESTONE_WORDS = frozenset({"dimension", "area", "answers", "score", "band", "importance"})
_PLACEHOLDERS = {
    "focus": _MILESTONE_WORDS,
    "outside_focus": _MILESTONE_WORDS,
    "mentor": frozenset[str](),
    "opened": frozenset({"reached"}),
    "profile": frozenset({"composite", "profile"}),
    "borderline": frozenset({"composite", "first", "second"}),
    "no_profile": frozenset[str](),
    "mentor_again": frozenset[str](),
}
_IMPORTANCE = range(1, 6)


def load_plan_rules(path: Path, instruments: Sequence[Instrument] = ()) -> PlanRules:
    """One file of plan rules, checked against every version of its instrument that is given.

    Raises ContentError naming file, line and reason.
    """
    return _read(YamlFile(path), path.stem, instruments)


def read_plan_rules(
    document: Mapping[str, Any], name: str, instruments: Sequence[Instrument] = ()
) -> PlanRules:
    """The same from a document as JSON has it, of the instrument of this name. Raises DocumentFaults."""
    return _read(Document(_numbered(document)), name, instruments)


def _numbered(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give the words for 1 to 5 the numbers that they have in a file: JSON knows keys of text only."""
    why = document.get("why")
    words = why.get("importance") if isinstance(why, Mapping) else None
    if not isinstance(why, Mapping) or not isinstance(words, Mapping):
        return document
    known = {str(number): number for number in _IMPORTANCE}
    numbered = {known.get(key, key): said for key, said in words.items()}
    return {**document, "why": {**why, "importance": numbered}}


def _read(file: Document, name: str, instruments: Sequence[Instrument]) -> PlanRules:
    rules = file.read_as(PlanRules)
    for where, reason in _faults(rules, name):
        file.fault(where, reason)
    if instruments:
        for where, reason in _dimension_faults(rules, dimension_keys(instruments)):
            file.fault(where, reason)
    file.refuse_faults()
    return rules


def _faults(rules: PlanRules, stem: str) -> Iterable[Fault]:
    if rules.name != stem:
        yield ("name",), f"name must be that of the file, {stem}"
    if rules.version < 1:
        yield ("version",), "version must be 1 or more"
    if rules.focus_count < 1:
        yield ("focus_count",), "focus_count must be 1 or more"
    if rules.default_importance not in _IMPORTANCE:
        yield ("default_importance",), "default_importance must be from 1 to 5"
    yield from _why_faults(rules.why)
    yield from _milestone_faults(rules)
    yield from _next_faults(rules)
    for profile, cadences in rules.cadences.items():
        for n, cadence in enumerate(cadences):
            yield from _cadence_faults(cadence, ("cadences", profile, n))
            if cadence.kind == "mentor" and rules.milestone(FIND_A_MENTOR) is None:
                reason = f"a rhythm with a mentor needs a milestone {FIND_A_MENTOR}, so that one is found"
                yield ("cadences", profile, n, "kind"), reason


def _why_faults(why: WhyWords) -> Iterable[Fault]:
    for name, known in _PLACEHOLDERS.items():
        if reason := placeholder_fault(getattr(why, name), known):
            yield ("why", name), reason
    if set(why.importance) != set(_IMPORTANCE):
        yield ("why", "importance"), "importance needs words for 1, 2, 3, 4 and 5"


def _milestone_faults(rules: PlanRules) -> Iterable[Fault]:
    seen: set[str] = set()
    for n, milestone in enumerate(rules.milestones):
        where: Where = ("milestones", n)
        if not _KIND.fullmatch(milestone.kind):
            yield (*where, "kind"), f"a kind is small letters, digits and hyphens, not {milestone.kind!r}"
        if milestone.kind in seen:
            yield (*where, "kind"), f"there are two milestones {milestone.kind}"
        seen.add(milestone.kind)
        if milestone.due_in_days < 1:
            yield (*where, "due_in_days"), "due_in_days must be 1 or more"
        if not milestone.service:
            yield (*where, "service"), "a milestone needs at least one service"
        if milestone.ahead_days not in {None, *AHEAD_DAYS}:
            yield (*where, "ahead_days"), "ahead_days must be 3, 7 or 14"


def _next_faults(rules: PlanRules) -> Iterable[Fault]:
    """A milestone opens one of the same file, and no way leads back to where it began."""
    opens = {milestone.kind: milestone.next for milestone in rules.milestones}
    for n, milestone in enumerate(rules.milestones):
        where: Where = ("milestones", n, "next")
        if milestone.next is not None and milestone.next not in opens:
            yield where, f"there is no milestone {milestone.next}"
        elif milestone.kind in _ways_on(opens, milestone.next):
            yield where, f"{milestone.kind} leads back to itself"


def _ways_on(opens: Mapping[str, str | None], kind: str | None) -> Sequence[str]:
    """Every kind that follows, each once."""
    found: list[str] = []
    while kind is not None and kind not in found:
        found.append(kind)
        kind = opens.get(kind)
    return found


def _cadence_faults(rule: CadenceRule, where: Where) -> Iterable[Fault]:
    for name in ("every_days", "times", "then_every_days", "first_by_days", "count"):
        value = getattr(rule, name)
        if value is not None and value < 1:
            yield (*where, name), f"{name} must be 1 or more"
    if rule.every_days is None and (rule.first_by_days is None or rule.then_every_days is None):
        yield where, "every_days is missing; only first_by_days with then_every_days can stand for it"
    if rule.then_every_days is not None and rule.every_days is not None and rule.times is None:
        yield where, "then_every_days needs times, the number of rounds before it"


def _dimension_faults(rules: PlanRules, keys: Sequence[str]) -> Iterable[Fault]:
    for n, milestone in enumerate(rules.milestones):
        if milestone.dimension not in keys:
            yield ("milestones", n, "dimension"), f"there is no dimension {milestone.dimension}"
    answered = {(milestone.dimension, milestone.band) for milestone in rules.milestones}
    for key, band in product(keys, BANDS):
        if (key, band) not in answered:
            yield ("milestones",), f"there is no milestone for {key} in the {band} band"
