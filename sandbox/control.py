"""The sandbox's own JSON: messages, counts, faults on request, events on request."""

import json
import secrets
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, get_args

from flask import Blueprint, Response, jsonify, request

from sandbox.events import Engagement, Report
from sandbox.faults import FaultError
from sandbox.messages import arguments, as_json, find_by_argument, read, request_of, search
from sandbox.state import the_sandbox

DEFAULT_LIMIT = 100

control = Blueprint("control", __name__, url_prefix="/sandbox")


def _refuse(message: str, status: int = 400) -> tuple[Response, int]:
    return jsonify({"error": message}), status


@control.get("/messages")
def list_messages() -> Response | tuple[Response, int]:
    """Newest first, one entry a recipient; `fields=to,custom_args` gives only these, for counting many."""
    limit = request.args.get("limit", str(DEFAULT_LIMIT))
    if not limit.isdecimal():
        return _refuse("limit is a whole number.")
    fields = request.args.get("fields", "")
    found = search(
        the_sandbox().store, to=request.args.get("to", ""), subject=request.args.get("subject", "")
    )
    messages: Iterable[dict[str, object]] = map(as_json, read(islice(found, int(limit))))
    if fields:
        names = set(fields.split(","))
        messages = ({name: value for name, value in one.items() if name in names} for one in messages)
    return Response(_json_list(messages), mimetype="application/json")


def _json_list(messages: Iterable[dict[str, object]]) -> Iterator[str]:
    """Written message by message: a full mailbox would not fit into memory twice."""
    yield "["
    for number, one in enumerate(messages):
        yield (",\n" if number else "") + json.dumps(one)
    yield "]\n"


@control.delete("/messages")
def clear_messages() -> tuple[str, int]:
    """Empty the mailbox; counts and remembered ids start anew with it."""
    the_sandbox().store.clear()
    return "", 204


@control.get("/stats")
def stats() -> Response:
    """Requests, accepted requests, their recipients, and how many bore a message_id accepted before."""
    return jsonify(the_sandbox().store.stats())


@control.get("/faults")
def show_faults() -> Response:
    """The faults in force."""
    return jsonify(the_sandbox().faults.plan.as_json())


@control.post("/faults")
def wish_faults() -> Response | tuple[Response, int]:
    """Set faults; `{}` or `"none"` ends them all. Answers with what is now in force."""
    sandbox = the_sandbox()
    try:
        plan = sandbox.faults.wish(request.get_json(force=True))
    except FaultError as error:
        return _refuse(str(error))
    if sandbox.courier:
        sandbox.courier.wake()
    return jsonify(plan.as_json())


@control.post("/events")
def send_event() -> Response | tuple[Response, int]:
    """Have one more event of an accepted message sent through the webhook, as if its reader had acted."""
    sandbox = the_sandbox()
    wish: Any = request.get_json(force=True)
    fault = _wrong_with(wish)
    if fault:
        return _refuse(fault)
    if sandbox.courier is None:
        return _refuse("Without PUBLIC_URL there is nowhere to send events.", 409)
    found = find_by_argument(sandbox.store, wish["message_id"])
    if found is None:
        return _refuse("No message in the mailbox bears this custom_args.message_id.", 404)
    mail, position = found
    posted = request_of(mail)
    index, address = mail.recipients[position]
    recipients = json.dumps([(position, address, arguments(posted, index))])
    # A reader may open or click again: each time is an event of its own.
    more = {"sg_event_id": secrets.token_urlsafe(16), **({"url": wish["url"]} if "url" in wish else {})}
    sandbox.courier.add(
        Report(mail.id, int(time.time()), posted.get("categories", []), recipients, (wish["event"],), more)
    )
    return jsonify({"status": "queued"}), 202


def _wrong_with(wish: Any) -> str | None:
    if not isinstance(wish, dict) or not isinstance(wish.get("message_id"), str):
        return "A JSON object with message_id and event is needed."
    if wish.keys() - {"message_id", "event", "url"}:
        return "Known: message_id, event, url."
    if wish.get("event") not in get_args(Engagement):
        return f"event is one of {', '.join(get_args(Engagement))}."
    if not isinstance(wish.get("url", ""), str):
        return "url is a string."
    if wish["event"] == "click" and "url" not in wish:
        return "A click needs its url."
    return None
