"""A mailer that keeps what it is given and answers as told."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from coaching.adapters.mailer import PostResult

ACCEPTED = PostResult("accepted", 202, "provider-id")


@dataclass(frozen=True)
class SentLetter:
    """One letter as its reader finds it, and when it was posted."""

    at: datetime
    address: str
    subject: str
    text: str
    message_id: UUID
    attempt_id: UUID
    headers: dict[str, str]
    reply_to: str | None


class RecordingMailer:
    """Gives the answers it was told in turn, then accepts; keeps the letters of accepted requests."""

    def __init__(self, *answers: PostResult, clock: Callable[[], datetime]) -> None:
        self.answers = list(answers)
        self.bodies: list[dict[str, Any]] = []
        self.letters: list[SentLetter] = []
        self._clock = clock

    def post(self, body: dict[str, Any], *, not_after: float | None = None) -> PostResult:
        """Take one request, as SendGrid does; `not_after` is for clocks of the real world."""
        del not_after
        self.bodies.append(body)
        answer = self.answers.pop(0) if self.answers else ACCEPTED
        if answer.outcome == "accepted":
            self.letters += [_letter(body, one, self._clock()) for one in body["personalizations"]]
        return answer


def _letter(body: dict[str, Any], one: dict[str, Any], at: datetime) -> SentLetter:
    subject, text = body["subject"], body["content"][0]["value"]
    for tag, value in one["substitutions"].items():
        subject, text = subject.replace(tag, value), text.replace(tag, value)
    return SentLetter(
        at,
        one["to"][0]["email"],
        subject,
        text,
        UUID(one["custom_args"]["message_id"]),
        UUID(one["custom_args"]["attempt_id"]),
        one["headers"],
        body.get("reply_to", {}).get("email"),
    )
