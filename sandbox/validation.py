"""Holds a mail-send request against SendGrid's published rules and limits."""

import base64
import binascii
from dataclasses import dataclass
from typing import Any

from sandbox import rules
from sandbox.personalizations import Recipient, Shared, check_personalizations, check_send_at
from sandbox.refusals import Refusals

MOST_CATEGORIES = 10
LONGEST_CATEGORY = 255


class MailError(Exception):
    """The request breaks a rule; `errors` is SendGrid's list of them."""

    def __init__(self, errors: list[dict[str, str | None]]) -> None:
        super().__init__(f"{len(errors)} faults")
        self.errors = errors


@dataclass(frozen=True)
class CheckedMail:
    """A request that may be accepted: its recipients in order, and whether it only asked to be checked."""

    recipients: list[Recipient]
    only_checked: bool
    one_address_twice: bool


def check_mail(body: Any, *, now: float) -> CheckedMail:
    """Check a parsed request; `now` is in seconds since 1970. Raises MailError with every fault found."""
    refusals = Refusals()
    if not isinstance(body, dict):
        refusals.add(None, "The body is a JSON object.")
        raise MailError(refusals.items)
    _check_fields(refusals, body, now)
    recipients = check_personalizations(refusals, body.get("personalizations", []), _shared(body, now))
    _check_subject(refusals, body)
    if refusals.items:
        raise MailError(refusals.items)
    sandbox_mode = body.get("mail_settings", {}).get("sandbox_mode", {})
    return CheckedMail(
        recipients=recipients,
        only_checked=bool(sandbox_mode.get("enable")),
        # SendGrid takes an address again in another personalization; a sender seldom means it.
        one_address_twice=len({address for _, address in recipients}) < len(recipients),
    )


def _shared(body: dict[str, Any], now: float) -> Shared:
    subject, arguments = body.get("subject"), body.get("custom_args")
    return Shared(
        subject=subject if isinstance(subject, str) else "",
        custom_args=_only_texts(arguments) if isinstance(arguments, dict) else {},
        now=now,
    )


def _only_texts(values: dict[str, Any]) -> dict[str, str]:
    return {name: value for name, value in values.items() if isinstance(value, str)}


def _check_fields(refusals: Refusals, body: dict[str, Any], now: float) -> None:
    if "from" not in body:
        refusals.add("from", "from is required.")
    for name, value in body.items():
        if name in _FIELDS:
            _FIELDS[name](refusals, name, value)
        elif name != "personalizations":
            refusals.unknown("", name)
    if "content" not in body and "template_id" not in body:
        refusals.add("content", "Content is required unless a template is named.")
    if "reply_to" in body and "reply_to_list" in body:
        refusals.add("reply_to_list", "Give either reply_to or reply_to_list.")
    check_send_at(refusals, "send_at", body.get("send_at"), now)


def _check_subject(refusals: Refusals, body: dict[str, Any]) -> None:
    if "subject" in body or "template_id" in body:
        return
    personalizations = body.get("personalizations")
    if not isinstance(personalizations, list) or not all(
        isinstance(one, dict) and "subject" in one for one in personalizations
    ):
        refusals.add("subject", "A subject is required: one for all, or one in every personalization.")


def _check_content(refusals: Refusals, field: str, value: Any) -> None:
    if value == []:
        refusals.add(field, "At least one content block is needed.")
    before = refusals.count
    _BLOCKS(refusals, field, value)
    if refusals.count > before:
        return
    order = {"text/plain": 0, "text/html": 1}
    ranks = [order.get(block["type"], 2) for block in value]
    if ranks != sorted(ranks):
        refusals.add(field, "text/plain comes first, then text/html, then anything else.")


def _check_categories(refusals: Refusals, field: str, value: Any) -> None:
    _CATEGORIES(refusals, field, value)
    for index, category in enumerate(value if isinstance(value, list) else []):
        if isinstance(category, str) and not category.isascii():
            refusals.add(f"{field}.{index}", "A category holds ASCII characters only.")
        if category in value[:index]:
            refusals.add(f"{field}.{index}", f"The category {category!r} is given more than once.")


def _check_reply_to_list(refusals: Refusals, field: str, value: Any) -> None:
    _PARTIES(refusals, field, value)
    for index, party in enumerate(value if isinstance(value, list) else []):
        if party in value[:index]:
            refusals.add(f"{field}.{index}", "Stands in the list more than once.")


def _check_attachment(refusals: Refusals, field: str, value: Any) -> None:
    try:
        decoded = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError, TypeError):
        decoded = b""
    if not decoded:
        refusals.add(field, "An attachment's content is a base64 string, and not empty.")


def _check_disposition(refusals: Refusals, field: str, value: Any) -> None:
    if value not in ("inline", "attachment"):
        refusals.add(field, "A disposition is 'inline' or 'attachment'.")


def _check_mail_settings(refusals: Refusals, field: str, value: Any) -> None:
    before = refusals.count
    _MAIL_SETTINGS(refusals, field, value)
    if refusals.count > before:
        return
    enabled = [name for name in value if name.startswith("bypass_") and value[name].get("enable")]
    if "bypass_list_management" in enabled and len(enabled) > 1:
        refusals.add(f"{field}.bypass_list_management", "Can't be combined with another bypass.")


_NO_BREAKS = ";,\r\n"
_TEXT = rules.text()
_CATEGORIES = rules.list_of(rules.text(longest=LONGEST_CATEGORY), most=MOST_CATEGORIES)
_PARTIES = rules.list_of(rules.party, most=1_000)
_ENABLE = rules.record({"enable": rules.flag})
_BLOCKS = rules.list_of(
    rules.record(
        {"type": rules.text(shortest=1, without=_NO_BREAKS), "value": rules.text(shortest=1)},
        required=("type", "value"),
    )
)
_MAIL_SETTINGS = rules.record(
    {
        "bypass_list_management": _ENABLE,
        "bypass_spam_management": _ENABLE,
        "bypass_bounce_management": _ENABLE,
        "bypass_unsubscribe_management": _ENABLE,
        "sandbox_mode": _ENABLE,
        "footer": rules.record({"enable": rules.flag, "text": _TEXT, "html": _TEXT}),
    }
)
_FIELDS: dict[str, rules.Check] = {
    "from": rules.party,
    "reply_to": rules.party,
    "reply_to_list": _check_reply_to_list,
    "subject": rules.subject,
    "content": _check_content,
    "attachments": rules.list_of(
        rules.record(
            {
                "content": _check_attachment,
                "filename": rules.text(without=_NO_BREAKS),
                "type": rules.text(shortest=1, without=_NO_BREAKS),
                "disposition": _check_disposition,
                "content_id": rules.text(without=_NO_BREAKS),
            },
            required=("content", "filename"),
        )
    ),
    "template_id": rules.text(shortest=1),
    "headers": rules.headers,
    "categories": _check_categories,
    # SendGrid's OpenAPI file asks for a string here; its service and its error list take an object.
    "custom_args": rules.custom_args,
    "send_at": rules.whole_number,
    "batch_id": _TEXT,
    "asm": rules.record(
        {
            "group_id": rules.whole_number,
            "groups_to_display": rules.list_of(rules.whole_number, most=25),
        },
        required=("group_id",),
    ),
    "ip_pool_name": rules.text(shortest=2, longest=64),
    "mail_settings": _check_mail_settings,
    "tracking_settings": rules.record(
        {
            "click_tracking": rules.record({"enable": rules.flag, "enable_text": rules.flag}),
            "open_tracking": rules.record({"enable": rules.flag, "substitution_tag": _TEXT}),
            "subscription_tracking": rules.record(
                {"enable": rules.flag, "text": _TEXT, "html": _TEXT, "substitution_tag": _TEXT}
            ),
            "ganalytics": rules.record(
                {
                    "enable": rules.flag,
                    **dict.fromkeys(
                        ("utm_source", "utm_medium", "utm_term", "utm_content", "utm_campaign"), _TEXT
                    ),
                }
            ),
        }
    ),
}
