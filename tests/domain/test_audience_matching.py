"""What a filter says of one client."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coaching.domain.audience_documents import parse_filter
from coaching.domain.audience_fields import NEGATIONS
from coaching.domain.audience_matching import matches
from coaching.domain.engine.standing_rules import pause
from coaching.domain.engine.state import About, ClientState, EnrollmentFacts, Pause
from coaching.domain.ledger import PAUSE_ENDINGS
from tests.support.audience_filters import ALL_CONDITIONS
from tests.support.states import NOON, client, letter, milestone, plan, relationship

NEGATED = [(one, key) for one in ALL_CONDITIONS for key in one if key in NEGATIONS]


def holds(document: dict[str, Any], state: ClientState, now: datetime = NOON) -> bool:
    """Ask one filter of one client."""
    return matches(parse_filter(document), state, now)


def ana() -> ClientState:
    """A client of whom nearly everything is known."""
    return client(
        plan=plan(),
        milestones=(
            milestone(kind="route-map", state="reached", dimension="skills"),
            milestone(kind="two-talks", state="started", due_on=date(2026, 11, 22), dimension="networks"),
            milestone(kind="own", due_on=date(2026, 11, 30)),
        ),
        relationships=(relationship(), relationship(kind="peer", last_contact_on=None)),
        last_acted_at=NOON - timedelta(days=3),
        unanswered=2,
        about=About(
            stage="starting",
            tags=frozenset({"tech"}),
            coach="maren@firm.example.test",
            created_at=NOON - timedelta(days=30),
            scores={"networks": 35.5},
            bands={"networks": "low"},
            composite=48.0,
            profile="in transition",
            focus=("networks", "skills"),
        ),
    )


@pytest.mark.parametrize(
    "document",
    [
        {"all": []},
        {"field": "stage", "in": ["growing", "starting"]},
        {"field": "profile", "not": "job-leaning"},
        {"field": "quality", "is": None},
        {"field": "score.networks", "below": 40},
        {"not": {"field": "score.skills", "below": 40}},
        {"field": "band.networks", "is": "low"},
        {"field": "next_focus", "is": "networks"},
        {"field": "focus", "has": "skills"},
        {"field": "plan", "is": "active"},
        {"field": "milestones.overdue", "is": 1},
        {"field": "milestone.route-map", "is": "reached"},
        {"field": "milestone.certificate", "is": None},
        {"field": "next_due", "within_days": 7},
        {"field": "reached", "has": "skills"},
        {"field": "relationships", "has_any": ["mentor", "group"]},
        {"field": "relationships.mentor", "at_least": 1},
        {"field": "last_contact", "before_days": 20},
        {"field": "last_act", "within_days": 3},
        {"field": "submitted", "not_within_days": 30},
        {"field": "submitted", "is": None},
        {"field": "unanswered", "above": 1.5},
        {"field": "letters", "is": True},
        {"field": "profiling", "is": False},
        {"field": "suppressed", "empty": True},
        {"field": "coach", "is": "Maren@firm.example.TEST"},
        {"field": "tags", "has_none": ["Tech"]},
        {"field": "sequences_had", "empty": True},
        {"any": [{"field": "stage", "is": "growing"}, {"field": "zone", "is": "Europe/Paris"}]},
    ],
)
def test_what_holds_for_ana(document: dict[str, Any]) -> None:
    """Each of these, and so not its opposite."""
    assert holds(document, ana())
    assert not holds({"not": document}, ana())


@pytest.mark.parametrize(("document", "comparison"), NEGATED[::7])
@pytest.mark.parametrize("state", [client(), ana()], ids=["nearly nothing is known", "ana"])
def test_a_negated_comparison_is_the_exact_opposite(
    document: dict[str, Any], comparison: str, state: ClientState
) -> None:
    """Also where there is no value: what asks for one doesn't hold, its `not` does."""
    plain = {"field": document["field"], NEGATIONS[comparison]: document[comparison]}
    assert holds(document, state) is not holds(plain, state)


def test_a_missing_value_is_neither_more_nor_less() -> None:
    """No number is above or below nothing, and no day is within or before."""
    nobody = client()
    for comparison in ("above", "below", "at_least", "at_most"):
        assert not holds({"field": "composite", comparison: 0}, nobody)
    for comparison in ("within_days", "before_days"):
        assert not holds({"field": "last_contact", comparison: 30}, nobody)
    assert not holds({"field": "next_due", "after_days": 0}, nobody)


def test_days_are_of_24_hours_for_moments_and_of_the_calendar_for_dates() -> None:
    """Three days ago to the second; and a date by the client's own clock."""
    acted = client(last_acted_at=NOON - timedelta(days=3, microseconds=1))
    assert not holds({"field": "last_act", "within_days": 3}, acted)
    evening = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)  # the 24th in Paris
    met = client(relationships=(relationship(last_contact_on=date(2026, 11, 21)),))
    assert not holds({"field": "last_contact", "within_days": 2}, met, evening)
    assert holds({"field": "last_contact", "within_days": 2}, met, evening - timedelta(hours=1))


@given(
    ending=st.sampled_from(PAUSE_ENDINGS),
    began=st.integers(-2, 2),
    until=st.none() | st.integers(3, 5),
    ended=st.none() | st.integers(2, 4),
    at=st.integers(-3, 6),
)
def test_paused_is_what_the_rule_for_letters_says(
    ending: str, began: int, until: int | None, ended: int | None, at: int
) -> None:
    """A client is paused exactly while a letter that is due now would be held or left out for it."""

    def day(number: int | None) -> datetime | None:
        return None if number is None else NOON + timedelta(days=number)

    now = NOON + timedelta(days=at)
    state = client(pauses=(Pause(NOON + timedelta(days=began), day(until), ending, day(ended)),))
    said = pause(letter(due_at=now, expires_at=now + timedelta(days=30)), state, now)
    assert holds({"field": "paused", "is": True}, state, now) is (said.said != "pass")


def test_next_focus_comes_round_again_after_a_year() -> None:
    """What was entered 365 days ago or more counts as one that never was."""
    for days, expected in ((364, "skills"), (365, "networks")):
        had = EnrollmentFacts(uuid4(), "networks", "ended", NOON - timedelta(days=days))
        state = ClientState(**{**vars(ana()), "enrollments": (had,)})
        assert holds({"field": "next_focus", "is": expected}, state)


def test_next_focus_is_the_first_that_never_had_its_sequence() -> None:
    """One that ended, or was held out, has been had."""
    state = ana()
    for name, expected in (("networks", "skills"), ("skills", None)):
        had = EnrollmentFacts(uuid4(), name, "held_out", NOON)
        state = ClientState(**{**vars(state), "enrollments": (*state.enrollments, had)})
        assert holds({"field": "next_focus", "is": expected}, state)
