"""Finds, at the last moment, the values that go into the letters of a batch. Nothing of it is stored."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.secrets import Secrets
from coaching.domain import links
from coaching.domain.letter_values import (
    LetterValues,
    LookAgainValues,
    ProbeValues,
    ReportKnownValues,
    ReportValues,
    WasThisYouValues,
)
from coaching.domain.letters import letter
from coaching.domain.links import Purpose
from coaching.domain.phrases import greeting, sign_off

QUESTIONNAIRE = "job-career"


@dataclass(frozen=True)
class Reader:
    """Who reads the letter."""

    address: str
    name: str
    coach_name: str | None


def report_tokens(session: Session, submission_ids: Sequence[UUID], secrets: Secrets) -> dict[UUID, str]:
    """Return for each submission the token of the link that shows it."""
    rows = session.execute(
        select(tables.AccessToken.submission_id, tables.AccessToken.id).where(
            tables.AccessToken.submission_id.in_(submission_ids),
            tables.AccessToken.purpose == Purpose.REPORT,
            tables.AccessToken.revoked_at.is_(None),
        )
    )
    return {
        submission_id: links.sign(secrets.keys, Purpose.REPORT, token_id)
        for submission_id, token_id in rows
        if submission_id is not None
    }


@dataclass(frozen=True)
class Links:
    """Makes the signed addresses of one letter."""

    public_url: str
    secrets: Secrets
    message_id: UUID

    def act(self, purpose: Purpose) -> str:
        """Return the address of a page that acts on POST."""
        return f"{self.public_url}/act/{links.sign(self.secrets.keys, purpose, self.message_id)}"

    @cached_property
    def unsubscribe(self) -> str:
        """Return the address that stops letters; it needs no login and works for years."""
        token = links.sign(self.secrets.keys, Purpose.UNSUBSCRIBE, self.message_id)
        return f"{self.public_url}/unsubscribe/{token}"


def letter_values(
    template: str,
    reader: Reader,
    to: Links,
    *,
    firm_name: str,
    report_token: str | None,
    about: str | None = None,
) -> LetterValues:
    """Return the values of one letter.

    `report_token` opens the report of the submission it is about; `about` is the batch of a probe. Raises
    LookupError where what the letter is about is not there.
    """
    kind = letter(template).variables
    if kind is ProbeValues:
        return probe_values(about)
    shared = shared_values(reader, to, firm_name)
    if kind is LookAgainValues:
        return LookAgainValues(**shared, intake_url=f"{to.public_url}/intake/{QUESTIONNAIRE}")
    if kind is ReportValues:
        return ReportValues(**shared, open_url=to.act(Purpose.CONFIRM))
    if kind is WasThisYouValues:
        return WasThisYouValues(
            **shared, mine_url=to.act(Purpose.MINE), not_mine_url=to.act(Purpose.NOT_MINE)
        )
    if kind is ReportKnownValues and report_token is not None:
        return ReportKnownValues(**shared, report_url=f"{to.public_url}/report/{report_token}")
    raise LookupError(f"nothing says how to fill in the letter {template!r}")


def shared_values(reader: Reader, to: Links, firm_name: str) -> dict[str, str]:
    """Return what every letter to a client says."""
    return {
        "greeting": greeting(reader.name),
        "sign_off": sign_off(reader.coach_name, firm_name),
        "unsubscribe_url": to.unsubscribe,
    }


def probe_values(batch_id: str | None) -> ProbeValues:
    """Return the values of a letter to the firm itself, which names the batch and nobody in it."""
    if not batch_id:
        raise LookupError("a probe has to say which batch it is about")
    return ProbeValues(batch_id=batch_id)
