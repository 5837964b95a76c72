"""The mailbox page: what was accepted, newest first, each letter as its reader would see it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Literal, get_args

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from sandbox.events import fate_of
from sandbox.messages import (
    Message,
    Request,
    find_message,
    message,
    message_id_of,
    request_of,
    search,
    search_either,
    subject_of,
)
from sandbox.personalizations import Recipient
from sandbox.state import the_sandbox
from sandbox.store import AcceptedMail

View = Literal["html", "text", "headers"]

PAGE = 50
REFRESH_S = 5
FATES = {"bounce": "bounced", "spam": "marked as spam", "drop": "dropped", "defer": "deferred"}
# No scripts, nothing that calls home; links may open a new tab that is free of these bounds.
LETTER_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; "
    "img-src data:; frame-ancestors 'self'"
)

DOCTYPE = re.compile(r"\A\s*(?:<!doctype[^>]*>)?", re.IGNORECASE)

mailbox = Blueprint("mailbox", __name__)


@dataclass(frozen=True)
class Line:
    """One message in the list."""

    id: str
    to: str
    subject: str
    at: datetime
    fate: str | None


def _line(mail: AcceptedMail, position: int) -> Line:
    address = mail.recipients[position][1]
    return Line(
        id=message_id_of(mail, position),
        to=address,
        subject=subject_of(mail, position),
        at=mail.at,
        fate=FATES.get(fate_of(address) or ""),
    )


@mailbox.get("/")
def list_letters() -> str:
    """The newest letters, or those whose address or subject holds `q`."""
    sandbox = the_sandbox()
    wanted = request.args.get("q", "").strip()
    page = max(1, request.args.get("page", 1, type=int))
    refresh = request.args.get("refresh") == "1"
    found = search_either(sandbox.store, wanted) if wanted else search(sandbox.store)
    lines = _page(found, page)
    return render_template(
        "list.html",
        lines=lines[:PAGE],
        wanted=wanted,
        page=page,
        more=len(lines) > PAGE,
        total=len(sandbox.store),
        refresh_s=REFRESH_S if refresh else None,
        here=_links(wanted, refresh),
    )


def _page(found: Iterator[tuple[AcceptedMail, int]], page: int) -> list[Line]:
    """The lines of a page, and one more if there is a next page."""
    start = (page - 1) * PAGE
    return [_line(mail, position) for mail, position in islice(found, start, start + PAGE + 1)]


def _links(wanted: str, refresh: bool) -> dict[str, Any]:
    """What links on the list keep of its address."""
    return {name: value for name, value in (("q", wanted), ("refresh", "1" if refresh else "")) if value}


def _found(message_id: str) -> tuple[AcceptedMail, int, Request]:
    found = find_message(the_sandbox().store, message_id)
    if found is None:
        abort(404)
    return *found, request_of(found[0])


@mailbox.get("/messages/<message_id>")
def show_letter(message_id: str) -> str:
    """One letter: as HTML (in a frame), as text, or its headers."""
    mail, position, posted = _found(message_id)
    letter = message(mail, posted, position)
    view = request.args.get("view", "html" if letter["html"] else "text")
    if view not in get_args(View):
        abort(404)
    return render_template(
        "letter.html",
        letter=letter,
        at=mail.at,
        view=view,
        fate=FATES.get(fate_of(letter["to"]) or ""),
        headers=_headers(posted, mail.recipients[position], letter, mail.at),
    )


def _headers(posted: Request, recipient: Recipient, letter: Message, at: datetime) -> list[tuple[str, str]]:
    """As a mail program would show them; what SendGrid adds on its way is left out."""
    index, address = recipient
    one = posted["personalizations"][index]
    named = {party["email"]: party for kind in ("to", "cc", "bcc") for party in one.get(kind, [])}
    first = [
        ("From", _party(one.get("from", posted["from"]))),
        ("To", _party(named[address])),
        ("Subject", letter["subject"]),
        ("Date", f"{at:%a, %d %b %Y %H:%M:%S +0000}"),
    ]
    if letter["reply_to"]:
        first.append(("Reply-To", letter["reply_to"]))
    return first + list(letter["headers"].items())


def _party(party: dict[str, str]) -> str:
    return f"{party['name']} <{party['email']}>" if party.get("name") else party["email"]


@mailbox.get("/messages/<message_id>/html")
def show_html(message_id: str) -> Response:
    """The HTML of a letter, bound by a policy of its own; its links open in a new tab."""
    mail, position, posted = _found(message_id)
    letter = message(mail, posted, position)
    # The first <base> counts; it stands behind the doctype, without which browsers fall back to old ways.
    html = DOCTYPE.sub(r'\g<0><base target="_blank">', letter["html"], count=1)
    response = Response(html, mimetype="text/html")
    response.headers["Content-Security-Policy"] = LETTER_POLICY
    return response


@mailbox.post("/clear")
def clear() -> AnyResponse:
    """Empty the mailbox."""
    the_sandbox().store.clear()
    return redirect(url_for("mailbox.list_letters"), 303)
