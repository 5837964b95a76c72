"""The form's state. It travels in the form itself, so nothing is stored before the person sends it."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from coaching.domain.instruments import Instrument

APART: Final = "none"  # the value of "doesn't apply / rather not say"
TEXTS: Final = ("name", "email", "time_zone", "stage", "rhythm", "question")
_LONGEST_PAGE = 24 * 60 * 60.0  # seconds; a page left open overnight tells nothing more
_LONGEST_VERSION = 40
_LINE_ENDS = re.compile(r"\r\n?")


@dataclass(frozen=True)
class Draft:
    """What has been filled in so far.

    `consent` is the version of the text that was agreed to. `answers` holds None for 'rather not say' and
    nothing for 'left open'. `seconds` is the time spent on each page of statements, `told` the pages of which
    it was said already that something is open, `faulty` the statements whose posted answer isn't offered.
    """

    visit: UUID
    consent: str = ""
    letters: bool = False
    answers: Mapping[str, int | None] = field(default_factory=dict)
    importance: Mapping[str, int] = field(default_factory=dict)
    seconds: Mapping[int, float] = field(default_factory=dict)
    told: frozenset[int] = frozenset()
    texts: Mapping[str, str] = field(default_factory=dict)
    faulty: frozenset[str] = frozenset()

    def text(self, name: str) -> str:
        """Return what was typed or chosen in one field, or nothing."""
        return self.texts.get(name, "")

    def open_on(self, instrument: Instrument, page: int) -> tuple[str, ...]:
        """Return the statements of a page that have no answer yet."""
        return tuple(question.id for question in instrument.page(page) if question.id not in self.answers)

    def having_told(self, page: int) -> "Draft":
        """Return the same state, in which it has been said that this page holds open statements."""
        return replace(self, told=self.told | {page})

    def page_times(self, instrument: Instrument) -> tuple[float, ...]:
        """Return seconds for each page of statements, or nothing if a page wasn't measured."""
        if any(page not in self.seconds for page in instrument.page_numbers):
            return ()
        return tuple(round(self.seconds[page], 1) for page in instrument.page_numbers)

    def hidden(self) -> Iterator[tuple[str, str]]:
        """Give the whole state as fields of a form; a page leaves out those that it shows openly."""
        yield "visit", str(self.visit)
        if self.consent:
            yield "consent", self.consent
        if self.letters:
            yield "letters", "yes"
        if self.told:
            yield "told", ",".join(str(page) for page in sorted(self.told))
        yield from ((f"answer.{item}", _answer_text(value)) for item, value in self.answers.items())
        yield from ((f"importance.{key}", str(value)) for key, value in self.importance.items())
        yield from ((f"seconds.{page}", f"{value:.1f}") for page, value in self.seconds.items())
        yield from ((name, value) for name, value in self.texts.items() if value)


def new_draft() -> Draft:
    """Return the state of a form that nobody has touched."""
    return Draft(visit=uuid4())


def read_draft(instrument: Instrument, posted: Mapping[str, str], *, now: datetime) -> Draft:
    """Read the state from a posted form, and add the time spent on the page that it comes from.

    Never raises: what can't be read counts as not given, but for answers, which are named in `faulty`.
    """
    answers, faulty = _read_answers(instrument, posted)
    return Draft(
        visit=_read_visit(posted.get("visit", "")),
        consent=posted.get("consent", "")[:_LONGEST_VERSION],
        letters=posted.get("letters") == "yes",
        answers=answers,
        importance=_read_importance(instrument, posted),
        seconds=_read_seconds(instrument, posted, now),
        told=frozenset(_numbers(posted.get("told", "")) & set(instrument.page_numbers)),
        texts={name: clean(posted.get(name, "")) for name in TEXTS},
        faulty=frozenset(faulty),
    )


def clean(text: str) -> str:
    """Return typed text with one kind of line end and none of the characters that can't be seen or stored."""
    kept = (
        c for c in _LINE_ENDS.sub("\n", text) if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cs"}
    )
    return "".join(kept).strip()


def _answer_text(value: int | None) -> str:
    return APART if value is None else str(value)


def _read_answers(
    instrument: Instrument, posted: Mapping[str, str]
) -> tuple[dict[str, int | None], list[str]]:
    offered: dict[str, int | None] = {str(point): point for point in instrument.scale.points} | {APART: None}
    given = {item: posted[f"answer.{item}"] for item in instrument.item_ids if f"answer.{item}" in posted}
    answers = {item: offered[said] for item, said in given.items() if said in offered}
    return answers, [item for item in given if item not in answers]


def _read_importance(instrument: Instrument, posted: Mapping[str, str]) -> dict[str, int]:
    points = {str(point): point for point in range(1, 6)}
    given = {
        dimension.key: posted.get(f"importance.{dimension.key}", "") for dimension in instrument.dimensions
    }
    return {key: points[said] for key, said in given.items() if said in points}


def _read_seconds(instrument: Instrument, posted: Mapping[str, str], now: datetime) -> dict[int, float]:
    seconds = {
        page: said
        for page in instrument.page_numbers
        if (said := _seconds(posted.get(f"seconds.{page}", ""))) is not None
    }
    page = next(iter(_numbers(posted.get("step", ""))), None)
    shown_at = _seconds(posted.get("shown_at", ""), most=1e11)
    if page in instrument.page_numbers and page is not None and shown_at is not None:
        spent = now.timestamp() - shown_at
        if spent >= 0:  # a page from the future was not measured
            seconds[page] = min(seconds.get(page, 0.0) + spent, _LONGEST_PAGE)
    return seconds


def _seconds(text: str, *, most: float = _LONGEST_PAGE) -> float | None:
    if not re.fullmatch(r"\d{1,11}(\.\d{1,6})?", text, re.ASCII):
        return None
    return min(float(text), most)


def _numbers(text: str) -> set[int]:
    return {int(part) for part in text.split(",") if re.fullmatch(r"\d{1,4}", part, re.ASCII)}


def _read_visit(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return uuid4()
