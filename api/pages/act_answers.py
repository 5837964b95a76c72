"""What the page behind an action link says afterwards: what is noted, and what comes next."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from api.pages.act_questions import Words, sees
from api.pages.dates import day_in_words
from coaching.domain.deeds import Subject, contact_on
from coaching.domain.links import Purpose
from coaching.domain.plan_phrases import upper_first
from coaching.domain.plan_words import FIND_A_MENTOR
from coaching.usecases.read_deeds import Standing

# After the others, either nothing more comes or the sentence has said when.
_REMINDS = frozenset(
    {Purpose.STARTED, Purpose.POSTPONE, Purpose.MET, Purpose.REGISTERED, Purpose.STILL_USEFUL, Purpose.DID}
)

ALL_TOLD = Words("It is noted", "You have told us all that there is to say about it.")
_BACK = "To have it back, answer one of our letters and say so."


def told(purpose: Purpose, done: Standing, *, today: date, coach: str | None) -> Words:
    """Return what the page says of what was done: that it is noted, and what comes next.

    `coach`: the name of theirs, if there is one.
    """
    words = _TOLD[purpose](done, _Reader(today, coach))
    if done.next_on is None or purpose not in _REMINDS:
        return words
    day = day_in_words(done.next_on, seen_on=today)
    if purpose is Purpose.POSTPONE and done.next_on > _new_day(done, today):
        return Words(words.heading, f"{words.lede} If it is still open then, we ask around {day}.")
    what = "letter" if done.subject.id is None else "reminder"
    return Words(words.heading, f"{words.lede} The next {what} comes around {day}.")


def chosen_first(purpose: Purpose, done: Standing, *, today: date) -> str:
    """Return what is told to who chooses again, and otherwise, while what they chose first stands."""
    if purpose is Purpose.POSTPONE:
        day = day_in_words(_new_day(done, today), seen_on=today)
        return f"You chose {day} first, and that stands. Undo first to choose another day."
    if purpose is Purpose.LATER:
        return f"You chose {_rest(done, today)} first, and that stands. Undo first to choose another day."
    decision = done.left.get("decision")
    return f"You chose to {decision} first, and that stands. Undo first to choose otherwise."


def past(purpose: Purpose, subject: Subject, *, today: date) -> Words:
    """Return what the page says where things have gone further already, without this link or since."""
    if subject.sort == "relationship":
        return _past_relationship(purpose, subject, today)
    if subject.state in {"reached", "dropped"}:
        return _closed(subject)
    if subject.plan_over:
        return Words(
            "Your plan is completed", "What is in it stays as it is, so there is nothing left to press."
        )
    if purpose is Purpose.POSTPONE and subject.on is not None:
        day = day_in_words(subject.on, seen_on=today)
        return Words(
            "It has been moved again", f"Its day is {day} by now, so there is nothing left to press."
        )
    return Words("You are on it already", "It is noted as started, so there is nothing left to press.")


def _closed(subject: Subject) -> Words:
    if subject.state == "reached":
        if subject.decision:
            decided = f"{_decided(subject.decision)} There is nothing left to press."
            return Words("You have decided already", decided)
        return Words(
            "It is done already", "This step is noted as reached, so there is nothing left to press."
        )
    return Words(
        "It is out of your plan", f"This step has been dropped, and no letters come about it. {_BACK}"
    )


def taken_back(
    purpose: Purpose, subject: Subject, *, left: Mapping[str, Any], done_on: date, coach: str | None
) -> str:
    """Return what the client told us, for a sentence that begins with 'you told us'. `left`: what it did."""
    if purpose is Purpose.MET:
        return _contact(subject, coach)
    if purpose in {Purpose.DONE, Purpose.DECIDE} and subject.decides:
        decision = left.get("decision")
        return f"that you have decided to {decision}" if decision else "what you have decided"
    return {
        Purpose.DONE: "that this step is done",
        Purpose.DECIDE: "what you have decided",
        Purpose.STARTED: "that you have started",
        Purpose.POSTPONE: "that this needs more time",
        Purpose.LATER: f"to come back to {subject.name} later",
        Purpose.REGISTERED: f"that you are going to {subject.name}",
        Purpose.NOT_USEFUL: _no_use(subject, done_on, coach),
        Purpose.REST: _no_use(subject, done_on, coach),
        Purpose.STILL_USEFUL: "that our letters are still useful",
        Purpose.DID: "that you did what our letter suggests",
    }[purpose]


@dataclass(frozen=True)
class _Reader:
    """Who reads the page, and when: the date where they live, and their coach's name if there is one."""

    today: date
    coach: str | None

    def sees(self) -> str:
        """Return who sees it, at the beginning of a sentence."""
        return upper_first(sees(self.coach))


def _done(done: Standing, reader: _Reader) -> Words:
    if done.subject.decides:
        decided = _decided(str(done.left.get("decision") or done.subject.decision))
        seen = f"{reader.sees()} it too, and reminders about this decision stop."
        return Words("It is noted", f"{decided} {seen}")
    if done.subject.kind == FIND_A_MENTOR:
        whom = "your coach" if reader.coach else "us"
        return Words(
            "Well done",
            f"It is noted. Tell {whom} who it is, and your plan makes room for your talks with them.",
        )
    return Words(
        "Well done",
        "It is noted as reached. Reminders about it stop, and your next letter says what comes next.",
    )


def _started(done: Standing, reader: _Reader) -> Words:
    day = day_in_words(done.subject.on, seen_on=reader.today) if done.subject.on else "as it is"
    return Words("Good, you are on it", f"It is noted as started. Its day stays {day}.")


def _postponed(done: Standing, reader: _Reader) -> Words:
    day = day_in_words(_new_day(done, reader.today), seen_on=reader.today)
    return Words("It has more time", f"Its new day is {day}.")


def _met(done: Standing, reader: _Reader) -> Words:
    on = day_in_words(contact_on(done.subject, today=done.done_on), seen_on=reader.today)
    return Words("Good to hear", f"It is noted {_contact(done.subject, reader.coach)}, on {on}.")


def _later(done: Standing, reader: _Reader) -> Words:
    until = _rest(done, reader.today)
    return Words("Later, then", f"Reminders about {done.subject.name} rest until {until}.")


def _registered(done: Standing, reader: _Reader) -> Words:
    day = day_in_words(done.subject.on, seen_on=reader.today) if done.subject.on else "its day"
    return Words("It is noted", f"You are going, on {day}.")


def _not_useful(done: Standing, reader: _Reader) -> Words:
    subject = done.subject
    if subject.sort == "milestone" or subject.is_event:
        return Words("It is out of your plan", f"No more letters come about it, and {sees(reader.coach)} it.")
    if subject.sort == "relationship":
        return Words(
            "No reminders for now",
            f"No reminders about {subject.name} come before {_rest(done, reader.today)}, and "
            f"{sees(reader.coach)} it.",
        )
    if subject.sort == "letters":
        return Words("It is noted", f"We write no more of these until you come back. {reader.sees()} it too.")
    return _no_talks(done, reader)


def _no_talks(done: Standing, reader: _Reader) -> Words:
    whose = "talks with your coach" if reader.coach else "talks with us"
    if done.left.get("ended"):
        lede = f"It goes on without {whose}, and no more letters come about them. {reader.sees()} it too."
        return Words("They are out of your plan", lede)
    until = _date(done.left.get("until"))
    if until is None:
        return Words("It is noted", f"No letters about {whose} are planned just now. {reader.sees()} it too.")
    day = day_in_words(until, seen_on=reader.today)
    return Words("They rest for now", f"No letters about {whose} come before {day}. {reader.sees()} it too.")


def _still_useful(_: Standing, __: _Reader) -> Words:
    return Words("Good, we go on", "Our letters come as before, and you can stop them in any of them.")


def _did(_: Standing, __: _Reader) -> Words:
    return Words("Well done", "It is noted that you did what our letter suggests.")


def _past_relationship(purpose: Purpose, subject: Subject, today: date) -> Words:
    if subject.state == "ended":
        return Words("It is out of your plan", f"No letters come about {subject.name} any more. {_BACK}")
    if subject.on is not None and subject.on < today:
        return Words("Its day has passed", f"{subject.name} is over, so there is nothing left to press.")
    if purpose is Purpose.MET and subject.on is not None:
        day = day_in_words(subject.on, seen_on=today)
        return Words(
            "It is still to come",
            f"{subject.name} is on {day}. From then on this page asks whether you were there.",
        )
    return Words("It is noted already", f"You are going to {subject.name}: there is nothing left to press.")


def _contact(subject: Subject, coach: str | None) -> str:
    if subject.sort == "check-in":
        return "that you and your coach talked" if coach else "that we talked"
    if subject.is_event:
        return f"that you were at {subject.name}"
    how = "talked" if subject.kind == "mentor" else "were in touch"
    return f"that you and {subject.name} {how}"


def _no_use(subject: Subject, done_on: date, coach: str | None) -> str:
    if subject.is_event and subject.on is not None and subject.on < done_on:
        return f"that you couldn't go to {subject.name}"
    if subject.sort == "relationship" and not subject.is_event:
        return f"that reminders about {subject.name} are no use to you"
    if subject.sort == "check-in":
        return f"that talks with {'your coach' if coach else 'us'} are no use to you"
    return "that this is no use to you"


def _decided(decision: str) -> str:
    return f"You have decided to {decision}, for now."


def _new_day(done: Standing, today: date) -> date:
    return _date(done.left.get("due_on")) or done.subject.on or today


def _rest(done: Standing, today: date) -> str:
    until = _date(done.left.get("not_before")) or done.subject.rests_until or today
    return day_in_words(until, seen_on=today)


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


_TOLD: Mapping[Purpose, Callable[[Standing, _Reader], Words]] = {
    Purpose.DONE: _done,
    Purpose.DECIDE: _done,
    Purpose.STARTED: _started,
    Purpose.POSTPONE: _postponed,
    Purpose.MET: _met,
    Purpose.LATER: _later,
    Purpose.REGISTERED: _registered,
    Purpose.NOT_USEFUL: _not_useful,
    Purpose.REST: _not_useful,
    Purpose.STILL_USEFUL: _still_useful,
    Purpose.DID: _did,
}
