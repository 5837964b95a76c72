"""Random sequences, walked to their end: one letter at a time, each step once, and always an end."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from coaching.domain.engine.sequence_slots import ending_of, sequence_slots
from coaching.domain.engine.state import About, ClientState, EnrollmentFacts, LifeFact
from coaching.domain.sequence_documents import read_sequence
from tests.support.drips import NETWORKS
from tests.support.states import client, letter, plan

MONDAY = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
FILTERS = st.sampled_from([{"field": "stage", "is": "starting"}, {"field": "plan", "is": "active"}])
DELAYS = st.one_of(
    st.fixed_dictionaries({"days": st.integers(0, 20)}),
    st.fixed_dictionaries({"working_days": st.integers(0, 9)}),
)
STEPS = st.fixed_dictionaries(
    {"letter": st.just("networks-see"), "after": DELAYS, "at": st.sampled_from(["09:00", "23:00"])},
    optional={"when": FILTERS},
)
WAITS = st.builds(lambda days: {"wait_for": {"event": "milestone_started", "days": days}}, st.integers(1, 20))


def _branch(ways: list[list[dict[str, Any]]], when: dict[str, Any]) -> dict[str, Any]:
    return {"branch": [{"when": when, "steps": steps} for steps in ways[:-1]] + [{"steps": ways[-1]}]}


PARTS = st.recursive(
    st.one_of(STEPS, WAITS),
    lambda parts: st.builds(
        _branch, st.lists(st.lists(parts, min_size=1, max_size=3), min_size=1, max_size=3), FILTERS
    ),
    max_leaves=8,
)
ENDS = st.sampled_from(["queued", "merged", "skipped", "expired", "failed"])


def keyed(parts: list[dict[str, Any]], path: str = "s") -> list[dict[str, Any]]:
    """Return the parts with a key for each letter."""
    return [_keyed(part, f"{path}-{n}") for n, part in enumerate(parts)]


def _keyed(part: dict[str, Any], path: str) -> dict[str, Any]:
    if "letter" in part:
        return {**part, "key": path}
    if "branch" in part:
        ways = [{**way, "steps": keyed(way["steps"], f"{path}-{n}")} for n, way in enumerate(part["branch"])]
        return {"branch": ways}
    return part


@given(
    st.lists(PARTS, min_size=1, max_size=5),
    st.lists(st.integers(0, 60), max_size=3),
    st.sampled_from(["Europe/Paris", "America/New_York", "Australia/Lord_Howe"]),
    st.data(),
)
def test_every_walk_ends_and_no_step_comes_twice(
    parts: list[dict[str, Any]], started: list[int], zone: str, data: st.DataObject
) -> None:
    """Whatever becomes of each letter and however the client changes: in order, to an end."""
    sequence = read_sequence({**NETWORKS, "steps": keyed(parts)})
    life = tuple(LifeFact("milestone_started", MONDAY + timedelta(days=day), None) for day in started)
    way = EnrollmentFacts(UUID(int=5), "networks", "active", MONDAY, sequence)
    state = client(plan=plan(), enrollments=(way,), life=life, time_zone=zone)
    now, had = MONDAY, list[str]()
    while slots := list(sequence_slots(state, now)):
        (slot,) = slots
        assert ending_of(way, state, now) is None
        had.append(slot.detail["step"])
        now = max(now, slot.due_at)
        state = _met_its_end(state, slot.key, data.draw(ENDS), now)
        state = replace(state, about=About(stage=data.draw(st.sampled_from(["starting", "growing"]))))
    assert had == sorted(set(had), key=sequence.step_keys.index)
    ending = ending_of(way, state, now)
    assert ending is not None
    assert ending.reason == "completed"


def _met_its_end(state: ClientState, key: str, how: str, now: datetime) -> ClientState:
    queued_at = now if how in {"queued", "merged"} else None
    one = letter(slot_key=key, template="networks-see", family="drip", state=how, due_at=now)
    return replace(state, letters=(*state.letters, replace(one, queued_at=queued_at, ended_at=now)))
