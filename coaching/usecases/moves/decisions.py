"""Carries out what was decided about letters that may not go now, those that read alike together."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from coaching.domain.engine.decide import Decision
from coaching.usecases.moves import messages
from coaching.usecases.moves.messages import Said


@dataclass(frozen=True)
class Verdict:
    """Wait until `next_at`, merge into `host`, skip, expire or cancel, and what is kept of the decision."""

    outcome: str
    said: Said
    next_at: datetime | None = None
    host: UUID | None = None

    @staticmethod
    def of(decision: Decision) -> "Verdict":
        """Return what follows from a decision."""
        return Verdict(decision.outcome, Said.of(decision), decision.next_at, decision.host)


def hold_back(
    session: Session, verdicts: Iterable[tuple[UUID, Verdict]], *, queued: bool, now: datetime
) -> None:
    """Carry out the verdict on each letter; `queued` ones leave their batch for it."""
    alike: dict[Verdict, list[UUID]] = defaultdict(list)
    for message_id, verdict in verdicts:
        alike[verdict].append(message_id)
    # What rides in a letter that ends is freed by that end, so it has to be in it by then.
    for verdict, ids in sorted(alike.items(), key=lambda one: one[0].outcome != "merge"):
        said, next_at = verdict.said, verdict.next_at or now
        match verdict.outcome:
            case "wait" if queued:
                messages.return_to_plan(session, ids, said, next_at, now=now)
            case "wait":
                messages.wait(session, ids, said, next_at, now=now)
            case "merge" if verdict.host is not None:
                messages.merge(session, ids, said, verdict.host, now=now)
            case "skip":
                messages.skip(session, ids, said, now=now)
            case "expire":
                messages.expire(session, ids, said, now=now)
            case "cancel":
                messages.cancel(session, ids, said, now=now)
