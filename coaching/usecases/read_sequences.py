"""Shows the sequences that there are, and where clients stand in them."""

from collections.abc import Mapping
from collections.abc import Sequence as Many
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.domain.errors import NotFound
from coaching.domain.sequence_documents import read_sequence
from coaching.domain.sequences import Sequence


@dataclass(frozen=True)
class SequenceView:
    """One sequence as it lets clients in. `enrollments`: how many by state, of all versions."""

    sequence: Sequence
    versions: Many[int]
    published_at: datetime
    retired_at: datetime | None
    enrollments: Mapping[str, int]


def list_sequences(session: Session) -> list[SequenceView]:
    """Return every sequence in its newest version, in the order of their names."""
    rows = session.scalars(
        select(tables.SequenceVersion).order_by(tables.SequenceVersion.name, tables.SequenceVersion.version)
    ).all()
    by_name: dict[str, list[tables.SequenceVersion]] = {}
    for row in rows:
        by_name.setdefault(row.name, []).append(row)
    counts = _counts(session)
    return [_view(versions, counts.get(name, {})) for name, versions in by_name.items()]


def show_sequence(session: Session, name: str) -> SequenceView:
    """Return one sequence in its newest version. Raises NotFound."""
    found = next((one for one in list_sequences(session) if one.sequence.name == name), None)
    if found is None:
        raise NotFound(f"There is no sequence {name}.")
    return found


def list_enrollments(session: Session, client_id: UUID) -> Many[tables.Enrollment]:
    """Return a client's ways through sequences, the newest first. Raises NotFound."""
    if session.get(tables.Client, client_id) is None:
        raise NotFound("There is no client of this id.")
    return session.scalars(
        select(tables.Enrollment)
        .where(tables.Enrollment.client_id == client_id)
        .order_by(tables.Enrollment.started_at.desc(), tables.Enrollment.id.desc())
    ).all()


def _view(versions: Many[tables.SequenceVersion], enrollments: Mapping[str, int]) -> SequenceView:
    newest = versions[-1]
    return SequenceView(
        read_sequence(newest.content),
        [one.version for one in versions],
        newest.published_at,
        newest.retired_at,
        enrollments,
    )


def _counts(session: Session) -> dict[str, dict[str, int]]:
    rows = session.execute(
        select(tables.Enrollment.sequence, tables.Enrollment.state, func.count()).group_by(
            tables.Enrollment.sequence, tables.Enrollment.state
        )
    )
    found: dict[str, dict[str, int]] = {}
    for name, state, number in rows:
        found.setdefault(name, {})[state] = number
    return found
