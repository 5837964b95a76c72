"""What stands behind each word that a rule can say, for an operator, a coach and the client to read."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from coaching.domain.engine import said


@dataclass(frozen=True)
class Words:
    """`saw` is what the rule saw, as it says so itself; `more` stands behind it where the facts are known.

    `client` and `client_more` say the same to the client, for whatever keeps a letter back. A coach reads
    `coach`, or else what an operator reads. {day}, {ends}, {count}, {letter}: facts of the record.
    """

    saw: str
    more: str = ""
    client: str = ""
    client_more: str = ""
    coach: str = ""


def _pass(saw: str) -> Words:
    return Words(saw)


_TO_PASS = {
    "expiry:pass": _pass("It still makes sense."),
    "suppression:pass": _pass("The address is not suppressed for this family."),
    "allowlist:pass": _pass("This installation may write to the address."),
    "consent:pass": _pass("The client agreed to letters."),
    "consent:pass:asked": _pass("It was asked for."),
    "confirmation:pass": _pass("Nothing stands against it."),
    "daily_cap:pass": _pass("Not counted."),
    "daily_cap:pass:counted": _pass("{count} of 5 within a day."),
    "pause:pass": _pass("Letters are not paused."),
    "pause:pass:asked": _pass("A pause doesn't hold what was asked for."),
    "plan:pass": _pass("The plan runs and calls for it."),
    "plan:pass:none": _pass("It belongs to no plan."),
    "plan:pass:sequence": _pass("Its sequence calls for it."),
    "silence:pass": _pass("{count} letters went unanswered."),
    "silence:pass:uncounted": _pass("Not counted."),
    "duplicate:pass": _pass("No letter of the last days said the same."),
    "rank:pass": _pass("Nothing that matters more is due."),
    "merge:pass": _pass("No letter that could carry it is planned."),
    "merge:pass:full": _pass("What could carry it has no room left."),
    "merge:pass:room": _pass("It has room for itself before one that could carry it."),
    "budget:pass": _pass("There is room for a letter today."),
    "budget:pass:right": _pass("It goes on top: whoever sent it had the right to say so."),
    "budget:pass:uncounted": _pass("Not counted."),
    "window:pass": _pass("It is a decent hour where the client is."),
    "window:pass:asked": _pass("Letters that were asked for go at any hour."),
    "window:pass:right": _pass("It may go at any hour: whoever sent it had the right to say so."),
}
_TO_END = {
    "expiry:expire": Words(said.OVER, client="It would have come too late to be of use to you."),
    "suppression:skip": Words(said.UNSUBSCRIBED, client="You asked not to get letters of this kind."),
    "suppression:skip:all": Words(
        said.SUPPRESSED,
        client="Nothing goes to your address, since letters to it came back or were not wanted.",
        coach="Letters to this address came back or were not wanted, so nothing goes there.",
    ),
    "allowlist:skip": Words(said.UNLISTED, client="Letters to your address are not switched on here."),
    "consent:skip": Words(said.NOT_AGREED, client="Letters come only to those who said yes to them."),
    "confirmation:skip": Words(said.UNCONFIRMED, client="Your address was not confirmed yet."),
    "confirmation:skip:done": Words(
        "The address is confirmed, so no reminder is needed.",
        client="Your address is confirmed, so no reminder was needed.",
    ),
    "confirmation:skip:unsent": Words(
        "The letter that it reminds of could not be sent.",
        client="The letter that it reminds of could not be sent.",
    ),
    "daily_cap:skip": Words(
        "{count} letters of this kind went to this address within a day.",
        client="Several letters of this kind had come to you within a day already.",
    ),
    "pause:skip": Words(
        said.PAUSED, client="Your letters were paused, and what fell due meanwhile was left out."
    ),
    "plan:skip": Words(said.NO_PLAN, client="It belongs to a plan, and none is running."),
    "plan:skip:over": Words(said.NOT_CALLED_FOR, client="What it was about has moved on."),
    "plan:skip:empty": Words(said.NOTHING_TO_SAY, client="There was nothing new to tell you that week."),
    "silence:skip": Words(
        said.LEFT_ALONE, client="We had not heard from you for a while, and did not want to press."
    ),
    "duplicate:skip": Words(
        said.SAID_BEFORE,
        more="It went on {day}.",
        client="A letter to you had just said the same.",
        client_more="It went on {day}.",
    ),
}
_TO_WAIT = {
    "pause:wait": Words(
        said.ON_HOLD,
        more="The pause {ends}.",
        client="Your letters are paused, and this one waits until that is over.",
        client_more="The pause {ends}.",
    ),
    "silence:wait": Words(
        said.TO_BE_ASKED,
        client="We have not heard from you for a while; another letter first asks whether they are useful.",
    ),
    "rank:wait": Words(
        said.OUTRANKED,
        more="That is {letter}.",
        client="Another letter to you comes first.",
    ),
    "merge:merge": Words(
        said.RIDES,
        more="That is {letter}.",
        client="It comes inside another letter, so that you get one instead of two.",
    ),
    "budget:wait:day": Words(
        said.DAY_TAKEN,
        more="There is room again on {day}.",
        client="You have had a letter today.",
        client_more="This one comes on {day} at the earliest.",
    ),
    "budget:wait:week": Words(
        said.WEEK_TAKEN,
        more="There is room again on {day}.",
        client="You have had as many letters in seven days as you should.",
        client_more="This one comes on {day} at the earliest.",
    ),
    "window:wait": Words(said.BAD_HOUR, client="It waits for the hours at which letters may come to you."),
}
WORDS: Mapping[str, Words] = MappingProxyType({**_TO_PASS, **_TO_END, **_TO_WAIT})
