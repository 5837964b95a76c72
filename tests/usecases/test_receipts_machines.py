"""Machine opens and clicks are marked, in whatever order and company the reports come."""

from collections.abc import Callable
from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, event, select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.secrets import Secrets
from coaching.usecases.receipts import read_reports, record_receipts
from tests.support.ledger import put_client, put_letter

AT = 1_795_424_400
Raw = dict[str, Any]
Take = Callable[..., int]


@pytest.fixture
def message(session: Session, secrets: Secrets, now: datetime) -> tables.Message:
    """A letter to Ana."""
    return put_letter(session, put_client(session, secrets), now)


@pytest.fixture
def take(session: Session, secrets: Secrets, now: datetime, message: tables.Message) -> Take:
    """Record reports about the letter."""

    def record_all(*raw: Raw) -> int:
        named = [{"message_id": str(message.id), "email": "ana@example.test", **one} for one in raw]
        return record_receipts(session, read_reports(named, secrets.pepper), now=now)

    return record_all


def told(kind: str, second: int, **more: Any) -> Raw:
    """Return a report about the letter."""
    return {"event": kind, "timestamp": AT + second, **more}


def marked(session: Session) -> set[tuple[str, int]]:
    """Return kind and second of what is marked."""
    rows = session.execute(select(tables.Receipt.kind, tables.Receipt.at).where(tables.Receipt.machine))
    return {(kind, int(at.timestamp()) - AT) for kind, at in rows}


def test_what_sendgrid_says_of_an_open_is_kept(session: Session, take: Take) -> None:
    """An open that SendGrid ascribes to a machine is marked, another is not."""
    take(told("open", 60, sg_machine_open=True), told("open", 90, sg_machine_open=False))
    assert marked(session) == {("open", 60)}


def test_a_delivery_that_is_told_late_marks_what_came_before(session: Session, take: Take) -> None:
    """The click was taken for a person's until it turned out that the letter had only just arrived."""
    take(told("processed", 0), told("click", 33, url="https://x.test/a"))
    assert marked(session) == set()
    take(told("delivered", 30))
    assert marked(session) == {("click", 33)}


def test_the_second_link_marks_the_first(session: Session, take: Take) -> None:
    """Of two links followed at once, both are marked, also when they come in two posts."""
    take(told("delivered", 0), told("click", 60, url="https://x.test/a", useragent="Mozilla/5.0"))
    take(told("click", 61, url="https://x.test/b", useragent="Mozilla/5.0"))
    take(told("click", 500, url="https://x.test/b", useragent="Mozilla/5.0"))
    assert marked(session) == {("click", 60), ("click", 61)}


def test_a_letter_is_judged_by_its_own_reports(
    session: Session, secrets: Secrets, take: Take, message: tables.Message, now: datetime
) -> None:
    """The delivery of another letter to the same person says nothing of this one's click."""
    other = put_letter(session, message.recipient_id, now, slot_key="drip:2")
    take(told("click", 3, url="https://x.test/a"), told("delivered", 0, message_id=str(other.id)))
    assert marked(session) == set()


def test_ordinary_posts_cost_one_look(session: Session, take: Take) -> None:
    """Where nobody has opened a letter yet, one statement finds that out."""
    statements: list[str] = []

    def listen(*seen: Any) -> None:
        statements.append(seen[2])

    event.listen(session.connection(), "before_cursor_execute", listen)
    take(told("processed", 0), told("delivered", 1))
    assert len([one for one in statements if "FROM receipt" in one]) == 1


ACTS = st.builds(
    lambda kind, second, link, told_so: told(
        kind, second, url=f"https://x.test/{link}", sg_machine_open=told_so
    ),
    st.sampled_from(["click", "click", "open", "delivered", "processed"]),
    st.integers(0, 12),
    st.sampled_from("ab"),
    st.booleans(),
)


def once(raw: Raw) -> tuple[object, ...]:
    """What tells one report from another."""
    return raw["event"], raw["timestamp"], raw["url"] if raw["event"] == "click" else None


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_the_order_of_arrival_makes_no_difference(session: Session, take: Take, data: st.DataObject) -> None:
    """Shuffled, cut into posts and repeated, the same reports leave the same marks."""
    reports = data.draw(st.lists(ACTS, min_size=1, max_size=6, unique_by=once))
    shuffled = data.draw(st.permutations(reports))
    cuts = sorted(data.draw(st.sets(st.integers(0, len(reports)), max_size=3)) | {0, len(reports)})
    found = []
    for posts in ([reports], [shuffled[start:end] for start, end in pairwise(cuts)]):
        session.execute(delete(tables.Receipt))
        for post in posts:
            take(*post, *post[:1])
        found.append(marked(session))
    assert found[0] == found[1]
