"""Builds the body of one SendGrid request: one content, and for each recipient what differs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sendgrid.helpers.mail import (
    Category,
    ClickTracking,
    Content,
    From,
    Mail,
    OpenTracking,
    ReplyTo,
    SubscriptionTracking,
    TrackingSettings,
)

from coaching.adapters.rendering import CompiledLetter, Letter


@dataclass(frozen=True)
class Recipient:
    """One letter of a batch: whose it is, and the values that its tags stand for.

    No substitutions where the letter was written for this client alone; no `unsubscribe_url` where there is
    nothing to unsubscribe from.
    """

    message_id: UUID
    address: str
    substitutions: Mapping[str, str] = field(default_factory=dict)
    unsubscribe_url: str | None = None


@dataclass(frozen=True)
class Sender:
    """Who writes, and where answers go."""

    address: str
    name: str
    reply_to: str | None = None


def request_body(
    letter: Letter, sender: Sender, family: str, attempt_id: UUID, recipients: Iterable[Recipient]
) -> dict[str, Any]:
    """Return the JSON body for `POST /v3/mail/send`; custom_args carry ids only.

    A compiled letter goes to up to 1,000 people. One that was written for a client goes to that client:
    raises ValueError for more.
    """
    attempt = str(attempt_id)
    # Plain dictionaries: the package's Personalization costs more than the rest of a letter together.
    personalizations = [_personalization(recipient, attempt) for recipient in recipients]
    if not isinstance(letter, CompiledLetter) and len(personalizations) != 1:
        raise ValueError(f"a letter written for one client can't go to {len(personalizations)}")
    body: dict[str, Any] = _frame(letter, sender, family).get()
    body["personalizations"] = personalizations
    return body


def _frame(letter: Letter, sender: Sender, family: str) -> Mail:
    mail = Mail(from_email=From(sender.address, sender.name), subject=letter.subject)
    mail.add_content(Content("text/plain", letter.text))
    mail.add_content(Content("text/html", letter.html))
    if sender.reply_to:
        mail.reply_to = ReplyTo(sender.reply_to)
    mail.tracking_settings = TrackingSettings(
        # Our own headers stop letters; opens say little, since machines make half of them.
        click_tracking=ClickTracking(False, False),
        open_tracking=OpenTracking(False),
        subscription_tracking=SubscriptionTracking(False),
    )
    mail.category = Category(family)
    return mail


def _personalization(recipient: Recipient, attempt_id: str) -> dict[str, Any]:
    return {
        "to": [{"email": recipient.address}],
        "substitutions": recipient.substitutions,
        "headers": _stop_headers(recipient.unsubscribe_url) if recipient.unsubscribe_url else {},
        "custom_args": {"message_id": str(recipient.message_id), "attempt_id": attempt_id},
    }


def _stop_headers(unsubscribe_url: str) -> dict[str, str]:
    """Return what the mail program's own button needs to stop letters with one click (RFC 8058)."""
    return {
        "List-Unsubscribe": f"<{unsubscribe_url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
