"""Publishes versions of sequences: what is under way stays with the version that it started on.

Who is affected is said before anything is done; on request they go on in the new version from their next
step on.
"""

from collections.abc import Collection, Iterable, Mapping
from collections.abc import Sequence as Many
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.domain.errors import Conflict, NotFound
from coaching.domain.sequences import Sequence

FIRST = "the first start"
NAMED = 10


@dataclass(frozen=True)
class Walker:
    """A client who is in an older version; `step`: whose letter is planned for them, empty where none is."""

    client_id: UUID
    name: str
    version: int
    step: str


@dataclass(frozen=True)
class Publication:
    """What publishing a version means. `live`: the version that lets clients in until then, or this one.

    `on_their_way`: clients who are in an older version, by the step whose letter is planned for them;
    `first`: the ten of them who began first.
    """

    name: str
    live: int | None
    version: int
    on_their_way: Mapping[str, int]
    first: Many[Walker]

    @property
    def affected(self) -> int:
        """How many clients are on their way through an older version."""
        return sum(self.on_their_way.values())


def unpublished(session: Session, sequences: Iterable[Sequence], *, move: bool = False) -> list[Publication]:
    """Return what there is to publish. Raises Conflict where a published version was changed.

    `move`: also what is live and has clients who are still in an older version, and could go on in this one.
    """
    found = []
    for sequence in sorted(sequences, key=lambda one: one.name):
        live = _live(session, sequence.name)
        _refuse_a_changed_version(session, sequence, live)
        steps, first = _on_their_way(session, sequence), _first(session, sequence)
        if live is None or sequence.version > live or (move and steps):
            found.append(Publication(sequence.name, live, sequence.version, steps, first))
    return found


def publish(
    session: Session, sequences: Collection[Sequence], *, move: bool, actor: str, now: datetime
) -> list[Publication]:
    """Publish what there is to publish, all or nothing; `move`: clients under way go on in the new version.

    Raises Conflict where a published version was changed.
    """
    session.execute(select(func.pg_advisory_xact_lock(func.hashtext("sequences"))))
    publications = unpublished(session, sequences, move=move)
    by_name = {one.name: one for one in sequences}
    for one in publications:
        _add(session, by_name[one.name], actor, now)
        if move:
            session.execute(
                update(tables.Enrollment)
                .where(_is_under_way(one.name, one.version))
                .values(move_to=one.version)
            )
        data = {"name": one.name, "version": one.version, "moved": one.affected if move else 0}
        action = "sequence_moved" if one.live == one.version else "sequence_published"
        session.add(tables.Audit(actor=actor, action=action, data=data, at=now))
    return publications


def publish_first(session: Session, sequences: Iterable[Sequence], *, now: datetime) -> None:
    """Publish the sequences of which there is no version yet; those that there are stay as they are."""
    for sequence in sequences:
        if _live(session, sequence.name) is None:
            _add(session, sequence, FIRST, now)


def retire(session: Session, name: str, *, actor: str, now: datetime) -> int:
    """Let nobody in any more; return how many are still on their way. Raises NotFound.

    A newer version that is published later lets clients in again.
    """
    live = _live(session, name)
    if live is None:
        raise NotFound(f"There is no sequence {name}.")
    session.execute(
        update(tables.SequenceVersion)
        .where(
            tables.SequenceVersion.name == name,
            tables.SequenceVersion.version == live,
            tables.SequenceVersion.retired_at.is_(None),
        )
        .values(retired_at=now)
    )
    session.add(tables.Audit(actor=actor, action="sequence_retired", data={"name": name}, at=now))
    active = select(func.count()).where(
        tables.Enrollment.sequence == name, tables.Enrollment.state == "active"
    )
    return session.scalar(active) or 0


def _live(session: Session, name: str) -> int | None:
    return session.scalar(
        select(func.max(tables.SequenceVersion.version)).where(tables.SequenceVersion.name == name)
    )


def _refuse_a_changed_version(session: Session, sequence: Sequence, live: int | None) -> None:
    if live is None:
        return
    if sequence.version < live:
        raise Conflict(
            f"Sequence {sequence.name}: version {live} is published, the file says {sequence.version}."
        )
    kept = session.get(tables.SequenceVersion, (sequence.name, sequence.version))
    if kept is not None and kept.content != sequence.document:
        raise Conflict(
            f"Sequence {sequence.name}: version {sequence.version} is published and never changes; "
            f"give the changed file version {sequence.version + 1}."
        )


def _is_under_way(name: str, version: int) -> ColumnElement[bool]:
    """Return the condition that somebody goes through an older version, and isn't to go on in this one."""
    row = tables.Enrollment
    moves = row.move_to.is_distinct_from(version)
    return and_(row.sequence == name, row.state == "active", row.version < version, moves)


def _step() -> ColumnElement[str]:
    """Return the step whose letter is planned for an enrollment, empty where none is."""
    planned = (
        select(tables.Message.detail["step"].astext)
        .where(
            tables.Message.recipient_id == tables.Enrollment.client_id,
            tables.Message.family == "drip",
            tables.Message.state == "planned",
            tables.Message.detail["enrollment"].astext == func.text(tables.Enrollment.id),
        )
        .limit(1)
        .scalar_subquery()
    )
    return func.coalesce(planned, "")


def _on_their_way(session: Session, sequence: Sequence) -> dict[str, int]:
    rows = session.execute(
        select(_step().label("step"), func.count())
        .where(_is_under_way(sequence.name, sequence.version))
        .group_by("step")
    )
    return dict(row for row in rows.all())


def _first(session: Session, sequence: Sequence) -> list[Walker]:
    rows = session.execute(
        select(tables.Client.id, tables.Client.name, tables.Enrollment.version, _step())
        .join(tables.Client, tables.Client.id == tables.Enrollment.client_id)
        .where(_is_under_way(sequence.name, sequence.version))
        .order_by(tables.Enrollment.started_at, tables.Enrollment.id)
        .limit(NAMED)
    )
    return [Walker(*row) for row in rows]


def _add(session: Session, sequence: Sequence, actor: str, now: datetime) -> None:
    session.execute(
        insert(tables.SequenceVersion)
        .values(
            name=sequence.name,
            version=sequence.version,
            content=dict(sequence.document),
            published_at=now,
            published_by=actor,
        )
        .on_conflict_do_nothing()
    )
