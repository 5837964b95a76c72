"""Does what a client asks for by a link in a letter: once for each letter, purpose and person."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.content import Content
from coaching.adapters.secrets import Secrets
from coaching.domain import deeds, local_time
from coaching.domain.deeds import Choice, Subject
from coaching.domain.errors import Refused
from coaching.domain.events import EventKind
from coaching.domain.links import Purpose
from coaching.domain.undo import Undo
from coaching.usecases.acts import note_act
from coaching.usecases.facts import record
from coaching.usecases.letter_subjects import Behind, behind_link
from coaching.usecases.milestones import Report, report_on
from coaching.usecases.relationships import (
    Contact,
    end_relationship,
    note_contact,
    register_for_event,
    snooze,
)
from coaching.usecases.stop_talks import stop_talks

ACTOR = "client"


@dataclass(frozen=True)
class _Asked:
    """One deed while it is being done."""

    session: Session
    content: Content
    behind: Behind
    subject: Subject
    choice: Choice
    now: datetime

    @property
    def id(self) -> UUID:
        """The milestone or relationship that it is about."""
        assert self.subject.id is not None
        return self.subject.id


def do_deed(
    session: Session, content: Content, secrets: Secrets, token: str, choice: Choice, *, now: datetime
) -> bool:
    """Do what the link is for. What it did already stands: a repeat changes nothing, whatever it chooses.

    Returns False where another choice stands, so that this one counts for nothing. Where nothing is left to
    do, only that they acted is noted. Raises NotFound; Refused where the choice needs another look; Conflict
    where the plan has moved on.
    """
    behind = behind_link(session, secrets, token, now=now, lock=True)
    subject = _chosen(behind, choice)
    standing = _standing(session, behind, subject)
    if standing is not None:
        return not _is_other(session, behind, standing, choice)
    if deeds.is_past(behind.purpose, subject, today=behind.today):
        _come_late(session, behind, subject, now)
        return True
    undo = _DO[behind.purpose](_Asked(session, content, behind, subject, choice, now))
    if behind.purpose is not Purpose.NOT_USEFUL or subject != deeds.LETTERS:
        note_act(session, behind.client_id, now=now)  # who wants no letters must not set them going again
    session.add(
        tables.Deed(
            client_id=behind.client_id,
            message_id=behind.message_id,
            purpose=behind.purpose,
            about=subject.id,
            at=now,
            before=undo.before,
            after=undo.after,
        )
    )
    session.flush()
    return True


def _chosen(behind: Behind, choice: Choice) -> Subject:
    if len(behind.subjects) == 1:
        return behind.subjects[0]
    for subject in behind.subjects:
        if subject.id == choice.about:
            return subject
    raise Refused({"about": ["Choose a name."]})


def _standing(session: Session, behind: Behind, subject: Subject) -> tables.Deed | None:
    return session.scalars(
        select(tables.Deed).where(
            tables.Deed.message_id == behind.message_id,
            tables.Deed.purpose == behind.purpose,
            tables.Deed.about.is_not_distinct_from(subject.id),
            tables.Deed.undone_at.is_(None),
        )
    ).one_or_none()


def _is_other(session: Session, behind: Behind, standing: tables.Deed, choice: Choice) -> bool:
    zone = session.get_one(tables.Client, behind.client_id).time_zone
    done_on = local_time.local(standing.at, zone).date()
    return deeds.is_other(behind.purpose, choice, standing.before, standing.after, done_on=done_on)


def _come_late(session: Session, behind: Behind, subject: Subject, now: datetime) -> None:
    """Count it as an act, once, though others were faster: whoever presses a button reads our letters."""
    told = select(tables.Event.id).where(
        tables.Event.client_id == behind.client_id,
        tables.Event.kind == EventKind.CLIENT_ACTED,
        tables.Event.data.contains(_late(behind, subject)),
    )
    if session.scalar(told.limit(1)) is None:
        note_act(session, behind.client_id, now=now)
        _tell_late(session, behind, subject, now)


def _tell_late(session: Session, behind: Behind, subject: Subject, now: datetime) -> None:
    """Write down that they acted where nothing changed, and so no other fact says it."""
    record(
        session,
        EventKind.CLIENT_ACTED,
        behind.client_id,
        client_id=behind.client_id,
        now=now,
        **_late(behind, subject),
    )


def _late(behind: Behind, subject: Subject) -> dict[str, str]:
    about = {"about": str(subject.id)} if subject.id else {}
    return {"what": "late", "late": behind.purpose.name.lower(), "letter": str(behind.message_id), **about}


def _done(asked: _Asked) -> Undo:
    decides = deeds.asks_for_decision(asked.behind.purpose, asked.subject)
    decision = deeds.decision_of(asked.choice) if decides else None
    return _report(asked, Report("reached", decision=decision))


def _started(asked: _Asked) -> Undo:
    return _report(asked, Report("started"))


def _postpone(asked: _Asked) -> Undo:
    due_on = deeds.new_day(asked.subject, asked.choice, today=asked.behind.today)
    return _report(asked, Report("postponed", due_on=due_on))


def _report(asked: _Asked, report: Report) -> Undo:
    return report_on(asked.session, asked.content, asked.id, report, actor=ACTOR, now=asked.now)


def _met(asked: _Asked) -> Undo:
    if asked.subject.sort == "check-in":
        return _tell(asked, "check_in")
    kind = "attended" if asked.subject.is_event else "met"
    on = deeds.contact_on(asked.subject, today=asked.behind.today)
    contact = Contact(on, kind, deeds.note_of(asked.choice))
    return note_contact(asked.session, asked.id, contact, actor=ACTOR, now=asked.now)


def _later(asked: _Asked) -> Undo:
    not_before = deeds.rests_until(asked.choice, today=asked.behind.today)
    undo = snooze(asked.session, asked.id, not_before, actor=ACTOR, now=asked.now)
    if undo.after == undo.before:
        _tell_late(asked.session, asked.behind, asked.subject, asked.now)
    return undo


def _registered(asked: _Asked) -> Undo:
    return register_for_event(asked.session, asked.id, actor=ACTOR, now=asked.now)


def _not_useful(asked: _Asked) -> Undo:
    told = _tell(asked, "not_useful")
    if asked.subject.sort == "milestone":
        return _report(asked, Report("dropped"))
    if asked.subject.is_event:
        return end_relationship(asked.session, asked.id, actor=ACTOR, now=asked.now)
    if asked.subject.sort == "relationship":
        return snooze(asked.session, asked.id, asked.behind.today + deeds.REST, actor=ACTOR, now=asked.now)
    if asked.subject.sort == "check-in":
        until = asked.behind.today + deeds.REST
        undo = stop_talks(asked.session, asked.behind.client_id, until, actor=ACTOR, now=asked.now)
        return Undo({**told.before, **undo.before}, undo.after)
    return told


def _did(asked: _Asked) -> Undo:
    return _tell(asked, "did")


def _still_useful(asked: _Asked) -> Undo:
    return _tell(asked, "still_useful")


def _tell(asked: _Asked, what: str) -> Undo:
    """Write down what they said, for the coach to see; what can be undone of it is that they acted."""
    client = asked.session.get_one(tables.Client, asked.behind.client_id)
    about = {"about": str(asked.subject.id)} if asked.subject.id else {}
    record(
        asked.session,
        EventKind.CLIENT_ACTED,
        client.id,
        client_id=client.id,
        now=asked.now,
        what=what,
        **about,
    )
    before = client.last_acted_at
    return Undo({"last_acted_at": before.isoformat() if before else None}, {})


_DO: Mapping[Purpose, Callable[[_Asked], Undo]] = {
    Purpose.DONE: _done,
    Purpose.DECIDE: _done,
    Purpose.STARTED: _started,
    Purpose.POSTPONE: _postpone,
    Purpose.MET: _met,
    Purpose.LATER: _later,
    Purpose.REGISTERED: _registered,
    Purpose.NOT_USEFUL: _not_useful,
    Purpose.REST: _not_useful,
    Purpose.STILL_USEFUL: _still_useful,
    Purpose.DID: _did,
}
