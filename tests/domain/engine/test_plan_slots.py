"""Which letters a plan calls for, and under which key; the dates are reckoned by hand."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from coaching.domain.engine.slots import RANKS
from coaching.domain.engine.state import Cadence
from coaching.domain.letters import LETTERS
from tests.support.called_for import EVENT, PLAN, STEP, THURSDAY, TIE, days, event, slots, step, tie
from tests.support.states import NOON, letter, milestone, plan, relationship

DAY = timedelta(days=1)
TALKS = (Cadence("check_in", 14, 4, 30),)
SILENT: dict[str, Any] = {
    "unanswered": 6,
    "last_acted_at": datetime(2026, 10, 30, 12, tzinfo=UTC),
    "letters": (letter(state="queued", slot_on=date(2026, 11, 17), taken_at=NOON - 6 * DAY),),
}


ONE_OF_EACH: list[tuple[dict[str, Any], str, str, str, dict[str, Any]]] = [
    (step(), "milestone-ahead", f"milestone:ahead:{STEP}:2026-12-10", "2026-12-03", {"milestone": STEP}),
    (
        step(decides=True),
        "decision-day",
        f"milestone:decision:{STEP}:2026-12-10",
        "2026-12-10",
        {"milestone": STEP},
    ),
    (
        step(),
        "milestone-overdue",
        f"milestone:overdue:{STEP}:2026-12-10",
        "2026-12-14",
        {"milestone": STEP},
    ),
    (
        step(state="reached", reached_at=NOON + 11 * timedelta(hours=1, minutes=5)),
        "milestone-reached",
        f"milestone:reached:{STEP}:2026-11-23",
        "2026-11-25",
        {"milestone": STEP},
    ),
    (
        step(kind="mentor-found"),
        "find-a-mentor",
        f"milestone:ahead:{STEP}:2026-12-10",
        "2026-12-03",
        {"milestone": STEP},
    ),
    (
        tie(),
        "mentor-nudge",
        f"mentoring:{TIE}:2026-11-02:1",
        "2026-12-02",
        {"relationship": TIE, "time": 1},
    ),
    (
        tie(kind="peer", cadence_days=42),
        "keep-in-touch",
        f"networking:{TIE}:2026-11-02:1",
        "2026-12-14",
        {"relationship": TIE, "time": 1},
    ),
    (
        event(),
        "event-register",
        f"event:register:{EVENT}:2026-12-10",
        "2026-11-19",
        {"relationship": EVENT},
    ),
    (event(), "event-eve", f"event:eve:{EVENT}:2026-12-10", "2026-12-09", {"relationship": EVENT}),
    (event(), "event-after", f"event:after:{EVENT}:2026-12-10", "2026-12-14", {"relationship": EVENT}),
    (
        {"plan": plan(cadences=TALKS)},
        "check-in",
        f"check-in:{PLAN}:2026-11-23",
        "2026-11-23",
        {"plan": PLAN},
    ),
    (
        step(),
        "week",
        "week:2026-W48",
        "2026-11-23",
        {"week": "2026-W48", "touches": [], "milestone": STEP},
    ),
    (
        {"plan": plan(approved_at=NOON - DAY)},
        "plan-approved",
        f"plan:approved:{PLAN}",
        "2026-11-22",
        {"plan": PLAN},
    ),
    (
        {"plan": plan(changed_at=NOON - DAY, version=3)},
        "plan-changed",
        f"plan:changed:{PLAN}:3",
        "2026-11-23",
        {"plan": PLAN},
    ),
    (
        {"plan": plan(state="completed", completed_at=NOON - DAY)},
        "farewell",
        f"plan:farewell:{PLAN}",
        "2026-11-22",
        {"plan": PLAN},
    ),
    (SILENT, "still-useful", "still-useful:2026-10-30", "2026-11-24", {}),
]


def test_every_letter_of_a_plan_is_here() -> None:
    """The table has each template once, and no other."""
    assert sorted(row[1] for row in ONE_OF_EACH) == sorted(RANKS)


@pytest.mark.parametrize(
    ("state", "template", "key", "on", "detail"), ONE_OF_EACH, ids=[row[1] for row in ONE_OF_EACH]
)
def test_each_letter_has_its_key_and_its_day(
    state: dict[str, Any], template: str, key: str, on: str, detail: dict[str, Any]
) -> None:
    """At nine by the client's clock, of the family that the registry names, about what its key says."""
    slot = slots(**state)[key]
    assert (slot.template, slot.family, slot.rank) == (template, LETTERS[template].family, RANKS[template])
    assert slot.intent is not None
    assert (str(slot.intent.on), str(slot.intent.at)) == (on, "09:00:00")
    assert slot.due_at == datetime.fromisoformat(f"{on}T08:00:00Z")
    told = {name: str(value) if isinstance(value, UUID) else value for name, value in detail.items()}
    assert slot.detail == told


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        pytest.param(step(state="started"), {"milestone-ahead", "milestone-overdue", "week"}, id="started"),
        pytest.param(step(state="proposed"), set(), id="proposed"),
        pytest.param(step(state="dropped"), set(), id="dropped"),
        pytest.param(step(state="reached", reached_at=NOON - 10 * DAY), set(), id="reached ten days ago"),
        pytest.param(
            step(decides=True), {"milestone-ahead", "decision-day", "milestone-overdue", "week"}, id="decides"
        ),
        pytest.param(tie(state="quiet"), set(), id="tie quiet"),
        pytest.param(tie(cadence_days=None), {"week"}, id="tie without a rhythm"),
        pytest.param(event(registered_on=NOON.date()), {"event-eve", "event-after"}, id="registered"),
        pytest.param(event(last_contact_on=THURSDAY), {"event-register", "event-eve"}, id="attended"),
        pytest.param(event(state="ended"), set(), id="not of use"),
        pytest.param({"plan": plan(cadences=(Cadence("network", 7),))}, set(), id="nobody to write to"),
    ],
)
def test_which_letters_something_calls_for(state: dict[str, Any], expected: set[str]) -> None:
    """What is done, ended or still proposed calls for none; what is there for the week opens it."""
    assert set(days(slots(**state))) == expected


@pytest.mark.parametrize(
    ("others", "called_for"),
    [
        pytest.param((), True, id="nobody"),
        pytest.param((relationship(kind="peer"),), True, id="a peer"),
        pytest.param((relationship(state="ended"),), True, id="one that ended"),
        pytest.param((relationship(),), False, id="a mentor"),
        pytest.param((relationship(state="quiet"),), False, id="a mentor gone quiet"),
    ],
)
def test_a_mentor_is_looked_for_only_while_there_is_none(others: tuple[Any, ...], called_for: bool) -> None:
    """With a mentor the step is neither announced nor said to be late."""
    found = slots(**step(kind="mentor-found"), relationships=others)
    assert any(slot.template == "find-a-mentor" for slot in found.values()) is called_for
    assert any(slot.template == "milestone-overdue" for slot in found.values()) is called_for


ALL: dict[str, Any] = {
    "plan": plan(cadences=(*TALKS, Cadence("network", 7, count=2))),
    "milestones": (
        milestone(id=STEP, due_on=THURSDAY),
        milestone(id=UUID(int=6), kind="mentor-found", due_on=THURSDAY, ahead_days=9),
    ),
    "relationships": (*tie(kind="peer")["relationships"], *event()["relationships"]),
}


@pytest.mark.parametrize(
    ("changes", "families"),
    [
        pytest.param({}, {"milestone", "mentoring", "networking"}, id="all"),
        pytest.param(
            {"suppressed": frozenset({"networking"})}, {"milestone", "mentoring"}, id="no networking"
        ),
        pytest.param(
            {"suppressed": frozenset({"mentoring"})}, {"milestone", "networking"}, id="no mentoring"
        ),
        pytest.param(
            {"suppressed": frozenset({"milestone"})}, {"mentoring", "networking"}, id="no milestones"
        ),
        pytest.param(
            {"suppressed": frozenset({"campaign"})},
            {"milestone", "mentoring", "networking"},
            id="no campaigns",
        ),
        pytest.param({"suppressed": frozenset({"letters"})}, set(), id="unsubscribed"),
        pytest.param({"suppressed": frozenset({"all"})}, set(), id="suppressed"),
        pytest.param({"confirmed_at": None}, set(), id="unconfirmed"),
        pytest.param({"letters_agreed": False}, set(), id="no consent"),
        pytest.param({"plan": None}, set(), id="no plan"),
        pytest.param({"plan": plan(state="draft", approved_at=None, starts_on=None)}, set(), id="draft"),
        pytest.param({"plan": plan(state="superseded")}, set(), id="superseded"),
        pytest.param({"plan": plan(state="completed", completed_at=NOON - 7 * DAY)}, set(), id="completed"),
        pytest.param({"unanswered": 5}, {"milestone", "mentoring", "networking"}, id="five unanswered"),
        pytest.param({"unanswered": 6}, set(), id="six, and nothing to count from"),
        pytest.param({"unanswered": 7}, set(), id="left alone"),
    ],
)
def test_who_gets_which_families(changes: dict[str, Any], families: set[str]) -> None:
    """Only who confirmed, agreed, answers and has a plan that runs; and of that, what they didn't refuse."""
    assert {slot.family for slot in slots(**ALL | changes).values()} == families
