"""What reports close: dead mailboxes, complaints, unsubscribes, and addresses that are worn out."""

from collections.abc import Callable
from datetime import datetime
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.secrets import Secrets
from coaching.domain.events import EventKind
from coaching.usecases.receipts import read_reports, record_receipts
from tests.support.ledger import count, put_client, put_letter

AT = 1_795_424_400
DAY = 24 * 3600
SUPPRESSED, UNSUBSCRIBED = EventKind.ADDRESS_SUPPRESSED, EventKind.LETTERS_UNSUBSCRIBED
Take = Callable[..., int]


def report(kind: str, day: int = 0, **changes: Any) -> dict[str, Any]:
    """Return one report about a letter to Ana."""
    return {"event": kind, "timestamp": AT + day * DAY, "email": "ana@example.test", **changes}


@pytest.fixture
def take(session: Session, secrets: Secrets, now: datetime) -> Take:
    """Record reports, and return how many were new."""

    def record_all(*raw: object) -> int:
        return record_receipts(session, read_reports(raw, secrets.pepper), now=now)

    return record_all


@pytest.fixture
def message(session: Session, secrets: Secrets, now: datetime) -> tables.Message:
    """A letter to Ana."""
    return put_letter(session, put_client(session, secrets), now)


def closed(session: Session) -> list[tuple[str, str]]:
    """Return scope and reason of every suppression."""
    found = session.execute(select(tables.Suppression.scope, tables.Suppression.reason))
    return sorted((scope, reason) for scope, reason in found)


def facts(session: Session) -> list[str]:
    """Return the kinds of all facts."""
    return sorted(session.scalars(select(tables.Event.kind)))


@pytest.mark.parametrize(
    ("kind", "more", "closes", "fact"),
    [
        ("bounce", {}, ("all", "bounced"), SUPPRESSED),
        ("bounce", {"type": "bounce"}, ("all", "bounced"), SUPPRESSED),
        ("bounce", {"type": "blocked"}, None, None),
        ("spamreport", {}, ("all", "complained"), SUPPRESSED),
        ("unsubscribe", {}, ("letters", "unsubscribed"), UNSUBSCRIBED),
        ("group_unsubscribe", {}, ("letters", "unsubscribed"), UNSUBSCRIBED),
        ("dropped", {}, None, None),
        ("dropped", {"reason": "Bounced Address"}, ("all", "bounced"), SUPPRESSED),
        ("dropped", {"reason": "Unsubscribed Address"}, ("letters", "unsubscribed"), UNSUBSCRIBED),
        ("deferred", {}, None, None),
    ],
)
def test_what_a_report_closes(  # noqa: PLR0917 - fixtures and the columns of the table
    session: Session,
    message: tables.Message,
    take: Take,
    kind: str,
    more: dict[str, Any],
    closes: tuple[str, str] | None,
    fact: EventKind | None,
) -> None:
    """A dead mailbox and a complaint stop everything, an unsubscribe letters; the house is told once."""
    take(report(kind, message_id=str(message.id), **more))
    take(report(kind, 1, message_id=str(message.id), **more))
    assert closed(session) == ([closes] if closes else [])
    assert facts(session) == ([fact] if fact else [])
    known = session.scalars(select(tables.Event)).all()
    assert {one.client_id for one in known} == ({message.recipient_id} if fact else set())


def test_both_scopes_can_be_closed_at_once(session: Session, message: tables.Message, take: Take) -> None:
    """Who unsubscribes and complains in one post is suppressed for both, and both are told."""
    take(report("unsubscribe"), report("spamreport"), report("bounce"))
    assert closed(session) == [("all", "complained"), ("letters", "unsubscribed")]
    assert facts(session) == [SUPPRESSED, UNSUBSCRIBED]


def test_a_lifted_suppression_stays_lifted(
    session: Session, message: tables.Message, take: Take, now: datetime
) -> None:
    """What SendGrid repeats was said before; only a new bounce closes the address again."""
    take(report("bounce"))
    session.scalars(select(tables.Suppression)).one().lifted_at = now
    session.flush()
    take(report("bounce"))
    assert count(session, tables.Suppression) == 1
    take(report("bounce", 1))
    assert count(session, tables.Suppression) == 2


def test_a_bounce_without_an_address_closes_the_letters_reader(
    session: Session, message: tables.Message, take: Take
) -> None:
    """With our message id alone the address is still found."""
    raw = report("bounce", message_id=str(message.id))
    del raw["email"]
    take(raw)
    client = session.get_one(tables.Client, message.recipient_id)
    assert session.scalars(select(tables.Suppression.address_hash)).all() == [client.address_hash]


def test_a_bounce_of_nobody_closes_nothing(session: Session, take: Take) -> None:
    """Without address and without a letter of ours there is nothing to close."""
    raw = report("bounce", message_id="0194e9a0-0000-7000-8000-000000000000")
    del raw["email"]
    assert take(raw) == 1
    assert count(session, tables.Suppression) == 0


def test_a_bounce_of_a_stranger_is_remembered(session: Session, take: Take) -> None:
    """An address that is no client's is suppressed as well, by its hash alone."""
    take(report("bounce", email="nobody@example.test"))
    assert count(session, tables.Suppression) == 1
    assert count(session, tables.Event) == 0


def soft(day: int, **changes: Any) -> dict[str, Any]:
    """Return a bounce that says nothing of the address."""
    return report("bounce", day, type="blocked", **changes)


def test_the_third_soft_bounce_closes(session: Session, message: tables.Message, take: Take) -> None:
    """Two are patience, three in a row within a month are enough."""
    take(soft(0), soft(10))
    assert closed(session) == []
    take(soft(20))
    assert closed(session) == [("all", "soft_bounces")]
    assert facts(session) == [SUPPRESSED]


def test_soft_bounces_far_apart_close_nothing(session: Session, message: tables.Message, take: Take) -> None:
    """Three in two months are bad luck."""
    assert take(soft(0), soft(20), soft(40)) == 3
    assert closed(session) == []


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_a_delivery_between_them_starts_the_count_anew(
    session: Session, message: tables.Message, take: Take, order: tuple[int, ...], now: datetime
) -> None:
    """In whatever order one post tells it, an address that was reached meanwhile stays open."""
    other = put_letter(session, message.recipient_id, now, slot_key="drip:2")
    told = [
        soft(0, message_id=str(message.id)),
        report("delivered", 5, message_id=str(other.id)),
        soft(10),
        soft(20),
    ]
    take(*(told[place] for place in order))
    assert closed(session) == []
    take(soft(25))
    assert closed(session) == [("all", "soft_bounces")]


def test_a_coachs_deliveries_count_too(session: Session, take: Take, now: datetime) -> None:
    """An address of nobody's whom we know as a client is found by its letters."""
    coach = tables.Coach(email="c@firm.test", email_key="c@firm.test", name="C")
    session.add(coach)
    session.flush()
    first, second = (
        put_letter(session, coach.id, now, recipient_kind="coach", slot_key=f"note:{place}")
        for place in (1, 2)
    )
    to = {"email": "c@firm.test"}
    take(
        soft(0, message_id=str(first.id), **to),
        report("delivered", 1, message_id=str(second.id), **to),
        soft(2, **to),
        soft(3, **to),
    )
    assert closed(session) == []


def test_many_bounces_are_few_statements(session: Session, secrets: Secrets, take: Take) -> None:
    """A hundred dead addresses in one post cost hardly more statements than one."""
    for number in range(100):
        put_client(session, secrets, f"dead-{number}@example.test")
    statements: list[str] = []

    def listen(*seen: Any) -> None:
        statements.append(seen[2])

    event.listen(session.connection(), "before_cursor_execute", listen)
    take(*(report("bounce", email=f"dead-{number}@example.test") for number in range(100)))
    event.remove(session.connection(), "before_cursor_execute", listen)
    assert count(session, tables.Suppression) == count(session, tables.Event) == 100
    assert len(statements) < 12, statements


def test_only_what_may_suppress_closes_the_fence(session: Session, secrets: Secrets, take: Take) -> None:
    """Ordinary posts never wait for attempts that are beginning; one with a bounce does, before it writes."""
    statements: list[str] = []

    def listen(*seen: Any) -> None:
        statements.append(seen[2])

    event.listen(session.connection(), "before_cursor_execute", listen)
    take(report("processed"), report("delivered"), report("open"), report("deferred"))
    assert not any("pg_advisory" in one for one in statements)
    statements.clear()
    take(report("processed", 1), soft(1))
    assert "pg_advisory_xact_lock" in next(one for one in statements if not one.startswith("SAVEPOINT"))
