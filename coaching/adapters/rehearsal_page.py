"""A rehearsal as one HTML file that needs nothing else: weeks with their days, then each client's letters."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from coaching.domain.letter_names import letter_in_words
from coaching.domain.rehearsal.assumptions import ASSUMPTIONS, NOT_FORESEEN, Assumption
from coaching.domain.rehearsal.outcome import (
    Foreseen,
    Left,
    Rehearsal,
    by_day_and_family,
    differences,
    totals,
)
from coaching.settings import TEMPLATES

_WEEK = timedelta(days=7)
FAMILIES = {
    "drip": "Sequences",
    "mentoring": "Mentors",
    "networking": "Network",
    "milestone": "Plan and week",
    "campaign": "Campaigns",
    "transactional": "Asked for",
}
# How a letter ends: of one, and how many do.
ENDS = {
    "send": ("It goes.", "go"),
    "merge": ("It rides in another letter.", "ride in another"),
    "wait": ("It still waits when these days are over.", "still wait"),
    "skip": ("It is left out.", "left out"),
    "expire": ("It comes too late, and doesn't go.", "too late"),
}


def rehearsal_page(found: Rehearsal, assumption: Assumption, live: Rehearsal | None = None) -> str:
    """Return the page; with `live` it also shows what differs from it, in plans too."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES / "web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"moment": _moment, "day": _day}
    days = by_day_and_family(found.letters)
    return environment.get_template("rehearsal/page.html").render(
        found=found,
        families={
            name: said for name, said in FAMILIES.items() if any(name in counts for counts in days.values())
        },
        weeks=list(_weeks(days)),
        most=max((sum(counts.values()) for counts in days.values()), default=1),
        says=ASSUMPTIONS[assumption],
        sums=totals(found.letters, found.exits),
        ends=ENDS,
        clients=_by_client(found),
        exits=_by_sequence(found.exits),
        differences=None if live is None else differences(live.letters, found.letters),
        not_foreseen=NOT_FORESEEN,
        in_words=letter_in_words,
    )


def _moment(at: datetime) -> str:
    return f"{_day(at)}, {at:%H:%M}"


def _day(on: date) -> str:
    return f"{on:%a} {on.day} {on:%b %Y}"


def _weeks(days: Mapping[date, Mapping[str, int]]) -> Iterable[dict[str, Any]]:
    if not days:
        return
    first, last = min(days), max(days)
    monday = first - timedelta(days=first.weekday())
    while monday <= last:
        dates = [monday + timedelta(days=n) for n in range(7)]
        yield {"monday": monday, "days": [(on, days.get(on, {})) for on in dates]}
        monday += _WEEK


def _by_client(found: Rehearsal) -> list[tuple[str, str, list[Foreseen]]]:
    """Return name, id and letters of each client who has any, by name."""
    letters: dict[str, list[Foreseen]] = {}
    names = {str(one): name for one, name in found.names.items()}
    for one in found.letters:
        letters.setdefault(str(one.client_id), []).append(one)
    return sorted((names.get(one) or "No name", one, theirs) for one, theirs in letters.items())


def _by_sequence(exits: Iterable[Left]) -> dict[tuple[str, str], int]:
    counts: dict[tuple[str, str], int] = {}
    for one in exits:
        key = (one.sequence, one.reason.replace("_", " "))
        counts[key] = counts.get(key, 0) + 1
    return dict(sorted(counts.items()))
