"""A form as Ana fills it in, for tests that change one thing about it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.content import Content
from coaching.domain import links
from coaching.domain.links import Purpose
from coaching.usecases.submit import NewSubmission


def answers_to(content: Content) -> dict[str, int | None]:
    """Return an answer to every question of the first instrument."""
    asked = content.instrument("job-career").item_ids
    return {item: place * 7 % 6 + 1 for place, item in enumerate(asked)}


def form(content: Content, **changes: Any) -> NewSubmission:
    """Return what Ana sends in, but for these changes."""
    filled: Mapping[str, Any] = {
        "instrument": "job-career",
        "email": "ana@example.test",
        "name": "Ana Silva",
        "time_zone": "Europe/Paris",
        "stage": "pivoting",
        "answers": answers_to(content),
        "importance": {"networks": 5},
        "question": "Do I stay, or go?",
        "consent_profiling": True,
        "consent_email": True,
        "consent_text_version": "2026-11",
        "source": "site-form",
    }
    return NewSubmission(**{**filled, **changes})


def link(session: Session, keys: tuple[str, ...], purpose: Purpose, submission_id: UUID) -> str:
    """Return the token that stands in the letter about a submission."""
    message_id = session.scalars(
        select(tables.Message.id).where(
            tables.Message.detail["submission"].astext == str(submission_id),
            tables.Message.template != "report-reminder",
        )
    ).one()
    return links.sign(keys, purpose, message_id)
