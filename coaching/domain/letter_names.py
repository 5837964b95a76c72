"""What a letter is called in a sentence: its template's name is for programs."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

from coaching.domain.drip_letters import DRIP_NAMES
from coaching.domain.plan_phrases import day_in_words

NAMES: Mapping[str, str] = MappingProxyType(
    {
        "report": "the letter with the report",
        "report-reminder": "the reminder of the report",
        "report-known": "the letter with the report",
        "was-this-you": "the question who filled in the questionnaire",
        "look-again": "the invitation to look again",
        "week": "the letter of the week",
        "touches": "the list of people to write to",
        "reading": "something from the library",
        "milestone-ahead": "the reminder of a step",
        "milestone-overdue": "the question whether a step needs another day",
        "milestone-reached": "the letter about a step that was reached",
        "decision-day": "the letter on the day of the decision",
        "find-a-mentor": "the reminder to find a mentor",
        "mentor-nudge": "the reminder to talk with a mentor",
        "keep-in-touch": "the reminder to keep in touch",
        "check-in": "the invitation to a talk",
        "event-register": "the reminder to sign up for an event",
        "event-eve": "the note before an event",
        "event-after": "the question how an event was",
        "plan-approved": "the letter with the plan",
        "plan-changed": "the letter about a change of the plan",
        "still-useful": "the question whether letters are still useful",
        "farewell": "the farewell",
        "coach-digest": "the morning list",
        **DRIP_NAMES,
    }
)
_WEEK = "week:"


def letter_in_words(name: str) -> str:
    """Return what a letter is called, by the name of its template or by its slot, such as week:2026-W49."""
    if name in NAMES:
        return NAMES[name]
    try:
        monday = date.fromisoformat(f"{name.removeprefix(_WEEK)}-1")
    except ValueError:
        return "another letter"
    return f"the letter of the week from {day_in_words(monday, today=monday)}"
