"""A filter holds in SQL for exactly the clients for whom it holds in Python."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.audience_columns import COLUMNS
from coaching.adapters.audience_sql import clients_matching
from coaching.adapters.secrets import Secrets
from coaching.domain.audience_documents import parse_filter
from coaching.domain.audience_fields import FIELDS
from coaching.domain.audience_matching import matches
from coaching.domain.audiences import Filter
from coaching.domain.engine.state import ClientState
from coaching.usecases.client_states import load_states
from tests.support.audience_filters import ALL_CONDITIONS, filters
from tests.support.audiences import lives, moments, put_life
from tests.support.drips import put_sequence
from tests.support.underway import put_underway

_UNHURRIED = settings(deadline=None, suppress_health_check=list(HealthCheck))


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


def states_of(
    session: Session, secrets: Secrets, cases: list[dict[str, Any]], now: datetime
) -> dict[UUID, ClientState]:
    """Add the clients, and return them as the engine sees them."""
    ids = [put_life(session, secrets, number, life, now) for number, life in enumerate(cases)]
    return load_states(session, ids, may_write_to=lambda _: True, now=now)


def in_sql(session: Session, one: Filter, now: datetime) -> set[UUID]:
    """Ask the database for whom it holds."""
    return set(session.scalars(select(tables.Client.id).where(clients_matching(one, now))))


def check_filters(
    session: Session, states: dict[UUID, ClientState], documents: list[dict[str, Any]], now: datetime
) -> None:
    """Hold both ways against each other for every filter and client."""
    for document in documents:
        one = parse_filter(document)
        one_by_one = {client_id for client_id, state in states.items() if matches(one, state, now)}
        assert in_sql(session, one, now) == one_by_one, document


def check_conditions(session: Session, states: dict[UUID, ClientState], now: datetime) -> None:
    """Hold both ways against each other for every condition there is, a hundred of them at a time."""
    parsed = [(document, parse_filter(document)) for document in ALL_CONDITIONS]
    for first in range(0, len(parsed), 100):
        some = parsed[first : first + 100]
        asked = [clients_matching(one, now).label(f"c{n}") for n, (_, one) in enumerate(some)]
        rows = {row.id: row[1:] for row in session.execute(select(tables.Client.id, *asked))}
        for client_id, state in states.items():
            for (document, one), said in zip(some, rows[client_id], strict=True):
                assert said is matches(one, state, now), document


def test_every_field_is_found_both_ways() -> None:
    """What Python finds in a state SQL finds in the tables, by the same names in the same order."""
    assert list(COLUMNS) == [field.name for field in FIELDS]


def test_every_comparison_is_tried() -> None:
    """The conditions that the tests below draw from have every comparison of every field."""
    tried = {
        (one["field"], comparison) for one in ALL_CONDITIONS for comparison in one if comparison != "field"
    }
    assert len({name.partition(".")[0] for name, _ in tried}) == len(
        {f.name.partition(".")[0] for f in FIELDS}
    )
    assert ("milestones.overdue", "at_least") in tried
    assert ("relationships", "has_none") in tried


@pytest.mark.long
@settings(_UNHURRIED, max_examples=10)
@given(cases=st.lists(lives, min_size=6, max_size=8), now=moments)
def test_every_condition_holds_for_the_same_clients(
    fresh: Any, secrets: Secrets, cases: list[dict[str, Any]], now: datetime
) -> None:
    """Each comparison of each field says of each client in SQL what it says in Python, true or false."""
    with fresh() as session:
        check_conditions(session, states_of(session, secrets, cases, now), now)


@settings(_UNHURRIED, max_examples=40)
@given(
    cases=st.lists(lives, min_size=1, max_size=5),
    now=moments,
    documents=st.lists(filters, min_size=1, max_size=6),
)
def test_every_filter_holds_for_the_same_clients(
    fresh: Any, secrets: Secrets, cases: list[dict[str, Any]], now: datetime, documents: list[dict[str, Any]]
) -> None:
    """So does whatever all, any and not make of them."""
    with fresh() as session:
        check_filters(session, states_of(session, secrets, cases, now), documents, now)


@pytest.mark.long
@pytest.mark.timeout(900)
@settings(_UNHURRIED, max_examples=400)
@given(
    cases=st.lists(lives, min_size=1, max_size=8),
    now=moments,
    documents=st.lists(filters, min_size=1, max_size=8),
)
def test_very_many_filters_hold_for_the_same_clients(
    fresh: Any, secrets: Secrets, cases: list[dict[str, Any]], now: datetime, documents: list[dict[str, Any]]
) -> None:
    """The same, ten times as often."""
    with fresh() as session:
        check_filters(session, states_of(session, secrets, cases, now), documents, now)


TICK = timedelta(microseconds=1)
YEAR = timedelta(days=365)
ENTERED = [
    (YEAR - timedelta(days=1), "horizon"),
    (YEAR - TICK, "horizon"),
    (YEAR, "networks"),
    (YEAR + TICK, "networks"),
    (YEAR + timedelta(days=1), "networks"),
]


@pytest.mark.parametrize("state", ["active", "held_out", "ended"])
@pytest.mark.parametrize("entered", ENTERED)
def test_a_focus_area_comes_again_after_a_year(
    session: Session, secrets: Secrets, now: datetime, state: str, entered: tuple[timedelta, str]
) -> None:
    """Both ways: entered less than 365 days ago the next area is next, from then on the same again."""
    age, expected = entered
    ana = put_underway(session, secrets, now)
    session.get_one(tables.Plan, ana.plan_id).focus = ["networks", "horizon"]
    over = {"ended_at": now, "end_reason": "replied"} if state == "ended" else {}
    put_sequence(session, now)
    way = {"sequence": "networks", "version": 1, "state": state, "started_at": now - age, "actor": "test"}
    session.add(tables.Enrollment(client_id=ana.client_id, **way, **over))
    session.flush()
    found = load_states(session, [ana.client_id], may_write_to=lambda _: True, now=now)[ana.client_id]
    for area in ("networks", "horizon"):
        one = parse_filter({"field": "next_focus", "is": area})
        assert matches(one, found, now) is (area == expected)
        assert bool(in_sql(session, one, now)) is (area == expected)
