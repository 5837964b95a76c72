"""Says what can be said of what rode in a letter, each by a link of its own; looking changes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.secrets import Secrets
from coaching.domain import deeds, links
from coaching.domain import plan_phrases as say
from coaching.domain.deeds import Subject
from coaching.domain.errors import NotFound
from coaching.domain.links import BadLink, Purpose
from coaching.usecases.letter_subjects import NOWHERE, Behind, behind_message
from coaching.usecases.plan_rows import running_plan


@dataclass(frozen=True)
class Way:
    """One thing to say, and the token of the link that says it. `about`: whom or what it is about first."""

    purpose: Purpose
    about: Subject
    token: str


@dataclass(frozen=True)
class AnswerView:
    """What a section was about, why, and what can still be said of it; `told`: what has been, by its links.

    `open_to` and `ways` are empty where all of it is done or gone.
    """

    today: date
    subjects: tuple[Subject, ...]
    open_to: tuple[Subject, ...]
    reason: str
    ways: tuple[Way, ...]
    told: tuple[Way, ...]


def look_at_answer(session: Session, secrets: Secrets, token: str, *, now: datetime) -> AnswerView:
    """Say what can be said of what a section was about. Raises NotFound."""
    try:
        message_id = links.read_as(secrets.keys, token, Purpose.ANSWER)
    except BadLink:
        raise NotFound(NOWHERE) from None
    behind = behind_message(session, Purpose.ANSWER, message_id, now=now)
    told, several = _told(session, behind), len(behind.subjects) > 1
    ways = {
        purpose: about
        for purpose, about in _ways(behind.subjects, behind.today).items()
        if several or purpose not in told  # of one person it was told, of another it may be
    }
    signed = {one: links.sign(secrets.keys, one, message_id) for one in (*ways, *told)}
    return AnswerView(
        today=behind.today,
        subjects=behind.subjects,
        open_to=tuple(one for one in behind.subjects if deeds.ways_to_answer(one, today=behind.today)),
        reason=_reason(session, behind),
        ways=tuple(Way(one, about, signed[one]) for one, about in ways.items()),
        told=tuple(Way(one, about, signed[one]) for one, about in told.items()),
    )


def _ways(subjects: tuple[Subject, ...], today: date) -> dict[Purpose, Subject]:
    found: dict[Purpose, Subject] = {}
    for subject in subjects:
        for purpose in deeds.ways_to_answer(subject, today=today):
            found.setdefault(purpose, subject)
    return found


def _told(session: Session, behind: Behind) -> Mapping[Purpose, Subject]:
    """Return what was told by the links of this letter and stands, newest first: its page takes it back."""
    subjects = {one.id: one for one in behind.subjects}
    rows = session.scalars(
        select(tables.Deed)
        .where(tables.Deed.message_id == behind.message_id, tables.Deed.undone_at.is_(None))
        .order_by(tables.Deed.at.desc(), tables.Deed.id)
    )
    told: dict[Purpose, Subject] = {}
    for row in rows:
        if row.about in subjects:
            told.setdefault(Purpose(row.purpose), subjects[row.about])
    return told


def _reason(session: Session, behind: Behind) -> str:
    """Return why it was asked for, as the letter said it."""
    subject = behind.subjects[0]
    if subject.sort == "milestone":
        row = session.get_one(tables.Milestone, subject.id)
        return say.because(row.why, say.put_into_plan(None))
    if subject.sort == "check-in":
        return say.because(_cadence_why(session, behind.client_id, "check_in"), say.put_into_plan(None))
    if subject.is_event:
        return say.because(_cadence_why(session, behind.client_id, "event"), say.put_into_plan(None))
    if len(behind.subjects) > 1:
        return say.because(_cadence_why(session, behind.client_id, "network"), say.KEEPS_CLOSE)
    return say.in_touch(session.get_one(tables.Relationship, subject.id).cadence_days)


def _cadence_why(session: Session, client_id: UUID, kind: str) -> str | None:
    plan = running_plan(session, client_id)
    return next((one.get("why") for one in (plan.cadences if plan else ()) if one.get("kind") == kind), None)
