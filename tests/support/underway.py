"""A client whose plan is under way, and letters about it, put straight into the tables."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.secrets import Secrets
from coaching.domain import links, local_time
from coaching.domain.ledger import TRANSACTIONAL
from coaching.domain.links import Purpose
from tests.support.ledger import agree, put_client, put_letter

ZONE = "Europe/Paris"
DAY = timedelta(days=1)
FAMILIES = {"mentor-nudge": "mentoring", "keep-in-touch": "networking", "touches": "networking"}


@dataclass(frozen=True)
class Underway:
    """One client and their plan; each call adds a row and returns its id."""

    secrets: Secrets
    client_id: UUID
    plan_id: UUID
    now: datetime

    def milestone(self, session: Session, **changes: Any) -> UUID:
        """Add a milestone that is active and due in ten days."""
        today = local_time.local(self.now, ZONE).date()
        values: dict[str, Any] = {
            "plan_id": self.plan_id,
            "client_id": self.client_id,
            "kind": "contacts-list",
            "position": 1,
            "title": "List 20 contacts",
            "detail": "Names from work, study and life.",
            "why": "Networks came out low.",
            "state": "active",
            "due_on": today + 10 * DAY,
            **changes,
        }
        return self._add(session, tables.Milestone(**values))

    def relationship(self, session: Session, **changes: Any) -> UUID:
        """Add a mentor to talk with every 28 days, last seen 30 days ago."""
        today = local_time.local(self.now, ZONE).date()
        values: dict[str, Any] = {
            "client_id": self.client_id,
            "kind": "mentor",
            "name": "Bo Larsen",
            "cadence_days": 28,
            "starts_on": today - 60 * DAY,
            "last_contact_on": today - 30 * DAY,
            **changes,
        }
        return self._add(session, tables.Relationship(**values))

    def letter(self, session: Session, template: str, **detail: Any) -> UUID:
        """Add a letter that is about this; ids become strings, as the engine writes them."""
        about = {
            key: [str(one) for one in value] if isinstance(value, list) else str(value)
            for key, value in detail.items()
        }
        slot = f"{template}:{sorted(about.items())}"
        family = FAMILIES.get(template, "milestone")
        row = put_letter(
            session, self.client_id, self.now, template=template, family=family, slot_key=slot, detail=about
        )
        return row.id

    def token(self, purpose: Purpose, message_id: UUID) -> str:
        """Return the link that stands in a letter."""
        return links.sign(self.secrets.keys, purpose, message_id)

    @staticmethod
    def _add(session: Session, row: Any) -> UUID:
        session.add(row)
        session.flush()
        added: UUID = row.id
        return added


def put_underway(session: Session, secrets: Secrets, now: datetime, **client: Any) -> Underway:
    """Add a confirmed client who agreed to letters, with a plan that began a week ago."""
    client_id = put_client(session, secrets, time_zone=ZONE, confirmed_at=now - 8 * DAY, **client)
    agree(session, client_id, now - 8 * DAY)
    submission = tables.Submission(
        client_id=client_id,
        instrument="job-career",
        version=1,
        answers={},
        claimed={},
        letters_wanted=True,
        known_address=False,
        source="test",
        trust="public",
        at=now - 8 * DAY,
        accepted_at=now - 8 * DAY,
    )
    session.add(submission)
    session.flush()
    score = tables.Score(submission_id=submission.id, rule_version="1", norms_version="1", result={})
    session.add(score)
    session.flush()
    plan = tables.Plan(
        client_id=client_id,
        submission_id=submission.id,
        score_id=score.id,
        rules="job-career",
        rules_version=1,
        coach_confirms_first=False,
        draft={},
        state="active",
        approved_at=now - 7 * DAY,
        approved_by="rule",
        starts_on=local_time.local(now - 7 * DAY, ZONE).date(),
    )
    session.add(plan)
    session.flush()
    # Its report went out already: nothing but the plan is left to be planned.
    put_letter(session, client_id, now - 8 * DAY, slot_key=f"report:{submission.id}", family=TRANSACTIONAL)
    return Underway(secrets, client_id, plan.id, now)
