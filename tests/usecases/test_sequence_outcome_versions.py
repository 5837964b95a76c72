"""What became of a sequence of which there is more than one version."""

from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from coaching.adapters.secrets import Secrets
from coaching.domain.sequence_outcome import Outcome, Tally
from coaching.usecases.sequence_outcome import sequence_outcome
from tests.support.outcomes import GOAL, Study


@pytest.fixture
def study(session: Session, secrets: Secrets, now: datetime) -> Study:
    """The sequence on networks, version 1, with a goal and one of ten left alone."""
    study = Study(session, secrets, now)
    study.publish()
    return study


def told(study: Study, version: int | None = None) -> Outcome:
    """Return the outcome as it stands."""
    return sequence_outcome(study.session, "networks", version, now=study.now)


def rates(study: Study, version: int | None = None) -> tuple[Tally, Tally]:
    """Return how many reached the goal, let in and left alone."""
    goal = told(study, version).goal
    assert goal is not None
    return goal.entered, goal.held_out


def test_a_version_has_those_who_began_in_it(study: Study) -> None:
    """Though they were moved since, and so have another version by now."""
    study.publish(2, days_ago=50)
    study.happened(study.let_in(version=2))
    study.leave_alone()
    study.let_in(days_ago=40, version=2)
    assert rates(study, 1) == (Tally(1, 1), Tally(1))
    assert rates(study, 2) == (Tally(too_early=1), Tally())
    assert rates(study) == (Tally(1, 1, 1), Tally(1))
    assert told(study, 1).ways.entered == 1


def test_who_began_at_the_moment_of_publishing_began_in_what_they_got(study: Study) -> None:
    """The new version, or still the one before."""
    study.publish(2, days_ago=100)
    study.let_in(days_ago=100, version=2)
    study.let_in(days_ago=99)
    assert [told(study, version).ways.entered for version in (1, 2)] == [1, 1]


def test_versions_without_anybody_left_alone_are_not_compared(study: Study) -> None:
    """Together with others only those count that have a counterpart; alone they have a rate."""
    study.publish(2, days_ago=200, hold_out=0)
    study.let_in(days_ago=300)
    study.happened(study.let_in(version=2))
    assert rates(study)[0] == Tally(1, 0)
    assert rates(study, 2)[0] == Tally(1, 1)
    both, second = told(study).goal, told(study, 2).goal
    assert both is not None
    assert second is not None
    assert (both.holds_out, second.holds_out) == (True, False)


def test_versions_that_differ_are_told_of(study: Study) -> None:
    """Each client is held to the goal of the version they began in, and it is said that they differ."""
    study.publish(2, days_ago=95, goal={**GOAL, "within_days": 5})
    study.happened(study.let_in(days_ago=99), days=20)
    study.happened(study.let_in(days_ago=94, version=2), days=20)
    goal = told(study).goal
    assert goal is not None
    assert goal.mixed
    assert goal.entered == Tally(counted=2, reached=1)
    first = told(study, 1).goal
    assert first is not None
    assert not first.mixed


def test_steps_of_older_versions_come_last(study: Study) -> None:
    """Those of the newest stand in its order, and what was sent of others is not lost."""
    steps = [{"key": "hello", "letter": "networks-see", "after": {"days": 1}}]
    study.publish(2, days_ago=50, steps=steps)
    study.sent(study.let_in(), "keep")
    assert [one.key for one in told(study).steps] == ["hello", "see", "try", "keep"]
    assert told(study).steps[-1].sent == 1
    assert [one.key for one in told(study, 2).steps] == ["hello"]


def test_a_retired_sequence_is_told_of(study: Study) -> None:
    """Nobody is let in any more, and what became of those who were stays."""
    study.happened(study.let_in())
    study.publish(2, days_ago=1).retired_at = study.now
    study.session.flush()
    assert (told(study).versions, rates(study)[0]) == ([2, 1], Tally(1, 1))


def test_each_client_is_held_to_the_facts_of_their_own_version(study: Study) -> None:
    """What is the goal of another version reaches nothing."""
    study.publish(2, days_ago=200, goal={**GOAL, "facts": [{"event": "contact_made"}]})
    for version, days_ago in ((1, 300), (2, 150)):
        for kind in ("milestone_reached", "contact_made"):
            study.happened(study.let_in(days_ago=days_ago, version=version), kind)
    assert rates(study)[0] == Tally(counted=4, reached=2)


def test_letters_of_another_way_stand_with_that(study: Study) -> None:
    """A client who came back has letters of both, each with the version in which its way began."""
    first = study.let_in(days_ago=390, end_reason="completed")
    study.publish(2, days_ago=50)
    again = study.let_in(days_ago=20, version=2, client_id=first.client_id)
    for way in (first, again):
        study.sent(way)
    assert [told(study, version).steps[0].sent for version in (1, 2, None)] == [1, 1, 2]


def test_versions_that_leave_alone_differently_are_told_of(study: Study) -> None:
    """Put together, the groups are no longer alike."""
    study.publish(2, days_ago=50, hold_out=50)
    goal = told(study).goal
    assert goal is not None
    assert goal.mixed


def test_the_scores_are_those_of_the_dimension_that_is_served_now(study: Study) -> None:
    """An older version that served another has no place beside it; whether anybody is alone is told."""
    study.publish(2, days_ago=50, dimension="skills", hold_out=0)
    way = study.let_in()
    for days in (-1, 40):
        study.answered(way, days, 50.0)
    change, before = told(study).change, told(study, 1).change
    assert change is not None
    assert before is not None
    assert (change.dimension, len(change.entered.pairs), change.holds_out) == ("skills", 0, False)
    assert (before.dimension, len(before.entered.pairs), before.holds_out) == ("networks", 1, True)
