"""What the letters of sequences say, and that nobody is brought the same thing to read twice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.content import Content
from coaching.adapters.database import Database
from coaching.adapters.secrets import Secrets
from coaching.domain import library, links
from coaching.domain.library import Item
from coaching.domain.links import Purpose
from coaching.usecases.about_facts import load_items_seen
from coaching.usecases.compose import Links, Reader
from coaching.usecases.compose_drip import Drip, drip_values, load_drips
from coaching.usecases.moves import messages
from coaching.usecases.moves.messages import Said
from coaching.usecases.post_room import PostRoom
from coaching.usecases.write_letters import write_letters
from tests.support.drain import PUBLIC_URL, post_room
from tests.support.drips import put_drip, put_sequence
from tests.support.letter_writing import acts, members_of
from tests.support.mailers import RecordingMailer
from tests.support.system import until
from tests.support.underway import put_underway
from tests.usecases.test_write_letters import counted

READER = Reader("ana@example.test", "Ana Silva", "Jo")


@pytest.fixture
def room(secrets: Secrets, now: datetime) -> PostRoom:
    """What writing needs beside the database."""
    return post_room(RecordingMailer(clock=lambda: now), secrets)


def put(session: Session, secrets: Secrets, now: datetime, *steps: str, **client: object) -> list[UUID]:
    """Add a client with letters of the sequence on networks."""
    client_id = put_underway(session, secrets, now, **client).client_id
    return [put_drip(session, client_id, put_sequence(session, now), now, step) for step in steps]


def kept(session: Session, message_id: UUID) -> str | None:
    """Return the item that is kept with a letter."""
    row = session.get_one(tables.Message, message_id, populate_existing=True)
    item: str | None = row.detail.get("item")
    return item


def test_what_a_letter_says(session: Session, secrets: Secrets, content: Content, now: datetime) -> None:
    """Why it comes, what goes with it, and each link for what it is for."""
    [letter] = put(session, secrets, now, "see", stage="starting")
    drip = load_drips(session, content.library, [letter])[letter]
    assert drip.item is not None
    said = drip_values(drip, READER, Links(PUBLIC_URL, secrets, letter), "Northlight")
    assert said.why == "You get this because your plan works on your network."
    assert said.reading == library.reading(drip.item)
    assert (said.reading_label, said.reading_url) == (drip.item.title, drip.item.address)
    assert acts(said, secrets) == {Purpose.DID: letter, Purpose.TALK: letter}
    token = said.suggest_url.removeprefix(f"{PUBLIC_URL}/suggest/")
    assert links.read_as(secrets.keys, token, Purpose.SUGGEST) == letter


def test_it_fits_the_sequence_and_the_client(
    session: Session, secrets: Secrets, content: Content, now: datetime
) -> None:
    """What is chosen is about the sequence's dimension, and for the client's stage."""
    [letter] = put(session, secrets, now, "see", stage="growing")
    item = load_drips(session, content.library, [letter])[letter].item
    assert item is not None
    assert "networks" in item.dimensions
    assert item.suits("growing")
    assert kept(session, letter) == item.id


def test_what_was_chosen_stays(session: Session, secrets: Secrets, content: Content, now: datetime) -> None:
    """Written again, after a crash or a refusal, it brings the same, and nothing is written twice."""
    [letter] = put(session, secrets, now, "see")
    first = load_drips(session, content.library, [letter])
    with counted(session) as statements:
        assert load_drips(session, content.library, [letter]) == first
    assert not [one for one in statements if one.startswith("UPDATE")]


def test_what_has_gone_from_the_library_is_chosen_anew(
    session: Session, secrets: Secrets, content: Content, now: datetime
) -> None:
    """A letter that is written again can't lead to what isn't there any more."""
    [letter] = put(session, secrets, now, "see")
    first = load_drips(session, content.library, [letter])[letter].item
    assert first is not None
    left = {key: item for key, item in content.library.items() if key != first.id}
    second = load_drips(session, left, [letter])[letter].item
    assert second is not None
    assert kept(session, letter) == second.id != first.id


def test_never_the_same_twice(session: Session, secrets: Secrets, content: Content, now: datetime) -> None:
    """Three letters bring three things, in one batch or several, also after one that never went."""
    see, try_, keep = put(session, secrets, now, "see", "try", "keep")
    together = load_drips(session, content.library, [see, try_])
    messages.skip(session, [see], Said("The client pauses."), now=now)
    alone = load_drips(session, content.library, [keep])
    items = [drip.item for drip in (together | alone).values()]
    assert len({one.id for one in items if one}) == 3


def test_what_a_letter_brought_counts_as_seen(
    session: Session, secrets: Secrets, content: Content, now: datetime
) -> None:
    """The engine, and so a rehearsal, know of what is on its way."""
    [letter] = put(session, secrets, now, "see")
    load_drips(session, content.library, [letter])
    row = session.get_one(tables.Message, letter, populate_existing=True)
    batch = tables.Batch(template="networks-see", sender="x", family="drip", size=1, not_before=now)
    session.add(batch)
    session.flush()
    row.state, row.batch_id = "queued", batch.id
    session.flush()
    assert load_items_seen(session, [row.recipient_id]) == {row.recipient_id: {kept(session, letter)}}


def test_where_nothing_is_left(session: Session, secrets: Secrets, now: datetime) -> None:
    """It asks what they would like to read, leads to where that is said, and keeps nothing."""
    [letter] = put(session, secrets, now, "see")
    drip = load_drips(session, {}, [letter])[letter]
    assert drip == Drip("You get this because your plan works on your network.", None)
    said = drip_values(drip, READER, Links(PUBLIC_URL, secrets, letter), "Northlight")
    assert said.reading == library.NOTHING_LEFT
    assert said.reading_url == said.suggest_url
    assert kept(session, letter) is None


def test_a_sequence_for_no_dimension(
    session: Session, secrets: Secrets, content: Content, now: datetime
) -> None:
    """The client's stage decides alone."""
    client_id = put_underway(session, secrets, now, stage="pivoting").client_id
    sequence = put_sequence(session, now, dimension=None)
    letter = put_drip(session, client_id, sequence, now)
    item = load_drips(session, content.library, [letter])[letter].item
    assert item == library.choose(content.library.values(), dimension=None, stage="pivoting", seen=())


def test_letters_are_written_with_a_handful_of_queries(
    session: Session, secrets: Secrets, room: PostRoom, now: datetime
) -> None:
    """Ten letters take as many as one; each brings what fits its own client."""
    ids = [
        put(session, secrets, now, "see", email=f"{n}@example.test", stage=("starting", "growing")[n % 2])[0]
        for n in range(10)
    ]
    took = []
    for some in (ids[:1], ids):
        members = members_of(session, some)
        with counted(session) as statements:
            written = write_letters(session, room, "networks-see", members, now=now)
        assert len(written.recipients) == len(some)
        took.append(len(statements))
    assert took[0] == took[1] <= 7
    assert written.letter is not None
    for one in written.recipients:
        item = room.library[kept(session, one.message_id) or ""]
        assert one.substitutions["[%reading_url%]"] == item.address


def test_a_letter_without_its_sequence_fails_alone(
    session: Session, secrets: Secrets, room: PostRoom, now: datetime
) -> None:
    """It can't say why it comes, so it doesn't; the others do."""
    good, bad = (put(session, secrets, now, "see", email=f"{n}@example.test")[0] for n in "ab")
    row = session.get_one(tables.Message, bad)
    row.detail = {**row.detail, "version": 9}
    batch = tables.Batch(template="networks-see", sender="x", family="drip", size=2, not_before=now)
    session.add(batch)
    session.flush()
    for message_id in (good, bad):
        letter = session.get_one(tables.Message, message_id)
        letter.state, letter.batch_id = "queued", batch.id
    session.flush()
    written = write_letters(session, room, "networks-see", members_of(session, [good, bad]), now=now)
    assert [one.message_id for one in written.recipients] == [good]
    failed = session.get_one(tables.Message, bad, populate_existing=True)
    assert failed.state == "failed"


def test_two_letters_at_once(database: Database, secrets: Secrets, now: datetime) -> None:
    """Two workers at two letters to one client: the second waits, and brings something else."""
    shelf = {
        name: Item(name, "tip", name, "resume", ("networks",), (), 2, f"https://x.example/{name}", "It is.")
        for name in ("one", "two", "three")
    }
    with database.transaction() as session:
        see, try_ = put(session, secrets, now, "see", "try")

    def write(message_id: UUID) -> str | None:
        with database.transaction() as session:
            item = load_drips(session, shelf, [message_id])[message_id].item
            return item.id if item else None

    with ThreadPoolExecutor(1) as other:
        with database.transaction() as session:
            first = load_drips(session, shelf, [see])[see].item
            second = other.submit(write, try_)
            until(lambda: _waiting(database), "the other to wait")
        assert first is not None
        assert {first.id, second.result(timeout=20)} == {"one", "two"}
    with database.transaction() as session:
        found = session.scalars(select(tables.Message.detail["item"].astext).order_by(tables.Message.id))
        assert [one for one in found if one] == ["one", "two"]


def _waiting(database: Database) -> bool:
    with database.transaction() as session:
        count = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        return bool(session.scalar(text(count)))
