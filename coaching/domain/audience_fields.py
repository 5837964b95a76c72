"""What a filter may ask of a client: each field once, with its type, its words, and where it is found."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, get_args

from coaching.domain import local_time
from coaching.domain.addresses import mailbox_key
from coaching.domain.clients import RHYTHMS, STAGES
from coaching.domain.engine.state import ClientState, MilestoneFacts, Pause
from coaching.domain.instruments import BANDS
from coaching.domain.ledger import SUPPRESSION_SCOPES
from coaching.domain.plan_words import MILESTONE_STATES, OPEN_MILESTONES, RELATIONSHIP_KINDS
from coaching.domain.scoring import PROFILES, Certainty

CERTAINTIES: tuple[str, ...] = get_args(Certainty)
QUALITIES = ("high", "medium", "low")
NO_PLAN = "none"
SHOWN_PLANS = ("active", "completed")
OVERDUE = "overdue"
# After so long a sequence may come again, and a dimension counts as one that had none.
A_YEAR = timedelta(days=365)
# Nothing but what was asked for reaches an address that one of these stands against.
STOPS_LETTERS = frozenset({"all", "letters"})

_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,79}")
Find = Callable[[ClientState, str, datetime], Any]


class Kind(Enum):
    """The type of a field; it decides which comparisons there are."""

    WORD = "word"
    NUMBER = "number"
    TRUTH = "yes or no"
    LIST = "list"
    MOMENT = "moment"  # in the past, to the second: a day is 24 hours
    DAY = "past day"  # a date where the client is
    DUE = "coming day"  # a date where the client is, today or later


class Takes(Enum):
    """What stands behind a comparison."""

    VALUE = "a value of the field's type, or null"
    WORD = "a word"
    WORDS = "a list of words"
    NUMBER = "a number"
    TRUTH = "true or false"
    DAYS = "whole days"
    NOTHING = "null"


_ANY_TIME = {
    "within_days": Takes.DAYS,
    "not_within_days": Takes.DAYS,
    "is": Takes.NOTHING,
    "not": Takes.NOTHING,
}
COMPARISONS: Mapping[Kind, Mapping[str, Takes]] = {
    Kind.WORD: {"is": Takes.VALUE, "not": Takes.VALUE, "in": Takes.WORDS, "not_in": Takes.WORDS},
    Kind.NUMBER: {
        "is": Takes.VALUE,
        "not": Takes.VALUE,
        "above": Takes.NUMBER,
        "below": Takes.NUMBER,
        "at_least": Takes.NUMBER,
        "at_most": Takes.NUMBER,
    },
    Kind.TRUTH: {"is": Takes.TRUTH, "not": Takes.TRUTH},
    Kind.LIST: {
        "has": Takes.WORD,
        "has_not": Takes.WORD,
        "has_any": Takes.WORDS,
        "has_none": Takes.WORDS,
        "empty": Takes.TRUTH,
    },
    Kind.MOMENT: {**_ANY_TIME, "before_days": Takes.DAYS},
    Kind.DAY: {**_ANY_TIME, "before_days": Takes.DAYS},
    Kind.DUE: {**_ANY_TIME, "after_days": Takes.DAYS},
}
# Each of these holds exactly where its counterpart does not.
NEGATIONS: Mapping[str, str] = {
    "not": "is",
    "not_in": "in",
    "has_not": "has",
    "has_none": "has_any",
    "not_within_days": "within_days",
}


@dataclass(frozen=True)
class Field:
    """One thing to ask of a client. `name` may end in a part to fill in, such as `score.<dimension>`.

    `find` gives the value in a client's state, None where there is none; it takes that last part, or ''.
    `words`: all that the value can be, if that is known; `parts`: the same for the last part. `missing`:
    there may be no value. `of_dimensions`: value or last part are keys of dimensions. `read`: how a word
    that people write is spelt in the value; raises ValueError for what can't be one.
    """

    name: str
    kind: Kind
    find: Find
    words: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    missing: bool = False
    of_dimensions: bool = False
    read: Callable[[str], str] = str

    @property
    def stem(self) -> str:
        """The name as far as it is fixed: 'score.' of 'score.<dimension>'."""
        return self.name.partition("<")[0]

    @property
    def comparisons(self) -> Mapping[str, Takes]:
        """The comparisons of its type; a value that is never missing is not compared with null alone."""
        of_kind = COMPARISONS[self.kind].items()
        return {name: takes for name, takes in of_kind if self.missing or takes is not Takes.NOTHING}

    @property
    def takes_part(self) -> bool:
        """Whether the name has a part to fill in."""
        return "<" in self.name


def field_named(name: str) -> tuple[Field, str]:
    """Return a field and what fills in the last part of its name. Raises ValueError with what is known."""
    plain = _BY_STEM.get(name)
    if plain is not None and not plain.takes_part:
        return plain, ""
    stem, dot, part = name.partition(".")
    found = _BY_STEM.get(stem + dot)
    if found is None or not found.takes_part:
        raise ValueError(
            f"there is no field {name[:60]!r}; there are {', '.join(one.name for one in FIELDS)}"
        )
    if found.parts and part not in found.parts:
        raise ValueError(f"{found.name} is one of {', '.join(found.stem + one for one in found.parts)}")
    if not _KEY.fullmatch(part):
        raise ValueError(f"{found.name} is written with a key behind it, such as {found.stem}one")
    return found, part


def is_overdue(one: MilestoneFacts, state: ClientState, now: datetime) -> bool:
    """Tell whether a milestone is still to be done and its date has passed where the client is."""
    return one.state in OPEN_MILESTONES and one.due_on < local_time.local(now, state.time_zone).date()


def covers(one: Pause, now: datetime) -> bool:
    """Tell whether letters rest now: a pause that shifts dates lasts until these have been moved."""
    over_at = one.ended_at or (None if one.ending == "shift" else one.until_at)
    return one.began_at <= now and (over_at is None or now < over_at)


def _zone(given: str) -> str:
    if not local_time.is_zone(given):
        raise ValueError("there is no time zone of this name; one would be Europe/Paris")
    return given


def _next_focus(state: ClientState, now: datetime) -> str | None:
    """Return the first dimension of the focus for which no enrollment began within the year before now."""
    had = {one.name for one in state.enrollments if one.started_at > now - A_YEAR}
    return next((one for one in state.about.focus if one not in had), None)


def _count_of(part: str, state: ClientState, now: datetime) -> int:
    if part == OVERDUE:
        return sum(is_overdue(one, state, now) for one in state.milestones)
    return sum(one.state == part for one in state.milestones)


def _newest_of(kind: str, state: ClientState) -> str | None:
    """Return the state of the milestone of this kind that was added last: keys sort by time."""
    of_kind = [one for one in state.milestones if one.kind == kind]
    return max(of_kind, key=lambda one: one.id).state if of_kind else None


def _next_due(state: ClientState, now: datetime) -> Any:
    today = local_time.local(now, state.time_zone).date()
    coming = [one.due_on for one in state.milestones if one.state in OPEN_MILESTONES and one.due_on >= today]
    return min(coming, default=None)


def _last_contact(state: ClientState) -> Any:
    contacts = [one.last_contact_on for one in state.relationships if one.last_contact_on is not None]
    return max(contacts, default=None)


def _names(state: ClientState, *, active: bool) -> frozenset[str]:
    return frozenset(one.name for one in state.enrollments if not active or one.state == "active")


def _by_stem(fields: Iterable[Field]) -> dict[str, Field]:
    return {one.stem: one for one in fields}


def _plan(state: ClientState) -> str:
    return state.plan.state if state.plan is not None else NO_PLAN


FIELDS: tuple[Field, ...] = (
    Field("stage", Kind.WORD, lambda s, _, __: s.about.stage, words=STAGES, missing=True),
    Field("profile", Kind.WORD, lambda s, _, __: s.about.profile, words=PROFILES, missing=True),
    Field("certainty", Kind.WORD, lambda s, _, __: s.about.certainty, words=CERTAINTIES, missing=True),
    Field("quality", Kind.WORD, lambda s, _, __: s.about.quality, words=QUALITIES, missing=True),
    Field("composite", Kind.NUMBER, lambda s, _, __: s.about.composite, missing=True),
    Field(
        "score.<dimension>",
        Kind.NUMBER,
        lambda s, part, _: s.about.scores.get(part),
        missing=True,
        of_dimensions=True,
    ),
    Field(
        "band.<dimension>",
        Kind.WORD,
        lambda s, part, _: s.about.bands.get(part),
        words=BANDS,
        missing=True,
        of_dimensions=True,
    ),
    Field("submitted", Kind.MOMENT, lambda s, _, __: s.about.submitted_at, missing=True),
    Field("focus", Kind.LIST, lambda s, _, __: frozenset(s.about.focus), of_dimensions=True),
    Field("next_focus", Kind.WORD, lambda s, _, now: _next_focus(s, now), missing=True, of_dimensions=True),
    Field("plan", Kind.WORD, lambda s, _, __: _plan(s), words=(NO_PLAN, *SHOWN_PLANS)),
    Field(
        "milestones.<state>",
        Kind.NUMBER,
        lambda s, part, now: _count_of(part, s, now),
        parts=(*MILESTONE_STATES, OVERDUE),
    ),
    Field(
        "milestone.<kind>",
        Kind.WORD,
        lambda s, part, _: _newest_of(part, s),
        words=MILESTONE_STATES,
        missing=True,
    ),
    Field("next_due", Kind.DUE, lambda s, _, now: _next_due(s, now), missing=True),
    Field(
        "reached",
        Kind.LIST,
        lambda s, _, __: frozenset(
            one.dimension for one in s.milestones if one.state == "reached" and one.dimension is not None
        ),
        of_dimensions=True,
    ),
    Field(
        "relationships",
        Kind.LIST,
        lambda s, _, __: frozenset(one.kind for one in s.relationships),
        words=RELATIONSHIP_KINDS,
    ),
    Field(
        "relationships.<kind>",
        Kind.NUMBER,
        lambda s, part, _: sum(one.kind == part for one in s.relationships),
        parts=RELATIONSHIP_KINDS,
    ),
    Field("last_contact", Kind.DAY, lambda s, _, __: _last_contact(s), missing=True),
    Field("last_act", Kind.MOMENT, lambda s, _, __: s.last_acted_at, missing=True),
    Field("acted", Kind.TRUTH, lambda s, _, __: s.last_acted_at is not None),
    Field("unanswered", Kind.NUMBER, lambda s, _, __: s.unanswered),
    Field("letters", Kind.TRUTH, lambda s, _, __: s.letters_agreed and not s.suppressed & STOPS_LETTERS),
    Field("profiling", Kind.TRUTH, lambda s, _, __: s.about.profiling_agreed),
    Field("confirmed", Kind.TRUTH, lambda s, _, __: s.confirmed_at is not None),
    Field("suppressed", Kind.LIST, lambda s, _, __: s.suppressed, words=SUPPRESSION_SCOPES),
    Field("paused", Kind.TRUTH, lambda s, _, now: any(covers(one, now) for one in s.pauses)),
    Field("rhythm", Kind.WORD, lambda s, _, __: s.rhythm, words=RHYTHMS),
    Field("zone", Kind.WORD, lambda s, _, __: s.time_zone, read=_zone),
    Field("coach", Kind.WORD, lambda s, _, __: s.about.coach, missing=True, read=mailbox_key),
    Field("tags", Kind.LIST, lambda s, _, __: s.about.tags),
    Field("created", Kind.MOMENT, lambda s, _, __: s.about.created_at),
    Field("sequences", Kind.LIST, lambda s, _, __: _names(s, active=True)),
    Field("sequences_had", Kind.LIST, lambda s, _, __: _names(s, active=False)),
)
_BY_STEM = _by_stem(FIELDS)
