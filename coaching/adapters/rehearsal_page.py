"""A rehearsal as one HTML file that needs nothing else: weeks with their days, then each client's letters."""

from collections.abc import Iterable, Mapping
from collections.abc import Sequence as Many
from datetime import date, timedelta
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from coaching.domain.letter_names import letter_in_words
from coaching.domain.rehearsal.assumptions import ASSUMPTIONS, NOT_FORESEEN, Assumption
from coaching.domain.rehearsal.outcome import (
    Foreseen,
    Left,
    PlanChange,
    by_day_and_family,
    differences,
    totals,
)
from coaching.settings import TEMPLATES

_WEEK = timedelta(days=7)
FAMILIES = ("drip", "mentoring", "networking", "milestone", "campaign", "transactional")


def rehearsal_page(
    letters: Many[Foreseen],
    exits: Many[Left],
    assumption: Assumption,
    live: Many[Foreseen] | None = None,
    plans: Many[PlanChange] = (),
) -> str:
    """Return the page; with `live` it also shows what differs from it, in `plans` too."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES / "web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    days = by_day_and_family(letters)
    return environment.get_template("rehearsal/page.html").render(
        families=[one for one in FAMILIES if any(one in counts for counts in days.values())],
        weeks=list(_weeks(days)),
        most=max((sum(counts.values()) for counts in days.values()), default=1),
        says=ASSUMPTIONS[assumption],
        sums=totals(letters, exits),
        clients=_by_client(letters),
        exits=exits,
        differences=None if live is None else differences(live, letters),
        plans=plans,
        not_foreseen=NOT_FORESEEN,
        in_words=letter_in_words,
    )


def _weeks(days: Mapping[date, Mapping[str, int]]) -> Iterable[dict[str, Any]]:
    if not days:
        return
    first, last = min(days), max(days)
    monday = first - timedelta(days=first.weekday())
    while monday <= last:
        dates = [monday + timedelta(days=n) for n in range(7)]
        yield {"monday": monday, "days": [(on, days.get(on, {})) for on in dates]}
        monday += _WEEK


def _by_client(letters: Iterable[Foreseen]) -> dict[str, list[Foreseen]]:
    found: dict[str, list[Foreseen]] = {}
    for one in letters:
        found.setdefault(str(one.client_id), []).append(one)
    return found
