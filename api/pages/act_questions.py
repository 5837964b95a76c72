"""What the page behind an action link says before its button is pressed."""

from dataclasses import dataclass
from datetime import date

from api.pages.dates import day_in_words
from coaching.domain import deeds
from coaching.domain.deeds import Subject
from coaching.domain.links import Purpose
from coaching.domain.plan_words import FIND_A_MENTOR

_NOTED = "With this button we note it for today, and the next reminder is counted from there."
DECISIONS = {
    "stay": ("Stay", "I go on where I am."),
    "shift": ("Shift", "I stay, and change what I do or how."),
    "leave": ("Leave", "I look for something else."),
}
_LATER = {"week": "In a week", "two-weeks": "In two weeks", "month": "In a month"}


@dataclass(frozen=True)
class Words:
    """A heading, what it means, and the button's name where there is one."""

    heading: str
    lede: str
    button: str = ""


_PLAIN = {
    Purpose.STARTED: Words(
        "Have you made a start?",
        "With this button we note that you are on it. Its day stays as it is.",
        "Yes, I have started",
    ),
    Purpose.POSTPONE: Words("More time for this?", "Your plan moves with you. Choose its new day."),
    Purpose.REGISTERED: Words(
        "Have you signed up?",
        "With this button we note that you are going, and come back to it the day before.",
        "Yes, I have signed up",
    ),
    Purpose.STILL_USEFUL: Words(
        "Are our letters still useful?",
        "With this button they go on as before. You can stop them in any letter.",
        "Yes, keep writing",
    ),
}


def asking(purpose: Purpose, subject: Subject, *, today: date) -> Words:
    """Return what the page says before anything is done."""
    if deeds.asks_for_decision(purpose, subject):
        return Words(
            "Stay, shift or leave?",
            "None of the three is the better one. Press what you have decided for now; minds may change.",
        )
    if purpose is Purpose.DONE:
        return _asking_done(subject)
    if purpose is Purpose.MET:
        return _asking_met(subject)
    if purpose is Purpose.LATER:
        return Words(
            f"Another time for {subject.name}?",
            "Reminders rest until the day that you choose, and then come again.",
            "Remind me then",
        )
    if purpose is Purpose.NOT_USEFUL:
        return _asking_not_useful(subject, today)
    return _PLAIN[purpose]


def asking_whom(purpose: Purpose, *, again: bool) -> Words:
    """Return what the page says where the letter named several people; `again`: one is dealt with."""
    if purpose is Purpose.MET:
        heading = "Whom were you in touch with?"
        words = Words(heading, f"Choose a name. {_NOTED}", "We were in touch")
    elif purpose is Purpose.LATER:
        heading = "Whom would you rather see to later?"
        words = Words(heading, "Choose a name, and when reminders may come again.", "Remind me then")
    else:
        heading = "Whose reminders are no use to you?"
        words = Words(heading, "Choose a name. Reminders about them rest for three months.", "Let them rest")
    return Words("Somebody else too?", words.lede, words.button) if again else words


def later_choices(today: date) -> list[tuple[str, str]]:
    """Return each choice of 'remind me later' with its words, the usual one first."""
    return [
        (key, f"{_LATER[key]}, on {day_in_words(today + by, seen_on=today)}")
        for key, by in deeds.LATER.items()
    ]


def when(subject: Subject, *, today: date) -> str:
    """Return the line under a title: its day, or nothing."""
    if subject.on is None or subject.state in {"reached", "dropped"}:
        return ""
    day = day_in_words(subject.on, seen_on=today)
    if subject.is_event:
        return day
    return f"It was due on {day}" if subject.on < today else f"Due on {day}"


def _asking_done(subject: Subject) -> Words:
    noted = "With this button we note that it is done. Reminders about it stop, and your plan goes on."
    if subject.kind == FIND_A_MENTOR:
        return Words("Have you found someone?", noted, "Yes, I found someone")
    return Words("Have you reached this?", noted, "Yes, it is done")


def _asking_met(subject: Subject) -> Words:
    if subject.sort == "check-in":
        return Words(
            "Have you talked with your coach?",
            "With this button we note that you have, and your coach sees it too.",
            "Yes, we talked",
        )
    if subject.is_event:
        went = "With this button we note that you went."
        return Words("Were you there?", went, "Yes, I was there")
    if subject.kind == "mentor":
        return Words(f"Did you and {subject.name} talk?", _NOTED, "Yes, we talked")
    return Words(f"Were you in touch with {subject.name}?", _NOTED, "Yes, we were in touch")


def _asking_not_useful(subject: Subject, today: date) -> Words:
    if subject.sort == "milestone":
        return Words(
            "Leave this out of your plan?",
            "With this button the step is dropped: no more letters come about it, and your coach sees that "
            "it didn't suit you.",
            "Drop this step",
        )
    if subject.is_event:
        over = subject.on is not None and subject.on < today
        return Words(
            "You couldn't go?" if over else "Not for you?",
            "With this button the event leaves your plan: no more letters come about it. Your coach sees it.",
            "Leave it out",
        )
    if subject.sort == "relationship":
        until = day_in_words(today + deeds.REST, seen_on=today)
        return Words(
            "No use to you for now?",
            f"With this button, reminders about {subject.name} rest until {until}. Nothing else changes, and "
            "your coach sees it.",
            "Let them rest",
        )
    noted = "With this button we note it, and your coach sees it."
    return Words("Was this letter no use to you?", noted, "It was no use")
