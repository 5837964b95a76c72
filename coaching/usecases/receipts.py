"""Takes in what SendGrid reports back: each report once, in any order, however often it is repeated.

Reports of one post are worked off together, in few statements. What they lock comes in the same order for
everybody: the fence, receipts by their keys, batches, messages by their ids. So two posts of the same events
at the same moment can only wait for each other, never for ever.
"""

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from coaching.usecases.close_addresses import close_addresses, may_close
from coaching.usecases.fates import move_fates
from coaching.usecases.machine_clicks import mark_machines
from coaching.usecases.read_reports import Report, read_reports
from coaching.usecases.settle import settle_attempts
from coaching.usecases.suppressions import close_fence

__all__ = ["Report", "read_reports", "record_receipts"]

# One array a column: some hundred reports are one statement of seven values, always the same.
_KEEP = text(
    """
    INSERT INTO receipt (message_id, attempt_id, address_hash, kind, at, link, detail)
    SELECT * FROM ROWS FROM (
        unnest(
            CAST(:message_ids AS uuid[]), CAST(:attempt_ids AS uuid[]), CAST(:address_hashes AS bytea[]),
            CAST(:kinds AS text[]), CAST(:ats AS timestamptz[]), CAST(:links AS bytea[])
        ),
        jsonb_array_elements(CAST(:details AS jsonb))
    ) AS told
    ON CONFLICT DO NOTHING
    RETURNING message_id, address_hash, kind, at, link
    """
)


def record_receipts(session: Session, reports: Sequence[Report], *, now: datetime) -> int:
    """Store reports that are new and see to what they say; return how many were new.

    Call it before anything is locked in this transaction: it may close the fence.
    """
    if any(may_close(report) for report in reports):
        close_fence(session)
    new = _keep(session, reports)
    # Also by repeats: a second attempt's report can be the twin of one that the first attempt brought.
    settle_attempts(session, {report.attempt_id for report in reports if report.attempt_id}, now)
    close_addresses(session, new, now=now)
    move_fates(session, new)
    mark_machines(session, new)
    return len(new)


def _keep(session: Session, reports: Sequence[Report]) -> list[Report]:
    """Insert reports, each once; return those that nobody had inserted before."""
    unique = {_key(report): report for report in reports}
    if not unique:
        return []
    rows = sorted(unique.values(), key=_order)
    added = session.execute(
        _KEEP,
        {
            "message_ids": [row.message_id for row in rows],
            "attempt_ids": [row.attempt_id for row in rows],
            "address_hashes": [row.address_hash for row in rows],
            "kinds": [row.kind for row in rows],
            "ats": [row.at for row in rows],
            "links": [row.link for row in rows],
            "details": json.dumps([row.detail for row in rows]),
        },
    ).all()
    if len(added) == len(rows):
        return rows
    return [unique[key] for key in map(tuple, added)]


def _key(report: Report) -> tuple[object, ...]:
    return report.message_id, report.address_hash, report.kind, report.at, report.link


def _order(report: Report) -> tuple[bytes, bytes, str, datetime, bytes]:
    """The order in which rows are inserted, the same for everybody."""
    message_id = report.message_id.bytes if report.message_id else b""
    return message_id, report.address_hash or b"", report.kind, report.at, report.link or b""
