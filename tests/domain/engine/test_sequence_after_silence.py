"""A sequence after a silence: it rests meanwhile, and goes on where it was, however long that took."""

from datetime import timedelta
from itertools import pairwise
from uuid import UUID

import pytest

from coaching.domain.engine.attention import ASK_AFTER
from coaching.domain.engine.happenings import Acted, Lived
from coaching.domain.engine.reconcile import reconcile
from coaching.domain.engine.sequence_slots import slot_key
from coaching.domain.engine.state import EnrollmentFacts, LifeFact
from coaching.domain.engine.wanted import wanted
from coaching.domain.letters import LETTERS
from coaching.domain.rehearsal.life import Life
from coaching.domain.sequence_documents import read_sequence
from tests.support.drips import NETWORKS
from tests.support.states import NOON, client, letter, plan

DAY = timedelta(days=1)
WAY = EnrollmentFacts(UUID(int=5), "networks", "active", NOON, read_sequence(NETWORKS))


def heard_after(days: int) -> Life:
    """The life of a client in a sequence who is silent at first, and acts after so many days."""
    began = NOON - 90 * DAY
    state = client(
        plan=plan(approved_at=began, starts_on=began.date()), enrollments=(WAY,), unanswered=ASK_AFTER + 1
    )
    at = NOON + days * DAY
    life = Life(state, NOON, ahead=[(at, [Acted(at), Lived(LifeFact("client_acted", at))])])
    life.begin()
    life.run_until(at + 60 * DAY)
    return life


@pytest.mark.parametrize("days", [3, 40, 100, 300])
def test_it_goes_on_when_something_is_heard(days: int) -> None:
    """Nothing comes before; after it all three letters, a week apart or more, and the way is completed."""
    life = heard_after(days)
    went = [one.at for one in life.looks if one.outcome == "send" and one.letter.family == "drip"]
    assert len(went) == 3
    assert NOON + days * DAY <= went[0] <= NOON + (days + 7) * DAY
    assert all(two - one >= 6 * DAY for one, two in pairwise(went))
    assert life.state.enrollments[0].end_reason == "completed"


def test_what_comes_so_late_is_planned_once() -> None:
    """The day on which it could be planned again stays its day: the next look moves nothing."""
    now = NOON + 2 * DAY + LETTERS["networks-see"].expires_after + 30 * DAY
    state = client(plan=plan(), enrollments=(WAY,))
    (slot,) = [one for one in wanted(state, now) if one.family == "drip"]
    assert slot.intent is not None
    assert slot.intent.on == now.date()
    assert slot.expires_at > now
    planned = letter(
        slot_key=slot_key(WAY, "see"),
        family="drip",
        template="networks-see",
        due_at=slot.due_at,
        expires_at=slot.expires_at,
        intent=slot.intent,
    )
    later = now + 5 * DAY
    known = client(plan=plan(), enrollments=(WAY,), letters=(planned,))
    drips = [one for one in wanted(known, later) if one.family == "drip"]
    assert not reconcile(drips, known.letters, later)
