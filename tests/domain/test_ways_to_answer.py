"""What can be said of what rides in a letter: only what fits, and nothing of what is done or gone."""

from datetime import date, timedelta
from itertools import product
from uuid import UUID

import pytest

from coaching.domain.deeds import CHECK_IN, LETTERS, Subject, fits, is_past, ways_to_answer
from coaching.domain.links import Purpose
from coaching.domain.plan_words import MILESTONE_STATES, RELATIONSHIP_KINDS, RELATIONSHIP_STATES

TODAY = date(2026, 11, 23)
DAYS = [TODAY + timedelta(days=days) for days in (-3, 0, 20)]
ID = UUID(int=7)
SUBJECTS = [
    CHECK_IN,
    *(
        Subject("milestone", ID, "route-map", "A map", state, on, decides=decides)
        for state, on, decides in product(MILESTONE_STATES, DAYS, (False, True))
    ),
    *(
        Subject("relationship", ID, kind, "Bo", state, on if kind == "event" else None, registered=registered)
        for kind, state, on, registered in product(
            RELATIONSHIP_KINDS, RELATIONSHIP_STATES, DAYS, (False, True)
        )
    ),
]


@pytest.mark.parametrize("subject", SUBJECTS, ids=str)
def test_only_what_works_is_offered(subject: Subject) -> None:
    """Each way fits what it is about and has something left to do; none is offered where all is over."""
    ways = ways_to_answer(subject, today=TODAY)
    assert len(set(ways)) == len(ways)
    assert all(fits(one, subject) and not is_past(one, subject, today=TODAY) for one in ways)
    assert bool(ways) is (subject.state not in {"reached", "dropped", "ended"})
    assert fits(Purpose.ANSWER, subject)


def test_people_rest_and_steps_are_dropped() -> None:
    """What is not useful is told of people by a link of their own, so that a week's step stays."""
    bo = Subject("relationship", ID, "peer", "Bo")
    step = Subject("milestone", ID, "route-map", "A map", on=TODAY)
    assert Purpose.REST in ways_to_answer(bo, today=TODAY)
    assert not fits(Purpose.REST, step)
    assert Purpose.NOT_USEFUL in ways_to_answer(step, today=TODAY)


def test_letters_as_such_have_nothing_to_choose() -> None:
    """The question whether letters are useful has its own button, and rides nowhere."""
    assert ways_to_answer(LETTERS, today=TODAY) == ()
    assert not fits(Purpose.ANSWER, LETTERS)
