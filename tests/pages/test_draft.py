"""The form's state survives its way through hidden fields, and nothing that is posted can break it."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.pages.draft import Draft, clean, read_draft
from coaching.adapters.content import load_instrument
from coaching.settings import CONTENT

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
INSTRUMENT = load_instrument(CONTENT / "instruments" / "job-career.1.yaml")
VISIT = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
FIELDS = (
    *(f"answer.{item}" for item in INSTRUMENT.item_ids),
    *(f"importance.{dimension.key}" for dimension in INSTRUMENT.dimensions),
    *(f"seconds.{page}" for page in INSTRUMENT.page_numbers),
    *("visit", "consent", "letters", "told", "step", "shown_at"),
    *("name", "email", "time_zone", "stage", "rhythm", "question"),
)


def read(posted: dict[str, str], now: datetime = NOW) -> Draft:
    """Read a posted form."""
    return read_draft(INSTRUMENT, posted, now=now)


def test_state_travels_whole() -> None:
    """What hidden fields carry away comes back as it was."""
    draft = Draft(
        visit=VISIT,
        consent="2026-11",
        letters=True,
        answers={"H1": 5, "H2": None},
        importance={"skills": 4},
        seconds={1: 47.6},
        told=frozenset({1, 3}),
        texts={
            "name": "Ana",
            "email": "ana@example.test",
            "time_zone": "Europe/Paris",
            "stage": "pivoting",
            "rhythm": "weekly",
            "question": "Stay?\nOr go?",
        },
    )

    assert read(dict(draft.hidden())) == draft


@given(st.dictionaries(st.sampled_from(FIELDS), st.text(max_size=40)))
def test_nothing_posted_breaks_the_form(posted: dict[str, str]) -> None:
    """Whatever a program posts, the state can be read, and reading it again changes nothing."""
    draft = read(posted)

    again = read(dict(draft.hidden()))
    assert again.answers == draft.answers
    assert again.texts == draft.texts
    assert again.visit == draft.visit


def test_open_is_not_rather_not_say() -> None:
    """A statement that was declined is answered; one that was passed over is open."""
    draft = read({"answer.H3": "none", "answer.S1": "4"})

    assert draft.answers == {"H3": None, "S1": 4}
    assert "H3" not in draft.open_on(INSTRUMENT, 1)
    assert len(draft.open_on(INSTRUMENT, 1)) == 5


@pytest.mark.parametrize("said", ["0", "7", "", "5.0", "five", "٣", "None"])
def test_answers_outside_the_scale_are_named(said: str) -> None:
    """An answer that the form doesn't offer is never taken for another, and never lost in silence."""
    draft = read({"answer.H1": said, "answer.H2": "6"})

    assert draft.faulty == {"H1"}
    assert draft.answers == {"H2": 6}


def test_page_times_add_up() -> None:
    """A page that is looked at twice counts both times."""
    shown = f"{(NOW - timedelta(seconds=30)).timestamp():.3f}"

    draft = read({"step": "2", "shown_at": shown, "seconds.2": "12.5", "seconds.1": "40"})

    assert draft.seconds == {1: 40.0, 2: pytest.approx(42.5)}
    assert draft.page_times(INSTRUMENT) == ()


def test_page_times_need_every_page() -> None:
    """Seconds are handed on only when each page was measured."""
    draft = read({f"seconds.{page}": f"{page}0.04" for page in INSTRUMENT.page_numbers})

    assert draft.page_times(INSTRUMENT) == (10.0, 20.0, 30.0, 40.0)


@pytest.mark.parametrize("shown_at", ["", "soon", "-5", "1e99", "99999999999"])
def test_impossible_stamps_measure_nothing(shown_at: str) -> None:
    """A missing stamp, or one from the future, leaves the page unmeasured."""
    assert read({"step": "1", "shown_at": shown_at}).seconds == {}


def test_a_page_left_open_counts_a_day_at_most() -> None:
    """An ancient stamp doesn't make an absurd number."""
    assert read({"step": "1", "shown_at": "1"}).seconds == {1: 86400.0}


def test_clean_text() -> None:
    """Line ends become one kind; what can't be seen or stored goes; what people write stays."""
    assert clean(" Zoë\r\nO'Neil\x00\x1b[31m 山田 \ud800") == "Zoë\nO'Neil[31m 山田"
