"""The page of a rehearsal: it needs nothing else, and shows nothing as markup that isn't."""

import re
from dataclasses import replace

from coaching.adapters.rehearsal_page import rehearsal_page
from coaching.domain.plan_differences import Difference as PlanDifference
from coaching.domain.rehearsal.assumptions import NOT_FORESEEN
from coaching.domain.rehearsal.outcome import PlanChange, foreseen
from tests.support.futures import lived, walker


def test_it_needs_nothing_else() -> None:
    """No address, no script, no file beside it; a title, a language, and what isn't foreseen."""
    page = rehearsal_page(foreseen(lived(walker(), 30)), [], "nobody")
    assert re.search(r"(?:src|href)=|<script|@import|url\(", page) is None
    assert '<html lang="en">' in page
    assert "Nobody acts on any letter." in page
    assert all(said in page for said in NOT_FORESEEN)
    assert "What would be different" not in page


def test_words_are_no_markup() -> None:
    """Whatever a reason says is shown as it is written."""
    evil = "<img src=x onerror=alert(1)>"
    lines = [replace(one, reason=evil, why=evil) for one in foreseen(lived(walker(), 30))]
    change = PlanChange(lines[0].client_id, PlanDifference("add", "x", evil, evil))
    page = rehearsal_page(lines, [], "nobody", [], [change])
    assert evil not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page


def test_days_stand_in_weeks_and_as_a_table() -> None:
    """Each day's number of letters, as a bar to look at and as a table to read."""
    lines = foreseen(lived(walker(), 30))
    page = rehearsal_page(lines, [], "nobody")
    going = {one.local_at.date() for one in lines if one.outcome == "send"}
    assert all(f"<td>{on:%a} {on.day} {on:%b %Y}</td>" in page for on in going)
    assert page.count('class="day"') % 7 == 0


def test_what_differs_is_named() -> None:
    """Compared with a future without letters each one is new; compared with itself nothing is."""
    lines = foreseen(lived(walker(), 30))
    assert "doesn&#39;t come" in rehearsal_page(lines, [], "nobody", []) or "doesn't come" in rehearsal_page(
        lines, [], "nobody", []
    )
    assert "every letter comes as it does live" in rehearsal_page(lines, [], "nobody", lines)


def test_nothing_to_come_is_said() -> None:
    """A page of no letters says so."""
    page = rehearsal_page([], [], "nobody")
    assert "No letter would go in these days." in page
    assert "Nobody is written to." in page
