"""Finds clients, milestones and kept reports by the names that the firm's programs use for them."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, aliased

from coaching.adapters import tables
from coaching.adapters.tables.plan import given_name
from coaching.domain.plan_words import OPEN_MILESTONES
from coaching.usecases.plan_rows import is_the_clients_own

AT_ONCE = 200


def find_client(session: Session, name: Mapping[str, str]) -> UUID | None:
    """Lock and return the client of this `email`, spelt as a mailbox key, or `ref`.

    Locked, so that whoever is adding a milestone of theirs is waited for, or waits and then finds the report.
    """
    known = tables.Client.email_key == name["email"] if "email" in name else tables.Client.ref == name["ref"]
    return session.scalar(select(tables.Client.id).where(known).with_for_update(key_share=True))


def find_milestone(session: Session, client_id: UUID, name: Mapping[str, str]) -> UUID | None:
    """Return the client's milestone of this `ref` or `kind`.

    Of several of a kind, one still to be done comes first, then the newest; a plan that is completed, where
    nothing changes any more, comes last. What is merely proposed, beside a plan that runs or in one that
    another has taken the place of, is nobody's: who reports it early is heard once it is in the plan.
    """
    column = tables.Milestone.ref if "ref" in name else tables.Milestone.kind
    return session.scalar(
        select(tables.Milestone.id)
        .join(tables.Plan, tables.Plan.id == tables.Milestone.plan_id)
        .join(tables.Submission, tables.Submission.id == tables.Plan.submission_id)
        .where(tables.Milestone.client_id == client_id, column == next(iter(name.values())))
        .where(_counts(client_id))
        .order_by(
            tables.Plan.state == "completed",
            tables.Milestone.state.in_(OPEN_MILESTONES).desc(),
            tables.Milestone.created_at.desc(),
            tables.Milestone.id.desc(),
        )
        .limit(1)
    )


def _counts(client_id: UUID) -> ColumnElement[bool]:
    running = aliased(tables.Plan)
    runs = select(running.id).where(running.client_id == client_id, running.state == "active").exists()
    return or_(
        tables.Plan.state.in_(("active", "completed")),
        (tables.Plan.state == "draft") & is_the_clients_own() & ~runs,
    )


def waiting_reports(session: Session, client: tables.Client) -> Sequence[tables.MilestoneReport]:
    """Lock and return what was reported of this client and has no milestone yet, in the order it happened.

    Up to 200; not those that name none of the client's milestones, once it is known whose they are.
    """
    table, step = tables.MilestoneReport, tables.Milestone
    named: list[ColumnElement[bool]] = [
        table.client_id == client.id,
        given_name("email") == client.email_key,
    ]
    if client.ref is not None:
        named.append(given_name("ref") == client.ref)
    about = select(step.id).where(
        step.client_id == client.id,
        or_(
            step.ref == table.given["milestone"]["ref"].astext,
            step.kind == table.given["milestone"]["kind"].astext,
        ),
    )
    return session.scalars(
        select(table)
        .where(table.milestone_id.is_(None), or_(*named), or_(table.client_id.is_(None), about.exists()))
        .order_by(table.at, table.id)
        .limit(AT_ONCE)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def list_reports(
    session: Session,
    *,
    unmatched: bool | None = None,
    refused: bool | None = None,
    milestone: UUID | None = None,
    client: UUID | None = None,
    after: UUID | None = None,
    limit: int = 50,
) -> tuple[Sequence[tables.MilestoneReport], UUID | None]:
    """Return a page of reports in the order they came in, and the cursor of the next page if there is one.

    unmatched: only those that have no milestone yet, or only the others; refused: the same for those whose
    milestone couldn't take them.
    """
    table = tables.MilestoneReport
    query = select(table).order_by(table.id).limit(limit + 1).execution_options(populate_existing=True)
    for column, wanted in ((table.milestone_id, unmatched), (table.refused, _not(refused))):
        if wanted is not None:
            query = query.where(column.is_(None) if wanted else column.is_not(None))
    if milestone is not None:
        query = query.where(table.milestone_id == milestone)
    if client is not None:
        query = query.where(table.client_id == client)
    if after is not None:
        query = query.where(table.id > after)
    found = session.scalars(query).all()
    page = found[:limit]
    return page, page[-1].id if len(found) > limit else None


def _not(value: bool | None) -> bool | None:
    return None if value is None else not value
