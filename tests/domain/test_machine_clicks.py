"""Which opens and clicks no person made."""

from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coaching.domain.machine_clicks import ACTS, Trace, machine_made

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PERSON = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X)"

# Reports as (kind, seconds, link, agent, told), and the places of those that a machine made.
Row = tuple[str, int, bytes | None, str, bool]


def act(kind: str, second: int, link: bytes | None = None, agent: str = PERSON, *, told: bool = False) -> Row:
    """Return one report in short."""
    return kind, second, link, agent, told


def traces(rows: list[Row]) -> list[Trace]:
    """Return the reports; each one's id is its place."""
    return [
        Trace(UUID(int=place), kind, START + timedelta(seconds=second), link, agent, told)
        for place, (kind, second, link, agent, told) in enumerate(rows)
    ]


def places(rows: list[Row]) -> set[int]:
    """Return the places of what machines made."""
    return {one.int for one in machine_made(traces(rows))}


@pytest.mark.parametrize(
    ("rows", "machines"),
    [
        ([], set()),
        ([act("delivered", 0)], set()),
        ([act("open", 60, told=True)], {0}),
        ([act("delivered", 0), act("open", 60), act("click", 70, b"a")], set()),
        ([act("delivered", 0), act("open", 5), act("click", 6, b"a")], {1}),
        ([act("delivered", 10), act("click", 8, b"a")], {1}),
        ([act("processed", 0), act("click", 4, b"a")], {1}),
        ([act("processed", 0), act("click", 9, b"a")], set()),
        ([act("processed", 0), act("delivered", 6), act("click", 9, b"a")], {2}),
        ([act("delivered", 900), act("delivered", 0), act("click", 800, b"a")], set()),
        ([act("click", 100, b"a"), act("click", 102, b"b")], {0, 1}),
        ([act("click", 100, b"a"), act("click", 103, b"b")], set()),
        ([act("click", 100, b"a"), act("click", 101, b"a")], set()),
        ([act("click", 100), act("click", 101)], set()),
        ([act("click", 100, b"a"), act("click", 101, b"a"), act("click", 103, b"b")], {1, 2}),
        ([act("click", 100, b"a"), act("click", 102, b"b"), act("click", 104, b"c")], {0, 1, 2}),
        ([act("click", 100, b"a"), act("open", 100), act("click", 900, b"b")], set()),
        ([act("click", 900, b"a", "python-requests/2.32")], {0}),
        ([act("click", 900, b"a", "Mozilla/5.0 HeadlessChrome/140.0")], {0}),
        ([act("open", 900, None, "Mozilla/5.0 (via ggpht.com GoogleImageProxy)")], set()),
        ([act("click", 900, b"a", "Mozilla/5.0 (Linux; Android 14; CUBOT P80)")], set()),
    ],
)
def test_what_machines_make(rows: list[Row], machines: set[int]) -> None:
    """Told so, named so, too soon, or several links at once; a person's acts stay a person's."""
    assert places(rows) == machines


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["open", "click", "delivered", "processed"]),
        st.integers(0, 12),
        st.sampled_from([None, b"a", b"b", b"c"]),
        st.sampled_from(["", PERSON, "curl/8"]),
        st.booleans(),
    ),
    max_size=9,
)


@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_makes_no_difference(rows: list[Row], chance: Random) -> None:
    """Whatever order the reports come in, the same ones are marked, and none but opens and clicks."""
    ordered = traces(rows)
    shuffled = list(ordered)
    chance.shuffle(shuffled)
    found = machine_made(ordered)
    assert machine_made(shuffled) == found
    assert found <= {trace.id for trace in ordered if trace.kind in ACTS}
