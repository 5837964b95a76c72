"""What the page behind an action link says afterwards: what is noted, and what comes next."""

from collections.abc import Callable, Mapping
from datetime import date

from api.pages.act_questions import Words
from api.pages.dates import day_in_words
from coaching.domain.deeds import Subject, contact_on
from coaching.domain.links import Purpose
from coaching.domain.plan_words import FIND_A_MENTOR
from coaching.usecases.read_deeds import Standing

# After the others, either nothing more comes or the sentence has said when.
_REMINDS = frozenset(
    {Purpose.STARTED, Purpose.POSTPONE, Purpose.MET, Purpose.REGISTERED, Purpose.STILL_USEFUL}
)


def told(purpose: Purpose, done: Standing, *, today: date) -> Words:
    """Return what the page says of what was done: that it is noted, and what comes next."""
    words = _TOLD[purpose](done, today)
    if done.next_on is None or purpose not in _REMINDS:
        return words
    what = "letter" if done.subject.id is None else "reminder"
    day = day_in_words(done.next_on, seen_on=today)
    return Words(words.heading, f"{words.lede} The next {what} comes around {day}.")


def past(subject: Subject) -> Words:
    """Return what the page says where things have gone further already, without this link."""
    if subject.sort == "relationship":
        return _past_relationship(subject)
    if subject.state == "reached":
        if subject.decision:
            decided = f"{_decided(subject.decision)} There is nothing left to press."
            return Words("You have decided already", decided)
        return Words(
            "It is done already", "This step is noted as reached, so there is nothing left to press."
        )
    if subject.state == "dropped":
        return Words(
            "It is out of your plan",
            "This step has been dropped, and no letters come about it. To have it back, tell your coach.",
        )
    return Words("You are on it already", "It is noted as started, so there is nothing left to press.")


def taken_back(purpose: Purpose, subject: Subject) -> str:
    """Return what the client told us, for a sentence that begins with 'you told us'."""
    if purpose is Purpose.MET:
        return _contact(subject)
    return {
        Purpose.DONE: "that this step is done",
        Purpose.DECIDE: "what you have decided",
        Purpose.STARTED: "that you have started",
        Purpose.POSTPONE: "that this needs more time",
        Purpose.LATER: f"to come back to {subject.name} later",
        Purpose.REGISTERED: f"that you are going to {subject.name}",
        Purpose.NOT_USEFUL: _no_use(subject),
        Purpose.STILL_USEFUL: "that our letters are still useful",
    }[purpose]


def _done(done: Standing, _: date) -> Words:
    if done.subject.decides:
        decided = _decided(str(done.left.get("decision") or done.subject.decision))
        return Words(
            "It is noted", f"{decided} Your coach sees it too, and reminders about this decision stop."
        )
    if done.subject.kind == FIND_A_MENTOR:
        return Words(
            "Well done",
            "It is noted. Tell your coach who it is, and your plan makes room for your talks with them.",
        )
    return Words(
        "Well done",
        "It is noted as reached. Reminders about it stop, and your next letter says what comes next.",
    )


def _started(done: Standing, today: date) -> Words:
    day = day_in_words(done.subject.on, seen_on=today) if done.subject.on else "as it is"
    return Words("Good, you are on it", f"It is noted as started. Its day stays {day}.")


def _postponed(done: Standing, today: date) -> Words:
    on = _date(done.left.get("due_on")) or done.subject.on or today
    return Words("It has more time", f"Its new day is {day_in_words(on, seen_on=today)}.")


def _met(done: Standing, today: date) -> Words:
    on = day_in_words(contact_on(done.subject, today=done.done_on), seen_on=today)
    return Words("Good to hear", f"It is noted {_contact(done.subject)}, on {on}.")


def _later(done: Standing, today: date) -> Words:
    return Words("Later, then", f"Reminders about {done.subject.name} rest until {_rest(done, today)}.")


def _registered(done: Standing, today: date) -> Words:
    day = day_in_words(done.subject.on, seen_on=today) if done.subject.on else "its day"
    return Words("It is noted", f"You are going, on {day}.")


def _not_useful(done: Standing, today: date) -> Words:
    subject = done.subject
    if subject.sort == "milestone" or subject.is_event:
        return Words("It is out of your plan", "No more letters come about it, and your coach sees it.")
    if subject.sort == "relationship":
        return Words(
            "They rest for now",
            f"No reminders about {subject.name} come before {_rest(done, today)}, and your coach sees it.",
        )
    if subject.sort == "letters":
        return Words("It is noted", "We write no more of these until you come back. Your coach sees it too.")
    return Words("It is noted", "Your coach sees it too.")


def _still_useful(_: Standing, __: date) -> Words:
    return Words("Good, we go on", "Our letters come as before, and you can stop them in any of them.")


def _past_relationship(subject: Subject) -> Words:
    if subject.state == "ended":
        return Words(
            "It is out of your plan",
            f"No letters come about {subject.name} any more. To have that back, tell your coach.",
        )
    if subject.registered:
        return Words(
            "It is noted already", f"You are going to {subject.name}: there is nothing left to press."
        )
    return Words("Its day has passed", f"{subject.name} is over, so there is nothing left to press.")


def _contact(subject: Subject) -> str:
    if subject.sort == "check-in":
        return "that you and your coach talked"
    if subject.is_event:
        return f"that you were at {subject.name}"
    how = "talked" if subject.kind == "mentor" else "were in touch"
    return f"that you and {subject.name} {how}"


def _no_use(subject: Subject) -> str:
    if subject.sort == "relationship" and not subject.is_event:
        return f"that reminders about {subject.name} are no use to you"
    return "that this is no use to you"


def _decided(decision: str) -> str:
    return f"You have decided to {decision}, for now."


def _rest(done: Standing, today: date) -> str:
    until = _date(done.left.get("not_before")) or done.subject.rests_until or today
    return day_in_words(until, seen_on=today)


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


_TOLD: Mapping[Purpose, Callable[[Standing, date], Words]] = {
    Purpose.DONE: _done,
    Purpose.DECIDE: _done,
    Purpose.STARTED: _started,
    Purpose.POSTPONE: _postponed,
    Purpose.MET: _met,
    Purpose.LATER: _later,
    Purpose.REGISTERED: _registered,
    Purpose.NOT_USEFUL: _not_useful,
    Purpose.STILL_USEFUL: _still_useful,
}
