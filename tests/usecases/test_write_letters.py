"""From members to letters: one content for many, one letter for one, and no query that grows with them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.secrets import Secrets
from coaching.usecases.post_room import PostRoom
from coaching.usecases.write_letters import Written, write_letters
from tests.support.drain import post_room
from tests.support.letter_writing import let_ride, members_of, put_week
from tests.support.mailers import RecordingMailer
from tests.support.underway import Underway, put_underway


@pytest.fixture
def underway(session: Session, secrets: Secrets, now: datetime) -> Underway:
    """Ana, whose plan is under way."""
    return put_underway(session, secrets, now)


@pytest.fixture
def room(secrets: Secrets, now: datetime) -> PostRoom:
    """What writing needs beside the database."""
    return post_room(RecordingMailer(clock=lambda: now), secrets)


@contextmanager
def counted(session: Session) -> Iterator[list[str]]:
    """Note every statement that is sent meanwhile."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    connection = session.connection()
    event.listen(connection, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(connection, "before_cursor_execute", note)


def write(session: Session, room: PostRoom, template: str, ids: list[UUID], now: datetime) -> Written:
    """Write these letters as one batch."""
    return write_letters(session, room, template, members_of(session, ids), now=now)


def test_one_content_for_many(session: Session, secrets: Secrets, room: PostRoom, now: datetime) -> None:
    """A reminder is one text with tags, and for each client the values of their own step."""
    ids = []
    for who in ("ana", "bo"):
        one = put_underway(session, secrets, now, email=f"{who}@example.test")
        step = one.milestone(session, title=f"A step of {who}")
        ids.append(one.letter(session, "milestone-ahead", milestone=step))
    written = write(session, room, "milestone-ahead", ids, now)
    assert written.letter == room.stationery.compile_letter("milestone-ahead")
    steps = {one.address: one.substitutions["[%step%]"] for one in written.recipients}
    assert steps == {"ana@example.test": "A step of ana", "bo@example.test": "A step of bo"}
    assert written.carried == ()


def test_queries_do_not_grow_with_letters(
    session: Session, secrets: Secrets, room: PostRoom, now: datetime
) -> None:
    """Ten letters are written with as many queries as one."""
    ids = []
    for number in range(10):
        one = put_underway(session, secrets, now, email=f"{number}@example.test")
        ids.append(one.letter(session, "mentor-nudge", relationship=one.relationship(session)))
    took = []
    for some in (ids[:1], ids):
        members = members_of(session, some)
        with counted(session) as statements:
            written = write_letters(session, room, "mentor-nudge", members, now=now)
        assert len(written.recipients) == len(some)
        took.append(len(statements))
    assert took[0] == took[1] <= 8


def test_a_week_carries_its_sections(
    session: Session, room: PostRoom, underway: Underway, now: datetime
) -> None:
    """One letter for one client, with one button and the section of what rides in it."""
    host = put_week(session, underway, milestone=str(underway.milestone(session, title="A map")))
    about = underway.relationship(session, name="Marie", last_note="ask about her team")
    let_ride(session, underway.letter(session, "mentor-nudge", relationship=about), host)
    written = write(session, room, "week", [host], now)
    assert written.letter is not None
    assert written.letter.subject == "Your week"
    assert written.letter.html.count('class="button"') == 1
    assert "A map\n" in written.letter.text
    assert "A word with Marie\n" in written.letter.text
    assert "\u201cask about her team\u201d" in written.letter.text
    assert written.carried == ("mentor-nudge",)
    assert [one.message_id for one in written.recipients] == [host]


def test_a_letter_about_nothing_fails_alone(
    session: Session, secrets: Secrets, room: PostRoom, underway: Underway, now: datetime
) -> None:
    """It is kept with its reason, which names nobody, and the others go."""
    other = put_underway(session, secrets, now, email="bo@example.test")
    good = underway.letter(session, "milestone-ahead", milestone=underway.milestone(session))
    bad = other.letter(session, "milestone-ahead", milestone=uuid4())
    batch = tables.Batch(
        template="milestone-ahead", sender="s@example.test", family="milestone", size=2, not_before=now
    )
    session.add(batch)
    session.flush()
    for message_id in (good, bad):
        row = session.get_one(tables.Message, message_id)
        row.state, row.batch_id = "queued", batch.id
    session.flush()
    written = write(session, room, "milestone-ahead", [good, bad], now)
    assert [one.message_id for one in written.recipients] == [good]
    failed = session.get_one(tables.Message, bad, populate_existing=True)
    assert (failed.state, failed.outcome) == (
        "failed",
        "It could not be written: the milestone that it is about is not there",
    )
