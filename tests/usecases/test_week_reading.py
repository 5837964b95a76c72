"""What a client's week brings from the library: one thing that fits, once, and none beside a sequence."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.secrets import Secrets
from coaching.domain import library
from coaching.domain.letters import READING
from coaching.domain.library import Item
from coaching.usecases.compose_drip import load_drips
from coaching.usecases.plan_matter import load_matter
from coaching.usecases.post_room import PostRoom
from coaching.usecases.suppressions import suppress
from coaching.usecases.week_reading import load_readings
from coaching.usecases.write_letters import Written, write_letters
from tests.support.drain import post_room
from tests.support.drips import put_drip, put_enrollment, put_sequence
from tests.support.letter_writing import let_ride, members_of, put_week
from tests.support.mailers import RecordingMailer
from tests.support.underway import Underway, put_underway
from tests.usecases.test_write_letters import counted


@pytest.fixture
def underway(session: Session, secrets: Secrets, now: datetime) -> Underway:
    """Ana, at her start, whose plan works on her network and her skills."""
    one = put_underway(session, secrets, now, stage="starting")
    session.get_one(tables.Plan, one.plan_id).focus = ["networks", "skills"]
    session.flush()
    return one


@pytest.fixture
def room(secrets: Secrets, now: datetime) -> PostRoom:
    """What writing needs beside the database."""
    return post_room(RecordingMailer(clock=lambda: now), secrets)


@pytest.fixture
def week_of(session: Session, underway: Underway) -> Callable[..., UUID]:
    """Puts a week of Ana's, about a step of this dimension."""

    def put(number: int = 48, dimension: str | None = None) -> UUID:
        step = underway.milestone(session, dimension=dimension)
        return put_week(session, underway, f"week:2026-W{number}", milestone=str(step))

    return put


def brought(session: Session, room: PostRoom, message_id: UUID, now: datetime) -> Item | None:
    """Return what a week brings as it is written."""
    matter = load_matter(session, [message_id], room.secrets, now=now)
    return load_readings(session, room.library, matter).get(message_id)


def kept(session: Session, message_id: UUID) -> str | None:
    """Return the item that is kept with a letter."""
    item: str | None = session.get_one(tables.Message, message_id, populate_existing=True).detail.get("item")
    return item


def written(session: Session, room: PostRoom, message_id: UUID, now: datetime) -> Written:
    """Write a week."""
    return write_letters(session, room, "week", members_of(session, [message_id]), now=now)


def test_it_stands_last_and_asks_for_nothing(
    session: Session, room: PostRoom, underway: Underway, week_of: Callable[..., UUID], now: datetime
) -> None:
    """Behind what rides comes the item, with its address; the week's one button stays the only one."""
    host = week_of()
    let_ride(
        session, underway.letter(session, "mentor-nudge", relationship=underway.relationship(session)), host
    )
    letter = written(session, room, host, now)
    item = room.library[kept(session, host) or ""]
    assert letter.carried == ("mentor-nudge", READING)
    assert letter.letter is not None
    said = f"For a free moment\n{library.reading(item)}\n\n{item.title}:\n{item.address}\n"
    assert said in letter.letter.text
    assert letter.letter.text.index("A word with") < letter.letter.text.index(said)
    assert f'href="{item.address}"' in letter.letter.html
    assert letter.letter.html.count('class="button"') == 1


@pytest.mark.parametrize(
    ("of_the_step", "chosen"), [(None, "networks"), ("skills", "skills"), ("purpose", "networks")]
)
def test_it_fits_the_step_the_focus_and_the_stage(  # noqa: PLR0917 - one case has many parts
    session: Session,
    room: PostRoom,
    week_of: Callable[..., UUID],
    now: datetime,
    of_the_step: str | None,
    chosen: str,
) -> None:
    """The area of the week's own step comes first, else the plan's first; never one out of focus."""
    item = brought(session, room, week_of(dimension=of_the_step), now)
    assert item is not None
    assert chosen in item.dimensions
    assert item.suits("starting")


def test_never_the_same_twice_and_then_none(
    session: Session, room: PostRoom, week_of: Callable[..., UUID], now: datetime
) -> None:
    """Week by week all that fits comes once, the first area before the second; then nothing does."""
    fits = {
        one.id
        for one in room.library.values()
        if {"networks", "skills"} & set(one.dimensions) and one.suits("starting")
    }
    came = [brought(session, room, week_of(number), now) for number in range(10, 12 + len(fits))]
    ids = [one.id for one in came if one]
    assert (set(ids), len(ids)) == (fits, len(fits))
    assert came[-2:] == [None, None]
    of_networks = ["networks" in one.dimensions for one in came if one]
    assert of_networks == sorted(of_networks, reverse=True)


def test_it_shares_its_memory_with_the_letters_of_sequences(
    session: Session, room: PostRoom, underway: Underway, week_of: Callable[..., UUID], now: datetime
) -> None:
    """What a sequence brought no week brings again, nor the other way round."""
    sequence = put_sequence(session, now)
    letters = [put_drip(session, underway.client_id, sequence, now, step) for step in ("see", "try")]
    first = load_drips(session, room.library, letters[:1])[letters[0]].item
    session.execute(text("UPDATE enrollment SET state = 'ended', end_reason = 'completed', ended_at = now()"))
    second = brought(session, room, week_of(), now)
    third = load_drips(session, room.library, letters[1:])[letters[1]].item
    assert first is not None
    assert second is not None
    assert third is not None
    assert len({first.id, second.id, third.id}) == 3


def test_written_again_it_brings_the_same(
    session: Session, room: PostRoom, week_of: Callable[..., UUID], now: datetime
) -> None:
    """After a refusal or a crash the letter is word for word as before, and nothing is written twice."""
    host = week_of()
    first = written(session, room, host, now)
    with counted(session) as statements:
        assert written(session, room, host, now).letter == first.letter
    assert not [one for one in statements if one.startswith("UPDATE")]


def test_what_was_chosen_before_a_crash_is_not_lost_to_the_client(
    session: Session, room: PostRoom, week_of: Callable[..., UUID], now: datetime
) -> None:
    """Where writing is rolled back nothing is kept as seen, and the next try brings the same."""
    host = week_of()
    session.flush()
    died = session.begin_nested()
    first = brought(session, room, host, now)
    died.rollback()
    assert kept(session, host) is None
    assert brought(session, room, host, now) == first is not None


def in_a_sequence(session: Session, underway: Underway, host: UUID) -> None:
    """Let her into a sequence."""
    put_enrollment(session, underway.client_id, put_sequence(session, underway.now), underway.now)


def refused(session: Session, underway: Underway, host: UUID) -> None:
    """Let her have stopped such letters."""
    address = session.get_one(tables.Client, underway.client_id).address_hash
    suppress(session, address, "drip", reason="unsubscribed", source="link", now=underway.now)


def no_focus(session: Session, underway: Underway, host: UUID) -> None:
    """Let her plan have no focus."""
    session.get_one(tables.Plan, underway.plan_id).focus = []
    session.flush()


def no_plan(session: Session, underway: Underway, host: UUID) -> None:
    """Let her plan be completed."""
    plan = session.get_one(tables.Plan, underway.plan_id)
    plan.state, plan.completed_at = "completed", underway.now
    session.flush()


def a_full_week(session: Session, underway: Underway, host: UUID) -> None:
    """Let three letters ride."""
    for name in ("Bo", "Kim", "Lee"):
        let_ride(
            session,
            underway.letter(session, "mentor-nudge", relationship=underway.relationship(session, name=name)),
            host,
        )


@pytest.mark.parametrize("why", [in_a_sequence, refused, no_focus, no_plan, a_full_week])
def test_mostly_none_is_better(  # noqa: PLR0917 - one case has many parts
    session: Session,
    room: PostRoom,
    underway: Underway,
    week_of: Callable[..., UUID],
    now: datetime,
    why: Callable[[Session, Underway, UUID], None],
) -> None:
    """Beside a sequence, against her word, without focus, in a full week nothing comes or is kept."""
    host = week_of()
    why(session, underway, host)
    assert brought(session, room, host, now) is None
    assert kept(session, host) is None


def test_weeks_ask_as_many_questions_as_one(
    session: Session, secrets: Secrets, room: PostRoom, now: datetime
) -> None:
    """The queries don't grow with the letters."""
    hosts = []
    for number in range(8):
        one = put_underway(session, secrets, now, email=f"{number}@example.test", stage="growing")
        session.get_one(tables.Plan, one.plan_id).focus = ["networks"]
        hosts.append(put_week(session, one, milestone=str(one.milestone(session))))
    took = []
    for some in (hosts[:1], hosts[1:]):
        matter = load_matter(session, some, secrets, now=now)
        with counted(session) as statements:
            assert len(load_readings(session, room.library, matter)) == len(some)
        took.append(len(statements))
    assert took[0] == took[1] <= 4
