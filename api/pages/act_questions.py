"""What the page behind an action link says before its button is pressed."""

from dataclasses import dataclass
from datetime import date, timedelta

from api.pages.dates import day_in_words
from coaching.domain import deeds
from coaching.domain.deeds import Subject
from coaching.domain.links import Purpose
from coaching.domain.plan_words import FIND_A_MENTOR

_NOTED = "Press the button and we'll note it for today; the next reminder is counted from then."
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


# What is said in a letter, and in the list of all that can be said of what rode in one.
_LABELS = {
    Purpose.DONE: "It's done",
    Purpose.STARTED: "I've started",
    Purpose.POSTPONE: "Move it",
    Purpose.DECIDE: "Say what I chose",
    Purpose.LATER: "Remind me later",
    Purpose.REGISTERED: "I've signed up",
    Purpose.NOT_USEFUL: "Not useful",
    Purpose.REST: "Not useful",
}
_FINDING = {Purpose.DONE: "I found someone", Purpose.STARTED: "I've asked someone"}
ANSWERING = Words(
    "How does it stand?",
    "Choose what fits. Nothing changes until you press the button on the page that opens.",
)

_PLAIN = {
    Purpose.STARTED: Words(
        "Have you made a start?",
        "Press the button and we'll note that you are on it. Its day stays as it is.",
        "Yes, I have started",
    ),
    Purpose.POSTPONE: Words("More time for this?", "Your plan moves with you. Choose its new day."),
    Purpose.STILL_USEFUL: Words(
        "Are our letters still useful?",
        "Press the button and they'll go on as before. You can stop them in any letter.",
        "Yes, keep writing",
    ),
    Purpose.DID: Words(
        "Have you done it?",
        "Press the button and we'll note that you did what our letter suggests.",
        "Yes, I did it",
    ),
}


def sees(coach: str | None) -> str:
    """Return who sees what is told: the coach, where one is assigned."""
    return "your coach sees" if coach else "we see"


def asking(purpose: Purpose, subject: Subject, *, today: date, coach: str | None) -> Words:
    """Return what the page says before anything is done. `coach`: the name of theirs, if there is one."""
    if deeds.asks_for_decision(purpose, subject):
        return Words(
            "Stay, shift or leave?",
            "None of the three is the better one. Press what you have decided for now; minds may change.",
        )
    if purpose is Purpose.DONE:
        return _asking_done(subject)
    if purpose is Purpose.MET:
        return _asking_met(subject, coach)
    if purpose is Purpose.LATER:
        return Words(
            f"Another time for {subject.name}?",
            "Reminders rest until the day that you choose, and then come again.",
            "Remind me then",
        )
    if purpose in {Purpose.NOT_USEFUL, Purpose.REST}:
        return _asking_not_useful(subject, today, coach)
    return _asking_registered(subject, today) if purpose is Purpose.REGISTERED else _PLAIN[purpose]


def asking_whom(purpose: Purpose, *, again: bool) -> Words:
    """Return what the page says where the letter named several people; `again`: one is dealt with."""
    if purpose is Purpose.MET:
        heading = "Whom were you in touch with?"
        words = Words(heading, f"Choose a name. {_NOTED}", "We were in touch")
    elif purpose is Purpose.LATER:
        heading = "Who can wait a little?"
        words = Words(heading, "Choose a name, and when reminders may come again.", "Remind me then")
    else:
        heading = "Whose reminders are no use to you?"
        words = Words(heading, "Choose a name. Reminders rest for three months.", "Rest these reminders")
    return Words("Somebody else too?", words.lede, words.button) if again else words


def to_answer(purpose: Purpose, subject: Subject, *, today: date) -> str:
    """Return what a link of this purpose is called among all that can be said, as letters call it."""
    if purpose is Purpose.MET:
        return _met_label(subject)
    if purpose is Purpose.NOT_USEFUL and subject.is_event and subject.on is not None:
        if subject.on < today:
            return "I couldn't go"
        return "I can't go" if subject.registered else "Not useful"
    if subject.kind == FIND_A_MENTOR and purpose in _FINDING:
        return _FINDING[purpose]
    return _LABELS[purpose]


def _met_label(subject: Subject) -> str:
    if subject.sort == "check-in":
        return "We have talked"
    if subject.is_event:
        return "I was there"
    return "We talked" if subject.kind == "mentor" else "We were in touch"


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
    noted = "Press the button and we'll note that it is done. Reminders about it stop, and your plan goes on."
    if subject.kind == FIND_A_MENTOR:
        return Words("Have you found someone?", noted, "Yes, I found someone")
    return Words("Have you reached this?", noted, "Yes, it is done")


def _asking_registered(subject: Subject, today: date) -> Words:
    eve, again = subject.eve_on, ""
    if eve is not None and subject.on is not None and eve > today:
        just_before = eve == subject.on - timedelta(days=1)
        when = "the day before" if just_before else "on the working day before, "
        again = f", and write again {when}{'' if just_before else day_in_words(eve, seen_on=today)}"
    lede = f"Press the button and we'll note that you are going{again}."
    return Words("Have you signed up?", lede, "Yes, I have signed up")


def _asking_met(subject: Subject, coach: str | None) -> Words:
    if subject.sort == "check-in":
        heading = "Have you talked with your coach?" if coach else "Have we talked?"
        noted = f"Press the button and we'll note it; {sees(coach)} it too."
        return Words(heading, noted if coach else "Press the button and we'll note it.", "Yes, we talked")
    if subject.is_event:
        went = "Press the button and we'll note that you went."
        return Words("Were you there?", went, "Yes, I was there")
    if subject.kind == "mentor":
        return Words(f"Did you and {subject.name} talk?", _NOTED, "Yes, we talked")
    return Words(f"Were you in touch with {subject.name}?", _NOTED, "Yes, we were in touch")


def _asking_not_useful(subject: Subject, today: date, coach: str | None) -> Words:
    if subject.sort == "milestone":
        return Words(
            "Leave this out of your plan?",
            f"Press the button and we'll drop the step: you'll hear no more about it, and {sees(coach)} that "
            "it didn't suit you.",
            "Drop this step",
        )
    if subject.is_event:
        over = subject.on is not None and subject.on < today
        return Words(
            "You couldn't go?" if over else "Not for you?",
            "Press the button and we'll take the event out of your plan: you'll hear no more about it, and "
            f"{sees(coach)} it.",
            "Leave it out",
        )
    if subject.sort == "relationship":
        until = day_in_words(today + deeds.REST, seen_on=today)
        return Words(
            "No use to you for now?",
            f"Press the button and reminders about {subject.name} rest until {until}. Nothing else changes, "
            f"and {sees(coach)} it.",
            "Rest these reminders",
        )
    if subject.sort == "check-in":
        return _asking_no_talks(subject, today, coach)
    noted = f"Press the button and we'll write no more of these until you come back; {sees(coach)} it."
    return Words("Was this letter no use to you?", noted, "It was no use")


def _asking_no_talks(subject: Subject, today: date, coach: str | None) -> Words:
    whose = "talks with your coach" if coach else "talks with us"
    if subject.optional:
        return Words(
            "Leave these talks out?",
            f"Your plan leaves them to you. Press the button and it goes on without {whose}: you'll hear no "
            f"more about them, and {sees(coach)} it.",
            "Leave them out",
        )
    until = day_in_words(today + deeds.REST, seen_on=today)
    return Words(
        "No use to you for now?",
        f"Press the button and letters about {whose} rest until {until}. Nothing else changes, and "
        f"{sees(coach)} it.",
        "Rest these letters",
    )
