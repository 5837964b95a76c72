"""What recurs: the client's week at the rhythm that they chose, and talks with the coach."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from coaching.domain.engine.plan_rule import plan as plan_rule
from coaching.domain.engine.state import Cadence, LetterFacts, Slot
from coaching.domain.local_time import Hours
from tests.support.called_for import NO_MONDAYS, PLAN, STEP, gone, slots, step
from tests.support.states import NOON, client, letter, milestone, plan, relationship

DAY = timedelta(days=1)
NETWORK = plan(cadences=(Cadence("network", 7, count=2),))
TALKS = plan(cadences=(Cadence("check_in", 14, 4, 30),))
SLOW = {"unanswered": 4}


def the_only(template: str, now: datetime = NOON, **changes: Any) -> Slot | None:
    """Return the one slot of this letter, if it is wanted."""
    found = [slot for slot in slots(now, **changes).values() if slot.template == template]
    assert len(found) <= 1
    return found[0] if found else None


def week(now: datetime = NOON, **changes: Any) -> str | None:
    """Return which week is wanted, and on which date: '2026-W48 on 2026-11-23'."""
    slot = the_only("week", now, **changes)
    return f"{slot.key.removeprefix('week:')} on {slot.intent.on}" if slot and slot.intent else None


def before(number: int, state: str = "queued") -> tuple[LetterFacts, ...]:
    """Return the week of this number of 2026, in this state."""
    return (gone(f"week:2026-W{number}", "week", state=state),)


@pytest.mark.parametrize(
    ("rhythm", "letters", "changes", "expected"),
    [
        pytest.param("weekly", (), {}, "2026-W48 on 2026-11-23", id="none yet"),
        pytest.param("monthly", (), {}, "2026-W48 on 2026-11-23", id="none yet, monthly"),
        pytest.param("weekly", before(47), {}, "2026-W48 on 2026-11-23", id="weekly"),
        pytest.param("fortnightly", before(47), {}, "2026-W49 on 2026-11-30", id="fortnightly"),
        pytest.param("monthly", before(47), {}, "2026-W51 on 2026-12-14", id="monthly"),
        pytest.param("weekly", before(47), SLOW, "2026-W49 on 2026-11-30", id="weekly, slow"),
        pytest.param("fortnightly", before(47), SLOW, "2026-W51 on 2026-12-14", id="fortnightly, slow"),
        pytest.param("monthly", before(47), SLOW, "2027-W02 on 2027-01-11", id="monthly, slow"),
        pytest.param("weekly", before(53), {}, "2027-W01 on 2027-01-04", id="over the end of the year"),
        pytest.param("fortnightly", before(44), {}, "2026-W48 on 2026-11-23", id="long ago"),
        pytest.param("weekly", before(48), {}, "2026-W49 on 2026-11-30", id="gone today"),
        pytest.param("weekly", before(48, "skipped"), {}, "2026-W49 on 2026-11-30", id="skipped today"),
        pytest.param("weekly", before(48, "expired"), {}, "2026-W49 on 2026-11-30", id="expired today"),
        pytest.param("weekly", before(48, "planned"), {}, "2026-W48 on 2026-11-23", id="planned"),
        pytest.param("weekly", before(48, "cancelled"), {}, "2026-W48 on 2026-11-23", id="called off"),
        pytest.param(
            "weekly", before(47), {"hours": NO_MONDAYS}, "2026-W48 on 2026-11-24", id="a week without Mondays"
        ),
        pytest.param(
            "weekly",
            before(47),
            {"hours": Hours.of("67 10:00-12:00")},
            "2026-W48 on 2026-11-28",
            id="weekends",
        ),
    ],
)
def test_when_the_next_week_comes(
    rhythm: str, letters: tuple[LetterFacts, ...], changes: dict[str, Any], expected: str
) -> None:
    """So many weeks after the last that met its end, twice as many for who stopped answering."""
    assert week(rhythm=rhythm, letters=letters, **step(due_on=date(2027, 1, 15)), **changes) == expected


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (datetime(2026, 11, 27, 7, 29, 59, tzinfo=UTC), "2026-W48 on 2026-11-23"),
        (datetime(2026, 11, 27, 7, 30, tzinfo=UTC), "2026-W49 on 2026-11-30"),
    ],
)
def test_a_week_that_could_not_come_is_left_out(now: datetime, expected: str) -> None:
    """Four days after its hours began, it is the next one's turn."""
    assert week(now, **step()) == expected


@pytest.mark.parametrize(
    ("due", "expected"),
    [
        ((), None),
        (((STEP, "2026-12-10"),), STEP),
        (((STEP, "2026-12-11"), (UUID(int=8), "2026-12-10")), UUID(int=8)),
        (((UUID(int=8), "2026-12-10"), (STEP, "2026-11-23")), STEP),
        (((STEP, "2026-12-10"), (UUID(int=8), "2026-11-22")), STEP),
        (((UUID(int=8), "2026-11-22"),), None),
    ],
    ids=["none", "one", "the first", "on its day", "overdue has a letter of its own", "nothing else"],
)
def test_the_one_step_of_a_week(due: tuple[tuple[UUID, str], ...], expected: UUID | None) -> None:
    """Of the open milestones the one due first, and none whose day has passed: another letter asks, once."""
    steps = tuple(milestone(id=each, due_on=date.fromisoformat(on)) for each, on in due)
    slot = the_only("week", milestones=steps, relationships=(relationship(),))
    assert slot is not None
    assert slot.detail.get("milestone") == (None if expected is None else str(expected))


PEERS = tuple(
    relationship(id=UUID(int=20 + place), kind="peer", last_contact_on=last)
    for place, last in enumerate((date(2026, 11, 2), date(2026, 9, 1), date(2026, 11, 17), date(2026, 10, 1)))
)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, [21, 23]),
        ({"plan": plan()}, []),
        ({"plan": plan(cadences=(Cadence("network", 7, count=9),))}, [21, 23, 20]),
        ({"plan": plan(cadences=(Cadence("network", 7), Cadence("network", 30)))}, [21, 23]),
        ({"suppressed": frozenset({"networking"})}, []),
        ({"suppressed": frozenset({"mentoring"})}, [21, 23]),
    ],
    ids=[
        "two",
        "no such rhythm",
        "all but who had contact",
        "two rhythms",
        "refused",
        "something else refused",
    ],
)
def test_whom_a_week_proposes(changes: dict[str, Any], expected: list[int]) -> None:
    """As many as the plan says, who waited longest first; nobody for who wants no letters about people."""
    facts: dict[str, Any] = {"plan": NETWORK, "relationships": PEERS} | step() | changes
    slot = the_only("week", **facts)
    assert slot is not None
    assert slot.detail["touches"] == [str(UUID(int=number)) for number in expected]


@pytest.mark.parametrize(
    ("kinds", "suppressed", "comes"),
    [
        ((), (), False),
        (("event",), (), False),
        (("peer",), (), True),
        (("peer",), ("networking",), False),
        (("peer",), ("mentoring",), True),
        (("peer", "mentor"), ("networking",), True),
        (("peer", "mentor"), ("networking", "mentoring"), False),
    ],
)
def test_a_week_without_a_step_is_about_people(
    kinds: tuple[str, ...], suppressed: tuple[str, ...], comes: bool
) -> None:
    """It comes only while there is somebody about whom the client wants letters."""
    people = tuple(relationship(kind=kind) for kind in kinds)
    found = week(plan=NETWORK, relationships=people, suppressed=frozenset(suppressed))
    assert (found is not None) is comes


@pytest.mark.parametrize(
    ("now", "cadence", "expected"),
    [
        pytest.param((11, 19, 22), Cadence("check_in", 14, 4, 30), "2026-11-09", id="within ten days"),
        pytest.param((11, 19, 23), Cadence("check_in", 14, 4, 30), "2026-11-23", id="ten days are over"),
        pytest.param((12, 31, 23), Cadence("check_in", 14, 4, 30), "2027-01-20", id="four, then monthly"),
        pytest.param((12, 31, 22), Cadence("check_in", 14, 4), "2026-12-21", id="the last of four"),
        pytest.param((12, 31, 23), Cadence("check_in", 14, 4), None, id="no more than four"),
        pytest.param((11, 23, 12), Cadence("check_in", 30), "2026-11-25", id="always the same"),
        pytest.param(
            (11, 23, 12), Cadence("check_in", 30, not_before=date(2026, 11, 26)), "2026-12-25", id="at rest"
        ),
        pytest.param((11, 23, 12), Cadence("network", 14), None, id="no talks"),
    ],
)
def test_when_the_next_talk_is(now: tuple[int, int, int], cadence: Cadence, expected: str | None) -> None:
    """So many days from the start of the plan on; a talk that nobody was written about is left out."""
    slot = the_only("check-in", datetime(2026, *now, tzinfo=UTC), plan=plan(cadences=(cadence,)))
    assert (slot.key if slot else None) == (f"check-in:{PLAN}:{expected}" if expected else None)


@pytest.mark.parametrize(
    ("state", "expected"), [("queued", "2026-12-07"), ("skipped", "2026-12-07"), ("planned", "2026-11-23")]
)
def test_a_talk_is_proposed_once(state: str, expected: str) -> None:
    """When its letter met its end, the next one is planned."""
    slot = the_only(
        "check-in", plan=TALKS, letters=(gone(f"check-in:{PLAN}:2026-11-23", "check-in", state=state),)
    )
    assert slot is not None
    assert slot.key == f"check-in:{PLAN}:{expected}"


def test_a_talk_keeps_to_the_clients_days() -> None:
    """Its key has the day by the rhythm; it comes on the first day of letters, good for ten more."""
    slot = the_only("check-in", plan=TALKS, hours=NO_MONDAYS)
    assert slot is not None
    assert slot.intent is not None
    assert (slot.key, str(slot.intent.on)) == (f"check-in:{PLAN}:2026-11-23", "2026-11-24")
    assert slot.expires_at == datetime(2026, 12, 4, 23, tzinfo=UTC)


def test_a_plan_without_a_start_has_no_rhythm() -> None:
    """Before it is known when the plan begins, nothing recurs."""
    facts: dict[str, Any] = {"plan": plan(starts_on=None, cadences=TALKS.cadences)} | step()
    assert the_only("week", **facts) is None
    assert the_only("check-in", **facts) is None


EVENTS = plan(cadences=(Cadence("event", 30),))


def events(*days: str, **changes: Any) -> dict[str, Any]:
    """Return a client whose plan has an event a month, with events on these days."""
    return {
        "plan": EVENTS,
        "relationships": tuple(
            relationship(
                id=UUID(int=30 + n), kind="event", cadence_days=None, starts_on=date.fromisoformat(on)
            )
            for n, on in enumerate(days)
        ),
    } | changes


@pytest.mark.parametrize(
    ("state", "at", "asks"),
    [
        pytest.param(events(), NOON, False, id="asked in the week of 2 November, not again so soon"),
        pytest.param(events(), NOON - 21 * DAY, True, id="a week with the plan first"),
        pytest.param(events(), NOON + 14 * DAY, True, id="once more in the next round"),
        pytest.param(events("2026-11-20"), NOON + 7 * DAY, True, id="a week after one"),
        pytest.param(events("2026-11-20"), NOON + 14 * DAY, False, id="once after one"),
        pytest.param(events("2026-10-01", "2026-12-20"), NOON + 14 * DAY, False, id="one is coming"),
        pytest.param(events(suppressed=frozenset({"networking"})), NOON - 21 * DAY, False, id="refused"),
    ],
)
def test_an_event_is_looked_for_once_in_each_round(state: dict[str, Any], at: datetime, asks: bool) -> None:
    """While none is coming, the week says that it is time to look for one: once, then a round later."""
    slot = the_only("week", at, **state)
    assert (slot is not None and slot.detail.get("find_event") is True) is asks


def test_the_goal_goes_with_the_week() -> None:
    """Also while nobody is there to be in touch with; then it is no week of its own."""
    alone = the_only("week", plan=NETWORK, milestones=(milestone(id=STEP),))
    assert alone is not None
    assert (alone.detail["touch_goal"], alone.detail["touches"]) == (2, [])
    assert the_only("week", plan=NETWORK) is None


def planned_week(**changes: Any) -> LetterFacts:
    """Return this week's letter, about to go."""
    return letter(id=UUID(int=50), family="milestone", template="week", slot_key="week:2026-W48", **changes)


@pytest.mark.parametrize(
    ("state", "beside", "said"),
    [
        pytest.param({"relationships": (relationship(),)}, (), "skip", id="only planned to carry"),
        pytest.param(
            {"relationships": (relationship(),)},
            (letter(state="merged", merged_into=UUID(int=50)),),
            "pass",
            id="carries something",
        ),
        pytest.param({"milestones": (milestone(id=STEP),)}, (), "pass", id="has a step"),
        pytest.param(
            {"plan": NETWORK, "relationships": (relationship(kind="peer"),)}, (), "pass", id="touches"
        ),
        pytest.param(
            step(due_on=date(2026, 11, 20)), (), "skip", id="only an overdue step, which has its own"
        ),
    ],
)
def test_an_empty_week_does_not_go(state: dict[str, Any], beside: tuple[LetterFacts, ...], said: str) -> None:
    """A letter that asks for nothing and carries nothing takes no attention."""
    host = planned_week()
    heard = plan_rule(host, client(**{"plan": plan(), "letters": (host, *beside)} | state), NOON)
    assert (heard.said, heard.variant) == (said, "empty" if said == "skip" else "")
