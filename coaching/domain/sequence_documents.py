"""Reads a sequence from its document, a file of the firm's or a row; every fault is named with its place."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import time
from typing import Any

from coaching.domain.audience_documents import parse_filter
from coaching.domain.audiences import Filter
from coaching.domain.events import EventKind
from coaching.domain.faults import DocumentFaults, Fault, Where, plain, shown
from coaching.domain.sequences import (
    AWAITED,
    EXITS,
    REENTRIES,
    Awaited,
    Branch,
    Delay,
    Goal,
    Part,
    Sequence,
    Step,
    Trigger,
    WaitFor,
    Way,
)

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_HOUR = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_USUAL_HOUR = "09:00"
_USUAL_EXITS = tuple(one for one in EXITS if one != "paused")
_LONGEST_DELAY = 366
_MOST_HELD_OUT = 50
_KEYS = (
    *("name", "version", "title", "about", "why", "rank", "dimension", "trigger", "reentry"),
    *("exits", "goal", "hold_out", "steps"),
)


def read_sequence(document: object) -> Sequence:
    """Return the sequence that a document tells of. Raises DocumentFaults with every fault at once."""
    reader = _Reader()
    read = reader.sequence(document)
    if reader.faults or read is None:
        raise DocumentFaults(reader.faults)
    return read


@dataclass
class _Reader:
    """Reads part after part and goes on after a fault, so that all are told at once."""

    faults: list[Fault] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)

    def sequence(self, document: object) -> Sequence | None:
        doc = self._mapping(document, (), _KEYS)
        if doc is None:
            return None
        self._steps_there(doc)
        read = Sequence(
            name=self._name(doc.get("name"), ("name",)),
            version=self._whole(doc.get("version"), ("version",), 1, 1_000_000),
            title=self._text(doc.get("title"), ("title",)),
            about=self._text(doc.get("about"), ("about",)),
            why=self._text(doc.get("why"), ("why",)),
            rank=self._whole(doc.get("rank"), ("rank",), 1, 9),
            trigger=self._trigger(doc.get("trigger"), ("trigger",)),
            reentry=self._one_of(doc.get("reentry", "never"), ("reentry",), REENTRIES),
            exits=self._exits(doc),
            goal=self._goal(doc["goal"], ("goal",)) if doc.get("goal") is not None else None,
            hold_out=self._whole(doc.get("hold_out", 0), ("hold_out",), 0, _MOST_HELD_OUT),
            dimension=self._optional_text(doc.get("dimension"), ("dimension",)),
            parts=self._parts(doc.get("steps"), ("steps",)),
            document=plain(doc),
        )
        self._sense(read)
        return read

    def _steps_there(self, doc: Mapping[str, Any]) -> None:
        if not doc.get("steps"):
            self.fault(("steps",) if "steps" in doc else (), "a sequence needs at least one step")

    def _sense(self, read: Sequence) -> None:
        if "goal" in read.exits and read.goal is None and "exits" in read.document:
            self.fault(("exits",), "a goal can end it only if it has one")
        if read.hold_out and read.goal is None:
            self.fault(("hold_out",), "a hold-out share needs a goal to compare by")

    def _exits(self, doc: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the exits in the order in which they are looked at, however the file has them."""
        named = self._several(doc.get("exits", _USUAL_EXITS), ("exits",), EXITS)
        return tuple(one for one in EXITS if one in named)

    def _trigger(self, value: object, where: Where) -> Trigger:
        doc = self._mapping(value, where, {"events", "when"}) or {}
        known = tuple(kind.value for kind in EventKind)
        events = self._several(doc.get("events"), (*where, "events"), known)
        return Trigger(events, self._filter(doc, where))

    def _goal(self, value: object, where: Where) -> Goal | None:
        doc = self._mapping(value, where, {"facts", "within_days"})
        if doc is None:
            return None
        facts = doc.get("facts")
        if not isinstance(facts, list | tuple) or not facts:
            self.fault((*where, "facts"), f"facts must be a list of facts, not {shown(facts)}")
            facts = []
        return Goal(
            tuple(self._awaited(one, (*where, "facts", n)) for n, one in enumerate(facts)),
            self._whole(doc.get("within_days"), (*where, "within_days"), 1, 2 * _LONGEST_DELAY),
        )

    def _awaited(self, value: object, where: Where, more: Collection[str] = ()) -> Awaited:
        doc = self._mapping(value, where, {"event", "dimension", *more}) or {}
        event = self._one_of(doc.get("event"), (*where, "event"), AWAITED)
        dimension = self._optional_text(doc.get("dimension"), (*where, "dimension"))
        if dimension is not None and not event.startswith("milestone_"):
            self.fault((*where, "dimension"), "only facts about milestones have a dimension")
        return Awaited(event, dimension)

    def _parts(self, value: object, where: Where) -> tuple[Part, ...]:
        if value is None:
            return ()
        if not isinstance(value, list | tuple):
            self.fault(where, f"steps must be a list, not {shown(value)}")
            return ()
        parts = (self._part(one, (*where, n)) for n, one in enumerate(value))
        return tuple(part for part in parts if part is not None)

    def _part(self, value: object, where: Where) -> Part | None:
        if not isinstance(value, Mapping):
            self.fault(where, f"a step must be a mapping, not {shown(value)}")
            return None
        kinds: dict[str, Callable[[Mapping[str, Any], Where], Part]] = {
            "letter": self._step,
            "wait_for": self._wait,
            "branch": self._branch,
        }
        found = [kind for kind in kinds if kind in value]
        if len(found) != 1:
            self.fault(where, "a step has one of letter, wait_for and branch")
            return None
        return kinds[found[0]](value, where)

    def _step(self, value: Mapping[str, Any], where: Where) -> Step:
        doc = self._mapping(value, where, {"key", "letter", "after", "at", "when"}) or {}
        key = self._name(doc.get("key"), (*where, "key"))
        if key in self.keys:
            self.fault((*where, "key"), f"there are two steps {key}")
        self.keys.add(key)
        return Step(
            key=key,
            letter=self._name(doc.get("letter"), (*where, "letter")),
            after=self._delay(doc.get("after"), (*where, "after")),
            at=self._hour(doc.get("at", _USUAL_HOUR), (*where, "at")),
            when=self._filter(doc, where),
        )

    def _wait(self, value: Mapping[str, Any], where: Where) -> WaitFor:
        self._mapping(value, where, {"wait_for"})
        inner = (*where, "wait_for")
        given = value["wait_for"]
        fact = self._awaited(given, inner, ("days",))
        days = given.get("days") if isinstance(given, Mapping) else None
        return WaitFor(fact, self._whole(days, (*inner, "days"), 1, _LONGEST_DELAY))

    def _branch(self, value: Mapping[str, Any], where: Where) -> Branch:
        self._mapping(value, where, {"branch"})
        given = value["branch"]
        if not isinstance(given, list | tuple) or not given:
            self.fault((*where, "branch"), f"branch must be a list of ways, not {shown(given)}")
            return Branch(())
        ways = tuple(self._way(one, (*where, "branch", n)) for n, one in enumerate(given))
        for n, way in enumerate(ways[:-1]):
            if way.when is None:
                self.fault((*where, "branch", n), "only the last way of a branch may have no when")
        return Branch(ways)

    def _way(self, value: object, where: Where) -> Way:
        doc = self._mapping(value, where, {"when", "steps"}) or {}
        return Way(self._filter(doc, where), self._parts(doc.get("steps"), (*where, "steps")))

    def _delay(self, value: object, where: Where) -> Delay:
        doc = self._mapping(value, where, {"days", "working_days"})
        if doc is None or len(doc) != 1:
            if doc is not None:
                self.fault(where, "after takes days or working_days")
            return Delay()
        ((unit, number),) = doc.items()
        if unit not in ("days", "working_days"):
            return Delay()
        return Delay(**{unit: self._whole(number, (*where, unit), 0, _LONGEST_DELAY)})

    def _filter(self, doc: Mapping[str, Any], where: Where) -> Filter | None:
        if doc.get("when") is None:
            return None
        try:
            return parse_filter(doc["when"], (*where, "when"))
        except DocumentFaults as error:
            self.faults.extend(error.faults)
            return None

    def _hour(self, value: object, where: Where) -> time:
        found = _HOUR.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            self.fault(where, f'at is an hour such as "09:00", in quotes, not {shown(value)}')
            return time(9)
        return time(int(found[1]), int(found[2]))

    def _mapping(self, value: object, where: Where, known: Collection[str]) -> Mapping[str, Any] | None:
        if not isinstance(value, Mapping):
            name = where[-1] if where and isinstance(where[-1], str) else "this"
            self.fault(where, f"{name} must be a mapping, not {shown(value)}")
            return None
        for key in value:
            if key not in known:
                self.fault((*where, key), f"unknown key {shown(key)}; known are {', '.join(sorted(known))}")
        return value

    def _text(self, value: object, where: Where) -> str:
        if isinstance(value, str) and value.strip():
            return value.strip()
        self.fault(where, f"{where[-1]} must be text, not {shown(value)}")
        return ""

    def _optional_text(self, value: object, where: Where) -> str | None:
        return None if value is None else self._text(value, where)

    def _name(self, value: object, where: Where) -> str:
        if isinstance(value, str) and _NAME.fullmatch(value):
            return str(value)
        self.fault(where, f"{where[-1]} is small letters, digits and hyphens, not {shown(value)}")
        return ""

    def _whole(self, value: object, where: Where, least: int, most: int) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return int(value)
        self.fault(where, f"{where[-1]} must be a whole number from {least} to {most}, not {shown(value)}")
        return least

    def _one_of(self, value: object, where: Where, known: Collection[str]) -> str:
        if isinstance(value, str) and value in known:
            return str(value)
        name = where[-1] if isinstance(where[-1], str) else where[-2]
        self.fault(where, f"{name} must be one of {', '.join(known)}, not {shown(value)}")
        return ""

    def _several(self, value: object, where: Where, known: Collection[str]) -> tuple[str, ...]:
        if not isinstance(value, list | tuple) or not value:
            self.fault(where, f"{where[-1]} must be a list of words, not {shown(value)}")
            return ()
        return tuple(self._one_of(one, (*where, n), known) for n, one in enumerate(value))

    def fault(self, where: Where, reason: str) -> None:
        """Note a fault."""
        self.faults.append((where, reason))
