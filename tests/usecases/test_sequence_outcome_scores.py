"""How the scores of those who were let in and of those who were left alone have changed."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.secrets import Secrets
from coaching.domain.sequence_outcome import ChangeOutcome
from coaching.usecases.sequence_outcome import sequence_outcome
from tests.support.outcomes import TICK, Study


@pytest.fixture
def study(session: Session, secrets: Secrets, now: datetime) -> Study:
    """The sequence on networks, version 1, with a goal and one of ten left alone."""
    study = Study(session, secrets, now)
    study.publish()
    return study


def change(study: Study) -> ChangeOutcome:
    """Return how scores changed."""
    found = sequence_outcome(study.session, "networks", now=study.now).change
    assert found is not None
    return found


def test_scores_before_and_again_are_compared(study: Study) -> None:
    """The last at the start or before, and the newest at least four weeks after it."""
    way = study.let_in()
    for days, score in ((-40, 10.0), (0, 30.0), (5, 80.0), (28 - TICK, 90.0), (28, 35.0), (60, 45.0)):
        study.answered(way, days, score)
    study.answered(study.let_in(), -1, 50.0)
    study.answered(study.let_in(), 50, 50.0)
    study.let_in()
    found = change(study)
    assert found.dimension == "networks"
    (pair,) = found.entered.pairs
    assert (pair.before, pair.after, pair.same_version) == (30, 45, True)
    assert pair.error == pytest.approx(200**0.5)
    assert found.held_out.pairs == ()


def test_a_retest_counts_from_four_weeks_on(study: Study) -> None:
    """Not a moment earlier: what the start itself set off has time to settle."""
    for days in (28 - TICK, 28):
        way = study.let_in()
        study.answered(way, -1, 40.0)
        study.answered(way, days, 40.0 + days)
    assert change(study).entered.changes == [28.0]


def test_scores_of_the_other_group_stand_beside(study: Study) -> None:
    """By the same rule, once for each client."""
    way = study.leave_alone()
    study.answered(way, -3, 50.0)
    study.answered(way, 30, 40.0)
    found = change(study)
    assert found.entered.pairs == ()
    assert found.held_out.changes == [-10.0]


@pytest.mark.parametrize(
    "changes",
    [
        {"disowned_at": datetime.fromisoformat("2026-10-01T00:00:00+00:00")},
        {"known_address": True},
        {"instrument": "other"},
    ],
)
def test_answers_that_do_not_count_are_not_compared(study: Study, changes: dict[str, Any]) -> None:
    """Those of somebody else, those that nobody has owned, and those to other questions."""
    way = study.let_in()
    study.answered(way, -3, 50.0)
    study.answered(way, 40, 70.0, **changes)
    assert change(study).entered.pairs == ()


def test_answers_without_that_number_are_passed_over(study: Study) -> None:
    """The newest that has one counts."""
    way = study.let_in()
    study.answered(way, -3, 50.0)
    study.answered(way, -2, None)
    study.answered(way, 40, 70.0, version=2)
    study.answered(way, 50, None)
    (pair,) = change(study).entered.pairs
    assert (pair.before, pair.after, pair.same_version) == (50, 70, False)


def test_answers_to_other_questions_hide_none(study: Study) -> None:
    """Whoever answered another instrument since still counts with the newest of the same."""
    way = study.let_in()
    study.answered(way, -3, 50.0)
    study.answered(way, 40, 70.0)
    study.answered(way, 60, 10.0, instrument="other")
    assert change(study).entered.changes == [20.0]


def test_the_newest_rules_say_what_answers_are_worth(study: Study) -> None:
    """Answers that were scored again count with their newest score."""
    way = study.let_in()
    study.answered(way, -3, 50.0)
    study.answered(way, 40, 60.0)
    form = study.session.scalars(select(tables.Submission).order_by(tables.Submission.at.desc())).first()
    assert form is not None
    for rule, days, score in (("0", -3650, 80.0), ("2", 3650, 70.0)):
        dimensions = [{"key": "networks", "score": score, "sem": 10.0, "band": None}]
        study.session.add(
            tables.Score(
                submission_id=form.id,
                rule_version=rule,
                norms_version="1",
                result={"dimensions": dimensions},
                at=study.now + timedelta(days=days),
            )
        )
    study.session.flush()
    assert change(study).entered.changes == [20.0]
