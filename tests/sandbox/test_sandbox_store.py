"""The mailbox keeps what it should and no more."""

import pytest

from sandbox import store as store_module
from sandbox.store import Store
from tests.sandbox.sandbox_support import accepted


def shown(store: Store) -> list[str]:
    """The addresses in the mailbox, newest first."""
    return [mail.recipients[position][1] for mail, position in store.newest_first()]


def test_shows_the_newest_first() -> None:
    """The last recipient of the last request stands on top."""
    store = Store(10)
    store.add(accepted("one", "a@example.test", "b@example.test"))
    store.add(accepted("two", "c@example.test"))
    assert shown(store) == ["c@example.test", "b@example.test", "a@example.test"]


def test_keeps_so_many_messages_and_lets_the_oldest_go() -> None:
    """The bound counts recipients: a request may lose its first ones before it goes altogether."""
    store = Store(3)
    store.add(accepted("one", "a@example.test", "b@example.test"))
    store.add(accepted("two", "c@example.test", "d@example.test"))
    assert (shown(store), len(store)) == (["d@example.test", "c@example.test", "b@example.test"], 3)
    assert store.find("one", 0) is None
    assert store.find("one", 1) is not None
    store.add(accepted("three", "e@example.test"))
    assert (shown(store), len(store)) == (["e@example.test", "d@example.test", "c@example.test"], 3)
    assert [mail.id for mail in store.mails()] == ["two", "three"]


def test_a_request_larger_than_the_mailbox_keeps_its_last_recipients() -> None:
    """A batch of a thousand fits into a mailbox for two."""
    store = Store(2)
    store.add(accepted("one", *(f"c{n}@example.test" for n in range(5))))
    assert shown(store) == ["c4@example.test", "c3@example.test"]


def test_keeps_within_its_memory() -> None:
    """Large requests push old ones out long before the number of messages would."""
    store = Store(1_000, most_memory=250_000)
    for number in range(5):
        store.add(accepted(f"m{number}", "a@example.test", size=100_000))
    assert [mail.id for mail in store.mails()] == ["m3", "m4"]


def test_packs_small_requests_and_gives_them_back_as_they_came() -> None:
    """A letter to one person is mostly markup; a full batch is left as it is."""
    small, large = (
        accepted("small", "a@example.test", size=20_000),
        accepted("large", "a@example.test", size=70_000),
    )
    assert len(small.stored_body) < 2_000
    assert len(small.body) > 20_000
    assert large.stored_body == large.body


def test_counts_requests_recipients_and_repeated_ids() -> None:
    """An id that was accepted before counts as repeated, in another request or in the same."""
    store = Store(10)
    store.count_request()
    store.count_request()
    first, again = accepted("one", "a@example.test", "b@example.test"), accepted("two", "a@example.test")
    again.message_ids[0] = first.message_ids[1]
    store.add(first)
    store.add(again)
    assert store.stats() == {"requests": 2, "accepted": 2, "recipients": 3, "repeated": 1}


def test_messages_without_an_id_are_never_repeated() -> None:
    """Only what bears an id can be told apart."""
    store = Store(10)
    for name in ("one", "two"):
        mail = accepted(name, "a@example.test")
        mail.message_ids[0] = None
        store.add(mail)
    assert store.stats()["repeated"] == 0


def test_remembers_a_bounded_number_of_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest ids are always known; those of two generations ago are forgotten."""
    monkeypatch.setattr(store_module, "REMEMBERED_IDS", 2)
    store = Store(100)
    for name in ("old", "b", "c", "d"):
        store.add(accepted(name, "a@example.test"))
    store.add(accepted("d", "a@example.test"))
    assert store.stats()["repeated"] == 1
    store.add(accepted("old", "a@example.test"))
    assert store.stats()["repeated"] == 1


def test_starts_anew_when_cleared() -> None:
    """A cleared sandbox is as it was at its first start, ids included."""
    store = Store(10)
    store.add(accepted("one", "a@example.test"))
    store.clear()
    assert (shown(store), len(store), store.find("one", 0)) == ([], 0, None)
    store.add(accepted("one", "a@example.test"))
    assert store.stats() == {"requests": 0, "accepted": 1, "recipients": 1, "repeated": 0}


def test_a_reader_sees_the_mailbox_as_it_was() -> None:
    """Letters that come or go while someone reads change nothing for that reader."""
    store = Store(2)
    store.add(accepted("one", "a@example.test", "b@example.test"))
    reader = store.newest_first()
    next(reader)
    store.add(accepted("two", "c@example.test", "d@example.test"))
    assert [mail.recipients[position][1] for mail, position in reader] == ["a@example.test"]
