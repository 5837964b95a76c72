"""Looks once more at what rides in a letter that is about to leave; what may not go is left behind."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.domain.engine.decide import decide_rider
from coaching.domain.engine.state import ClientState
from coaching.domain.letters import LETTERS
from coaching.usecases.moves import messages
from coaching.usecases.moves.decisions import Verdict, hold_back


def recheck_riders(
    session: Session, hosts: Sequence[tuple[tables.Message, ClientState]], *, now: datetime
) -> None:
    """Take out riders that a refusal, their time or their own end forbids, each with its reason."""
    parting: list[tuple[UUID, Verdict]] = []
    for host, state in hosts:
        if host.template not in LETTERS or not LETTERS[host.template].hosts:
            continue
        for rider in state.letters:
            if rider.merged_into == host.id and rider.state == "merged":
                decision = decide_rider(rider, state, now)
                if decision.outcome != "send":
                    parting.append((rider.id, Verdict.of(decision)))
    for message_id, verdict in parting:
        messages.part(session, [message_id], now, verdict.said, now=now)
    hold_back(session, parting, queued=False, now=now)
