"""Which sequences there are, in which versions, and where clients stand in them."""

from datetime import datetime
from uuid import uuid4

import pytest
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.secrets import Secrets
from coaching.domain.errors import NotFound
from coaching.usecases.read_sequences import list_enrollments, list_sequences, show_sequence
from tests.support.drips import put_enrollment, put_sequence
from tests.support.ledger import put_client
from tests.support.underway import DAY


def test_each_is_shown_in_its_newest_version(session: Session, now: datetime) -> None:
    """By name, with every version that there ever was; also one that lets nobody in any more."""
    assert list_sequences(session) == []
    for name, version in (("moss", 10), ("moss", 9), ("ash", 1)):
        put_sequence(session, now - version * DAY, name=name, version=version, title=f"{name} {version}")
    put_sequence(session, now - DAY, name="ash", version=1).retired_at = now
    session.flush()
    ash, moss = list_sequences(session)
    assert (ash.sequence.title, ash.versions, ash.published_at, ash.retired_at) == (
        "ash 1", [1], now - DAY, now,
    )  # fmt: skip
    assert (moss.sequence.title, moss.versions, moss.published_at, moss.retired_at) == (
        "moss 10", [9, 10], now - 10 * DAY, None,
    )  # fmt: skip
    assert show_sequence(session, "moss") == moss
    with pytest.raises(NotFound, match="fern"):
        show_sequence(session, "fern")


def test_it_counts_ways_by_state_over_all_versions(session: Session, secrets: Secrets, now: datetime) -> None:
    """Those of another sequence are counted there."""
    old, new = (put_sequence(session, now, version=version) for version in (1, 2))
    ash = put_sequence(session, now, name="ash")
    people = [put_client(session, secrets, f"c{number}@example.test") for number in range(4)]
    for who, version, state in zip(
        people, (old, old, new, new), ("active", "ended", "active", "held_out"), strict=True
    ):
        row = put_enrollment(session, who, version, now)
        row.state = state
        if state == "ended":
            row.ended_at, row.end_reason = now, "replied"
    put_enrollment(session, people[0], ash, now)
    session.flush()
    found = {one.sequence.name: one.enrollments for one in list_sequences(session)}
    assert found == {"ash": {"active": 1}, "networks": {"active": 2, "ended": 1, "held_out": 1}}


def test_a_clients_ways_come_newest_first(session: Session, secrets: Secrets, now: datetime) -> None:
    """Only theirs; nobody's, for a client who was never in one."""
    ana, bo = (put_client(session, secrets, f"{name}@example.test") for name in ("ana", "bo"))
    one = put_sequence(session, now)
    for name, days in (("ash", 9), ("moss", 1), ("fern", 5)):
        put_enrollment(session, ana, put_sequence(session, now, name=name), now - days * DAY)
    assert [row.sequence for row in list_enrollments(session, ana)] == ["moss", "fern", "ash"]
    assert list_enrollments(session, bo) == []
    put_enrollment(session, bo, one, now)
    assert len(list_enrollments(session, ana)) == 3
    with pytest.raises(NotFound, match="client"):
        list_enrollments(session, uuid4())
    assert session.get(tables.Client, ana) is not None
