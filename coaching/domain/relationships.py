"""What may be said of a relationship, and how it stands after contact or a wish to be reminded later."""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Any

from coaching.domain.deeds import LONGEST_NOTE
from coaching.domain.phrases import one_line, shows
from coaching.domain.plan_edits import FARTHEST, Fault
from coaching.domain.plan_words import INTERACTION_KINDS, RELATIONSHIP_KINDS

EVENT = "event"
LONGEST_NAME = 120
LONGEST_CADENCE = 730
_FIRST_DAY = date(2000, 1, 1)
# Told from a zone that is ahead of the client's, today's contact may bear tomorrow's date.
_ZONES_DIFFER = timedelta(days=1)


@dataclass(frozen=True)
class Contact:
    """One real contact, on a local date."""

    on: date
    kind: str
    note: str | None = None


@dataclass(frozen=True)
class Standing:
    """How a relationship stands: what contact and wishes may change. The fields are those of the table."""

    state: str
    last_contact_on: date | None = None
    last_note: str | None = None
    shifted_days: int = 0
    not_before: date | None = None
    registered_on: date | None = None
    quiet_on: date | None = None


_NAMES = tuple(field.name for field in fields(Standing))
_DATES = frozenset({"last_contact_on", "not_before", "registered_on", "quiet_on"})


def relationship_faults(
    given: Mapping[str, Any], standing: Mapping[str, Any] | None, *, today: date
) -> Iterator[Fault]:
    """Yield what is wrong, as (field, sentence); standing: how it is now, None where it would be new."""
    wanted = {**(standing or {}), **given}
    kind = wanted.get("kind")
    if kind not in RELATIONSHIP_KINDS:
        yield "kind", f"Say one of {', '.join(RELATIONSHIP_KINDS)}."
    elif standing is not None and (kind == EVENT) != (standing["kind"] == EVENT):
        yield "kind", "An event stays one, and nothing else becomes one; add it anew."
    else:
        yield from _cadence_faults(wanted)
    yield from _name_faults(wanted.get("name") or "")
    if "starts_on" in given:
        yield from _start_faults(given["starts_on"], today)
    elif standing is None and kind == EVENT:
        yield "starts_on", "Say on which day the event is."


def contact_faults(contact: Contact, kind: str, starts_on: date, *, today: date) -> Iterator[Fault]:
    """Yield what is wrong with a contact in a relationship of this kind; today is the client's date.

    `starts_on`: for an event, its day.
    """
    if kind == EVENT and contact.on < starts_on:
        yield "on", f"The event is on {starts_on}: nobody was there before; check both days."
    elif contact.on > today + _ZONES_DIFFER:
        yield "on", "This day is still to come; tell it once there has been contact."
    elif contact.on < _FIRST_DAY:
        yield "on", "This is before the year 2000; check the date."
    if contact.kind not in INTERACTION_KINDS:
        yield "kind", f"Say one of {', '.join(INTERACTION_KINDS)}."
    elif kind == EVENT and contact.kind != "attended":
        yield "kind", "Say attended: that is what one does with an event."
    note = contact.note or ""
    if len(note) > LONGEST_NOTE:
        yield (
            "note",
            f"Keep it to {LONGEST_NOTE} characters; this one has {len(note) - LONGEST_NOTE} too many.",
        )
    if has_controls(note):
        yield "note", "This has characters that can't be stored; type it anew as plain text."


def has_controls(note: str) -> bool:
    """Tell whether it has control characters other than line ends, or half characters."""
    return any(unicodedata.category(one) in ("Cc", "Cs") for one in note if one not in "\r\n")


def clean_note(note: str | None) -> str | None:
    """Return the note with one sort of line end, spaces for tabs, and nothing around it; None if empty."""
    return "\n".join((note or "").replace("\t", " ").splitlines()).strip() or None


def note_after(standing: Standing, contact: Contact, *, noted_on: date | None) -> str | None:
    """Return the last note after this contact; `noted_on`: the day of the contact that noted the one before.

    Of two contacts on one day, the one that is told later counts.
    """
    is_older = noted_on is not None and contact.on < noted_on
    return standing.last_note if contact.note is None or is_older else contact.note


def standing_to_json(standing: Standing) -> dict[str, Any]:
    """Return it as plain JSON values."""
    values = {name: getattr(standing, name) for name in _NAMES}
    return {name: one.isoformat() if isinstance(one, date) else one for name, one in values.items()}


def standing_from_json(data: Mapping[str, Any]) -> Standing:
    """Return what `standing_to_json` wrote; other keys are passed over."""
    return Standing(**{name: _read(name, data[name]) for name in _NAMES})


def _read(name: str, value: Any) -> Any:
    return date.fromisoformat(value) if name in _DATES and value is not None else value


def _cadence_faults(wanted: Mapping[str, Any]) -> Iterator[Fault]:
    days = wanted.get("cadence_days")
    if wanted["kind"] == EVENT:
        if days is not None:
            yield "cadence_days", "An event has its day and no rhythm; leave this out."
    elif days is None:
        yield "cadence_days", "Say every how many days to be in touch."
    elif not 1 <= days <= LONGEST_CADENCE:
        yield "cadence_days", f"Say a number of days from 1 to {LONGEST_CADENCE}."


def _name_faults(name: str) -> Iterator[Fault]:
    if not shows(name):
        yield "name", "Say what the person, group or event is called."
    elif one_line(name) != name:
        yield "name", "Write this on one line, without spaces around it."
    elif len(name) > LONGEST_NAME:
        yield "name", f"Keep it to {LONGEST_NAME} characters."


def _start_faults(starts_on: date, today: date) -> Iterator[Fault]:
    if starts_on < _FIRST_DAY:
        yield "starts_on", "This is before the year 2000; check the date."
    elif starts_on > today + FARTHEST:
        yield "starts_on", "Choose a day within five years."
