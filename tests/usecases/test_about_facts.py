"""What is known of clients beside plan and letters: the answers that count, consent, coach, what was read."""

from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.secrets import Secrets
from coaching.domain.engine.state import About
from coaching.usecases.about_facts import load_about, load_items_seen
from tests.support.ledger import put_client, put_letter
from tests.support.statements import statements
from tests.support.underway import DAY


def put_form(
    session: Session, client_id: UUID, at: datetime, composite: float | None, **changes: Any
) -> UUID:
    """Add answers of the client's, with a score unless it is None; return the submission."""
    values: dict[str, Any] = {
        "instrument": "job-career",
        "version": 1,
        "answers": {},
        "claimed": {},
        "letters_wanted": True,
        "known_address": False,
        "source": "test",
        "trust": "public",
        **changes,
    }
    row = tables.Submission(client_id=client_id, at=at, **values)
    session.add(row)
    session.flush()
    if composite is not None:
        put_score(session, row.id, at, composite)
    return row.id


def put_score(session: Session, submission_id: UUID, at: datetime, composite: float, **changes: Any) -> None:
    """Score a submission."""
    dimensions = [{"key": "networks", "score": composite, "band": "low"}]
    values: dict[str, Any] = {
        "rule_version": "1",
        "norms_version": f"{composite}",
        "profile": "job-leaning",
        "certainty": "clear",
        "result": {"dimensions": dimensions},
        **changes,
    }
    session.add(tables.Score(submission_id=submission_id, at=at, composite=composite, **values))
    session.flush()


def about(session: Session, *ids: UUID, focus: dict[UUID, tuple[str, ...]] | None = None) -> list[About]:
    """Return what is known of these clients."""
    rows = session.scalars(select(tables.Client).where(tables.Client.id.in_(ids)))
    found = load_about(session, rows, focus or {})
    return [found[one] for one in ids]


def composite(session: Session, client_id: UUID) -> float | None:
    """Return the number of the answers that count."""
    (found,) = about(session, client_id)
    return found.composite


def test_all_that_is_known(session: Session, secrets: Secrets, now: datetime) -> None:
    """Of the row, of the coach, of the plan's focus and of the answers that count."""
    coach = tables.Coach(email="Maren@Firm.example.test", email_key="maren@firm.example.test", name="Maren")
    session.add(coach)
    session.flush()
    given: dict[str, Any] = {
        "stage": "growing",
        "tags": ["tech", "cohort-3"],
        "coach_id": coach.id,
        "created_at": now,
    }
    ana = put_client(session, secrets, **given)
    put_form(session, ana, now - DAY, 30.5)
    assert about(session, ana, focus={ana: ("networks", "skills")}) == [
        About(
            stage="growing",
            tags=frozenset({"tech", "cohort-3"}),
            coach="maren@firm.example.test",
            created_at=now,
            submitted_at=now - DAY,
            scores={"networks": 30.5},
            bands={"networks": "low"},
            composite=30.5,
            profile="job-leaning",
            certainty="clear",
            focus=("networks", "skills"),
        )
    ]


def test_of_most_nothing_is_known(session: Session, secrets: Secrets, now: datetime) -> None:
    """Neither answers nor coach nor consent: nothing is made up."""
    ana = put_client(session, secrets, created_at=now)
    assert about(session, ana) == [About(created_at=now)]


@pytest.mark.parametrize(
    ("changes", "counts"),
    [
        ({}, True),
        ({"known_address": True}, False),
        ({"known_address": True, "accepted_at": True}, True),
        ({"known_address": True, "trust": "firm"}, True),
        ({"disowned_at": True}, False),
        ({"trust": "firm", "disowned_at": True}, False),
    ],
)
def test_only_answers_that_are_theirs_count(
    session: Session, secrets: Secrets, now: datetime, changes: dict[str, Any], counts: bool
) -> None:
    """Not what a stranger may have sent in for a known address, nor what the client has disowned."""
    ana = put_client(session, secrets)
    put_form(session, ana, now - 2 * DAY, 10)
    dated = {
        name: now if value is True and name.endswith("_at") else value for name, value in changes.items()
    }
    put_form(session, ana, now - DAY, 20, **dated)
    assert composite(session, ana) == (20 if counts else 10)


def test_the_newest_scored_answers_count(session: Session, secrets: Secrets, now: datetime) -> None:
    """Whichever came in last; of several scores of these the one that was made last."""
    ana = put_client(session, secrets)
    newest = put_form(session, ana, now - DAY, 20)
    put_form(session, ana, now - 2 * DAY, 10)
    put_form(session, ana, now, None)
    put_score(session, newest, now - DAY / 2, 40)
    put_score(session, newest, now - DAY * 2, 50)
    (found,) = about(session, ana)
    assert (found.composite, found.submitted_at) == (40, now - DAY)


def test_a_dimension_without_a_number_is_left_out(session: Session, secrets: Secrets, now: datetime) -> None:
    """Zero is a number."""
    ana = put_client(session, secrets)
    dimensions = [
        {"key": "networks", "score": 0, "band": "low"},
        {"key": "skills", "score": None, "band": None},
        {"key": "horizon", "score": 71.5, "band": "high"},
    ]
    put_score(session, put_form(session, ana, now, None), now, 35, result={"dimensions": dimensions})
    (found,) = about(session, ana)
    assert (found.scores, found.bands) == (
        {"networks": 0, "horizon": 71.5},
        {"networks": "low", "horizon": "high"},
    )


def test_the_last_word_on_being_profiled_counts(session: Session, secrets: Secrets, now: datetime) -> None:
    """Of the same moment the one that was written last; a word on letters says nothing about it."""
    ana, bo, cy = (put_client(session, secrets, f"{name}@example.test") for name in ("ana", "bo", "cy"))
    said = [
        (ana, "profiling", False, now - DAY),
        (ana, "profiling", True, now),
        (bo, "profiling", True, now),
        (bo, "profiling", False, now),
        (cy, "letters", True, now),
    ]
    for who, purpose, granted, at in said:
        given = {"text_version": "1", "source": "test", "at": at}
        session.add(tables.Consent(client_id=who, purpose=purpose, granted=granted, **given))
        session.flush()
    assert [one.profiling_agreed for one in about(session, ana, bo, cy)] == [True, False, False]


def test_many_cost_as_many_statements_as_one(session: Session, secrets: Secrets, now: datetime) -> None:
    """And each has their own."""
    people = [put_client(session, secrets, f"c{number}@example.test") for number in range(5)]
    for number, who in enumerate(people):
        put_form(session, who, now, 10 * number)
    one = statements(session, lambda: about(session, people[0]))
    assert len(statements(session, lambda: about(session, *people))) == len(one)
    assert [found.composite for found in about(session, *people)] == [0, 10, 20, 30, 40]


def test_what_a_letter_has_brought_is_remembered(session: Session, secrets: Secrets, now: datetime) -> None:
    """Each item once, whatever became of the letter; of each client their own, of none nothing."""
    ana, bo, cy = (put_client(session, secrets, f"{name}@example.test") for name in ("ana", "bo", "cy"))
    skipped = {"state": "skipped", "outcome": "test", "decided_at": now}
    letters = [(ana, "x", {}), (ana, "y", skipped), (ana, "x", {}), (bo, "z", {})]
    for number, (who, item, changes) in enumerate(letters):
        put_letter(session, who, now, slot_key=f"drip:{number}", detail={"item": item}, **changes)
    put_letter(session, cy, now, detail={"step": "see"})
    assert load_items_seen(session, [ana, bo, cy]) == {ana: frozenset("xy"), bo: frozenset("z")}
    assert load_items_seen(session, [cy]) == {}
