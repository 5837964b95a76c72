"""Loads what the letters of a batch are about, as it stands now, with a handful of queries for them all."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.secrets import Secrets
from coaching.domain import local_time
from coaching.domain.plan_words import OPEN_MILESTONES
from coaching.usecases.compose import report_tokens


@dataclass(frozen=True)
class PlanLetter:
    """One letter of a plan: whose it is, what it is about, and which day it is where they live."""

    message_id: UUID
    template: str
    client_id: UUID
    detail: Mapping[str, Any]
    merged_into: UUID | None
    rhythm: str
    today: date

    @property
    def touches(self) -> tuple[UUID, ...]:
        """The relationships that a week proposes, in its order."""
        return tuple(UUID(one) for one in self.detail.get("touches", ()))

    @property
    def touch_goal(self) -> int:
        """How many people the plan would have written to each week; 0 where it says nothing of it."""
        return int(self.detail.get("touch_goal", 0))

    @property
    def finds_event(self) -> bool:
        """Whether it is time to look for an event."""
        return bool(self.detail.get("find_event", False))

    def is_about(self, milestone_id: UUID) -> bool:
        """Tell whether it is about this milestone."""
        return bool(self.detail.get("milestone") == str(milestone_id))


@dataclass(frozen=True)
class Matter:
    """What there is to write about. `running`: the plan that runs, by client; `tokens`: by submission.

    `open_steps`: of each plan, those still to be done, the one due first before the others. `people`: how
    many a client has to write to, asked for where a week has a goal.
    """

    letters: Mapping[UUID, PlanLetter] = field(default_factory=dict)
    riding: Mapping[UUID, Sequence[PlanLetter]] = field(default_factory=dict)
    milestones: Mapping[UUID, tables.Milestone] = field(default_factory=dict)
    open_steps: Mapping[UUID, Sequence[tables.Milestone]] = field(default_factory=dict)
    relationships: Mapping[UUID, tables.Relationship] = field(default_factory=dict)
    plans: Mapping[UUID, tables.Plan] = field(default_factory=dict)
    running: Mapping[UUID, tables.Plan] = field(default_factory=dict)
    reached: Mapping[UUID, int] = field(default_factory=dict)
    people: Mapping[UUID, int] = field(default_factory=dict)
    tokens: Mapping[UUID, str] = field(default_factory=dict)


def load_matter(
    session: Session, message_ids: Collection[UUID], secrets: Secrets, *, now: datetime
) -> Matter:
    """Return what these letters, and those that ride in them, are about; what is gone is not in it."""
    letters = _letters(session, message_ids, now)
    clients = {one.client_id for one in letters}
    milestones = _milestones(session, clients, _ids(letters, "milestone"))
    named = {row.plan_id for row in milestones} | _ids(letters, "plan")
    plans = _plans(session, clients, named)
    ties = _ids(letters, "relationship") | {one for each in letters for one in each.touches}
    return Matter(
        letters={one.message_id: one for one in letters if one.merged_into is None},
        riding=_by_host(letters),
        milestones={row.id: row for row in milestones},
        open_steps=_open_steps(milestones),
        relationships={row.id: row for row in _relationships(session, ties)},
        plans={row.id: row for row in plans},
        running={row.client_id: row for row in plans if row.state == "active"},
        reached=_reached(session, named),
        people=_people(session, {one.client_id for one in letters if one.touch_goal}),
        tokens=report_tokens(session, [row.submission_id for row in plans], secrets),
    )


def _letters(session: Session, message_ids: Collection[UUID], now: datetime) -> list[PlanLetter]:
    riding = and_(tables.Message.merged_into.in_(message_ids), tables.Message.state == "merged")
    rows = session.execute(
        select(
            tables.Message.id,
            tables.Message.template,
            tables.Message.recipient_id,
            tables.Message.detail,
            tables.Message.merged_into,
            tables.Client.rhythm,
            tables.Client.time_zone,
        )
        .join(tables.Client, tables.Client.id == tables.Message.recipient_id)
        .where(or_(tables.Message.id.in_(message_ids), riding))
        .order_by(tables.Message.rank, tables.Message.due_at, tables.Message.id)
    )
    return [
        PlanLetter(
            message_id, template, client_id, detail, host, rhythm, today=local_time.local(now, zone).date()
        )
        for message_id, template, client_id, detail, host, rhythm, zone in rows
    ]


def _milestones(
    session: Session, clients: Collection[UUID], named: Collection[UUID]
) -> Sequence[tables.Milestone]:
    still_open = and_(tables.Milestone.client_id.in_(clients), tables.Milestone.state.in_(OPEN_MILESTONES))
    return session.scalars(
        select(tables.Milestone)
        .where(or_(tables.Milestone.id.in_(named), still_open))
        .order_by(tables.Milestone.due_on, tables.Milestone.id)
        .execution_options(populate_existing=True)
    ).all()


def _plans(session: Session, clients: Collection[UUID], named: Collection[UUID]) -> Sequence[tables.Plan]:
    running = and_(tables.Plan.client_id.in_(clients), tables.Plan.state == "active")
    return session.scalars(
        select(tables.Plan)
        .where(or_(tables.Plan.id.in_(named), running))
        .execution_options(populate_existing=True)
    ).all()


def _relationships(session: Session, named: Collection[UUID]) -> Sequence[tables.Relationship]:
    if not named:
        return ()
    return session.scalars(
        select(tables.Relationship)
        .where(tables.Relationship.id.in_(named))
        .execution_options(populate_existing=True)
    ).all()


def _reached(session: Session, plans: Collection[UUID]) -> dict[UUID, int]:
    rows = session.execute(
        select(tables.Milestone.plan_id, func.count())
        .where(tables.Milestone.plan_id.in_(plans), tables.Milestone.state == "reached")
        .group_by(tables.Milestone.plan_id)
    )
    return dict(rows.all())


def _people(session: Session, clients: Collection[UUID]) -> dict[UUID, int]:
    if not clients:
        return {}
    rows = session.execute(
        select(tables.Relationship.client_id, func.count())
        .where(
            tables.Relationship.client_id.in_(clients),
            tables.Relationship.kind != "event",
            tables.Relationship.state != "ended",
        )
        .group_by(tables.Relationship.client_id)
    )
    return dict(rows.all())


def _ids(letters: Collection[PlanLetter], key: str) -> set[UUID]:
    return {UUID(one.detail[key]) for one in letters if one.detail.get(key)}


def _by_host(letters: Collection[PlanLetter]) -> dict[UUID, list[PlanLetter]]:
    found: dict[UUID, list[PlanLetter]] = defaultdict(list)
    for one in letters:
        if one.merged_into is not None:
            found[one.merged_into].append(one)
    return found


def _open_steps(milestones: Collection[tables.Milestone]) -> dict[UUID, list[tables.Milestone]]:
    found: dict[UUID, list[tables.Milestone]] = defaultdict(list)
    for row in milestones:
        if row.state in OPEN_MILESTONES:
            found[row.plan_id].append(row)
    return found
