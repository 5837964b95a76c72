"""What SendGrid reports: in any order, as often as it likes, and not always in a form one can read."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.secrets import Secrets
from coaching.usecases.receipts import read_reports, record_receipts
from tests.support.ledger import count, put_client, put_letter

AT = 1_795_424_400


def report(event: str = "delivered", **changes: Any) -> dict[str, Any]:
    """Return one report as it arrives."""
    return {"event": event, "timestamp": AT, "email": "ana@example.test", **changes}


@pytest.fixture
def take(session: Session, secrets: Secrets, now: datetime) -> Any:
    """Record reports, and return how many were new."""

    def record_all(*raw: object) -> int:
        return record_receipts(session, read_reports(raw, secrets.pepper), now=now)

    return record_all


@pytest.fixture
def message(session: Session, secrets: Secrets, now: datetime) -> tables.Message:
    """A letter to Ana."""
    return put_letter(session, put_client(session, secrets), now)


def fate(session: Session, message: tables.Message) -> str | None:
    """Return what is known of the letter now."""
    session.refresh(message)
    return message.fate


def test_a_report_is_kept_once(session: Session, message: tables.Message, take: Any) -> None:
    """Repeats, within one call or hours later, with other ids of SendGrid's own, add nothing."""
    one = report(message_id=str(message.id), sg_event_id="a")
    assert take(one, {**one, "sg_event_id": "b"}) == 1
    assert take({**one, "sg_event_id": "c"}) == 0
    assert count(session, tables.Receipt) == 1
    assert take({**one, "timestamp": AT + 1}) == 1


def test_reports_without_our_ids_are_kept_once_too(session: Session, take: Any) -> None:
    """A bounce that lost its ids is told apart by address, kind and time."""
    assert take(report("bounce"), report("bounce"), report("bounce", email="bo@example.test")) == 2
    assert take(report("bounce")) == 0


def test_clicks_of_one_second_are_told_apart_by_their_links(
    session: Session, message: tables.Message, take: Any
) -> None:
    """Two links clicked at once are two receipts, the same link is one; neither address is kept."""
    one = report("click", message_id=str(message.id), url="https://firm.example.test/act/secret-one")
    other = {**one, "url": "https://firm.example.test/act/secret-two"}
    assert take(one, other, one) == 2
    assert take(other) == 0
    rows = session.scalars(select(tables.Receipt)).all()
    assert {len(row.link or b"") for row in rows} == {8}
    assert not any("secret" in str(vars(row)) for row in rows)


def test_a_fate_is_dated_from_when_it_was_first_so(
    session: Session, message: tables.Message, take: Any
) -> None:
    """Reports of the same fate may come in any order; the earliest time holds."""
    for seconds in (20, 0, 10):
        take(report(message_id=str(message.id), timestamp=AT + seconds))
    assert fate(session, message) == "delivered"
    assert message.fate_at == datetime.fromtimestamp(AT, UTC)


def test_many_letters_move_together(session: Session, secrets: Secrets, take: Any, now: datetime) -> None:
    """Each letter of a post gets its own fate, whatever stands between."""
    client_id = put_client(session, secrets)
    letters = [put_letter(session, client_id, now, slot_key=f"drip:{number}") for number in range(9)]
    told = {place: ("processed", "delivered", "spamreport")[: place % 3 + 1] for place in range(9)}
    reports = [report(kind, message_id=str(letters[place].id)) for place in told for kind in told[place]]
    take(*reports[::-1], report(message_id=str(uuid4())))
    assert [fate(session, one) for one in letters] == ["processed", "delivered", "complained"] * 3


@pytest.mark.parametrize(
    ("kinds", "known"),
    [
        (["processed", "delivered"], "delivered"),
        (["delivered", "processed", "deferred"], "delivered"),
        (["delivered", "spamreport", "delivered"], "complained"),
        (["deferred", "bounce", "processed"], "bounced"),
        (["open", "click"], None),
    ],
)
def test_a_fate_never_moves_back(
    session: Session, message: tables.Message, take: Any, kinds: list[str], known: str | None
) -> None:
    """Whatever the order, the most telling report holds; opens and clicks are no fate."""
    for seconds, kind in enumerate(kinds):
        take(report(kind, message_id=str(message.id), timestamp=AT + seconds))
    assert fate(session, message) == known


def test_a_receipt_settles_an_uncertain_batch(session: Session, take: Any, now: datetime) -> None:
    """A report that names the attempt proves that it was accepted; one of another attempt proves nothing."""
    batch = tables.Batch(
        template="report",
        sender="a@b.test",
        family="transactional",
        size=1,
        state="uncertain",
        not_before=now,
    )
    session.add(batch)
    session.flush()
    attempt = tables.Attempt(
        batch_id=batch.id, number=1, template_version="1", size=1, outcome="unknown", started_at=now
    )
    session.add(attempt)
    session.flush()
    take(report("processed", attempt_id=str(uuid4())))
    session.refresh(batch)
    assert batch.state == "uncertain"
    take(report("processed", attempt_id=str(attempt.id), timestamp=AT + 1))
    session.refresh(batch)
    session.refresh(attempt)
    assert (batch.state, batch.accepted_at, attempt.outcome) == ("accepted", now, "accepted")


MALFORMED: list[object] = [
    None,
    "bounce",
    7,
    [],
    {},
    {"event": "bounce"},
    {"timestamp": AT},
    report(timestamp="yesterday"),
    report(timestamp=True),
    report(timestamp=None),
    report(timestamp=1e300),
    report(timestamp=float("nan")),
    report(timestamp=10**400),
    report(timestamp=-(10**9)),
    report(timestamp=10**10),
    report(""),
    {**report(), "event": 7},
    report("x" * 41),
]


def test_what_cannot_be_read_is_passed_over(session: Session, take: Any) -> None:
    """Malformed reports hold up neither the call nor the readable ones beside them."""
    assert take(*MALFORMED, report(), *MALFORMED) == 1
    assert count(session, tables.Receipt) == 1


@pytest.mark.parametrize(
    "raw",
    [
        report(message_id="not-an-id", attempt_id=7),
        report("made\0up"),
        report(email="an\0a@example.test"),
        report(email="ana\ud800@example.test"),
        report("bounce", reason="mailbox\0full \ud800"),
        report("click", url="https://x.test/\0\ud800"),
        report("open", useragent={"a": [{"b": None}]}, status=10**40, attempt=[[[]]]),
        report("delivered\ud800"),
    ],
    ids=["ids", "kind", "address", "half an address", "reason", "link", "nested", "half a kind"],
)
def test_strange_texts_are_no_error(session: Session, take: Any, raw: dict[str, Any]) -> None:
    """Zero bytes and half characters, which the database can't keep, never turn into a failing call."""
    assert take(raw, report("deferred")) in (1, 2)


def test_reports_keep_no_address(session: Session, message: tables.Message, take: Any) -> None:
    """What is stored names neither the address nor anything that was not asked for."""
    take(report("bounce", reason="mailbox unknown", ip="192.0.2.1", message_id=str(message.id)))
    row = session.scalars(select(tables.Receipt)).one()
    assert row.detail == {"reason": "mailbox unknown"}
    assert row.message_id == UUID(str(message.id))
