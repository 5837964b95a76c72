"""Loads what is known of clients beside plan and letters: what audiences ask for."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.domain.engine.state import About

# The answers that count of a client: their newest that were scored and are theirs.
COUNTS = (
    tables.Submission.disowned_at.is_(None),
    or_(
        tables.Submission.known_address.is_(False),
        tables.Submission.accepted_at.is_not(None),
        tables.Submission.trust == "firm",
    ),
)


def load_about(
    session: Session, clients: Iterable[tables.Client], focus: Mapping[UUID, tuple[str, ...]]
) -> dict[UUID, About]:
    """Return what is known of each client; `focus`: that of their plan."""
    many = list(clients)
    ids = [client.id for client in many]
    scores = {row.client_id: row for row in session.execute(newest_scores(ids))}
    agreed = _profiling_agreed(session, ids)
    coaches = dict(session.execute(select(tables.Coach.id, tables.Coach.email_key)).all())
    return {
        client.id: _with_score(
            About(
                stage=client.stage,
                tags=frozenset(client.tags),
                coach=coaches.get(client.coach_id) if client.coach_id else None,
                created_at=client.created_at,
                focus=focus.get(client.id, ()),
                profiling_agreed=agreed.get(client.id, False),
            ),
            scores.get(client.id),
        )
        for client in many
    }


def newest_scores(client_ids: Collection[UUID]) -> Select[Any]:
    """Return the query for the score that counts of each of these clients."""
    return (
        select(
            tables.Submission.client_id,
            tables.Submission.at,
            tables.Score.composite,
            tables.Score.profile,
            tables.Score.certainty,
            tables.Score.result["dimensions"].label("dimensions"),
        )
        .join(tables.Score, tables.Score.submission_id == tables.Submission.id)
        .where(tables.Submission.client_id.in_(client_ids), *COUNTS)
        .order_by(
            tables.Submission.client_id,
            tables.Submission.at.desc(),
            tables.Submission.id.desc(),
            tables.Score.at.desc(),
            tables.Score.id.desc(),
        )
        .ext(distinct_on(tables.Submission.client_id))
    )


def _with_score(about: About, row: Row[Any] | None) -> About:
    if row is None:
        return about
    dimensions = [one for one in row.dimensions or () if one["score"] is not None]
    return replace(
        about,
        submitted_at=row.at,
        scores={one["key"]: one["score"] for one in dimensions},
        bands={one["key"]: one["band"] for one in dimensions},
        composite=row.composite,
        profile=row.profile,
        certainty=row.certainty,
    )


def _profiling_agreed(session: Session, client_ids: Collection[UUID]) -> dict[UUID, bool]:
    newest = (
        select(tables.Consent.client_id, tables.Consent.granted)
        .where(tables.Consent.client_id.in_(client_ids), tables.Consent.purpose == "profiling")
        .order_by(tables.Consent.client_id, tables.Consent.at.desc(), tables.Consent.id.desc())
        .ext(distinct_on(tables.Consent.client_id))
    )
    return dict(session.execute(newest).all())


def load_items_seen(session: Session, client_ids: Collection[UUID]) -> dict[UUID, frozenset[str]]:
    """Return by client the items of the library that were put into a letter, whether it went or not."""
    item = tables.Message.detail["item"].astext
    rows = session.execute(
        select(tables.Message.recipient_id, func.array_agg(item.distinct()))
        .where(
            tables.Message.recipient_id.in_(client_ids),
            tables.Message.detail.has_key("item"),
        )
        .group_by(tables.Message.recipient_id)
    )
    return {client_id: frozenset(items) for client_id, items in rows}
