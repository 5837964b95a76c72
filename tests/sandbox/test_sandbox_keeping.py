"""A restart finds the mailbox again."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from sandbox.keeping import Keeper
from sandbox.store import AcceptedMail, Store
from tests.sandbox.sandbox_support import accepted


def opened(path: Path, *, keep: int = 10) -> tuple[Store, Keeper]:
    """A store as it stands after a start with this file."""
    store = Store(keep)
    keeper = Keeper(path, store)
    keeper.load()
    return store, keeper


def summary(store: Store) -> list[AcceptedMail]:
    """Everything kept, compared field by field."""
    return store.mails()


def test_finds_again_what_was_saved(tmp_path: Path) -> None:
    """Requests come back as they were, packed or not, also one that has lost its first recipients."""
    path = tmp_path / "new folder" / "mailbox"
    store, keeper = opened(path, keep=4)
    store.add(accepted("one", "a@example.test", "b@example.test"))
    store.add(accepted("two", "c@example.test", "d@example.test", "e@example.test", size=70_000))
    keeper.save()
    again, _ = opened(path, keep=4)
    assert summary(again) == summary(store)
    assert (len(again), again.mails()[0].gone) == (4, 1)


def test_knows_ids_of_earlier_runs_and_counts_anew(tmp_path: Path) -> None:
    """A letter repeated across a restart is noticed."""
    store, keeper = opened(tmp_path / "mailbox")
    store.add(accepted("one", "a@example.test"))
    keeper.save()
    again, _ = opened(tmp_path / "mailbox")
    assert again.stats()["accepted"] == 0
    again.add(accepted("one", "a@example.test"))
    assert again.stats()["repeated"] == 1


def test_writes_changes_only(tmp_path: Path) -> None:
    """Later saves add what is new, drop what has gone and note what has shrunk."""
    path = tmp_path / "mailbox"
    store, keeper = opened(path, keep=3)
    store.add(accepted("one", "a@example.test"))
    store.add(accepted("two", "b@example.test", "c@example.test"))
    keeper.save()
    store.add(accepted("three", "d@example.test", "e@example.test"))
    keeper.save()
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT number, id, gone FROM mail ORDER BY number").fetchall()
    assert rows == [(2, "two", 1), (3, "three", 0)]
    before = path.stat().st_mtime_ns
    keeper.save()
    assert path.stat().st_mtime_ns == before


def test_a_cleared_mailbox_leaves_no_letter_in_the_file(tmp_path: Path) -> None:
    """What was cleared can't be read from the file any more."""
    path = tmp_path / "mailbox"
    store, keeper = opened(path)
    store.add(accepted("one", "secret-address@example.test", size=70_000))
    keeper.save()
    assert b"secret-address" in path.read_bytes()
    store.clear()
    keeper.save()
    assert b"secret-address" not in path.read_bytes()
    assert summary(opened(path)[0]) == []


def test_only_the_owner_may_read_the_file(tmp_path: Path) -> None:
    """Letters hold links that act without a login."""
    opened(tmp_path / "mailbox")
    assert (tmp_path / "mailbox").stat().st_mode & 0o777 == 0o600


def test_puts_a_file_aside_that_cannot_be_read(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A spoiled file doesn't keep the sandbox from starting, and isn't thrown away."""
    path = tmp_path / "mailbox"
    path.write_bytes(b"not a mailbox" * 100)
    store, keeper = opened(path)
    assert (tmp_path / "mailbox.unreadable").read_bytes().startswith(b"not a mailbox")
    assert "mailbox.unreadable" in caplog.text
    store.add(accepted("one", "a@example.test"))
    keeper.save()
    assert len(opened(path)[0]) == 1
