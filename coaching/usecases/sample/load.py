"""Loads the sample caseload once: those with a past live it first, then newcomers send their forms."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.content import Content
from coaching.adapters.rendering import Stationery
from coaching.adapters.secrets import Secrets
from coaching.domain.events import EventKind
from coaching.domain.instruments import Instrument
from coaching.usecases.coaches import add_coach
from coaching.usecases.enrollments import let_in
from coaching.usecases.facts import as_event
from coaching.usecases.receipts import record_receipts
from coaching.usecases.sample.caseload import (
    INSTRUMENT,
    Caseload,
    Person,
    SampleCoach,
    filled_in,
    moment_of,
)
from coaching.usecases.sample.life import Life
from coaching.usecases.sample.past_post import PastPost, anyone
from coaching.usecases.sample.progress import go_on
from coaching.usecases.schedule import schedule_clients
from coaching.usecases.submit import NewSubmission, submit_assessment

_COACHES_SINCE = timedelta(days=400)


def load_sample(
    session: Session,
    content: Content,
    secrets: Secrets,
    stationery: Stationery,
    caseload: Caseload,
    *,
    sender: str,
    now: datetime,
) -> int:
    """Add the made-up clients to a database that has none; return how many, 0 if they or others are there.

    All in the caller's transaction. Letters of the past are written down as sent and never leave; only what
    newcomers are owed is left for the workers. Callers see to it that letters go to the sandbox only.
    """
    if not _is_first(session, now):
        return 0
    coaches = _add_coaches(session, secrets, caseload.coaches, now)
    bouncing = frozenset(person.email for person in caseload.people if person.bounced)
    post = PastPost(session, stationery, secrets, sender, bouncing)
    people = sorted(caseload.people, key=lambda one: moment_of(one, one.mail, now))
    lives = [Life(session, content, secrets, post, person, now) for person in people if not person.fresh]
    _live(lives, post, now)
    for life in lives:
        go_on(session, life.person, life.id, now=now)
    ids = {life.person.mail: life.id for life in lives}
    _close_the_past(session, list(ids.values()))
    for person in people:
        fresh = _fresh_form(person, content.instrument(INSTRUMENT), now)
        if fresh is not None:
            form, at = fresh
            ids[person.mail] = submit_assessment(session, content, secrets, form, now=at).client_id
    _introduce(session, people, ids, coaches)
    _let_into_sequences(session, [life.id for life in lives], now)
    schedule_clients(session, list(ids.values()), may_write_to=anyone, now=now)
    return len(ids)


def _live(lives: Sequence[Life], post: PastPost, now: datetime) -> None:
    """Let everybody take one step at a time, with the post between the steps gone before each."""
    ahead = list(lives)
    while ahead:
        post.send_due({life.id: life.next_at for life in ahead if life.client_id is not None})
        for life in ahead:
            life.take_step()
        ahead = [life for life in ahead if not life.lived]
    post.send_due({life.id: now for life in lives})
    post.session.expunge_all()  # else each receipt is held against every letter that the session remembers
    record_receipts(post.session, post.reports, now=now)


def _is_first(session: Session, now: datetime) -> bool:
    """Note the loading, under a lock that makes a second loader wait and then find it done."""
    session.execute(insert(tables.Installation).values(one=True).on_conflict_do_nothing())
    row = session.scalars(select(tables.Installation).with_for_update()).one()
    if row.sample_loaded_at is not None or session.scalar(select(tables.Client.id).limit(1)) is not None:
        return False
    row.sample_loaded_at = now
    session.flush()
    return True


def _add_coaches(
    session: Session, secrets: Secrets, coaches: Sequence[SampleCoach], now: datetime
) -> dict[str, UUID]:
    since = now - _COACHES_SINCE
    for coach in coaches:
        add_coach(
            session,
            secrets,
            email=coach.email,
            name=coach.name,
            admin=coach.admin,
            time_zone=coach.zone,
            now=since,
        )
    rows = session.execute(
        update(tables.Coach)
        .where(tables.Coach.email.in_([coach.email for coach in coaches]))
        .values(created_at=since)
        .returning(tables.Coach.email, tables.Coach.id)
    )
    by_email = dict(rows.all())
    return {coach.key: by_email[coach.email] for coach in coaches}


def _close_the_past(session: Session, client_ids: Sequence[UUID]) -> None:
    """What followed from these facts has followed; and rows that the database dated today get their day."""
    session.execute(
        update(tables.Event)
        .where(tables.Event.client_id.in_(client_ids), tables.Event.handled_at.is_(None))
        .values(handled_at=tables.Event.at + timedelta(seconds=1))
    )
    session.execute(
        update(tables.AccessToken)
        .where(tables.AccessToken.submission_id == tables.Submission.id)
        .where(tables.Submission.client_id.in_(client_ids))
        .values(created_at=tables.Submission.at)
    )
    written_to = select(tables.Message.id).where(tables.Message.recipient_id.in_(client_ids))
    session.execute(
        update(tables.Receipt)
        .where(tables.Receipt.message_id.in_(written_to))
        .values(recorded_at=tables.Receipt.at + timedelta(seconds=1))
    )


def _let_into_sequences(session: Session, client_ids: Sequence[UUID], now: datetime) -> None:
    """Let those with a plan into the sequences that it leads to: these are as new as the installation."""
    approved = select(tables.Event).where(
        tables.Event.client_id.in_(client_ids), tables.Event.kind == EventKind.PLAN_APPROVED
    )
    rows = session.scalars(approved.order_by(tables.Event.at, tables.Event.id)).all()
    let_in(session, [as_event(row) for row in rows], may_write_to=anyone, now=now)


def _fresh_form(
    person: Person, instrument: Instrument, now: datetime
) -> tuple[NewSubmission, datetime] | None:
    """Return the form that nothing has followed from yet, and when it came in; None if there is no such."""
    again = person.again if person.again and person.again.minutes is not None else None
    if not person.fresh and again is None:
        return None
    form = filled_in(person, instrument, again=again is not None)
    return form, moment_of(again or person, person.mail, now)


def _introduce(
    session: Session, people: Sequence[Person], ids: dict[str, UUID], coaches: dict[str, UUID]
) -> None:
    """Mark everybody as made up, and give each their coach and tags."""
    session.execute(
        update(tables.Client),
        [
            {
                "id": ids[person.mail],
                "sample": True,
                "coach_id": coaches[person.coach] if person.coach else None,
                "tags": list(person.tags),
            }
            for person in people
        ],
    )
    session.flush()
