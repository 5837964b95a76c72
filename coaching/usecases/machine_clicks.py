"""Marks the opens and clicks that machines made, whatever order the reports about a letter come in."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import any_, bindparam, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as UUID_
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.domain.machine_clicks import ACTS, ARRIVALS, Trace, machine_made
from coaching.usecases.read_reports import Report

_TELLING = (*ACTS, *ARRIVALS)
_IDS = bindparam("ids", type_=ARRAY(UUID_(as_uuid=True)))
# Most posts report deliveries of letters that nobody has opened yet: this look is all that they cost.
_ACTED_ON = (
    select(tables.Receipt.message_id)
    .where(tables.Receipt.message_id == any_(_IDS), tables.Receipt.kind.in_(ACTS))
    .distinct()
)


def mark_machines(session: Session, new: Sequence[Report]) -> None:
    """Judge the opens and clicks of these letters again, now that more is known. The letters are locked."""
    named = {report.message_id for report in new if report.kind in _TELLING and report.message_id is not None}
    if not named:
        return
    acted_on = session.scalars(_ACTED_ON, {"ids": list(named)}).all()
    if not acted_on:
        return
    changed = _judge(session, [one for one in acted_on if one is not None])
    for machine in (True, False):
        if changed[machine]:
            session.execute(
                update(tables.Receipt)
                .where(tables.Receipt.id == any_(_IDS))
                .values(machine=machine)
                .execution_options(synchronize_session=False),
                {"ids": changed[machine]},
            )


def _judge(session: Session, message_ids: Collection[UUID]) -> dict[bool, list[UUID]]:
    """Return the receipts whose mark is wrong, by what it should be."""
    told = tables.Receipt
    rows = session.execute(
        select(told.message_id, told.id, told.kind, told.at, told.link, told.detail, told.machine).where(
            told.message_id == any_(_IDS), told.kind.in_(_TELLING)
        ),
        {"ids": list(message_ids)},
    ).all()
    letters: dict[UUID, list[Trace]] = defaultdict(list)
    marked = set()
    for row in rows:
        letters[row.message_id].append(_trace(row.id, row.kind, row.at, row.link, row.detail))
        if row.machine:
            marked.add(row.id)
    machines = {one for traces in letters.values() for one in machine_made(traces)}
    return {True: list(machines - marked), False: list(marked - machines)}


def _trace(id_: UUID, kind: str, at: datetime, link: bytes | None, detail: Mapping[str, str]) -> Trace:
    return Trace(id_, kind, at, link, detail.get("useragent", ""), detail.get("sg_machine_open") == "true")
