"""The page of a rehearsal: it needs nothing else, and shows nothing as markup that isn't."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

from coaching.adapters.rehearsal_page import rehearsal_page
from coaching.domain.plan_differences import Difference as PlanDifference
from coaching.domain.rehearsal.assumptions import NOT_FORESEEN
from coaching.domain.rehearsal.outcome import Foreseen, Left, PlanChange, Rehearsal, foreseen
from tests.support.futures import lived, walker
from tests.support.states import CLIENT, NOON


def found(lines: list[Foreseen], **changes: Any) -> Rehearsal:
    """Return a rehearsal of thirty days of one client that found these letters."""
    return Rehearsal(NOON, NOON + timedelta(days=30), lines, clients=1, names={CLIENT: "Ada Moor"}, **changes)


def month() -> list[Foreseen]:
    """The letters of a month of one client with a plan."""
    return foreseen(lived(walker(), 30))


def test_it_needs_nothing_else() -> None:
    """No address, no script, no file beside it; a title, a language, and what isn't foreseen."""
    page = rehearsal_page(found(month()), "nobody")
    assert re.search(r"(?:src|href)=|<script|@import|url\(", page) is None
    assert '<html lang="en">' in page
    assert "Nobody acts on any letter." in page
    assert all(said in page for said in NOT_FORESEEN)
    assert "What would be different" not in page


def test_words_are_no_markup() -> None:
    """Whatever a reason says is shown as it is written."""
    evil = "<img src=x onerror=alert(1)>"
    lines = [replace(one, reason=evil, why=evil) for one in month()]
    change = PlanChange(lines[0].client_id, PlanDifference("add", "x", evil, evil))
    page = rehearsal_page(found(lines, plans=[change]), "nobody", found([]))
    assert evil not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page


def test_days_stand_in_weeks_and_as_a_table() -> None:
    """Each day's number of letters, as a bar to look at and as a table to read."""
    lines = month()
    page = rehearsal_page(found(lines), "nobody")
    going = {one.local_at.date() for one in lines if one.outcome == "send"}
    assert all(f'<td class="on">{on:%a} {on.day} {on:%b %Y}</td>' in page for on in going)
    assert len(re.findall('class="day(?: none)?"', page)) % 7 == 0


def test_what_differs_is_named() -> None:
    """Compared with a future without letters each one is new; compared with itself nothing is."""
    lines = month()
    going = sum(one.outcome == "send" for one in lines)
    page = rehearsal_page(found(lines), "nobody", found([]))
    assert page.count("not in these days") == going
    assert f"{going} letters of 1 of these clients" in page
    assert "every letter comes as it does live" in rehearsal_page(found(lines), "nobody", found(lines))


def test_clients_and_letters_have_their_names() -> None:
    """A coach reads who it is and which letter; ids and templates are for programs."""
    lines = [replace(one, riders=("milestone-ahead",)) for one in month()]
    page = rehearsal_page(found(lines), "nobody")
    assert f"Ada Moor, {len(lines)} letters" in page
    assert "The letter of the week. It goes." in page
    assert "With it: the reminder of a step." in page
    assert not re.search("milestone-ahead|mentor-nudge", page)
    assert "No name, " in rehearsal_page(replace(found(lines), names={CLIENT: ""}), "nobody")


def test_it_says_how_ways_end() -> None:
    """By sequence and reason, with how many clients."""
    ways = [Left(CLIENT, "welcome", NOON, "plan_completed")] * 2
    page = rehearsal_page(found([], exits=ways), "nobody")
    assert '<tr><td>welcome</td><td>plan completed</td><td class="n">2</td></tr>' in page


def test_nothing_to_come_is_said() -> None:
    """A page of no letters says so."""
    page = rehearsal_page(found([]), "nobody")
    assert "No letter would go in these days." in page
    assert "Nobody is written to." in page
