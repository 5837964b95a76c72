"""What the buttons behind a letter's links do: 'this is me', 'that was me', 'that was not me'.

Looking changes nothing, since scanners follow every link; acting is done by POST and may be repeated.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.secrets import Secrets
from coaching.domain import links
from coaching.domain.errors import NotFound
from coaching.domain.events import EventKind
from coaching.domain.links import BadLink, Purpose
from coaching.usecases.acts import note_act
from coaching.usecases.compose import report_tokens
from coaching.usecases.facts import record
from coaching.usecases.unsubscribe import heed_wish

_ACTS = (Purpose.CONFIRM, Purpose.MINE, Purpose.NOT_MINE)


@dataclass(frozen=True)
class ActionView:
    """What the page behind a link says. 'mine' and 'not_mine': it has been answered so before."""

    purpose: Purpose
    state: Literal["open", "mine", "not_mine"]
    first_name: str


@dataclass(frozen=True)
class Acted:
    """What was done; the token opens the report where there is one to show."""

    purpose: Purpose
    report_token: str | None


def look_at_link(session: Session, secrets: Secrets, token: str) -> ActionView:
    """Say what a link would do. Raises NotFound."""
    purpose, submission, client = _behind(session, secrets, token)
    name = client.name if client.confirmed_at is not None and submission.accepted_at is not None else ""
    return ActionView(purpose, _answered(submission), name.split()[0] if name.split() else "")


def act_on_link(session: Session, secrets: Secrets, token: str, *, now: datetime) -> Acted:
    """Do what the link is for; the first answer stands and a repeat changes nothing. Raises NotFound."""
    purpose, submission, client = _behind(session, secrets, token, lock=True)
    if _answered(submission) == "open":
        if purpose is Purpose.NOT_MINE:
            _disown(session, submission, now)
        else:
            _accept(session, submission, client, now)
    if _answered(submission) == "not_mine":
        return Acted(Purpose.NOT_MINE, None)
    return Acted(purpose, report_tokens(session, [submission.id], secrets).get(submission.id))


def _behind(
    session: Session, secrets: Secrets, token: str, *, lock: bool = False
) -> tuple[Purpose, tables.Submission, tables.Client]:
    try:
        purpose, message_id = links.read(secrets.keys, token)
    except BadLink:
        raise NotFound("this link does not open anything") from None
    message = session.get(tables.Message, message_id) if purpose in _ACTS else None
    if message is None or "submission" not in message.detail:
        raise NotFound("this link does not open anything")
    client_of = select(tables.Client).where(tables.Client.id == message.recipient_id)
    client = session.scalars(client_of.with_for_update() if lock else client_of).one_or_none()
    submission = session.get(
        tables.Submission, UUID(message.detail["submission"]), populate_existing=True, with_for_update=lock
    )
    if client is None or submission is None:
        raise NotFound("this link does not open anything")
    return purpose, submission, client


def _answered(submission: tables.Submission) -> Literal["open", "mine", "not_mine"]:
    if submission.disowned_at is not None:
        return "not_mine"
    return "mine" if submission.accepted_at is not None else "open"


def _disown(session: Session, submission: tables.Submission, now: datetime) -> None:
    submission.disowned_at = now
    record(session, EventKind.SUBMISSION_DISOWNED, submission.id, client_id=submission.client_id, now=now)


def _accept(session: Session, submission: tables.Submission, client: tables.Client, now: datetime) -> None:
    submission.accepted_at = now
    if client.confirmed_at is None:
        client.confirmed_at = now
        record(session, EventKind.ADDRESS_CONFIRMED, client.id, client_id=client.id, now=now)
    if submission.known_address:
        _take_over(session, submission, client, now)
    note_act(session, client.id, now=now)
    record(session, EventKind.SUBMISSION_ACCEPTED, submission.id, client_id=client.id, now=now)


def _take_over(session: Session, submission: tables.Submission, client: tables.Client, now: datetime) -> None:
    """What the form said holds from now on, since its owner says that they filled it in.

    That goes for letters too, unless they were stopped after the form: the later word stands.
    """
    claimed = submission.claimed
    client.name = claimed["name"] or client.name
    client.time_zone = claimed["time_zone"]
    client.stage = claimed["stage"] or client.stage
    client.rhythm = claimed["rhythm"]
    client.updated_at = now
    words = {"profiling": True}
    if not submission.letters_wanted or heed_wish(session, client, wished_at=submission.at, now=now):
        words["letters"] = submission.letters_wanted
    for purpose, granted in words.items():
        session.add(
            tables.Consent(
                client_id=client.id,
                purpose=purpose,
                granted=granted,
                text_version=claimed["text_version"],
                source=submission.source,
                at=now,
            )
        )
