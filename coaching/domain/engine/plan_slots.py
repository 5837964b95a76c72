"""The letters about a plan as a whole: approved, changed, completed; and the one question to the silent."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from coaching.domain import local_time
from coaching.domain.engine.attention import STILL_USEFUL
from coaching.domain.engine.slots import end_of, slot_on
from coaching.domain.engine.state import ClientState, LetterFacts, PlanFacts, Slot
from coaching.domain.letters import LETTERS

TELL_WITHIN = timedelta(days=7)
ASK_AFTER = timedelta(days=7)
_DAY = timedelta(days=1)


def plan_slots(state: ClientState, now: datetime) -> Iterator[Slot]:
    """Yield the letters that say how it stands with the plan."""
    plan = state.plan
    if plan is None:
        return
    if plan.state == "active" and _is_recent(plan.approved_at, now):
        yield _told(state, plan, "plan-approved", f"plan:approved:{plan.id}", plan.approved_at)
    if plan.state == "active" and _is_recent(plan.changed_at, now):
        yield _told(state, plan, "plan-changed", f"plan:changed:{plan.id}:{plan.version}", plan.changed_at)
    if plan.state == "completed" and _is_recent(plan.completed_at, now):
        yield _told(state, plan, "farewell", f"plan:farewell:{plan.id}", plan.completed_at)


def question_slot(state: ClientState, now: datetime) -> Iterator[Slot]:
    """Yield the one question, a week after the last letter that went unanswered.

    One that never left wasn't asked: it comes again a week later, under the name of its day.
    """
    dates = [one.slot_on for one in state.letters if one.slot_on is not None]
    since = _silent_since(state)
    if not dates or since is None:
        return
    key, on = f"{STILL_USEFUL}:{since}", state.hours.first_day(max(dates) + ASK_AFTER)
    unsent = [_day_of(one, state) for one in state.letters if _never_left(one, key)]
    if unsent:
        on = state.hours.first_day(max(unsent) + ASK_AFTER)
        while end_of(on + LETTERS[STILL_USEFUL].expires_after, state.time_zone) <= now:
            on = state.hours.first_day(on + ASK_AFTER)
        key = f"{key}:{on}"
    yield slot_on(state, key, STILL_USEFUL, on, "Six letters went unanswered.")


def _never_left(letter: LetterFacts, key: str) -> bool:
    return letter.slot_key.startswith(key) and letter.state in ("skipped", "expired", "failed")


def _day_of(letter: LetterFacts, state: ClientState) -> date:
    return letter.intent.on if letter.intent else local_time.local(letter.due_at, state.time_zone).date()


def _told(state: ClientState, plan: PlanFacts, template: str, key: str, at: datetime | None) -> Slot:
    """A plan that starts is told of at once; a change on the next morning, since changes come in twos."""
    assert at is not None
    on = local_time.local(at, state.time_zone).date()
    if template == "plan-changed":
        on += _DAY
    return slot_on(state, key, template, on, _WHY[template], plan=str(plan.id))


def _is_recent(at: datetime | None, now: datetime) -> bool:
    return at is not None and now < at + TELL_WITHIN


def _silent_since(state: ClientState) -> date | None:
    at = state.last_acted_at or (state.plan.approved_at if state.plan is not None else None)
    return None if at is None else local_time.local(at, state.time_zone).date()


_WHY = {
    "plan-approved": "Your plan runs from now on.",
    "plan-changed": "Your plan was changed.",
    "farewell": "Your plan is completed.",
}
