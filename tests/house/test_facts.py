"""Every kind of fact is recorded by something, and something follows from it or a stated nothing."""

from coaching.domain.events import EventKind
from coaching.domain.sequences import AWAITED
from coaching.reactions import REACTIONS
from tests.house.facts import recorded


def test_every_kind_of_fact_is_recorded() -> None:
    """Whatever sequences may be let in by, wait for or have as a goal is written down by some use case."""
    assert set(EventKind) == recorded()
    assert set(AWAITED) <= recorded()


def test_every_kind_of_fact_has_a_reaction_or_a_stated_none() -> None:
    """Each has its line in the table of reactions, and none but these is answered by nothing."""
    assert set(REACTIONS) == set(EventKind)
    assert {kind for kind, reactions in REACTIONS.items() if not reactions} == {
        EventKind.PLAN_LEFT_WAITING,  # the coach's list looks at the plan itself
        EventKind.CLIENT_WENT_QUIET,  # the list looks for it in the morning
        EventKind.SEQUENCE_HELD_OUT,  # opens the door to what comes next
    }
