"""Who is let in, who is left alone to compare, and what an ended way leads to."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from coaching.domain.engine.entering import (
    is_left_alone_to_compare,
    is_let_in,
    lets_anybody_in,
    settled,
)
from coaching.domain.engine.happenings import EnrollmentEnded, EnrollmentMoved
from coaching.domain.engine.state import About, ClientState, EnrollmentFacts, LifeFact
from coaching.domain.sequence_documents import read_sequence
from coaching.domain.sequences import END_REASONS
from tests.support.drips import NETWORKS
from tests.support.states import NOON, client

GOAL = {"facts": [{"event": "milestone_reached", "dimension": "networks"}], "within_days": 90}
MANY = 4000


def networks(**changes: Any) -> Any:
    """Return the sequence on networks, with changes."""
    return read_sequence({**NETWORKS, **changes})


def had(state: str, days_ago: int) -> ClientState:
    """Return a client who entered the sequence so many days ago."""
    began = NOON - timedelta(days=days_ago)
    ended: datetime | None = NOON - timedelta(days=days_ago - 1) if state == "ended" else None
    one = EnrollmentFacts(UUID(int=5), "networks", state, began, None, ended_at=ended)
    return client(enrollments=(one,))


@pytest.mark.parametrize("share", [0, 10, 50])
def test_the_share_left_alone_is_near_its_percent_and_stays(share: int) -> None:
    """Of 4,000 clients it is the share within three in a hundred, and each is asked twice alike."""
    one = networks(hold_out=share, goal=GOAL)
    alone = [is_left_alone_to_compare(one, UUID(int=n)) for n in range(MANY)]
    assert alone == [is_left_alone_to_compare(one, UUID(int=n)) for n in range(MANY)]
    assert abs(100 * sum(alone) / MANY - share) <= (3 if share else 0)


def test_a_larger_share_keeps_whom_a_smaller_one_left_alone() -> None:
    """A new version with another share moves nobody from one group to the other without need."""
    few, more = networks(hold_out=10, goal=GOAL), networks(hold_out=20, goal=GOAL, version=2)
    for n in range(500):
        who = UUID(int=n)
        assert is_left_alone_to_compare(more, who) or not is_left_alone_to_compare(few, who)


@pytest.mark.parametrize(
    ("reentry", "state", "days_ago", "enters"),
    [
        ("never", "ended", 1000, False),
        ("yearly", "ended", 364, False),
        ("yearly", "ended", 365, True),
        ("yearly", "active", 400, False),
        ("yearly", "held_out", 364, False),
        ("each_time", "ended", 2, True),
        ("each_time", "active", 2, False),
        ("each_time", "held_out", 89, False),
        ("each_time", "held_out", 90, True),
    ],
)
def test_who_may_enter_again(reentry: str, state: str, days_ago: int, enters: bool) -> None:
    """Never, a year after the last start, or each time; never two at once, nor while left alone."""
    one = networks(reentry=reentry, goal=GOAL, hold_out=10)
    assert is_let_in(had(state, days_ago), one, NOON) is enters


@pytest.mark.parametrize(
    "changes",
    [
        {"confirmed_at": None},
        {"letters_agreed": False},
        {"suppressed": frozenset({"drip"})},
        {"suppressed": frozenset({"letters"})},
        {"about": About(quality="low")},
    ],
)
def test_nobody_enters_whom_no_letter_may_reach(changes: dict[str, Any]) -> None:
    """Nor does anybody whose answers can't be trusted; others do."""
    assert is_let_in(client(), networks(), NOON)
    assert not is_let_in(replace(client(), **changes), networks(), NOON)


def test_only_a_way_that_was_walked_to_its_end_leads_on() -> None:
    """A word to a person, a stop or a hand ends it for good; other facts let in whatever they say."""
    leads_on = {reason for reason in END_REASONS if lets_anybody_in("sequence_ended", reason)}
    assert leads_on == {"completed", "goal"}
    assert lets_anybody_in("plan_approved", None)


TOO = ["unsubscribed", "contact_request", "outranked"]


def on_both(first: int, second: int, *, turned: bool, life: tuple[LifeFact, ...] = ()) -> ClientState:
    """Return a client in two sequences of these ranks, ash and moss, who entered at the same moment."""
    began = NOON - timedelta(days=3)
    ash, moss = networks(name="ash", rank=first, exits=TOO[:2]), networks(name="moss", rank=second, exits=TOO)
    ways = tuple(
        EnrollmentFacts(UUID(int=number), one.name, "active", began, one)
        for number, one in enumerate((ash, moss))
    )
    return client(enrollments=ways[::-1] if turned else ways, life=life)


def ends(state: ClientState) -> list[tuple[str, str]]:
    """Return what ends now, in order, by name and reason."""
    names = {one.id: one.name for one in state.enrollments}
    _, happened = settled(state, NOON)
    return [(names[one.id], one.reason) for one in happened if isinstance(one, EnrollmentEnded)]


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(("ranks", "over"), [((3, 5), ["moss"]), ((4, 4), []), ((5, 3), [])])
def test_only_a_lower_rank_ends_another(ranks: tuple[int, int], over: list[str], turned: bool) -> None:
    """Of equals neither ends the other, whatever their names and whichever is looked at first."""
    assert ends(on_both(*ranks, turned=turned)) == [(name, "outranked") for name in over]


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("ranks", [(3, 5), (4, 4)])
def test_what_matters_more_ends_first_and_of_equals_the_first_by_name(
    ranks: tuple[int, int], turned: bool
) -> None:
    """So what is over at the same moment outranks nothing any more, however the two were loaded."""
    asked = (LifeFact("contact_requested", NOON - timedelta(days=1)),)
    state = on_both(*ranks, turned=turned, life=asked)
    assert ends(state) == [("ash", "contact_request"), ("moss", "contact_request")]


def test_what_has_just_ended_outranks_nothing() -> None:
    """The one that waited behind it goes on."""
    ash, moss = on_both(3, 5, turned=True).enrollments[::-1]
    wanted = networks(name="ash", rank=3, exits=["goal"], goal={**GOAL, "facts": [{"event": "contact_made"}]})
    state = client(
        enrollments=(moss, replace(ash, sequence=wanted)),
        life=(LifeFact("contact_made", NOON - timedelta(days=1)),),
    )
    assert ends(state) == [("ash", "goal")]


def test_a_state_that_was_settled_is_settled() -> None:
    """A second look finds nothing, and what ended stays in the state with its reason."""
    state, happened = settled(on_both(3, 5, turned=False), NOON)
    assert len(happened) == 1
    assert settled(state, NOON + timedelta(days=1)) == (state, ())
    assert [(one.name, one.state, one.end_reason) for one in state.enrollments] == [
        ("ash", "active", None),
        ("moss", "ended", "outranked"),
    ]


def test_what_is_meant_for_them_is_taken_up_before_it_ends_anything() -> None:
    """The new version's exits are those that count from then on."""
    ash = on_both(3, 5, turned=False).enrollments[0]
    newer = networks(name="ash", version=2, exits=["replied"])
    state = client(
        enrollments=(replace(ash, move_to=newer),),
        life=(LifeFact("contact_requested", NOON - timedelta(days=1)),),
    )
    after, happened = settled(state, NOON)
    assert happened == (EnrollmentMoved(ash.id),)
    assert (after.enrollments[0].sequence, after.enrollments[0].move_to) == (newer, None)
