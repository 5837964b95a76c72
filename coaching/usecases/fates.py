"""Moves the fates of letters on, as reports tell more of them; never back."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from coaching.domain.ledger import FATES
from coaching.usecases.read_reports import Report

FATE_OF = {
    "processed": "processed",
    "deferred": "deferred",
    "delivered": "delivered",
    "dropped": "dropped",
    "bounce": "bounced",
    "unsubscribe": "unsubscribed",
    "group_unsubscribe": "unsubscribed",
    "spamreport": "complained",
}
_RANK_OF = {kind: FATES.index(fate) + 1 for kind, fate in FATE_OF.items()}

_LOCK = text(
    """
    SELECT count(*) FROM (
        SELECT FROM message WHERE id = ANY(CAST(:ids AS uuid[])) ORDER BY id FOR NO KEY UPDATE
    ) AS locked
    """
)
# `ladder` is FATES; PostgreSQL counts from 1.
_MOVE = text(
    """
    UPDATE message SET fate = (CAST(:ladder AS text[]))[told.rank], fate_at = told.at
    FROM unnest(CAST(:ids AS uuid[]), CAST(:ranks AS int[]), CAST(:ats AS timestamptz[]))
        AS told (id, rank, at)
    WHERE message.id = told.id AND (
        message.fate IS NULL
        OR told.rank > array_position(CAST(:ladder AS text[]), message.fate)
        OR told.rank = array_position(CAST(:ladder AS text[]), message.fate) AND told.at < message.fate_at
    )
    """
)


def move_fates(session: Session, reports: Sequence[Report]) -> None:
    """Write down the most telling fate that was reported of each letter, and when it was first so.

    Every letter named in the reports is locked until the transaction ends, in the order of ids, also those
    whose fate stays: what follows from several reports can then be seen whole (`mark_machines`).
    """
    named = {report.message_id for report in reports if report.message_id is not None}
    if not named:
        return
    session.execute(_LOCK, {"ids": list(named)})
    best = _best(reports)
    if best:
        ranks, ats = zip(*best.values(), strict=True)
        told = {"ids": list(best), "ranks": list(ranks), "ats": list(ats)}
        session.execute(_MOVE, told | {"ladder": list(FATES)})


def _best(reports: Sequence[Report]) -> dict[UUID, tuple[int, datetime]]:
    best: dict[UUID, tuple[int, datetime]] = {}
    for report in reports:
        rank = _RANK_OF.get(report.kind)
        if rank is None or report.message_id is None:
            continue
        known = best.get(report.message_id)
        if known is None or (rank, known[1]) > (known[0], report.at):
            best[report.message_id] = rank, report.at
    return best
