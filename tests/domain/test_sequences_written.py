"""The firm's sequences as a coach reads them: who goes on to what, and what each letter brings to read."""

from dataclasses import replace
from itertools import groupby
from uuid import UUID

import pytest

from coaching.adapters.content import Content
from coaching.domain.clients import STAGES
from coaching.domain.engine.entering import is_let_in
from coaching.domain.engine.state import About, ClientState, EnrollmentFacts
from coaching.domain.library import choose
from coaching.settings import CONTENT
from tests.support.states import NOON, client, milestone, plan

FIRM = Content.load(CONTENT)
SEQUENCES = FIRM.sequences
REACHED = {
    "skills-service": milestone(state="reached", dimension="skills", reached_at=NOON),
    "job-search": milestone(kind="stay-shift-leave-decision", state="reached", reached_at=NOON),
}


def through(state: str, *steps: object) -> ClientState:
    """Return a client whose one focus area is behind them, or was left out for them."""
    way = EnrollmentFacts(UUID(int=5), "networks", state, NOON, SEQUENCES["networks"])
    if state == "ended":
        way = replace(way, ended_at=NOON, end_reason="completed")
    facts = {"plan": plan(), "milestones": steps, "about": About(focus=("networks",)), "enrollments": (way,)}
    return client(**facts)


@pytest.mark.parametrize("name", REACHED)
@pytest.mark.parametrize(("state", "fact"), [("ended", "sequence_ended"), ("held_out", "sequence_held_out")])
def test_a_service_follows_the_last_focus_area(name: str, state: str, fact: str) -> None:
    """Also where that was left out to compare: what lets in then is that it was."""
    one = SEQUENCES[name]
    assert fact in one.trigger.events
    assert is_let_in(through(state, REACHED[name]), one, NOON)
    assert not is_let_in(through(state), one, NOON)
    assert not is_let_in(through("active", REACHED[name]), one, NOON)


@pytest.mark.parametrize("stage", [None, *STAGES])
@pytest.mark.parametrize("name", [name for name, one in SEQUENCES.items() if one.dimension])
def test_each_letter_brings_what_fits(name: str, stage: str | None) -> None:
    """Of a sequence about a dimension every letter has something about it, for somebody at any stage."""
    seen: set[str] = set()
    for _ in SEQUENCES[name].step_keys:
        item = choose(FIRM.library.values(), dimension=SEQUENCES[name].dimension, stage=stage, seen=seen)
        assert item is not None
        assert SEQUENCES[name].dimension in item.dimensions
        seen.add(item.id)


@pytest.mark.parametrize("stage", [None, *STAGES])
@pytest.mark.parametrize("name", SEQUENCES)
def test_no_letter_comes_without_something_to_read(name: str, stage: str | None) -> None:
    """To whoever has had nothing yet: also in the welcome of a client whose stage isn't known."""
    seen: set[str] = set()
    for _ in range(5 if name == "welcome" else len(SEQUENCES[name].step_keys)):
        item = choose(FIRM.library.values(), dimension=SEQUENCES[name].dimension, stage=stage, seen=seen)
        assert item is not None
        seen.add(item.id)


def test_each_letter_is_in_one_place() -> None:
    """No letter stands in two sequences or twice in one: its words are about where it stands."""
    letters = [step.letter for one in SEQUENCES.values() for step in one.steps()]
    assert len(letters) == len(set(letters))


def test_equal_ranks_are_never_wanted_at_once() -> None:
    """Those of the same rank ask that the other isn't running, or are about areas of which one is next."""
    by_rank = groupby(sorted(SEQUENCES.values(), key=lambda one: one.rank), key=lambda one: one.rank)
    for _, equal in by_rank:
        several = list(equal)
        assert len(several) == 1 or all(one.dimension == one.name for one in several)


def test_each_names_every_way_out_but_a_pause() -> None:
    """The welcome isn't over when the plan begins, and nothing outranks it; the rest is the same for all."""
    usual = {"unsubscribed", "goal", "contact_request", "replied", "plan_completed", "outranked"}
    for one in SEQUENCES.values():
        assert set(one.exits) == (usual - {"goal", "outranked"} if one.name == "welcome" else usual)
