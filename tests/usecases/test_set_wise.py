"""Deciding for many in SQL and for one in Python says the same, rule by rule."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.secrets import Secrets
from coaching.domain.allowlist import Allowlist
from coaching.domain.engine.attention import unanswered_before
from coaching.domain.engine.decide import Decision, decide
from coaching.domain.engine.state import ClientState, LetterFacts
from coaching.domain.ledger import PAUSE_ENDINGS
from coaching.domain.letters import letter
from coaching.usecases.client_states import load_states
from coaching.usecases.fan_out import FanOut, fan_out_chunk
from coaching.usecases.post_room import PostRoom
from coaching.usecases.recheck_campaign import recheck_campaign
from tests.support.drain import LEASE, PUBLIC_URL, SENDER, stationery
from tests.support.ledger import agree, put_client, put_letter
from tests.support.mailers import RecordingMailer

START = datetime(2026, 10, 22, 9, 0, tzinfo=UTC)
ZONES = ("Europe/Paris", "Asia/Kathmandu", "America/St_Johns", "Pacific/Kiritimati", "Australia/Lord_Howe")
SCOPES = ("all", "letters", "campaign", "drip", "transactional")
HOURS = ("12345 08:30-18:00", "67 10:00-12:00", "1234567 00:00-23:59", "3 22:15-22:45")
OTHERS = ("mentoring", "drip", "milestone", "transactional")
ALLOWLISTS = (
    Allowlist(),
    Allowlist.of(("@Example.test",)),
    Allowlist.of(("C1@example.test", "@other.test")),
)

client_cases = st.fixed_dictionaries(
    {
        "zone": st.sampled_from(ZONES),
        "confirmed": st.booleans(),
        "consents": st.lists(st.booleans(), max_size=3),
        "suppressed": st.lists(st.tuples(st.sampled_from(SCOPES), st.booleans()), max_size=2),
        "domain": st.sampled_from(("example.test", "EXAMPLE.test", "other.test")),
        "hours": st.sampled_from(HOURS),
        "acted": st.none() | st.integers(-20, 10),
        "dates": st.lists(st.integers(-12, 11), max_size=8, unique=True),
        "pauses": st.lists(
            st.tuples(
                st.sampled_from(PAUSE_ENDINGS),
                st.integers(-5, 9),
                st.none() | st.integers(1, 9),
                st.booleans(),
            ),
            max_size=2,
            unique_by=lambda one: one[3],
        ),
        "planned": st.lists(
            st.tuples(
                st.integers(-24, 10 * 24),
                st.sampled_from((10, 20, 60, 90)),
                st.sampled_from(OTHERS),
                st.booleans(),
            ),
            max_size=4,
        ),
    }
)
moments = st.integers(0, 10 * 24 * 60).map(lambda minutes: START + timedelta(minutes=minutes))


@pytest.fixture
def fresh(postgres_url: str) -> Iterator[Any]:
    """Give a session of its own for each example, and roll it back."""
    engine = create_engine(postgres_url)

    class Fresh:
        def __enter__(self) -> Session:
            self.connection = engine.connect()
            self.outer = self.connection.begin()
            self.session = Session(self.connection, autoflush=False, expire_on_commit=False)
            return self.session

        def __exit__(self, *_: object) -> None:
            self.session.close()
            self.outer.rollback()
            self.connection.close()

    yield Fresh
    engine.dispose()


def put(session: Session, secrets: Secrets, number: int, case: dict[str, Any]) -> None:
    """Add a client as the case has it."""
    client = put_client(
        session,
        secrets,
        f"c{number}@{case['domain']}",
        time_zone=case["zone"],
        confirmed_at=START if case["confirmed"] else None,
        sample=True,
        hours=case["hours"],
    )
    put_past(session, client, case)
    for place, granted in enumerate(case["consents"]):
        agree(session, client, START + timedelta(hours=place), granted=granted)
    address_hash = session.get_one(tables.Client, client).address_hash
    for scope, lifted in dict(case["suppressed"]).items():
        session.add(
            tables.Suppression(
                address_hash=address_hash,
                scope=scope,
                reason="test",
                source="test",
                at=START,
                lifted_at=START if lifted else None,
            )
        )
    session.flush()


def put_past(session: Session, client: UUID, case: dict[str, Any]) -> None:
    """Let the client have acted, have had letters, be paused, and have other letters planned."""
    row = session.get_one(tables.Client, client)
    row.last_acted_at = None if case["acted"] is None else START + timedelta(days=case["acted"])
    for day in case["dates"]:
        message_id, at = uuid4(), START + timedelta(days=day)
        put_letter(
            session,
            client,
            at,
            id=message_id,
            slot_key=f"drip:{message_id}",
            family="drip",
            template="first-step",
            state="failed",
            outcome="A test wants it.",
        )
        session.execute(
            insert(tables.AttentionSlot)
            .values(client_id=client, local_date=at.date(), message_id=message_id, taken_at=at)
            .on_conflict_do_nothing()
        )
    for ending, began, days, ended in case["pauses"]:
        began_at = START + timedelta(days=began)
        until_at = None if days is None else began_at + timedelta(days=days)
        row_values = {"began_at": began_at, "until_at": until_at, "ending": ending, "actor": "test"}
        ended_at = began_at + timedelta(days=1) if ended else None
        session.add(tables.Pause(client_id=client, ended_at=ended_at, **row_values))
    for hours, rank, family, right in case["planned"]:
        at = START + timedelta(hours=hours)
        put_letter(
            session,
            client,
            at,
            slot_key=f"drip:{uuid4()}",
            family=family,
            template="first-step",
            rank=rank,
            detail={"ignore_budget": True} if right else {},
        )
    session.flush()


def order(family: str, *, ignore_window: bool, ignore_budget: bool = False) -> FanOut:
    """Return a letter to many."""
    return FanOut(
        "campaign:1",
        "look-again",
        family,
        SENDER.address,
        "A test wants it.",
        ignore_window,
        ignore_budget,
    )


def decided_one_by_one(
    session: Session, allowlist: Allowlist, now: datetime, *, written: bool
) -> dict[Any, tuple[tables.Message, Decision]]:
    """Return for each letter what `decide` says of it: as it stands, or as if it were yet to be written."""
    rows = session.scalars(
        select(tables.Message)
        .where(tables.Message.slot_key == "campaign:1")
        .execution_options(populate_existing=True)
    ).all()
    states = load_states(session, [row.recipient_id for row in rows], may_write_to=allowlist, now=now)
    return {row.id: (row, decide(*_as_asked(row, states[row.recipient_id], written), now)) for row in rows}


def _as_asked(row: tables.Message, state: ClientState, written: bool) -> tuple[LetterFacts, ClientState]:
    facts = next(one for one in state.letters if one.id == row.id)
    if written:
        return facts, state
    others = tuple(one for one in state.letters if one.id != row.id)
    before = unanswered_before(facts, state)
    return replace(facts, state="planned", slot_on=None, taken_at=None), replace(
        state, letters=others, unanswered=before
    )


STATES = {"send": "queued", "wait": "planned", "skip": "skipped", "expire": "expired"}


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cases=st.lists(client_cases, min_size=1, max_size=6),
    now=moments,
    allowlist=st.sampled_from(ALLOWLISTS),
    family=st.just("campaign"),
    ignore_window=st.booleans(),
    ignore_budget=st.booleans(),
)
def test_a_fan_out_decides_as_decide_does(  # noqa: PLR0917 - hypothesis hands them over
    fresh: Any,
    secrets: Secrets,
    cases: list[dict[str, Any]],
    now: datetime,
    allowlist: Allowlist,
    family: str,
    ignore_window: bool,
    ignore_budget: bool,
) -> None:
    """Outcome, sentence, every rule's word and the next look are those of `decide`, for every client."""
    with fresh() as session:
        for number, case in enumerate(cases):
            put(session, secrets, number, case)
        ids = sorted(session.scalars(select(tables.Client.id)))
        among = (UUID(int=0), ids[-1])
        one = order(family, ignore_window=ignore_window, ignore_budget=ignore_budget)
        fan_out_chunk(session, one, allowlist, among, now)
        one_by_one = decided_one_by_one(session, allowlist, now, written=False)
        assert len(one_by_one) == len(cases)
        for row, decision in one_by_one.values():
            assert row.rule_codes == decision.rule_codes
            assert row.outcome == decision.reason
            assert row.state == STATES[decision.outcome]
            assert row.look_at == (decision.next_at if decision.outcome == "wait" else now)


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    before=st.lists(client_cases, min_size=1, max_size=6),
    after=st.lists(client_cases, min_size=6, max_size=6),
    now=moments,
    later=st.integers(0, 5 * 24 * 60).map(lambda minutes: timedelta(minutes=minutes)),
    allowlist=st.sampled_from(ALLOWLISTS),
    ignore_window=st.booleans(),
)
def test_a_recheck_decides_as_decide_does(  # noqa: PLR0917 - hypothesis hands them over
    fresh: Any,
    secrets: Secrets,
    before: list[dict[str, Any]],
    after: list[dict[str, Any]],
    now: datetime,
    later: timedelta,
    allowlist: Allowlist,
    ignore_window: bool,
) -> None:
    """When a campaign's batch is claimed later, the world has changed; both ways see the same of it."""
    with fresh() as session:
        for number, case in enumerate(before):
            put(session, secrets, number, case)
        ids = sorted(session.scalars(select(tables.Client.id)))
        among = (UUID(int=0), ids[-1])
        fan_out_chunk(session, order("campaign", ignore_window=ignore_window), Allowlist(), among, now)
        for client_id, case in zip(ids, after, strict=False):
            change(session, client_id, case)
        at = now + later
        queued = set(session.scalars(select(tables.Message.id).where(tables.Message.state == "queued")))
        one_by_one = decided_one_by_one(session, allowlist, at, written=True)
        expected = {key: decision for key, (_, decision) in one_by_one.items()}
        room = PostRoom(
            RecordingMailer(clock=lambda: at), stationery(), secrets, SENDER, PUBLIC_URL, allowlist, LEASE
        )
        staying = set()
        for batch in session.scalars(select(tables.Batch)).all():
            staying |= {one.message_id for one in recheck_campaign(session, room, batch, at)}
        assert staying == {key for key in queued if expected[key].outcome == "send"}
        rows = session.scalars(select(tables.Message).execution_options(populate_existing=True)).all()
        for row in rows:
            if row.id in queued - staying:
                assert row.rule_codes == expected[row.id].rule_codes
                assert row.outcome == expected[row.id].reason
                assert row.state == STATES[expected[row.id].outcome]
                assert row.batch_id is None


def change(session: Session, client_id: Any, case: dict[str, Any]) -> None:
    """Let the client change after the fan-out: zone, confirmation, consent, suppressions."""
    row = session.get_one(tables.Client, client_id)
    row.time_zone = case["zone"]
    row.confirmed_at = START if case["confirmed"] else None
    session.execute(delete(tables.Pause).where(tables.Pause.client_id == client_id))
    put_past(session, client_id, {**case, "dates": []})
    for granted in case["consents"][:1]:
        agree(session, client_id, START + timedelta(days=1), granted=granted)
    session.flush()


def test_the_letter_for_many_is_one_that_exists() -> None:
    """The internal fan-out writes a letter of the shipped folder."""
    assert letter("look-again").family == "campaign"
