"""Clients at different points of the way, for tests of pages: submitted, scored, written to."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import func, select

from coaching.adapters import tables
from coaching.adapters.database import now
from coaching.adapters.house import House
from coaching.domain import links
from coaching.domain.links import Purpose
from coaching.reactions import Reactions
from coaching.usecases.coaches import add_coach
from coaching.usecases.facts import drain
from coaching.usecases.submit import NewSubmission, Submitted, submit_assessment


@dataclass(frozen=True)
class Caseload:
    """Does what forms and workers do, with the same use cases."""

    house: House

    def submitted(self, **changes: object) -> Submitted:
        """Send in a form as Ana did, but for some changes."""
        instrument = self.house.content.instrument("job-career")
        ana = NewSubmission(
            instrument="job-career",
            email="ana@example.test",
            name="Ana Silva",
            time_zone="Europe/Paris",
            stage="pivoting",
            answers={item: place * 7 % 6 + 1 for place, item in enumerate(instrument.item_ids)},
            importance={"networks": 5},
            question="Do I stay and push for the team lead role, or go?",
            consent_profiling=True,
            consent_email=True,
            consent_text_version="2026-11",
            source="intake-form",
            visit=uuid4(),
        )
        with self.house.database.transaction() as session:
            return submit_assessment(
                session,
                self.house.content,
                self.house.secrets,
                replace(ana, **changes),  # type: ignore[arg-type]  # any field of the form
                now=now(session),
            )

    def worked_out(self) -> None:
        """Do what the worker does with every fact that waits: score, draft, plan letters."""
        react = Reactions(self.house.content, self.house.may_write_to)
        taken = 1
        while taken:
            with self.house.database.transaction() as session:
                taken = drain(session, react, now=now(session) + timedelta(seconds=1))

    def reported(self, **changes: object) -> Submitted:
        """Send in a form and have it worked out."""
        done = self.submitted(**changes)
        self.worked_out()
        return done

    def link(self, purpose: Purpose, done: Submitted, template: str = "report") -> str:
        """Return the token that stands in a letter about a submission."""
        with self.house.database.transaction() as session:
            message_id = session.scalars(
                select(tables.Message.id).where(
                    tables.Message.template == template,
                    tables.Message.detail["submission"].astext == str(done.submission_id),
                )
            ).one()
        return links.sign(self.house.secrets.keys, purpose, message_id)

    def coach(self, *, admin: bool = True) -> str:
        """Add a coach and return the token of the sign-in link."""
        with self.house.database.transaction() as session:
            return add_coach(
                session,
                self.house.secrets,
                email="jo@example.test",
                name="Jo Lindqvist",
                admin=admin,
                now=now(session),
            )

    def stored(self) -> tuple[object, ...]:
        """Return everything that looking at a page could have changed."""
        with self.house.database.transaction() as session:
            counts = [
                session.scalar(select(func.count()).select_from(table))
                for table in (tables.Client, tables.Event, tables.Suppression, tables.Audit, tables.Consent)
            ]
            verdicts = session.execute(
                select(tables.Submission.id, tables.Submission.accepted_at, tables.Submission.disowned_at)
            ).all()
            confirmed = session.scalars(select(tables.Client.confirmed_at)).all()
            used = session.scalars(select(tables.AccessToken.used_at)).all()
        return (*counts, sorted(map(str, verdicts)), sorted(map(str, confirmed)), sorted(map(str, used)))

    def confirmed_at(self, client_id: UUID) -> datetime | None:
        """Return when the client's address was confirmed."""
        with self.house.database.transaction() as session:
            return session.get_one(tables.Client, client_id).confirmed_at
