"""Whether a letter may go, and now: a pause, the plan that it belongs to, silence, the client's own hours."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from coaching.domain.engine.plan_rule import plan as plan_rule
from coaching.domain.engine.standing_rules import pause, silence, window
from coaching.domain.engine.state import ClientState, LetterFacts, Pause
from coaching.domain.ledger import TRANSACTIONAL
from coaching.domain.local_time import Hours
from tests.support.states import NOON, client, letter, milestone, plan, relationship

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
TOMORROW = datetime(2026, 11, 24, 7, 30, tzinfo=UTC)  # half past eight in Paris
REPORT: dict[str, Any] = {"family": TRANSACTIONAL, "template": "report"}
QUEUED: dict[str, Any] = {"state": "queued", "queued_at": NOON, "slot_on": NOON.date(), "taken_at": NOON}
BEFORE = NOON - 3 * DAY
LATER = NOON + 2 * DAY


@pytest.mark.parametrize(
    ("pauses", "due_at", "said"),
    [
        pytest.param((), NOON, "pass", id="none"),
        pytest.param((Pause(BEFORE, LATER, "skip"),), NOON, "skip", id="skipping"),
        pytest.param((Pause(NOON, LATER, "skip"),), NOON, "skip", id="since this moment"),
        pytest.param((Pause(NOON, LATER, "skip"),), BEFORE, "skip", id="due before, held up until now"),
        pytest.param((Pause(NOON + SECOND, LATER, "skip"),), NOON, "pass", id="not yet"),
        pytest.param((Pause(BEFORE, NOON, "skip"),), NOON, "pass", id="over at this moment"),
        pytest.param((Pause(BEFORE, None, "skip"),), NOON, "skip", id="skipping without an end"),
        pytest.param((Pause(BEFORE, NOON - DAY, "skip"),), NOON - 2 * DAY, "skip", id="fell due in it"),
        pytest.param((Pause(BEFORE, NOON - DAY, "skip"),), NOON - DAY, "pass", id="due when it was over"),
        pytest.param((Pause(BEFORE, NOON - DAY, "skip"),), BEFORE, "skip", id="due when it began"),
        pytest.param((Pause(BEFORE, NOON - DAY, "skip"),), BEFORE - SECOND, "pass", id="due before it"),
        pytest.param((Pause(BEFORE, LATER, "skip", NOON - DAY),), NOON, "pass", id="ended early"),
        pytest.param(
            (Pause(BEFORE, LATER, "skip", NOON - DAY),), NOON - 2 * DAY, "skip", id="due before that"
        ),
        pytest.param((Pause(BEFORE, LATER, "hold"),), NOON, "wait", id="holding"),
        pytest.param((Pause(BEFORE, NOON, "hold"),), NOON - DAY, "pass", id="held till now"),
        pytest.param((Pause(BEFORE, LATER, "hold", NOON),), NOON - DAY, "pass", id="held, ended early"),
        pytest.param((Pause(BEFORE, LATER, "shift"),), NOON, "wait", id="shifting"),
        pytest.param((Pause(BEFORE, NOON - DAY, "shift"),), NOON, "wait", id="dates not moved yet"),
        pytest.param((Pause(BEFORE, NOON - DAY, "shift", NOON),), NOON - 2 * DAY, "pass", id="dates moved"),
        pytest.param(
            (Pause(BEFORE, NOON - DAY, "skip"), Pause(NOON, LATER, "hold")), NOON - 2 * DAY, "wait", id="both"
        ),
    ],
)
def test_what_a_pause_says(pauses: tuple[Pause, ...], due_at: datetime, said: str) -> None:
    """'Skip' leaves out what falls due in it, also later; 'hold' and 'shift' keep a letter only meanwhile."""
    state = client(pauses=pauses)
    assert pause(letter(due_at=due_at, expires_at=LATER + 9 * DAY), state, NOON).said == said
    assert pause(letter(due_at=due_at, family="campaign"), state, NOON).said == said
    asked = pause(letter(due_at=due_at, **REPORT), state, NOON)
    assert (asked.said, asked.variant) == ("pass", "asked")


@pytest.mark.parametrize(
    ("standing", "hours", "until", "fact"),
    [
        pytest.param(
            Pause(BEFORE, LATER, "hold"), "12345 08:30-18:00", LATER, "2026-11-25", id="with an end"
        ),
        pytest.param(Pause(BEFORE, None, "hold"), "12345 08:30-18:00", TOMORROW, "open", id="open"),
        pytest.param(
            Pause(BEFORE, None, "shift"), "12345 08:30-18:00", TOMORROW, "open", id="open, shifting"
        ),
        pytest.param(
            Pause(BEFORE, None, "hold"), "1 08:30-18:00", TOMORROW + 6 * DAY, "open", id="open, own hours"
        ),
        pytest.param(
            Pause(BEFORE, NOON - DAY, "shift"),
            "12345 08:30-18:00",
            TOMORROW,
            "2026-11-22",
            id="dates not moved",
        ),
    ],
)
def test_when_a_held_letter_is_looked_at_again(
    standing: Pause, hours: str, until: datetime, fact: str
) -> None:
    """When the pause is over, else on the next morning; meanwhile it doesn't ride either."""
    told = pause(letter(), client(pauses=(standing,), hours=Hours.of(hours)), NOON)
    assert (told.until, told.facts, told.holds) == (until, (fact,), True)


def test_the_end_of_a_pause_is_told_by_the_clients_own_calendar() -> None:
    """A midnight in Paris is still the day before by UTC."""
    midnight = datetime(2026, 12, 19, 23, 0, tzinfo=UTC)
    standing = Pause(BEFORE, midnight, "hold")
    assert pause(letter(), client(pauses=(standing,), time_zone="Europe/Paris"), NOON).facts == (
        "2026-12-20",
    )


STEP = milestone(id=UUID(int=3))
MENTOR = relationship(id=UUID(int=4))
FAREWELL: dict[str, Any] = {
    "family": "milestone",
    "template": "farewell",
    "slot_key": f"plan:farewell:{UUID(int=2)}",
}
AHEAD: dict[str, Any] = {
    "family": "milestone",
    "template": "milestone-ahead",
    "slot_key": f"milestone:ahead:{STEP.id}:{STEP.due_on}",
}
NUDGE: dict[str, Any] = {
    "family": "mentoring",
    "template": "mentor-nudge",
    "slot_key": f"mentoring:{MENTOR.id}:{MENTOR.last_contact_on}:1",
}


def asked(about: dict[str, Any], **changes: Any) -> str:
    """Return what the plan says of a letter: pass, skip, or over where nothing calls for it any more."""
    one = letter(**about)
    facts = {"plan": plan(), "milestones": (STEP,), "relationships": (MENTOR,), "letters": (one,)} | changes
    told = plan_rule(one, client(**facts), NOON)
    return "over" if told.variant == "over" else told.said


@pytest.mark.parametrize(
    ("about", "changes", "said"),
    [
        pytest.param(AHEAD, {}, "pass", id="runs"),
        pytest.param(AHEAD, {"plan": None}, "skip", id="none"),
        pytest.param(AHEAD, {"plan": plan(state="draft", approved_at=None)}, "skip", id="draft"),
        pytest.param(AHEAD, {"plan": plan(state="superseded")}, "skip", id="superseded"),
        pytest.param(AHEAD, {"plan": plan(state="completed", completed_at=NOON)}, "skip", id="completed"),
        pytest.param(FAREWELL, {"plan": plan(state="completed", completed_at=NOON)}, "pass", id="farewell"),
        pytest.param(
            FAREWELL,
            {"plan": plan(state="completed", completed_at=NOON - 7 * DAY)},
            "over",
            id="late farewell",
        ),
        pytest.param(FAREWELL, {}, "over", id="farewell to a plan that runs"),
        pytest.param(FAREWELL, {"plan": None}, "skip", id="farewell to none"),
        pytest.param({}, {"plan": None}, "pass", id="of no plan"),
        pytest.param({"family": "drip"}, {"plan": None}, "over", id="of no sequence"),
        pytest.param(REPORT, {"plan": None}, "pass", id="asked for"),
    ],
)
def test_a_letter_of_a_plan_needs_one_that_runs(
    about: dict[str, Any], changes: dict[str, Any], said: str
) -> None:
    """A draft, a replaced or a completed plan sends nothing, but that the completed one says farewell."""
    assert asked(about, **changes) == said


@pytest.mark.parametrize(
    ("about", "changes", "said"),
    [
        pytest.param(AHEAD, {"milestones": (milestone(id=STEP.id, state="started"),)}, "pass", id="started"),
        pytest.param(
            AHEAD,
            {"milestones": (milestone(id=STEP.id, state="reached", reached_at=NOON),)},
            "over",
            id="reached",
        ),
        pytest.param(AHEAD, {"milestones": (milestone(id=STEP.id, state="dropped"),)}, "over", id="dropped"),
        pytest.param(
            AHEAD, {"milestones": (milestone(id=STEP.id, due_on=STEP.due_on + DAY),)}, "over", id="moved"
        ),
        pytest.param(AHEAD, {"milestones": ()}, "over", id="gone"),
        pytest.param(NUDGE, {}, "pass", id="no contact"),
        pytest.param(
            NUDGE,
            {"relationships": (relationship(id=MENTOR.id, last_contact_on=NOON.date()),)},
            "over",
            id="contact made",
        ),
        pytest.param(
            NUDGE, {"relationships": (relationship(id=MENTOR.id, state="ended"),)}, "over", id="tie ended"
        ),
        pytest.param(AHEAD, {"suppressed": frozenset({"milestone"})}, "pass", id="refused: not its business"),
        pytest.param(AHEAD, {"unanswered": 6}, "pass", id="to be asked: not its business"),
        pytest.param(AHEAD, {"unanswered": 9}, "pass", id="left alone: not its business"),
        pytest.param(AHEAD | QUEUED, {}, "pass", id="on its way"),
        pytest.param(NUDGE | QUEUED, {}, "pass", id="on its way, of three"),
        pytest.param(NUDGE | {"state": "merged", "merged_into": UUID(int=5)}, {}, "pass", id="riding"),
    ],
)
def test_a_letter_ends_with_what_called_for_it(
    about: dict[str, Any], changes: dict[str, Any], said: str
) -> None:
    """A step reached or moved, a contact made: that was it; being on its way changes nothing."""
    assert asked(about, **changes) == said


def test_the_question_ends_with_an_act() -> None:
    """Whether letters are still useful isn't asked of somebody who acted since."""
    last = letter(slot_key="x", state="queued", slot_on=date(2026, 11, 16), taken_at=BEFORE)
    about = {
        "family": "milestone",
        "template": "still-useful",
        "slot_key": f"still-useful:{date(2026, 10, 26)}",
    }
    one = letter(**about)
    assert asked(about, letters=(one, last), unanswered=6) == "pass"
    assert asked(about, letters=(one, last), unanswered=0, last_acted_at=NOON) == "over"


MILESTONE: dict[str, Any] = {"family": "milestone", "template": "milestone-ahead"}
QUESTION: dict[str, Any] = {"family": "milestone", "template": "still-useful"}


@pytest.mark.parametrize(
    ("about", "state", "said", "facts"),
    [
        pytest.param(MILESTONE, {"unanswered": 0}, "pass", ("0",), id="none"),
        pytest.param(MILESTONE, {"unanswered": 3}, "pass", ("3",), id="three"),
        pytest.param(MILESTONE, {"unanswered": 5}, "pass", ("5",), id="five"),
        pytest.param(MILESTONE, {"unanswered": 6}, "wait", ("6",), id="six"),
        pytest.param(MILESTONE, {"unanswered": 7}, "skip", ("7",), id="seven"),
        pytest.param(QUESTION, {"unanswered": 6}, "pass", ("6",), id="the question"),
        pytest.param(QUESTION | QUEUED, {"unanswered": 7}, "pass", ("6",), id="the question, on its way"),
        pytest.param(MILESTONE | QUEUED, {"unanswered": 6}, "pass", ("5",), id="the sixth itself"),
        pytest.param(MILESTONE | QUEUED, {"unanswered": 7}, "wait", ("6",), id="a seventh"),
        pytest.param(
            MILESTONE | QUEUED,
            {"unanswered": 6, "last_acted_at": NOON + SECOND},
            "wait",
            ("6",),
            id="taken before the last act, so not among them",
        ),
        pytest.param({"family": "campaign"}, {"unanswered": 7}, "skip", ("7",), id="to many"),
        pytest.param(
            {"family": "campaign", "ignore_budget": True}, {"unanswered": 7}, "pass", (), id="by right"
        ),
        pytest.param(REPORT, {"unanswered": 7}, "pass", (), id="asked for"),
    ],
)
def test_who_stopped_answering_is_asked_once(
    about: dict[str, Any], state: dict[str, Any], said: str, facts: tuple[str, ...]
) -> None:
    """Five go; after the sixth all wait for the question; after that nothing goes but what is asked for."""
    one: LetterFacts = letter(**about)
    told = silence(one, client(letters=(one,), **state), NOON)
    assert (told.said, told.facts) == (said, facts)
    assert (told.until, told.holds) == ((TOMORROW, True) if said == "wait" else (None, False))


@pytest.mark.parametrize(
    ("zone", "hours", "until"),
    [
        pytest.param("Europe/Paris", "1 13:00-14:00", None, id="they begin now"),
        pytest.param("Europe/Paris", "1 12:00-13:00", (30, 11, 0), id="they end now"),
        pytest.param("Europe/Paris", "12345 14:00-15:00", (23, 13, 0), id="later today"),
        pytest.param("Europe/Paris", "67 10:00-12:00", (28, 9, 0), id="at weekends"),
        pytest.param("Europe/Paris", "1234567 00:00-23:59", None, id="nearly always"),
        pytest.param("Asia/Kathmandu", "12345 20:00-21:30", (23, 14, 15), id="tonight in Kathmandu"),
        pytest.param("Pacific/Auckland", "2 01:00-02:00", None, id="Tuesday already in Auckland"),
        pytest.param(
            "America/New_York", "1 08:30-18:00", (23, 13, 30), id="seven in the morning in New York"
        ),
    ],
)
def test_letters_come_in_the_clients_own_hours(
    zone: str, hours: str, until: tuple[int, int, int] | None
) -> None:
    """On their days, in their hours, by their clock; what was asked for, or goes by right, at any time."""
    state: ClientState = client(time_zone=zone, hours=Hours.of(hours))
    told = window(letter(), state, NOON)
    expected = None if until is None else datetime(2026, 11, *until, tzinfo=UTC)
    assert (told.said, told.until) == ("pass" if until is None else "wait", expected)
    assert window(letter(**REPORT), state, NOON).variant == "asked"
    assert window(letter(ignore_window=True), state, NOON).variant == "right"
