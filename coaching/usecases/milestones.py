"""Milestones by one name: report on them, take a report back, add one, read one."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.domain.errors import NotFound
from coaching.domain.milestones import Report
from coaching.usecases.add_milestone import add_milestone
from coaching.usecases.milestone_names import list_reports
from coaching.usecases.milestone_reports import match_report, match_waiting, take_report
from coaching.usecases.plan_rows import today_of
from coaching.usecases.read_plan import MilestoneView, milestone_view
from coaching.usecases.report_milestone import report_on, restore

__all__ = [
    "Report",
    "add_milestone",
    "list_reports",
    "match_report",
    "match_waiting",
    "read_milestone",
    "report_on",
    "restore",
    "take_report",
]


def read_milestone(session: Session, milestone_id: UUID, *, now: datetime) -> MilestoneView:
    """Return one milestone. Raises NotFound."""
    row = session.get(tables.Milestone, milestone_id, populate_existing=True)
    if row is None:
        raise NotFound("There is no milestone of this id.")
    client = session.get_one(tables.Client, row.client_id, populate_existing=True)
    plan = session.get_one(tables.Plan, row.plan_id, populate_existing=True)
    return milestone_view(row, plan, today=today_of(client, now))
