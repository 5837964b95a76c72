"""Takes in one filled-in form: client, submission, consent and fact in one transaction, or nothing at all."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.content import Content
from coaching.adapters.mailboxes import checked_address
from coaching.adapters.secrets import Secrets
from coaching.domain import links, local_time
from coaching.domain.addresses import mailbox_hash, mailbox_key
from coaching.domain.clients import RHYTHMS, STAGES, name_fault
from coaching.domain.errors import NotFound, Refused
from coaching.domain.events import EventKind
from coaching.domain.instruments import Instrument
from coaching.domain.scoring import AnswersRefused, score_answers
from coaching.usecases.acts import note_act
from coaching.usecases.facts import record

LONGEST_QUESTION = 1000


@dataclass(frozen=True)
class NewSubmission:
    """What a form or a program sends.

    `trust`: 'firm' for the firm's own programs, whose word on the address holds.
    `timing_pages`: seconds on each page of items, in order. `visit`: the same for repeats of one sending.
    """

    instrument: str
    email: str
    time_zone: str
    answers: Mapping[str, int | None]
    consent_profiling: bool
    consent_email: bool
    consent_text_version: str
    source: str
    trust: Literal["public", "firm"] = "public"
    version: int | None = None
    name: str = ""
    stage: str | None = None
    rhythm: str = "weekly"
    importance: Mapping[str, int] = field(default_factory=dict)
    timing_pages: tuple[float, ...] = ()
    question: str | None = None
    visit: UUID | None = None
    confirmed: bool = False


@dataclass(frozen=True)
class Submitted:
    """Where the submission is kept, and the token of the link that shows this submission only."""

    submission_id: UUID
    client_id: UUID
    report_token: str


def submit_assessment(
    session: Session, content: Content, secrets: Secrets, new: NewSubmission, *, now: datetime
) -> Submitted:
    """Store a submission. Raises Refused, naming every faulty field; then nothing is stored.

    The same `visit` sent twice gives the first one's answer.
    """
    instrument = _checked_instrument(content, new)
    before = _same_visit(session, new.visit)
    if before is not None:
        return _submitted(session, secrets, before)
    email = checked_address(new.email)
    client_id, known = _client(session, secrets, new, email, now)
    submission = _add_submission(session, new, instrument, client_id, known=known, now=now)
    if not known or submission.accepted_at is not None:
        _add_consents(session, new, client_id, now)
    if submission.accepted_at is not None:
        note_act(session, client_id, now=now)  # until then anybody may have typed it
    session.add(
        tables.AccessToken(purpose=links.Purpose.REPORT, client_id=client_id, submission_id=submission.id)
    )
    record(session, EventKind.ASSESSMENT_SUBMITTED, submission.id, client_id=client_id, now=now)
    return _submitted(session, secrets, submission)


def form_faults(
    content: Content,
    instrument_name: str,
    version: int | None,
    *,
    answers: Mapping[str, int | None],
    importance: Mapping[str, int],
    pages: int,
    profiling: bool,
) -> dict[str, list[str]]:
    """Return what is wrong with a form beside its person, by dotted field; empty if it can be stored.

    `pages`: how many page times came with it.
    """
    errors: dict[str, list[str]] = {}
    if not profiling:
        errors["consent.profiling"] = ["Without consent to the scoring, nothing can be stored."]
    try:
        instrument = content.instrument(instrument_name, version)
    except NotFound:
        return errors | _instrument_fault(content, instrument_name)
    return errors | _answer_faults(instrument, answers, importance, pages)


def _checked_instrument(content: Content, new: NewSubmission) -> Instrument:
    """Look at every field before anything is stored. Raises Refused."""
    errors = _person_faults(new) | form_faults(
        content,
        new.instrument,
        new.version,
        answers=new.answers,
        importance=new.importance,
        pages=len(new.timing_pages),
        profiling=new.consent_profiling,
    )
    if new.question is not None and len(new.question) > LONGEST_QUESTION:
        errors["question"] = [f"Please keep this to {LONGEST_QUESTION} characters."]
    if errors:
        raise Refused(errors)
    return content.instrument(new.instrument, new.version)


def _instrument_fault(content: Content, name: str) -> dict[str, list[str]]:
    try:
        content.instrument(name)
    except NotFound:
        return {"instrument": ["There is no such questionnaire."]}
    return {"version": ["There is no such version of this questionnaire."]}


def _person_faults(new: NewSubmission) -> dict[str, list[str]]:
    faults: dict[str, list[str]] = {}
    try:
        checked_address(new.email)
    except ValueError as error:
        faults["client.email"] = [str(error)]
    fault = name_fault(new.name)
    if fault:
        faults["client.name"] = [fault]
    if not local_time.is_zone(new.time_zone):
        faults["client.time_zone"] = ["There is no time zone of this name; one would be Europe/Paris."]
    if new.stage is not None and new.stage not in STAGES:
        faults["client.stage"] = [f"Choose one of: {', '.join(STAGES)}."]
    if new.rhythm not in RHYTHMS:
        faults["client.rhythm"] = [f"Choose one of: {', '.join(RHYTHMS)}."]
    return faults


def _answer_faults(
    instrument: Instrument, answers: Mapping[str, int | None], importance: Mapping[str, int], pages: int
) -> dict[str, list[str]]:
    faults: dict[str, list[str]] = {}
    try:
        score_answers(instrument, answers)
    except AnswersRefused as refused:
        faults |= {f"answers.{item}": list(said) for item, said in refused.errors.items()}
    known = {dimension.key for dimension in instrument.dimensions}
    for key, value in importance.items():
        if key not in known:
            faults[f"importance.{key}"] = ["This questionnaire has no such dimension."]
        elif not 1 <= value <= 5:
            faults[f"importance.{key}"] = ["Choose a number from 1 to 5."]
    if pages > len(instrument.page_numbers):
        faults["timing.pages"] = [f"This questionnaire has {len(instrument.page_numbers)} pages."]
    return faults


def _same_visit(session: Session, visit: UUID | None) -> tables.Submission | None:
    if visit is None:
        return None
    # Two repeats at the same moment take turns, so the second finds what the first has stored.
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"visit:{visit}", 0))))
    return session.scalars(select(tables.Submission).where(tables.Submission.visit_id == visit)).one_or_none()


def _client(
    session: Session, secrets: Secrets, new: NewSubmission, email: str, now: datetime
) -> tuple[UUID, bool]:
    """Return the client's id and whether the address was known before."""
    confirmed = new.trust == "firm" and new.confirmed
    added = session.scalar(
        insert(tables.Client)
        .values(
            email=email,
            email_key=mailbox_key(email),
            address_hash=mailbox_hash(secrets.pepper, email),
            name=new.name,
            time_zone=new.time_zone,
            stage=new.stage,
            rhythm=new.rhythm,
            confirmed_at=now if confirmed else None,
            created_at=now,
            updated_at=now,
        )
        .on_conflict_do_nothing(index_elements=["email_key"])
        .returning(tables.Client.id)
    )
    if added is not None:
        record(session, EventKind.CLIENT_ADDED, added, client_id=added, now=now)
        return added, False
    client = session.scalars(
        select(tables.Client)
        .where(tables.Client.email_key == mailbox_key(email))
        .with_for_update(key_share=True)
    ).one()
    if confirmed and client.confirmed_at is None:
        client.confirmed_at = now
        record(session, EventKind.ADDRESS_CONFIRMED, client.id, client_id=client.id, now=now)
    return client.id, True


def _add_submission(
    session: Session,
    new: NewSubmission,
    instrument: Instrument,
    client_id: UUID,
    *,
    known: bool,
    now: datetime,
) -> tables.Submission:
    accepted = new.trust == "firm" and (known or new.confirmed)
    values: dict[str, Any] = {
        "client_id": client_id,
        "instrument": instrument.name,
        "version": instrument.version,
        "answers": dict(new.answers),
        "importance": dict(new.importance),
        "timing": {"pages": list(new.timing_pages)} if new.timing_pages else {},
        "question": (new.question or "").strip() or None,
        "claimed": {
            "name": new.name,
            "time_zone": new.time_zone,
            "stage": new.stage,
            "rhythm": new.rhythm,
            "text_version": new.consent_text_version,
        },
        "letters_wanted": new.consent_email,
        "known_address": known,
        "source": new.source,
        "trust": new.trust,
        "visit_id": new.visit,
        "at": now,
        "accepted_at": now if accepted else None,
    }
    return session.scalars(insert(tables.Submission).values(values).returning(tables.Submission)).one()


def _add_consents(session: Session, new: NewSubmission, client_id: UUID, now: datetime) -> None:
    for purpose, granted in (("profiling", new.consent_profiling), ("letters", new.consent_email)):
        session.add(
            tables.Consent(
                client_id=client_id,
                purpose=purpose,
                granted=granted,
                text_version=new.consent_text_version,
                source=new.source,
                at=now,
            )
        )


def _submitted(session: Session, secrets: Secrets, submission: tables.Submission) -> Submitted:
    session.flush()
    token_id = session.scalars(
        select(tables.AccessToken.id).where(
            tables.AccessToken.submission_id == submission.id,
            tables.AccessToken.purpose == links.Purpose.REPORT,
        )
    ).one()
    return Submitted(
        submission.id, submission.client_id, links.sign(secrets.keys, links.Purpose.REPORT, token_id)
    )
