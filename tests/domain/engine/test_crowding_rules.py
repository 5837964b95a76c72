"""Letters beside each other: said before, outranked, carried by another, or more than there is room for."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from coaching.domain.engine import said
from coaching.domain.engine.attention import SLOW_AFTER
from coaching.domain.engine.crowding_rules import MOST_RIDERS, budget, duplicate, merge, rank
from coaching.domain.engine.state import LetterFacts, LocalIntent
from coaching.domain.ledger import TRANSACTIONAL
from coaching.domain.local_time import Hours
from tests.support.states import NOON, client, letter

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
TODAY = NOON.date()  # Monday 23 November; it is 13:00 in Paris
OWN = UUID(int=40)
HOST, NEXT_HOST = UUID(int=41), UUID(int=42)
QUEUED: dict[str, Any] = {"state": "queued", "queued_at": NOON, "slot_on": TODAY, "taken_at": NOON}


def november(day: int, hour: int = 7, minute: int = 30) -> datetime:
    """Return a time of that month in UTC; half past seven is when the hours begin in Paris."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def own(**changes: Any) -> LetterFacts:
    """Return the letter that is decided: a nudge about a mentor."""
    return letter(**{"id": OWN, "family": "mentoring", "template": "mentor-nudge"} | changes)


def taken(*days: int) -> tuple[LetterFacts, ...]:
    """Return letters that took the client's attention on these days of November."""
    return tuple(
        letter(slot_key=f"drip:{day}", state="queued", slot_on=date(2026, 11, day), taken_at=november(day))
        for day in days
    )


def better(on: int = 23, **changes: Any) -> LetterFacts:
    """Return a planned letter that matters more and goes by itself, meant for that day of November."""
    facts: dict[str, Any] = {"family": "milestone", "template": "decision-day", "rank": 25}
    return letter(**facts | {"slot_key": "milestone:decision", "due_at": november(on, 8, 0)} | changes)


def week(after: timedelta = 2 * DAY, **changes: Any) -> LetterFacts:
    """Return a planned letter that carries others."""
    facts: dict[str, Any] = {
        "id": HOST,
        "family": "milestone",
        "template": "week",
        "slot_key": "week:2026-W48",
    }
    return letter(**facts | {"due_at": NOON + after, "rank": 35} | changes)


def riders(count: int, host: UUID = HOST, **changes: Any) -> tuple[LetterFacts, ...]:
    """Return letters that ride in a host."""
    facts = {"state": "merged", "merged_into": host} | changes
    return tuple(letter(slot_key=f"networking:{host}:{place}", **facts) for place in range(count))


@pytest.mark.parametrize(
    ("about", "before", "said"),
    [
        pytest.param({}, {}, "skip", id="yesterday"),
        pytest.param({}, {"queued_at": NOON - 3 * DAY + SECOND}, "skip", id="just within"),
        pytest.param({}, {"queued_at": NOON - 3 * DAY}, "pass", id="three days ago"),
        pytest.param({}, {"content": "milestone-ahead:2"}, "pass", id="of another"),
        pytest.param({"content": ""}, {"content": ""}, "pass", id="says nothing"),
        pytest.param({}, {"id": OWN}, "pass", id="itself"),
        pytest.param({}, {"state": "planned", "queued_at": None}, "pass", id="not gone yet"),
    ],
)
def test_the_same_is_not_said_twice_in_three_days(
    about: dict[str, Any], before: dict[str, Any], said: str
) -> None:
    """Only a letter with the same content that went within three days stands in the way."""
    one = own(**{"content": "milestone-ahead:1"} | about)
    other = letter(**{"state": "queued", "queued_at": NOON - DAY, "content": "milestone-ahead:1"} | before)
    assert duplicate(one, client(letters=(one, other)), NOON).said == said


def test_what_was_said_before_is_dated_where_the_client_lives() -> None:
    """The record names the day of the last one, by the client's calendar."""
    same: dict[str, Any] = {"state": "queued", "content": "x"}
    letters = tuple(letter(queued_at=at, **same) for at in (november(22, 23, 30), november(21)))
    heard = duplicate(own(content="x"), client(letters=letters), NOON)
    assert heard.facts == ("2026-11-23",)


@pytest.mark.parametrize(
    ("others", "until"),
    [
        pytest.param((), None, id="alone"),
        pytest.param((better(23),), november(24), id="on the same day"),
        pytest.param((better(20),), november(24), id="overdue itself"),
        pytest.param((better(24),), None, id="tomorrow, with room for both"),
        pytest.param((better(24), *taken(21)), november(25), id="tomorrow, in the last place of the week"),
        pytest.param((better(24), *taken(18)), november(25), id="the sixth day before it counts"),
        pytest.param((better(24), *taken(17)), None, id="the seventh day before it doesn't"),
        pytest.param((better(29), *taken(23)), november(30), id="six days ahead room is held free"),
        pytest.param((better(30), *taken(23, 21)), None, id="seven days ahead it isn't"),
        pytest.param((better(24, rank=50), *taken(21)), None, id="no better than this one"),
        pytest.param((better(23, rank=49),), november(24), id="a little better"),
        pytest.param(
            (better(23, template="milestone-ahead", rank=40),), None, id="may ride, so needs no room"
        ),
        pytest.param((better(23, family=TRANSACTIONAL, template="report"),), None, id="asked for"),
        pytest.param((better(23, ignore_budget=True),), None, id="goes on top"),
        pytest.param((better(23, state="queued"),), None, id="gone already"),
        pytest.param(
            (better(22, due_at=november(23), intent=LocalIntent(date(2026, 11, 24), NOON.time(), "x")),),
            None,
            id="meant for tomorrow by the client's clock",
        ),
        pytest.param(
            (better(25), better(24, slot_key="event:eve", template="event-eve"), *taken(21)),
            november(25),
            id="the first of two",
        ),
        pytest.param((better(24), better(25, template="event-eve")), november(26), id="two, room for two"),
        pytest.param((better(24), better(30, template="event-eve")), None, id="two, the second after a week"),
        pytest.param(
            (better(24, family=TRANSACTIONAL), better(25), better(26, template="event-eve")),
            november(27),
            id="two, not counting what takes no room",
        ),
        pytest.param((better(23, expires_at=NOON),), None, id="over itself"),
    ],
)
def test_what_matters_more_goes_first(others: tuple[LetterFacts, ...], until: datetime | None) -> None:
    """On one day, and where this letter would take the place that the other needs."""
    one = own()
    heard = rank(one, client(letters=(one, *others)), NOON)
    assert (heard.said, heard.until) == ("pass" if until is None else "wait", until)
    assert heard.facts == (() if until is None else (_last_before(until, others),))


def test_room_is_not_held_free_at_the_cost_of_a_letter() -> None:
    """What would be over by the time that it may go goes today, unless it could ride by then."""
    others = (better(26), *taken(21))
    short = own(expires_at=november(27))
    assert rank(own(expires_at=november(27) + SECOND), client(letters=others), NOON).said == "wait"
    assert rank(short, client(letters=others), NOON).said == "pass"
    assert rank(short, client(letters=(week(), *others)), NOON).said == "wait"
    assert rank(short, client(letters=(better(23), *others)), NOON).said == "wait"


def _last_before(until: datetime, others: tuple[LetterFacts, ...]) -> str:
    before = (one for one in others if one.state == "planned" and one.due_at < until)
    return max(before, key=lambda one: one.due_at).template


@pytest.mark.parametrize(("on", "said"), [(24, "wait"), (29, "wait"), (30, "pass")])
def test_who_does_not_answer_has_room_for_one(on: int, said: str) -> None:
    """Then any letter would take the room of one that matters more, six days ahead and no further."""
    state = client(unanswered=SLOW_AFTER, letters=(better(on),))
    assert rank(own(), state, NOON).said == said


@pytest.mark.parametrize(
    "about",
    [{"family": TRANSACTIONAL}, {"ignore_budget": True}, QUEUED],
    ids=["asked for", "on top", "queued"],
)
def test_what_takes_no_room_or_has_it_is_not_outranked(about: dict[str, Any]) -> None:
    """What is asked for, what goes on top and what is on its way give way to nothing."""
    assert rank(own(**about), client(letters=(better(23),)), NOON).said == "pass"


def test_waiting_for_what_matters_more_keeps_to_the_clients_hours() -> None:
    """Where letters come on Wednesdays only, the day after is the next Wednesday."""
    state = client(letters=(better(23),), hours=Hours.of("3 10:00-12:00"))
    assert rank(own(), state, NOON).until == november(25, 9, 0)


@pytest.mark.parametrize(
    ("about", "others", "heard"),
    [
        pytest.param({}, (), "", id="no host"),
        pytest.param({}, (week(),), "merge", id="in two days"),
        pytest.param({}, (week(-DAY),), "merge", id="host overdue"),
        pytest.param({}, (week(-4 * DAY, expires_at=NOON),), "", id="host over"),
        pytest.param({}, (week(3 * DAY),), "merge", id="in three days"),
        pytest.param({}, (week(3 * DAY + SECOND),), "room", id="later, and there is room"),
        pytest.param({}, (week(5 * DAY), *taken(23)), "merge", id="later, and today is taken"),
        pytest.param({}, (week(5 * DAY), *taken(21, 19)), "merge", id="later, and the week is full"),
        pytest.param({}, (week(5 * DAY), better(23)), "merge", id="later, and something better is due"),
        pytest.param({}, (week(5 * DAY), better(24), *taken(21)), "merge", id="later, and room is held free"),
        pytest.param({"template": "keep-in-touch"}, (week(5 * DAY),), "merge", id="a contact rides whenever"),
        pytest.param({"expires_at": NOON + 2 * DAY}, (week(),), "", id="over when the host comes"),
        pytest.param({"expires_at": NOON + 2 * DAY + SECOND}, (week(),), "merge", id="just not over"),
        pytest.param({}, (week(state="queued"),), "", id="host on its way"),
        pytest.param({}, (week(state="cancelled"),), "", id="host called off"),
        pytest.param({"template": "decision-day"}, (week(),), "", id="not made to ride"),
        pytest.param({"template": "week"}, (week(),), "", id="hosts don't ride"),
        pytest.param({"state": "queued"}, (week(),), "", id="on its way itself"),
        pytest.param({"state": "merged", "merged_into": HOST}, (week(),), "", id="riding already"),
        pytest.param({}, (week(), *riders(MOST_RIDERS - 1)), "merge", id="the fourth"),
        pytest.param({}, (week(), *riders(MOST_RIDERS)), "full", id="the fifth"),
        pytest.param(
            {"template": "keep-in-touch"}, (week(), *riders(MOST_RIDERS)), "full", id="a fifth contact"
        ),
        pytest.param(
            {}, (week(), *riders(MOST_RIDERS, state="cancelled")), "merge", id="those who left don't count"
        ),
        pytest.param({}, (week(), *riders(MOST_RIDERS, NEXT_HOST)), "merge", id="nor those of another host"),
    ],
)
def test_what_rides_and_where(about: dict[str, Any], others: tuple[LetterFacts, ...], heard: str) -> None:
    """Into a host that goes soon, or where there is no room before it; a contact into any; four at most."""
    one = own(**about)
    told = merge(one, client(letters=(one, *others)), NOON)
    assert (told.variant if told.said == "pass" else told.said) == heard
    assert told.host == (HOST if heard == "merge" else None)
    assert told.facts == (("week:2026-W48",) if heard == "merge" else ())


def test_a_host_that_is_refused_carries_nothing() -> None:
    """Who doesn't want the week still gets what would have ridden in it."""
    state = client(letters=(week(),), suppressed=frozenset({"milestone"}))
    assert merge(own(), state, NOON).said == "pass"


@pytest.mark.parametrize(
    ("about", "full", "host"),
    [
        ({}, (), HOST),
        ({}, (HOST,), NEXT_HOST),
        ({}, (HOST, NEXT_HOST), None),
        ({"expires_at": NOON + 2 * DAY}, (HOST,), None),
    ],
    ids=["the first", "the next", "none", "the next comes too late"],
)
def test_a_fifth_takes_the_next_host(
    about: dict[str, Any], full: tuple[UUID, ...], host: UUID | None
) -> None:
    """The soonest host with a place left, if it comes before the letter is over; else it goes by itself."""
    hosts = (week(2 * DAY, id=NEXT_HOST, slot_key="week:2026-W49"), week(DAY))
    inside = tuple(one for each in full for one in riders(MOST_RIDERS, each))
    told = merge(own(**about), client(letters=(*hosts, *inside)), NOON)
    assert told.host == host
    assert told.variant == ("full" if host is None else "")


@pytest.mark.parametrize(
    ("state", "variant", "until"),
    [
        pytest.param({}, "", None, id="nothing yet"),
        pytest.param({"letters": taken(23)}, "day", november(24), id="one today"),
        pytest.param({"letters": taken(22)}, "", None, id="one yesterday"),
        pytest.param(
            {"letters": taken(23, 20)}, "day", november(27), id="one today, and the week full for days"
        ),
        pytest.param({"letters": taken(21, 19)}, "week", november(26), id="two in seven days"),
        pytest.param({"letters": taken(21, 17)}, "week", november(24), id="the seventh day counts"),
        pytest.param({"letters": taken(21, 16)}, "", None, id="the eighth doesn't"),
        pytest.param({"letters": taken(22, 21)}, "week", november(30), id="free on a Saturday"),
        pytest.param({"letters": taken(17), "unanswered": 3}, "", None, id="three unanswered"),
        pytest.param({"letters": taken(17), "unanswered": 4}, "week", november(24), id="four unanswered"),
        pytest.param({"letters": taken(16), "unanswered": 4}, "", None, id="four unanswered, eight days ago"),
        pytest.param(
            {"letters": taken(23), "unanswered": 4}, "day", november(30), id="four unanswered, today"
        ),
        pytest.param(
            {"letters": taken(23), "time_zone": "Pacific/Kiritimati"},
            "",
            None,
            id="tomorrow already on Kiritimati",
        ),
        pytest.param(
            {"letters": taken(23), "time_zone": "America/New_York"},
            "day",
            november(24, 13),
            id="hours of New York",
        ),
        pytest.param(
            {"letters": taken(23), "hours": Hours.of("3 10:00-12:00")},
            "day",
            november(25, 9, 0),
            id="own hours",
        ),
    ],
)
def test_one_a_day_and_two_in_seven(state: dict[str, Any], variant: str, until: datetime | None) -> None:
    """By the client's calendar, and half of it for who stopped answering; the rest waits for a free day."""
    told = budget(own(), client(**state), NOON)
    assert (told.said, told.variant, told.until) == ("wait" if until else "pass", variant, until)
    assert until is None or told.saw == {"day": said.DAY_TAKEN, "week": said.WEEK_TAKEN}[variant]
    assert told.facts == (() if until is None else (until.date().isoformat(),))


@pytest.mark.parametrize(
    ("about", "variant"), [({"family": TRANSACTIONAL}, "uncounted"), ({"ignore_budget": True}, "right")]
)
def test_what_goes_on_top_is_not_counted(about: dict[str, Any], variant: str) -> None:
    """What is asked for, and what somebody had the right to send, goes whatever came before."""
    told = budget(own(**about), client(letters=taken(23, 22, 21)), NOON)
    assert (told.said, told.variant) == ("pass", variant)


def test_a_letter_that_is_on_its_way_does_not_crowd_itself_out() -> None:
    """Looked at again in its batch it has its room, also where it was itself the fourth unanswered."""
    one = own(**QUEUED)
    state = client(unanswered=SLOW_AFTER, letters=(one, *taken(17)))
    assert budget(one, state, NOON).said == "pass"
    assert budget(own(id=HOST), state, NOON).said == "wait"


@pytest.mark.parametrize(
    ("ahead", "until"),
    [((24,), 25), ((23, 24), 30)],
    ids=["tomorrow by the old clock", "today and tomorrow"],
)
def test_moving_west_wins_no_letter(ahead: tuple[int, ...], until: int) -> None:
    """Dates taken where it was later already count: nothing goes before they have passed."""
    heard = budget(own(), client(letters=taken(*ahead)), NOON)
    assert (heard.said, heard.variant, heard.until) == ("wait", "day", november(until))
