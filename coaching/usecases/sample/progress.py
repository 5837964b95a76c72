"""How far a made-up client has come: the agreed plan, its milestones, the people around them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.domain import local_time
from coaching.domain.events import EventKind
from coaching.domain.plan_words import FIND_A_MENTOR, OPEN_MILESTONES
from coaching.usecases.facts import record
from coaching.usecases.mind_drafts import BY_RULE, next_look
from coaching.usecases.plan_rows import running_plan
from coaching.usecases.plan_versions import keep_version
from coaching.usecases.relationship_rows import MENTOR, has_mentor
from coaching.usecases.sample.caseload import Person

_LATER_PLAN_AGREED_AFTER = timedelta(days=1)


def go_on(session: Session, person: Person, client_id: UUID, *, now: datetime) -> None:
    """Bring plan, milestones and relationships to where they stand today."""
    plans = _own_plans(session, client_id)
    if plans and person.approved is not None:
        plan, *later = plans
        _agree(session, plan, person, plan.created_at + timedelta(days=person.approved))
        _walk(session, plan, person, now)
        for newer in later:
            _replace(session, plan, newer, person)
            plan = newer
    for waiting in (plan for plan in plans if plan.state == "draft"):
        # As if drafted now, so that there is something to approve on the first days.
        waiting.look_at = next_look(session.get_one(tables.Client, client_id), now)
    _add_ties(session, person, client_id, now)
    session.flush()
    _settle_finding(session, client_id)


def _own_plans(session: Session, client_id: UUID) -> Sequence[tables.Plan]:
    """The plans of the client's own forms, oldest first; what a stranger sent in is not theirs."""
    return session.scalars(
        select(tables.Plan)
        .join(tables.Submission, tables.Submission.id == tables.Plan.submission_id)
        .where(
            tables.Plan.client_id == client_id,
            tables.Submission.disowned_at.is_(None),
            or_(tables.Submission.accepted_at.is_not(None), ~tables.Submission.known_address),
        )
        .order_by(tables.Submission.at)
    ).all()


def _agree(session: Session, plan: tables.Plan, person: Person, at: datetime) -> None:
    plan.state, plan.approved_at, plan.approved_by = "active", at, BY_RULE
    plan.starts_on, plan.look_at = local_time.local(at, person.zone).date(), None
    keep_version(session, plan, actor=BY_RULE, now=at)
    record(session, EventKind.PLAN_APPROVED, plan.id, client_id=plan.client_id, now=at, version=plan.version)


def _milestones(session: Session, plan: tables.Plan) -> Sequence[tables.Milestone]:
    return session.scalars(
        select(tables.Milestone)
        .where(tables.Milestone.plan_id == plan.id)
        .order_by(tables.Milestone.due_on, tables.Milestone.position)
    ).all()


def _walk(session: Session, plan: tables.Plan, person: Person, now: datetime) -> None:
    """Reach, start or drop as many as content/sample/ says; the rest is active, some of it overdue by now."""
    milestones = _milestones(session, plan)
    assert plan.approved_at is not None
    reached = len(milestones) if person.done else person.reached
    step = (now - plan.approved_at) / (reached + 1)
    states = ["reached"] * reached + ["started"] * person.started + ["dropped"] * person.dropped
    for place, milestone in enumerate(milestones):
        milestone.state = states[place] if place < len(states) else "active"
        if milestone.state == "reached":
            milestone.reached_at = plan.approved_at + step * (place + 1)
    if person.done:
        plan.state, plan.completed_at = "completed", plan.approved_at + step * reached
    session.flush()


def _replace(session: Session, old: tables.Plan, new: tables.Plan, person: Person) -> None:
    """The newer answers' plan takes over; what the older one had left open is dropped."""
    old.state = "superseded"
    session.flush()
    for milestone in _milestones(session, old):
        if milestone.state != "reached":
            milestone.state = "dropped"
    _agree(session, new, person, new.created_at + _LATER_PLAN_AGREED_AFTER)
    for milestone in _milestones(session, new):
        milestone.state = "active"
    session.flush()


def _settle_finding(session: Session, client_id: UUID) -> None:
    """Who has a mentor has reached the step of finding one, on the day they met or the plan began."""
    plan = running_plan(session, client_id)
    if plan is None or not has_mentor(session, client_id):
        return
    met = select(func.min(tables.Relationship.created_at)).where(
        tables.Relationship.client_id == client_id, tables.Relationship.kind == MENTOR
    )
    for step in _milestones(session, plan):
        if step.kind == FIND_A_MENTOR and step.state in OPEN_MILESTONES:
            step.state = "reached"
            step.reached_at = max(one for one in (session.scalar(met), plan.approved_at) if one is not None)
    session.flush()


def _add_ties(session: Session, person: Person, client_id: UUID, now: datetime) -> None:
    today = local_time.local(now, person.zone).date()
    session.add_all(
        tables.Relationship(
            client_id=client_id,
            kind=tie.kind,
            name=tie.name,
            cadence_days=tie.every,
            starts_on=today - timedelta(days=tie.since),
            last_contact_on=None if tie.met is None else today - timedelta(days=tie.met),
            last_note=tie.note,
            state=tie.state,
            created_at=now - timedelta(days=tie.since),
        )
        for tie in person.ties
    )
