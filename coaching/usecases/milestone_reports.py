"""Takes in reports that name client and milestone in the sender's own words; what matches nothing is kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.content import Content
from coaching.adapters.mailboxes import checked_address
from coaching.domain.addresses import mailbox_key
from coaching.domain.errors import Conflict, NotFound, Refused
from coaching.domain.events import EventKind
from coaching.domain.milestones import Report, check_report
from coaching.usecases.acts import note_act
from coaching.usecases.facts import record
from coaching.usecases.milestone_names import find_client, find_milestone, waiting_reports
from coaching.usecases.plan_rows import lock_client
from coaching.usecases.report_milestone import Held, hold_milestone, new_line, tell


@dataclass(frozen=True)
class Taken:
    """What became of a report. `milestone_id` None: it waits. `refused`: why it changed nothing.

    `line`: the report as it is kept; None where it said what was known already.
    """

    line: tables.MilestoneReport | None
    milestone_id: UUID | None = None
    refused: str | None = None


def take_report(
    session: Session,
    content: Content,
    names: Mapping[str, Mapping[str, str]],
    report: Report,
    *,
    actor: str,
    now: datetime,
) -> Taken:
    """Let a report change the milestone it names. It is kept if there is none, or its state doesn't allow it.

    names: `client` by `email` or `ref`, `milestone` by `ref` or `kind`. Raises Refused by field.
    """
    check_report(report, now=now)
    client_name = _comparable(names["client"])
    client_id = find_client(session, client_name)
    found = client_id and find_milestone(session, client_id, names["milestone"])
    line = new_line(report, actor=actor, now=now, milestone=dict(names["milestone"]))
    line.client_id = client_id
    if client_id is None:
        line.given = {**line.given, "client": client_name}
    if found is None:
        return Taken(_keep_waiting(session, line, now))
    held = hold_milestone(session, found)
    line.milestone_id = held.row.id
    try:
        undo = tell(session, content, held, line, actor=actor, now=now)
    except Conflict as error:
        line.refused = str(error)
        kept, _ = _keep(session, line)
        return Taken(kept, held.row.id, kept.refused)
    return Taken(line if undo.after != undo.before else None, held.row.id)


def match_report(
    session: Session,
    content: Content,
    report_id: UUID,
    milestone_id: UUID,
    *,
    actor: str,
    now: datetime,
) -> Taken:
    """Give a report that changed nothing so far to this milestone, where it does what it would have done.

    A repeat changes nothing. Raises NotFound; Conflict if it is another milestone's, or this one's state
    doesn't allow it; Refused by field. It then waits on.
    """
    held = hold_milestone(session, milestone_id)
    line = session.get(tables.MilestoneReport, report_id, populate_existing=True, with_for_update=True)
    if line is None:
        raise NotFound("There is no report of this id.")
    if line.milestone_id is not None and line.refused is None:
        if line.milestone_id == milestone_id:
            return Taken(line, milestone_id)
        raise Conflict("This report has been given to another milestone already.")
    if line.client_id not in {None, held.client.id}:
        raise Refused({"milestone": ["This is another client's; choose a milestone of the same client."]})
    tell(session, content, held, line, actor=actor, now=now)
    _give(line, held)
    matched = {"report": str(line.id)}
    session.add(
        tables.Audit(
            actor=actor, action="milestone_report_matched", subject_id=milestone_id, data=matched, at=now
        )
    )
    session.flush()
    return Taken(line, milestone_id)


def match_waiting(session: Session, content: Content, client_id: UUID, *, now: datetime) -> int:
    """Give reports that waited for this client, or for a milestone of theirs, where they belong.

    Returns how many found their milestone; one that it can't take any more is kept beside it with the reason.
    A second call changes nothing.
    """
    client = lock_client(session, client_id)
    matched = 0
    for line in waiting_reports(session, client):
        _give(line, client)
        found = find_milestone(session, client_id, line.given["milestone"])
        if found is None:
            continue
        matched += 1
        held = hold_milestone(session, found)
        _give(line, held)
        try:
            tell(session, content, held, line, actor="rule", now=now)
        except (Conflict, Refused) as error:
            line.refused = str(error)
        session.flush()
    session.flush()
    return matched


def _comparable(name: Mapping[str, str]) -> dict[str, str]:
    if "email" not in name:
        return dict(name)
    try:
        return {"email": mailbox_key(checked_address(name["email"]))}
    except ValueError as error:
        raise Refused({"client.email": [str(error)]}) from error


def _give(line: tables.MilestoneReport, owner: Held | tables.Client) -> None:
    """Note whose report it is; by what name the client went, perhaps an address, is needed no more."""
    client = owner.client if isinstance(owner, Held) else owner
    line.client_id = client.id
    line.given = {key: value for key, value in line.given.items() if key != "client"}
    if isinstance(owner, Held):
        line.milestone_id, line.refused = owner.row.id, None


def _keep_waiting(session: Session, line: tables.MilestoneReport, now: datetime) -> tables.MilestoneReport:
    kept, is_new = _keep(session, line)
    if is_new:
        record(session, EventKind.MILESTONE_REPORT_UNMATCHED, kept.id, client_id=kept.client_id, now=now)
    if is_new and kept.client_id is not None:
        note_act(session, kept.client_id, now=now)  # they did something, whatever it was
    return kept


def _keep(session: Session, line: tables.MilestoneReport) -> tuple[tables.MilestoneReport, bool]:
    """Add the line, unless the same was kept before: programs send again what they got no answer to."""
    table = tables.MilestoneReport
    names = ("milestone_id", "client_id", "kind", "at", "due_on", "note", "decision", "given")
    same = [getattr(table, name).is_not_distinct_from(getattr(line, name)) for name in names]
    known = session.scalars(select(table).where(*same).limit(1)).first()
    if known is not None:
        return known, False
    session.add(line)
    session.flush()
    return line, True
