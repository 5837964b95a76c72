"""Loads clients' ways through sequences, and what happened on them, as the engine sees them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from sqlalchemy import Text, and_, cast, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.domain.engine.state import EnrollmentFacts, LifeFact
from coaching.domain.sequence_documents import read_sequence
from coaching.domain.sequences import AWAITED, Sequence

Key = tuple[str, int]
# A published version never changes. It is known by what it says, not by its name: then nothing can be stale.
_DIGEST = func.md5(cast(tables.SequenceVersion.content, Text))
_NEWEST = (
    select(_DIGEST, tables.SequenceVersion.retired_at)
    .order_by(tables.SequenceVersion.name, tables.SequenceVersion.version.desc())
    .ext(distinct_on(tables.SequenceVersion.name))
)
_MOST_KNOWN = 256
_known: dict[str, Sequence] = {}


def load_enrollments(session: Session, client_ids: Collection[UUID]) -> dict[UUID, list[EnrollmentFacts]]:
    """Return by client every enrollment there is or was, the oldest first."""
    rows = session.scalars(
        select(tables.Enrollment)
        .where(tables.Enrollment.client_id.in_(client_ids))
        .order_by(tables.Enrollment.started_at, tables.Enrollment.id)
        .execution_options(populate_existing=True)
    ).all()
    versions = load_versions(session, _needed(rows))
    found: dict[UUID, list[EnrollmentFacts]] = defaultdict(list)
    for row in rows:
        open_ = row.state != "ended"
        found[row.client_id].append(
            EnrollmentFacts(
                id=row.id,
                name=row.sequence,
                state=row.state,
                started_at=row.started_at,
                sequence=versions[row.sequence, row.version] if open_ else None,
                move_to=versions[row.sequence, row.move_to] if open_ and row.move_to else None,
                ended_at=row.ended_at,
                end_reason=row.end_reason,
            )
        )
    return found


def load_life(
    session: Session, enrollments: Mapping[UUID, Iterable[EnrollmentFacts]]
) -> dict[UUID, list[LifeFact]]:
    """Return by client what happened since the first of the enrollments that are active, oldest first."""
    since = {
        client_id: min(one.started_at for one in many if one.state == "active")
        for client_id, many in enrollments.items()
        if any(one.state == "active" for one in many)
    }
    found: dict[UUID, list[LifeFact]] = defaultdict(list)
    if not since:
        return found
    rows = session.execute(
        select(tables.Event.client_id, tables.Event.kind, tables.Event.at, tables.Event.data)
        .where(
            tables.Event.client_id.in_(since),
            tables.Event.kind.in_(AWAITED),
            tables.Event.at >= min(since.values()),
        )
        .order_by(tables.Event.at, tables.Event.id)
    )
    for client_id, kind, at, data in rows:
        if client_id is not None and at >= since[client_id]:
            found[client_id].append(LifeFact(kind, at, data.get("dimension")))
    return found


def load_versions(session: Session, keys: Collection[Key]) -> dict[Key, Sequence]:
    """Return these versions of sequences."""
    if not keys:
        return {}
    row = tables.SequenceVersion
    wanted = or_(*(and_(row.name == name, row.version == version) for name, version in keys))
    found = session.execute(select(row.name, row.version, _DIGEST).where(wanted)).all()
    sequences = _read(session, {digest for _, _, digest in found})
    return {(name, version): sequences[digest] for name, version, digest in found}


def live_sequences(session: Session) -> list[Sequence]:
    """Return the version of each sequence that lets clients in, in the order of their ranks, then names."""
    newest = session.execute(_NEWEST).all()
    live = _read(session, {digest for digest, retired_at in newest if retired_at is None})
    return sorted(live.values(), key=lambda one: (one.rank, one.name))


def _needed(rows: Iterable[tables.Enrollment]) -> set[Key]:
    needed = set()
    for row in rows:
        if row.state != "ended":
            needed.add((row.sequence, row.version))
            if row.move_to is not None:
                needed.add((row.sequence, row.move_to))
    return needed


def _read(session: Session, digests: Collection[str]) -> dict[str, Sequence]:
    """Return the sequences that read so; only what this process hasn't read yet is fetched whole."""
    found = {digest: one for digest in digests if (one := _known.get(digest)) is not None}
    missing = set(digests) - found.keys()
    if missing:
        rows = session.execute(select(_DIGEST, tables.SequenceVersion.content).where(_DIGEST.in_(missing)))
        found |= {digest: read_sequence(content) for digest, content in rows}
        if len(_known) > _MOST_KNOWN:
            _known.clear()
        _known.update(found)
    return found
