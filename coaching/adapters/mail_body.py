"""Builds the body of one SendGrid request for a batch: one content, and for each recipient what differs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
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

from coaching.adapters.rendering import CompiledLetter


@dataclass(frozen=True)
class Recipient:
    """One letter of a batch: whose it is, and the values that its tags stand for."""

    message_id: UUID
    address: str
    substitutions: Mapping[str, str]
    unsubscribe_url: str


@dataclass(frozen=True)
class Sender:
    """Who writes, and where answers go."""

    address: str
    name: str
    reply_to: str | None = None


def request_body(
    letter: CompiledLetter, sender: Sender, family: str, attempt_id: UUID, recipients: Iterable[Recipient]
) -> dict[str, Any]:
    """Return the JSON body for `POST /v3/mail/send`; custom_args carry ids only."""
    body: dict[str, Any] = _frame(letter, sender, family).get()
    # Plain dictionaries: the package's Personalization costs more than the rest of a letter together.
    body["personalizations"] = [_personalization(recipient, attempt_id) for recipient in recipients]
    return body


def _frame(letter: CompiledLetter, sender: Sender, family: str) -> Mail:
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


def _personalization(recipient: Recipient, attempt_id: UUID) -> dict[str, Any]:
    return {
        "to": [{"email": recipient.address}],
        "substitutions": dict(recipient.substitutions),
        "headers": {
            "List-Unsubscribe": f"<{recipient.unsubscribe_url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
        "custom_args": {"message_id": str(recipient.message_id), "attempt_id": str(attempt_id)},
    }
