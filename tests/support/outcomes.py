"""Clients who were let into a sequence or left alone, and what became of them, put into the tables."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.secrets import Secrets
from coaching.domain.events import EventKind
from tests.support.drips import put_sequence
from tests.support.ledger import put_client, put_letter

DAY = timedelta(days=1)
TICK = timedelta(microseconds=1) / DAY  # in days, as the methods below take them
Row = TypeVar("Row", bound=tables.Base)
FACTS = [{"event": "milestone_reached", "dimension": "networks"}]
GOAL = {"facts": FACTS, "within_days": 90}


@dataclass
class Study:
    """A sequence with a goal and a share that is left alone; each call adds rows."""

    session: Session
    secrets: Secrets
    now: datetime
    numbers: "count[int]" = field(default_factory=count)

    def publish(self, version: int = 1, *, days_ago: int = 400, **changes: Any) -> tables.SequenceVersion:
        """Publish a version so long ago."""
        given = {"goal": GOAL, "hold_out": 10, **changes}
        return put_sequence(self.session, self.now - days_ago * DAY, version=version, **given)

    def client(self) -> UUID:
        """Add a client."""
        return put_client(self.session, self.secrets, f"c{next(self.numbers)}@example.test")

    def let_in(
        self, *, days_ago: float = 100, client_id: UUID | None = None, **changes: Any
    ) -> tables.Enrollment:
        """Let a client in by rule, so many days ago."""
        values: dict[str, Any] = {
            "client_id": client_id or self.client(),
            "sequence": "networks",
            "version": 1,
            "state": "active",
            "started_at": self.now - days_ago * DAY,
            "actor": "rule",
            **changes,
        }
        if "end_reason" in values:
            values |= {"state": "ended", "ended_at": self.now}
        return self._add(tables.Enrollment(**values))

    def leave_alone(self, **changes: Any) -> tables.Enrollment:
        """Leave a client alone, as a rule of the sequence says."""
        row = self.let_in(**{"state": "held_out", **changes})
        self.happened(row, EventKind.SEQUENCE_HELD_OUT, 0, subject_id=row.id, data={"sequence": "networks"})
        return row

    def happened(
        self, way: tables.Enrollment, kind: str = "milestone_reached", days: float = 10, **changes: Any
    ) -> None:
        """Let something happen in a client's life, so many days after they were let in."""
        values = {"subject_id": way.client_id, "data": {"dimension": "networks"}, **changes}
        self._add(tables.Event(kind=kind, client_id=way.client_id, at=way.started_at + days * DAY, **values))

    def letter(self, way: tables.Enrollment, step: str = "see", **changes: Any) -> UUID:
        """Plan the letter of a step."""
        detail = {"enrollment": str(way.id), "sequence": way.sequence, "version": way.version, "step": step}
        row = put_letter(
            self.session,
            way.client_id,
            self.now,
            template=f"networks-{step}",
            family="drip",
            slot_key=f"drip:{way.id}:{step}",
            detail=detail,
            **changes,
        )
        return row.id

    def sent(self, way: tables.Enrollment, step: str = "see", state: str = "accepted") -> UUID:
        """Put the letter of a step into a batch that SendGrid has accepted."""
        batch = self._add(
            tables.Batch(
                template=f"networks-{step}",
                sender="x",
                family="drip",
                size=1,
                not_before=self.now,
                state=state,
                accepted_at=self.now if state == "accepted" else None,
            )
        )
        return self.letter(way, step, state="queued", batch_id=batch.id)

    def clicked(self, letter: UUID, kind: str = "click", **changes: Any) -> None:
        """Let SendGrid report something about a letter."""
        self._add(tables.Receipt(message_id=letter, kind=kind, at=self.now, **changes))

    def did(self, way: tables.Enrollment, letter: UUID, **changes: Any) -> None:
        """Let the client press the button of a letter."""
        self._add(tables.Deed(client_id=way.client_id, message_id=letter, purpose=62, at=self.now, **changes))

    def asked_to_talk(self, way: tables.Enrollment, letter: UUID) -> None:
        """Let the client ask for a talk by the link in a letter."""
        self._add(tables.ContactRequest(client_id=way.client_id, message_id=letter, at=self.now))

    def answered(self, way: tables.Enrollment, days: float, score: float | None, **changes: Any) -> None:
        """Let a client answer the questions, so many days after they were let in."""
        values: dict[str, Any] = {
            "client_id": way.client_id,
            "instrument": "job-career",
            "version": 1,
            "answers": {},
            "claimed": {},
            "letters_wanted": True,
            "known_address": False,
            "source": "test",
            "trust": "public",
            "at": way.started_at + days * DAY,
            **changes,
        }
        row = self._add(tables.Submission(**values))
        sem = None if score is None else 10.0
        one = {"key": "networks", "score": score, "sem": sem, "band": None}
        other = {"key": "skills", "score": 99.0, "sem": 10.0, "band": "high"}
        self._add(
            tables.Score(
                submission_id=row.id,
                rule_version="1",
                norms_version="1",
                result={"dimensions": [other, one]},
            )
        )

    def _add(self, row: Row) -> Row:
        self.session.add(row)
        self.session.flush()
        return row
