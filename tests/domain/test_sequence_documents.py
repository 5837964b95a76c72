"""A sequence is read from its document, and every fault is told with its place."""

from datetime import time
from typing import Any

import pytest

from coaching.domain.faults import DocumentFaults, place
from coaching.domain.sequence_documents import read_sequence
from coaching.domain.sequences import Awaited, Branch, Delay, WaitFor
from tests.support.drips import NETWORKS

STEP = {"key": "see", "letter": "networks-see", "after": {"days": 2}}


def faults_of(**changes: Any) -> dict[str, str]:
    """Return what is wrong with the sequence on networks once it is changed, by place."""
    with pytest.raises(DocumentFaults) as caught:
        read_sequence({**NETWORKS, **changes})
    return {place(where): reason for where, reason in caught.value.faults}


def test_what_is_not_said_is_as_usual() -> None:
    """Nine o'clock, never again, nobody left alone, and every exit but a pause."""
    given = {key: value for key, value in NETWORKS.items() if key not in {"reentry", "exits"}}
    read = read_sequence({**given, "steps": [STEP]})
    assert (read.reentry, read.hold_out, read.goal) == ("never", 0, None)
    assert "paused" not in read.exits
    assert next(read.steps()).at == time(9)


def test_waits_and_branches_are_read() -> None:
    """Steps of every way are counted, in the order of the file."""
    other = {**STEP, "key": "new", "after": {"working_days": 1}}
    wait = {"wait_for": {"event": "milestone_started", "dimension": "networks", "days": 10}}
    ways = [{"when": {"field": "stage", "is": "starting"}, "steps": [other]}, {"steps": [STEP]}]
    read = read_sequence({**NETWORKS, "steps": [wait, {"branch": ways}]})
    assert read.step_keys == ("new", "see")
    first, second = read.parts
    assert first == WaitFor(Awaited("milestone_started", "networks"), 10)
    assert isinstance(second, Branch)
    assert next(read.steps()).after == Delay(working_days=1)


def test_its_own_document_reads_as_the_same() -> None:
    """What is stored when it is published is what it was."""
    read = read_sequence(NETWORKS)
    assert read_sequence(read.document) == read


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"name": "Net works"}, "name"),
        ({"version": 0}, "version"),
        ({"version": True}, "version"),
        ({"rank": 10}, "rank"),
        ({"title": " "}, "title"),
        ({"reentry": "daily"}, "reentry"),
        ({"hold_out": 10}, "hold_out"),
        ({"exits": ["goal"]}, "exits"),
        ({"exits": ["rain"]}, "exits[0]"),
        ({"trigger": {"events": ["rain"]}}, "trigger.events[0]"),
        (
            {"trigger": {"events": ["plan_approved"], "when": {"field": "rain", "is": 1}}},
            "trigger.when.field",
        ),
        ({"goal": {"facts": [], "within_days": 9}}, "goal.facts"),
        ({"goal": {"facts": [{"event": "rain"}], "within_days": 9}}, "goal.facts[0].event"),
        ({"steps": []}, "steps"),
        ({"steps": [{"key": "a"}]}, "steps[0]"),
        ({"steps": [STEP, STEP]}, "steps[1].key"),
        ({"steps": [{**STEP, "at": 9}]}, "steps[0].at"),
        ({"steps": [{**STEP, "after": {}}]}, "steps[0].after"),
        ({"steps": [{**STEP, "after": {"days": -1}}]}, "steps[0].after.days"),
        ({"steps": [{"branch": [{"steps": [STEP]}, {"steps": []}]}]}, "steps[0].branch[0]"),
        ({"steps": [{"wait_for": {"event": "milestone_started"}}]}, "steps[0].wait_for.days"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_fault_is_told_with_its_place(changes: dict[str, Any], where: str) -> None:
    """Nothing else is found wrong."""
    assert set(faults_of(**changes)) == {where}


def test_all_faults_are_told_at_once() -> None:
    """Whoever mends a file doesn't learn of them one by one."""
    assert set(faults_of(rank=0, title="", reentry="x")) == {"rank", "title", "reentry"}


def test_exits_are_looked_at_in_one_order() -> None:
    """However a file lists them, the same reason is found first."""
    read = read_sequence({**NETWORKS, "exits": ["outranked", "replied", "unsubscribed", "replied"]})
    assert read.exits == ("unsubscribed", "replied", "outranked")
