"""What may be said of a milestone in which state, and how it stands afterwards."""

from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from coaching.domain.errors import Conflict, FieldErrors, Refused
from coaching.domain.plan_edits import FARTHEST
from coaching.domain.plan_words import DECISIONS, MILESTONE_EVENT_KINDS, MILESTONE_MOVES, OPEN_MILESTONES

# A clock that runs ahead, or a date written in another zone, is no reason to refuse a report.
CLOCKS_DIFFER = timedelta(days=1)
# What was done well before there was a plan counts; what is older is a slip in the year.
BEFORE_THE_PLAN = timedelta(days=365)


@dataclass(frozen=True)
class Report:
    """What somebody says of a milestone. `at`: when it happened, an aware instant; None is now.

    `due_on` belongs to postponed, `decision` to reached.
    """

    kind: str
    at: datetime | None = None
    due_on: date | None = None
    note: str | None = None
    decision: str | None = None


@dataclass(frozen=True)
class Standing:
    """How a milestone stands: what a report may change, and no more. The fields are those of the table."""

    state: str
    due_on: date
    decision: str | None = None
    started_at: datetime | None = None
    reached_at: datetime | None = None
    dropped_at: datetime | None = None
    touched_at: datetime | None = None


@dataclass(frozen=True)
class Day:
    """When a report comes: `today` is the date where the client lives; the plan was made at `drafted_at`."""

    now: datetime
    today: date
    drafted_at: datetime


def is_overdue(state: str, due_on: date, *, today: date) -> bool:
    """Tell whether it is still to be done although its day has passed; today is the client's date."""
    return state in OPEN_MILESTONES and due_on < today


def check_report(report: Report, *, now: datetime) -> None:
    """Refuse, by field, what no milestone could take. Raises Refused."""
    faults: dict[str, list[str]] = {}
    if report.kind not in MILESTONE_EVENT_KINDS:
        faults["kind"] = [f"Say one of {', '.join(MILESTONE_EVENT_KINDS)}."]
    if report.kind == "postponed" and report.due_on is None:
        faults["due_on"] = ["Say to which day it moves."]
    if report.kind != "postponed" and report.due_on is not None:
        faults["due_on"] = ["Only a report of kind postponed moves the day; else leave this out."]
    if report.decision is not None and report.decision not in DECISIONS:
        faults["decision"] = [f"Say one of {', '.join(DECISIONS)}."]
    elif report.decision is not None and report.kind != "reached":
        faults["decision"] = ["A decision is told with a report of kind reached."]
    if report.at is not None and report.at > now + CLOCKS_DIFFER:
        faults["at"] = ["This is more than a day ahead; report it once it has happened."]
    _refuse(faults)


def after_report(standing: Standing, report: Report, *, decides: bool, day: Day) -> Standing:
    """Return how the milestone stands after this report: as before, where it says what is known already.

    `decides`: it is a choice to stay, shift or leave. Raises Refused by field; Conflict naming the state
    that doesn't allow it.
    """
    check_report(report, now=day.now)
    if report.at is not None and report.at < day.drafted_at - BEFORE_THE_PLAN:
        made_on = f"{day.drafted_at:%Y-%m-%d}"
        _refuse({"at": [f"This is more than a year before the plan was made ({made_on}); check the date."]})
    if report.decision is not None and not decides:
        _refuse({"decision": ["This milestone is no decision to stay, shift or leave; leave this out."]})
    if report.kind == "postponed":
        return _postponed(standing, report, day)
    if report.kind == standing.state:
        return _again(standing, report, day)
    return _moved(standing, report, day)


def standing_to_json(standing: Standing) -> dict[str, Any]:
    """Return it as plain JSON values; instants in UTC."""
    return {name: _plain(getattr(standing, name)) for name in _NAMES}


def standing_from_json(data: dict[str, Any]) -> Standing:
    """Return what `standing_to_json` wrote; other keys are passed over."""
    return Standing(**{name: _read(name, data[name]) for name in _NAMES})


_NAMES = tuple(field.name for field in fields(Standing))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else value


def _read(name: str, value: str | None) -> Any:
    if value is None:
        return None
    if name.endswith("_at"):
        return datetime.fromisoformat(value).astimezone(UTC)
    return date.fromisoformat(value) if name.endswith("_on") else value


def _postponed(standing: Standing, report: Report, day: Day) -> Standing:
    assert report.due_on is not None
    if report.due_on <= day.today:
        reason = f"Choose a day from tomorrow on: where the client lives it is {day.today} already."
        _refuse({"due_on": [reason]})
    if report.due_on > day.today + FARTHEST:
        _refuse({"due_on": ["Choose a day within five years."]})
    if standing.state == "reached":
        raise Conflict("This milestone is reached: there is nothing left to postpone.")
    if standing.state == "dropped":
        raise Conflict("This milestone is dropped: report it as started first, then give it another day.")
    if report.due_on == standing.due_on:
        return standing
    return replace(standing, due_on=report.due_on, touched_at=day.now)


def _again(standing: Standing, report: Report, day: Day) -> Standing:
    """Nothing changes, unless what was decided is only told now."""
    if report.decision is None or report.decision == standing.decision:
        return standing
    if standing.decision is not None:
        raise Conflict(f"This milestone is reached, and the decision was to {standing.decision}.")
    return replace(standing, decision=report.decision, touched_at=day.now)


def _moved(standing: Standing, report: Report, day: Day) -> Standing:
    if report.kind not in MILESTONE_MOVES[standing.state]:
        raise Conflict(f"This milestone is {standing.state}, so it can't be reported as {report.kind}.")
    at = (report.at or day.now).astimezone(UTC)
    moved = replace(standing, state=report.kind, dropped_at=None, touched_at=day.now)
    if report.kind == "started":
        return replace(moved, started_at=at)
    if report.kind == "reached":
        return replace(moved, reached_at=at, decision=report.decision)
    return replace(moved, dropped_at=at)


def _refuse(faults: FieldErrors) -> None:
    if faults:
        raise Refused(faults)
