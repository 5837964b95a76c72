"""What SendGrid reports back comes in here; it is answered 2xx only once it is recorded."""

import json
from typing import cast

from flask import Blueprint, Response, current_app, request
from flask.sansio.blueprints import BlueprintSetupState

from api import errors, hook_health
from api.hook_health import health
from api.house import here
from coaching.adapters.webhook_check import SIGNATURE, TIMESTAMP, KeyAway, WebhookCheck, is_recent
from coaching.domain.knocks import HEADER, is_knock
from coaching.usecases.receipts import read_reports, record_receipts

blueprint = Blueprint("hooks", __name__, url_prefix="/hooks")


@blueprint.record
def _begin(state: BlueprintSetupState) -> None:
    settings = state.app.extensions["waypoint"].settings
    state.app.extensions["webhook_check"] = WebhookCheck(
        settings.sendgrid_webhook_public_key, settings.sendgrid_host, settings.sendgrid_api_key
    )
    hook_health.install(state.app)


@blueprint.after_request
def _note(response: Response) -> Response:
    if response.status_code >= 500:
        health().note_failure()
    return response


@blueprint.post("/sendgrid/events")
def sendgrid_events() -> Response:
    """Check the signature over the raw body, then record every report in it."""
    body = request.get_data()
    if len(body) > errors.MOST_HOOK_BYTES:
        return errors.problem(413, "That is more than SendGrid ever sends at once.")
    timestamp = request.headers.get(TIMESTAMP, "")
    try:
        signed = _check().is_signed(body, request.headers.get(SIGNATURE), timestamp)
    except KeyAway:
        return errors.problem(
            503, "There is no key to check this with yet.", headers={"Retry-After": errors.RETRY_AFTER_S}
        )
    if not signed:
        return errors.problem(401, "The signature does not fit this body.")
    return _record(body, timestamp)


def _record(body: bytes, timestamp: str) -> Response:
    """Record what SendGrid signed. Refusing any of it is a failure of ours, whosever fault it is."""
    try:
        raw = json.loads(body)
    except (ValueError, RecursionError):
        health().note_failure()
        return errors.problem(400, "The body is not JSON.")
    reports = read_reports(raw if isinstance(raw, list) else [], here().secrets.pepper)
    database = here().database
    with database.transaction() as session:
        now = database.now(session)
        if not is_recent(timestamp, now=now):
            health().note_failure()
            return errors.problem(401, "This was signed too long ago, or its clock is not ours.")
        written = health().write(session, now=now)
        record_receipts(session, reports, now=now)
    written()
    return Response(status=204)


@blueprint.post("/heartbeat")
def heartbeat() -> Response:
    """Take a knock of our own, which came the way that SendGrid's reports come."""
    database = here().database
    with database.transaction() as session:
        now = database.now(session)
        if not is_knock(here().secrets.keys, request.headers.get(HEADER, ""), now):
            return errors.problem(401, "This is not for knocking at from elsewhere.")
        written = health().write(session, now=now, always=True)
    written()
    return Response(status=204)


def _check() -> WebhookCheck:
    return cast("WebhookCheck", current_app.extensions["webhook_check"])
