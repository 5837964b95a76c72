"""Clients who live with a plan for months: how they come to it, and what came to them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from coaching.adapters import tables
from coaching.domain import local_time
from coaching.domain.milestones import Report
from coaching.domain.plan_words import OPEN_MILESTONES
from coaching.domain.relationships import Contact
from coaching.usecases.add_milestone import add_milestone
from coaching.usecases.approve_plan import approve_plan
from coaching.usecases.contacts import note_contact
from coaching.usecases.report_milestone import report_on
from coaching.usecases.submit import submit_assessment
from tests.support.drain import Firm
from tests.support.forms import form
from tests.support.plans import COACH, leaning

COACH_ID = UUID(COACH.removeprefix("coach:"))
MAREN = "maren@firm.example.test"


@dataclass(frozen=True)
class Came:
    """A letter that arrived: when by the reader's clock, which, and the templates of what rode in it."""

    at: datetime
    template: str
    riders: tuple[str, ...]
    text: str

    def __str__(self) -> str:
        rode = f" + {', '.join(self.riders)}" if self.riders else ""
        return f"{self.at:%a %Y-%m-%d %H:%M} {self.template}{rode}"


def join(firm: Firm, name: str, zone: str, *, towards: int = 2, **changes: Any) -> UUID:
    """Let a client of the firm fill in the form; the plan is drafted and approved on the same day."""
    with firm.database.transaction() as session:
        filled = form(
            firm.content,
            email=f"{name.lower()}@example.test",
            name=name,
            time_zone=zone,
            importance={},
            trust="firm",
            confirmed=True,
            **{"answers": leaning(firm.content, towards), **changes},
        )
        done = submit_assessment(session, firm.content, firm.secrets, filled, now=firm.database.at)
        session.merge(tables.Coach(id=COACH_ID, name="Maren Okafor", email=MAREN, email_key=MAREN))
        session.flush()
        session.get_one(tables.Client, done.client_id).coach_id = COACH_ID
    firm.work()
    with firm.database.transaction() as session:
        approve_plan(session, done.client_id, differences=None, actor=COACH, now=firm.database.at)
    firm.work()
    return done.client_id


def know(firm: Firm, client_id: UUID, kind: str, name: str, **fields: Any) -> UUID:
    """Put somebody into the client's network, and have the letters about them planned."""
    with firm.database.transaction() as session:
        from coaching.usecases.relationships import add_relationship

        given = {"kind": kind, "name": name, **fields}
        return add_relationship(session, firm.content, client_id, given, actor=COACH, now=firm.database.at)


def came(firm: Firm, client_id: UUID) -> list[Came]:
    """Return the letters that arrived at a client, in order."""
    with firm.database.transaction() as session:
        client = session.get_one(tables.Client, client_id)
        rows = {row.id: row for row in session.scalars(select(tables.Message))}
        riders: dict[UUID, list[str]] = {}
        for row in rows.values():
            if row.merged_into is not None:
                riders.setdefault(row.merged_into, []).append(row.template)
        return [
            Came(
                local_time.local(one.at, client.time_zone),
                rows[one.message_id].template,
                tuple(sorted(riders.get(one.message_id, ()))),
                one.text,
            )
            for one in firm.mailer.letters
            if one.address == client.email
        ]


def dates(letters: list[Came]) -> list[date]:
    """Return the local dates on which letters came that took attention, in order."""
    return [one.at.date() for one in letters if not one.template.startswith("report")]


def reach_next(firm: Firm, client_id: UUID) -> None:
    """Let a client reach the step that is due first."""
    with firm.database.transaction() as session:
        step = session.scalars(
            select(tables.Milestone.id)
            .where(tables.Milestone.client_id == client_id, tables.Milestone.state.in_(OPEN_MILESTONES))
            .order_by(tables.Milestone.due_on, tables.Milestone.id)
            .limit(1)
        ).one_or_none()
        if step is not None:
            report_on(session, firm.content, step, Report("reached"), actor=COACH, now=firm.database.at)


def meet(firm: Firm, relationship_id: UUID, zone: str, note: str | None = None) -> None:
    """Log that a client met somebody today."""
    with firm.database.transaction() as session:
        contact = Contact(local_time.local(firm.database.at, zone).date(), "met", note)
        note_contact(session, relationship_id, contact, actor=COACH, now=firm.database.at)


def ask_for(firm: Firm, client_id: UUID, title: str, due_on: date) -> None:
    """Let the coach add a step."""
    with firm.database.transaction() as session:
        given = {"kind": title.lower().replace(" ", "-"), "title": title, "detail": "", "due_on": due_on}
        add_milestone(session, firm.content, client_id, given, actor=COACH, now=firm.database.at)
