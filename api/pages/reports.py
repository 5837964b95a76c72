"""The report, and the thank-you page that shows it as soon as it is worked out."""

from datetime import datetime

from flask import Response

from api.house import here
from api.pages.faults import page_group
from api.pages.frame import Keep, show
from api.pages.report_view import picture
from coaching.adapters.database import now as database_now
from coaching.domain.local_time import local
from coaching.usecases.read_report import ReportView, read_report

blueprint = page_group("reports")


@blueprint.get("/report/<token>")
def report(token: str) -> Response:
    """Show one report to whoever holds its link."""
    return _show("report/report.html", token)


@blueprint.get("/intake/<instrument_name>/thank-you/<token>")
def thank_you(instrument_name: str, token: str) -> Response:  # noqa: ARG001  (the address reads better with it)
    """Show the report of this visit, or that it is being worked out, and say what happens next."""
    return _show("report/thank_you.html", token)


def _show(template: str, token: str) -> Response:
    rooms = here()
    with rooms.database.transaction() as session:
        now = database_now(session)
        view = read_report(session, rooms.content, rooms.secrets, token, now=now)
    return _ready(view, template, token, now) or show("report/waiting.html", keep=Keep.TOKEN, view=view)


def _ready(view: ReportView, template: str, token: str, now: datetime) -> Response | None:
    """Return the report as a page, once there is a score."""
    if view.state == "waiting" or view.score is None:
        return None
    made_on, today = (local(moment, view.time_zone).date() for moment in (view.submitted_at, now))
    seen = picture(
        view.instrument,
        view.words,
        view.score,
        view.plan,
        living=view.living,
        made_on=made_on,
        seen_on=today,
        zone=view.time_zone,
    )
    response = show(template, keep=Keep.TOKEN, view=view, report=seen, token=token)
    response.headers["X-Report-State"] = "ready"  # what the waiting page looks for
    return response
