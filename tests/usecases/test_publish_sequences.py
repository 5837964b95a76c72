"""A version is published once and never changes; who is under way stays in theirs unless they are moved."""

from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.secrets import Secrets
from coaching.domain.errors import Conflict, NotFound
from coaching.domain.sequence_documents import read_sequence
from coaching.domain.sequences import Sequence
from coaching.usecases.enrollment_facts import live_sequences
from coaching.usecases.publish_sequences import (
    Publication,
    Walker,
    publish,
    publish_first,
    retire,
    unpublished,
)
from coaching.usecases.schedule import schedule_client
from tests.support.drain import everyone
from tests.support.drips import NETWORKS, put_drip, put_enrollment, put_sequence
from tests.support.ledger import put_client
from tests.support.underway import DAY, put_underway


def sequence(version: int = 1, **changes: Any) -> Sequence:
    """Return the sequence on networks as a file has it."""
    return read_sequence({**NETWORKS, "version": version, **changes})


def out(session: Session, now: datetime, *sequences: Sequence, move: bool = False) -> list[Publication]:
    """Publish these."""
    done = publish(session, sequences, move=move, actor="operator", now=now)
    session.flush()
    return done


def versions(session: Session) -> list[tuple[str, int]]:
    """Return what is published."""
    row = tables.SequenceVersion
    return [(name, number) for name, number in session.execute(select(row.name, row.version))]


def audited(session: Session) -> list[tuple[str, str, dict[str, Any] | None]]:
    """Return who did what, in order."""
    row = tables.Audit
    rows = session.execute(select(row.actor, row.action, row.data).order_by(row.id))
    return [(actor, action, data) for actor, action, data in rows]


def moves(session: Session) -> dict[UUID, int | None]:
    """Return which version is meant for whom."""
    row = tables.Enrollment
    return {who: number for who, number in session.execute(select(row.client_id, row.move_to))}  # noqa: C416


def test_what_was_never_published_is_to_be(session: Session, now: datetime) -> None:
    """It is said, and looking changes nothing; done, it lets in, and the audit log says who did it."""
    first = Publication("networks", None, 3, {}, [])
    assert unpublished(session, [sequence(3)]) == [first]
    assert versions(session) == []
    assert out(session, now, sequence(3)) == [first]
    assert live_sequences(session) == [sequence(3)]
    row = session.get_one(tables.SequenceVersion, ("networks", 3))
    assert (row.published_at, row.published_by, row.retired_at) == (now, "operator", None)
    data = {"name": "networks", "version": 3, "moved": 0}
    assert audited(session) == [("operator", "sequence_published", data)]


def test_the_same_again_is_nothing(session: Session, now: datetime) -> None:
    """Neither a version nor a line in the audit log."""
    out(session, now, sequence())
    assert unpublished(session, [sequence()]) == []
    assert out(session, now, sequence()) == []
    assert (len(versions(session)), len(audited(session))) == (1, 1)


@pytest.mark.parametrize(
    "changes", [{"title": "Other"}, {"rank": 5}, {"steps": NETWORKS["steps"][:2]}, {"hold_out": 0}]
)
def test_a_changed_file_needs_the_next_version(
    session: Session, now: datetime, changes: dict[str, Any]
) -> None:
    """Refused before anything is written; the words say which number to give."""
    out(session, now, sequence(4))
    with pytest.raises(Conflict, match=r"version 4 is published and never changes.*version 5"):
        unpublished(session, [sequence(4, **changes)])
    with pytest.raises(Conflict, match="networks"):
        out(session, now, sequence(name="ash"), sequence(4, **changes))
    assert versions(session) == [("networks", 4)]


def test_an_older_number_is_refused(session: Session, now: datetime) -> None:
    """Whoever has an old file would take the newer version back."""
    out(session, now, sequence(4))
    with pytest.raises(Conflict, match="version 4 is published, the file says 3"):
        unpublished(session, [sequence(3)])


def test_several_are_published_in_the_order_of_their_names(session: Session, now: datetime) -> None:
    """Each says what it follows; versions in between need not exist."""
    out(session, now, sequence())
    found = unpublished(session, [sequence(7), sequence(name="ash"), sequence(name="moss")])
    assert [(one.name, one.live, one.version) for one in found] == [
        ("ash", None, 1),
        ("moss", None, 1),
        ("networks", 1, 7),
    ]


def test_the_first_start_publishes_only_what_is_new(session: Session, now: datetime) -> None:
    """A newer file of what there is waits for somebody to publish it."""
    publish_first(session, [sequence()], now=now)
    publish_first(session, [sequence(2), sequence(name="ash")], now=now)
    assert sorted(versions(session)) == [("ash", 1), ("networks", 1)]


def put_walkers(session: Session, secrets: Secrets, now: datetime, number: int) -> list[UUID]:
    """Let so many clients in, an hour apart, the newest first; return them, the oldest first."""
    one = put_sequence(session, now)
    people = []
    for hours in range(number):
        who = put_client(session, secrets, f"c{hours}@example.test", name=f"Client {hours}")
        put_enrollment(session, who, one, now - hours * DAY / 24)
        put_drip(session, who, one, now, "see" if hours % 3 else "try")
        people.append(who)
    return people[::-1]


def test_it_says_who_is_affected(session: Session, secrets: Secrets, now: datetime) -> None:
    """How many before which step, and of the first ten who they are; those of the new version are not."""
    people = put_walkers(session, secrets, now, 12)
    (found,) = unpublished(session, [sequence(2)])
    assert (found.affected, found.on_their_way) == (12, {"see": 8, "try": 4})
    steps = ["see" if number % 3 else "try" for number in range(11, 1, -1)]
    names = [f"Client {number}" for number in range(11, 1, -1)]
    assert found.first == [Walker(*one) for one in zip(people[:10], names, [1] * 10, steps, strict=True)]
    out(session, now, sequence(2))
    late = put_client(session, secrets, "late@example.test")
    put_enrollment(session, late, session.get_one(tables.SequenceVersion, ("networks", 2)), now)
    assert unpublished(session, [sequence(3)])[0].affected == 13
    assert unpublished(session, [sequence(3)])[0].first[0].client_id == people[0]


def test_only_those_who_go_on_are_affected(session: Session, secrets: Secrets, now: datetime) -> None:
    """Neither whoever is through, nor who is left alone, nor who is in another sequence."""
    first, second, third, fourth = put_walkers(session, secrets, now, 4)
    ways = {one.client_id: one for one in session.scalars(select(tables.Enrollment))}
    ways[second].state = "held_out"
    over = ways[third]
    over.state, over.ended_at, over.end_reason = "ended", now, "replied"
    put_sequence(session, now, name="ash")
    ways[fourth].sequence = "ash"
    session.flush()
    (found,) = unpublished(session, [sequence(2)])
    assert [one.client_id for one in found.first] == [first]
    out(session, now, sequence(2), move=True)
    assert moves(session) == {first: 2, second: None, third: None, fourth: None}


def test_whoever_has_no_letter_planned_is_named_too(
    session: Session, secrets: Secrets, now: datetime
) -> None:
    """Their letters rest, or the last one is on its way."""
    (who,) = put_walkers(session, secrets, now, 1)
    letter = session.scalars(select(tables.Message)).one()
    letter.state, letter.outcome, letter.decided_at = "skipped", "test", now
    session.flush()
    (found,) = unpublished(session, [sequence(2)])
    assert (found.on_their_way, found.first) == ({"": 1}, [Walker(who, "Client 0", 1, "")])


@pytest.mark.parametrize("move", [False, True])
def test_who_is_under_way_goes_on_as_was_said(
    session: Session, secrets: Secrets, now: datetime, move: bool
) -> None:
    """They stay with their version, or another is meant for them from their next step on."""
    people = put_walkers(session, secrets, now, 3)
    out(session, now, sequence(2), move=move)
    assert moves(session) == dict.fromkeys(people, 2 if move else None)
    assert set(session.scalars(select(tables.Enrollment.version))) == {1}
    assert audited(session)[-1][2] == {"name": "networks", "version": 2, "moved": 3 if move else 0}


def test_who_is_moved_twice_goes_to_the_newest(session: Session, secrets: Secrets, now: datetime) -> None:
    """Before a step came, a newer version did."""
    (who,) = put_walkers(session, secrets, now, 1)
    for version in (2, 3):
        out(session, now, sequence(version), move=True)
    assert moves(session) == {who: 3}


def test_who_stayed_can_still_be_moved(session: Session, secrets: Secrets, now: datetime) -> None:
    """The version is live already; on request they go on in it, once, and that is written down as such."""
    (who,) = put_walkers(session, secrets, now, 1)
    out(session, now, sequence(2))
    assert unpublished(session, [sequence(2)]) == []
    (told,) = unpublished(session, [sequence(2)], move=True)
    assert (told.live, told.version, told.affected) == (2, 2, 1)
    out(session, now, sequence(2), move=True)
    assert moves(session) == {who: 2}
    assert unpublished(session, [sequence(2)], move=True) == []
    session.flush()
    actions = session.scalars(select(tables.Audit.action).order_by(tables.Audit.id)).all()
    assert actions[-2:] == ["sequence_published", "sequence_moved"]


def test_a_moved_client_has_the_new_versions_letter_next(
    session: Session, secrets: Secrets, now: datetime
) -> None:
    """The letter that stands planned comes first, and names its version in the row."""
    ana = put_underway(session, secrets, now).client_id
    put_enrollment(session, ana, put_sequence(session, now), now)
    schedule_client(session, ana, may_write_to=everyone, now=now)
    new = [{"key": "other", "letter": "networks-keep", "after": {"days": 3}}]
    out(session, now, sequence(2, steps=[*NETWORKS["steps"][:1], *new]), move=True)
    letter = session.scalars(select(tables.Message).where(tables.Message.family == "drip")).one()
    letter.state, letter.outcome, letter.decided_at = "skipped", "test", now + 2 * DAY
    session.flush()
    schedule_client(session, ana, may_write_to=everyone, now=now + 3 * DAY)
    detail = session.scalars(select(tables.Message.detail).where(tables.Message.state == "planned")).all()
    assert [(one["step"], one["version"]) for one in detail if "step" in one] == [("other", 2)]


def test_a_retired_one_lets_nobody_in_and_leaves_who_is_there(
    session: Session, secrets: Secrets, now: datetime
) -> None:
    """It says how many go on; a newer version lets in again."""
    put_walkers(session, secrets, now, 2)
    assert retire(session, "networks", actor="operator", now=now) == 2
    assert retire(session, "networks", actor="operator", now=now + DAY) == 2
    session.flush()
    assert live_sequences(session) == []
    assert session.scalars(select(tables.SequenceVersion.retired_at)).all() == [now]
    assert audited(session)[0] == ("operator", "sequence_retired", {"name": "networks"})
    assert session.scalar(select(func.count()).where(tables.Enrollment.state == "active")) == 2
    assert unpublished(session, [sequence()]) == []
    out(session, now, sequence(2))
    assert [one.version for one in live_sequences(session)] == [2]


def test_what_is_not_there_can_not_be_retired(session: Session, now: datetime) -> None:
    """The name is told."""
    with pytest.raises(NotFound, match="no sequence moss"):
        retire(session, "moss", actor="operator", now=now)
