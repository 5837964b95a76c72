"""`is_wanted` looks only where a slot may be: it finds every slot that `wanted` has, and no other."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from coaching.domain.engine.attention import ASK_AFTER
from coaching.domain.engine.state import RelationshipFacts
from coaching.domain.engine.wanted import is_wanted, wanted
from tests.support.futures import lived, walker
from tests.support.states import NOON

DAY = timedelta(days=1)
EVENT = UUID(int=300)


@pytest.mark.parametrize("days", range(1, 60, 3))
@pytest.mark.parametrize("unanswered", [0, ASK_AFTER])
def test_what_is_wanted_is_found_by_its_key(days: int, unanswered: int) -> None:
    """In each week of a plan with a step, a mentor and an event; slots that are done are found by neither."""
    event = RelationshipFacts(EVENT, "event", "active", None, NOON.date() + 30 * DAY, created_at=NOON)
    life = lived(walker(), days)
    state = replace(life.state, unanswered=unanswered, relationships=(*life.state.relationships, event))
    now = NOON + days * DAY
    keys = {slot.key for slot in wanted(state, now)}
    assert all(is_wanted(key, state, now) for key in keys)
    others = {one.slot_key for one in state.letters} - keys
    assert not any(is_wanted(key, state, now) for key in others)
    assert keys | others
