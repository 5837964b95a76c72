"""What SendGrid reports back comes in here; it is answered 2xx only once it is recorded."""

import json

from flask import Blueprint, Response, current_app, request

from api import errors
from api.house import here
from coaching.adapters.webhook_check import SIGNATURE, TIMESTAMP, KeyAway, WebhookCheck
from coaching.usecases.receipts import read_reports, record_receipts

blueprint = Blueprint("hooks", __name__, url_prefix="/hooks")


@blueprint.post("/sendgrid/events")
def sendgrid_events() -> Response:
    """Check the signature over the raw body, then record every report in it."""
    body = request.get_data()
    if len(body) > errors.MOST_HOOK_BYTES:
        return errors.problem(413, "That is more than SendGrid ever sends at once.")
    database = here().database
    with database.transaction() as session:
        now = database.now(session)
    signature, timestamp = request.headers.get(SIGNATURE), request.headers.get(TIMESTAMP)
    try:
        genuine = _check().is_genuine(body, signature, timestamp, now=now)
    except KeyAway:
        return errors.problem(
            503, "There is no key to check this with yet.", headers={"Retry-After": errors.RETRY_AFTER_S}
        )
    if not genuine:
        return errors.problem(401, "The signature does not fit this body.")
    try:
        raw = json.loads(body)
    except (ValueError, RecursionError):
        return errors.problem(400, "The body is not JSON.")
    reports = read_reports(raw if isinstance(raw, list) else [], here().secrets.pepper)
    with database.transaction() as session:
        record_receipts(session, reports, now=now)
    return Response(status=204)


def _check() -> WebhookCheck:
    settings = here().settings
    check: WebhookCheck = current_app.extensions.setdefault(
        "webhook_check",
        WebhookCheck(settings.sendgrid_webhook_public_key, settings.sendgrid_host, settings.sendgrid_api_key),
    )
    return check
