"""What may be said of a relationship and of contact, and which note is the last."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from coaching.domain.deeds import LONGEST_NOTE
from coaching.domain.relationships import (
    Contact,
    Standing,
    clean_note,
    contact_faults,
    note_after,
    relationship_faults,
    standing_from_json,
    standing_to_json,
)

DAY = timedelta(days=1)
TODAY = date(2026, 11, 23)
PEER = {"kind": "peer", "name": "Bo Larsen", "cadence_days": 30}
EVENT = {"kind": "event", "name": "Design meetup #4", "starts_on": TODAY + 20 * DAY}


def faults(given: dict[str, Any], standing: dict[str, Any] | None = None) -> list[str]:
    """Return the fields that are refused."""
    return [field for field, _ in relationship_faults(given, standing, today=TODAY)]


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({}, []),
        ({"kind": "friend"}, ["kind"]),
        ({"name": ""}, ["name"]),
        ({"name": "   "}, ["name"]),
        ({"name": "\u200b"}, ["name"]),
        ({"name": "\u3164\u2060"}, ["name"]),
        ({"name": "Bo\nLarsen"}, ["name"]),
        ({"name": " Bo"}, ["name"]),
        ({"name": "x" * 120}, []),
        ({"name": "x" * 121}, ["name"]),
        ({"cadence_days": 1}, []),
        ({"cadence_days": 730}, []),
        ({"cadence_days": 0}, ["cadence_days"]),
        ({"cadence_days": 731}, ["cadence_days"]),
        ({"cadence_days": None}, ["cadence_days"]),
        ({"starts_on": date(2000, 1, 1)}, []),
        ({"starts_on": date(1999, 12, 31)}, ["starts_on"]),
        ({"starts_on": TODAY + 1830 * DAY}, []),
        ({"starts_on": TODAY + 1831 * DAY}, ["starts_on"]),
        ({"kind": "friend", "name": "", "starts_on": date.max}, ["kind", "name", "starts_on"]),
    ],
)
def test_what_a_person_or_group_needs(changes: dict[str, Any], refused: list[str]) -> None:
    """A name on one line, a rhythm of 1 to 730 days, and if a start, one that can be."""
    assert faults({**PEER, **changes}) == refused


def test_what_an_event_needs() -> None:
    """Its day, and no rhythm."""
    assert faults(EVENT) == []
    assert faults({**EVENT, "cadence_days": None}) == []
    assert faults({**EVENT, "cadence_days": 30}) == ["cadence_days"]
    assert faults({"kind": "event", "name": "Meetup"}) == ["starts_on"]


def test_what_a_change_may_leave_out() -> None:
    """Everything; and an event stays one, while people may come to be others to the client."""
    assert faults({}, PEER) == []
    assert faults({"kind": "mentor"}, PEER) == []
    assert faults({"kind": "event"}, PEER) == ["kind"]
    assert faults({"kind": "peer", "cadence_days": 30}, EVENT) == ["kind"]
    assert faults({"cadence_days": None}, PEER) == ["cadence_days"]
    assert faults({"cadence_days": 30}, EVENT) == ["cadence_days"]
    assert faults({"name": "Meetup"}, EVENT) == []


@pytest.mark.parametrize(
    ("kind", "changes", "refused"),
    [
        ("peer", {}, []),
        ("peer", {"on": TODAY + DAY}, []),
        ("peer", {"on": TODAY + 2 * DAY}, ["on"]),
        ("peer", {"on": TODAY - DAY}, []),
        ("event", {"on": TODAY + DAY, "kind": "attended"}, []),
        ("event", {"on": TODAY - DAY, "kind": "attended"}, ["on"]),
        ("peer", {"on": date(1999, 12, 31)}, ["on"]),
        ("peer", {"kind": "dreamt"}, ["kind"]),
        ("group", {"kind": "attended"}, []),
        ("event", {"kind": "attended"}, []),
        ("event", {"kind": "met"}, ["kind"]),
        ("peer", {"note": "x" * LONGEST_NOTE}, []),
        ("peer", {"note": "x" * (LONGEST_NOTE + 1)}, ["note"]),
        ("peer", {"note": "one\r\ntwo"}, []),
        ("peer", {"note": "one\0two"}, ["note"]),
        ("peer", {"note": "half \ud800"}, ["note"]),
        ("peer", {"on": date.max, "kind": "", "note": "\x1b[2J"}, ["on", "kind", "note"]),
    ],
)
def test_what_a_contact_may_be(kind: str, changes: dict[str, Any], refused: list[str]) -> None:
    """Not in the future but for a day of grace, nor before an event, of a known kind, with a good note."""
    contact = Contact(**{"on": TODAY, "kind": "met", **changes})
    assert [field for field, _ in contact_faults(contact, kind, TODAY, today=TODAY)] == refused


@pytest.mark.parametrize(
    ("note", "kept"),
    [
        (None, None),
        ("  \r\n\t ", None),
        (" one\r\ntwo\rthree\n", "one\ntwo\nthree"),
        ("one\ttwo", "one two"),
        ("one\n\n  two", "one\n\n  two"),
    ],
)
def test_a_note_is_kept_clean(note: str | None, kept: str | None) -> None:
    """One sort of line end, no tabs, nothing around it; what is empty is no note."""
    assert clean_note(note) == kept


@pytest.mark.parametrize(
    ("note", "days", "noted_days", "last"),
    [
        ("new", 0, None, "new"),
        ("new", 0, -5, "new"),
        ("new", -5, -5, "new"),
        ("new", -6, -5, "old"),
        (None, 0, -5, "old"),
    ],
)
def test_which_note_is_the_last(note: str | None, days: int, noted_days: int | None, last: str) -> None:
    """That of the latest contact that has one; of two on one day, the one told later."""
    noted_on = None if noted_days is None else TODAY + noted_days * DAY
    contact = Contact(TODAY + days * DAY, "met", note)
    assert note_after(Standing("active", last_note="old"), contact, noted_on=noted_on) == last


maybe_dates = some.none() | some.dates()


@given(
    standing=some.builds(
        Standing,
        state=some.sampled_from(("active", "quiet", "ended")),
        last_contact_on=maybe_dates,
        last_note=some.none() | some.text() | some.just("2026-11-23"),
        shifted_days=some.integers(-500, 500),
        not_before=maybe_dates,
        registered_on=maybe_dates,
        quiet_on=maybe_dates,
    )
)
def test_json_and_back(standing: Standing) -> None:
    """What is written down for an undo is read back the same, whatever else stands beside it."""
    kept = standing_to_json(standing) | {"interaction": "x"}
    assert standing_from_json(kept) == standing
