"""Messages as a reader sees them: one a recipient, after substitution, made anew from the stored request."""

import json
from collections.abc import Callable, Iterator
from typing import Any, TypedDict

from sandbox.rules import ADDRESS
from sandbox.store import AcceptedMail, Store
from sandbox.substitution import substitute


class Message(TypedDict):
    """One letter to one recipient, in the shape `GET /sandbox/messages` gives."""

    id: str
    to: str
    from_: str
    reply_to: str | None
    subject: str
    text: str
    html: str
    headers: dict[str, str]
    custom_args: dict[str, str]
    at: str


Request = dict[str, Any]
Match = Callable[[str], bool]


def request_of(mail: AcceptedMail) -> Request:
    """The posted request, parsed."""
    parsed: Request = json.loads(mail.body)
    return parsed


def message_id_of(mail: AcceptedMail, position: int) -> str:
    """The id under which the mailbox shows a message: X-Message-Id and the recipient's position."""
    return f"{mail.id}.{position}"


def find_message(store: Store, message_id: str) -> tuple[AcceptedMail, int] | None:
    """The stored request and position behind a mailbox id."""
    mail_id, _, position = message_id.rpartition(".")
    if not position.isdecimal():
        return None
    mail = store.find(mail_id, int(position))
    return (mail, int(position)) if mail else None


def arguments(request: Request, index: int) -> dict[str, str]:
    """The custom_args of a personalization over those of the request."""
    return {**request.get("custom_args", {}), **request["personalizations"][index].get("custom_args", {})}


def _subject(request: Request, index: int) -> str:
    one = request["personalizations"][index]
    return substitute(one.get("subject", request.get("subject", "")), one.get("substitutions", {}))


def _content(request: Request, mime: str) -> str:
    return next((block["value"] for block in request.get("content", []) if block["type"] == mime), "")


def message(mail: AcceptedMail, request: Request, position: int) -> Message:
    """Everything about one message."""
    index, address = mail.recipients[position]
    one = request["personalizations"][index]
    values = one.get("substitutions", {})
    reply_to = request.get("reply_to")
    return Message(
        id=message_id_of(mail, position),
        to=address,
        from_=one.get("from", request["from"])["email"],
        reply_to=substitute(reply_to["email"], values) if reply_to else None,
        subject=_subject(request, index),
        text=substitute(_content(request, "text/plain"), values),
        html=substitute(_content(request, "text/html"), values),
        headers={**request.get("headers", {}), **one.get("headers", {})},
        custom_args=arguments(request, index),
        at=mail.at.isoformat(),
    )


def as_json(found: Message) -> dict[str, object]:
    """The message with the names that `GET /sandbox/messages` uses."""
    return {("from" if name == "from_" else name): value for name, value in found.items()}


def subject_of(mail: AcceptedMail, position: int) -> str:
    """The subject of one message; all of a request are worked out together and remembered."""
    if mail.subjects is None:
        request = request_of(mail)
        mail.subjects = [_subject(request, index) for index, _ in mail.recipients]
    return mail.subjects[position]


def match_address(wanted: str) -> Match:
    """A whole address matches itself, anything else a part of one; case doesn't matter."""
    lower = wanted.lower()
    if ADDRESS.fullmatch(wanted):
        return lambda address: address.lower() == lower
    return lambda address: lower in address.lower()


def match_text(wanted: str) -> Match:
    """A part of the text; case doesn't matter."""
    lower = wanted.lower()
    return lambda value: lower in value.lower()


def search(store: Store, *, to: str = "", subject: str = "") -> Iterator[tuple[AcceptedMail, int]]:
    """Messages that match both, newest first; an empty text matches all."""
    fits_to, fits_subject = match_address(to), match_text(subject)
    for mail, position in store.newest_first():
        if to and not fits_to(mail.recipients[position][1]):
            continue
        if subject and not fits_subject(subject_of(mail, position)):
            continue
        yield mail, position


def search_either(store: Store, wanted: str) -> Iterator[tuple[AcceptedMail, int]]:
    """Messages whose address or subject holds the text, newest first."""
    fits = match_text(wanted)
    for mail, position in store.newest_first():
        if fits(mail.recipients[position][1]) or fits(subject_of(mail, position)):
            yield mail, position


def read(found: Iterator[tuple[AcceptedMail, int]]) -> Iterator[Message]:
    """The messages found, each request parsed once for its neighbours."""
    last: AcceptedMail | None = None
    request: Request = {}
    for mail, position in found:
        if mail is not last:
            last, request = mail, request_of(mail)
        yield message(mail, request, position)


def find_by_argument(store: Store, message_id: str) -> tuple[AcceptedMail, int] | None:
    """The newest message whose custom_args.message_id is this one."""
    for mail in reversed(store.mails()):
        if message_id in mail.message_ids:
            index = mail.message_ids.index(message_id)
            for position in mail.kept:
                if mail.recipients[position][0] == index:
                    return mail, position
    return None
