"""Lives of a week's letters in memory, for the tests of what a rehearsal says of them."""

from datetime import timedelta
from uuid import UUID

from coaching.domain.engine.happenings import Happening
from coaching.domain.engine.state import ClientState, MilestoneFacts, RelationshipFacts
from coaching.domain.rehearsal.life import Answer, Life
from tests.support.states import NOON, client, plan

STEP, MENTOR = UUID(int=100), UUID(int=200)


def walker(**changes: object) -> ClientState:
    """A client whose plan began just now, with one step due in three weeks and a mentor."""
    today = NOON.date()
    return client(
        plan=plan(approved_at=NOON, starts_on=today),
        milestones=(MilestoneFacts(STEP, "route-map", "active", today + timedelta(days=21)),),
        relationships=(RelationshipFacts(MENTOR, "mentor", "active", 7, today, created_at=NOON),),
        **changes,
    )


def lived(
    state: ClientState, days: int, *happenings: tuple[int, Happening], answer: Answer | None = None
) -> Life:
    """Return the life after so many days; what happens does so at these hours after the beginning."""
    life = Life(state, NOON)
    if answer is not None:
        life.answer = answer
    life.ahead = [(NOON + timedelta(hours=hours), [one]) for hours, one in happenings]
    life.begin()
    life.run_until(NOON + timedelta(days=days))
    return life
