"""Adds, changes, finds and lists clients for the firm's own programs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.mailboxes import checked_address
from coaching.adapters.secrets import Secrets
from coaching.domain import local_time
from coaching.domain.addresses import mailbox_hash, mailbox_key
from coaching.domain.clients import name_fault
from coaching.domain.errors import Conflict, NotFound, Refused
from coaching.domain.events import EventKind
from coaching.usecases.facts import record
from coaching.usecases.suppressions import carry_over, close_fence

_PLAIN = ("name", "time_zone", "stage", "rhythm", "tags", "ref")


@dataclass(frozen=True)
class ClientView:
    """A client row with what goes with it."""

    row: tables.Client
    coach: str | None
    consent: Mapping[str, bool | None]
    pause: tables.Pause | None


def add_client(
    session: Session,
    secrets: Secrets,
    given: Mapping[str, Any],
    *,
    default_zone: str,
    actor: str,
    now: datetime,
) -> UUID:
    """Add a client. Raises Refused by field; Conflict with the client's id if the address is known.

    `given` holds the API's fields; `hours` are a `local_time.Hours`.
    """
    values = _checked(session, {"time_zone": default_zone, **given}, secrets)
    confirmed = given.get("confirmed", False)
    try:
        with session.begin_nested():
            added: UUID | None = session.scalar(
                insert(tables.Client)
                .values(**values, confirmed_at=now if confirmed else None, created_at=now, updated_at=now)
                .on_conflict_do_nothing(index_elements=["email_key"])
                .returning(tables.Client.id)
            )
    except IntegrityError:
        raise Refused({"ref": ["Another client has this ref."]}) from None
    if added is None:
        known = session.scalar(select(tables.Client.id).where(tables.Client.email_key == values["email_key"]))
        raise Conflict("A client with this address is known.", client_id=str(known))
    _add_consents(session, added, given.get("consent"), now)
    record(session, EventKind.CLIENT_ADDED, added, client_id=added, now=now)
    session.add(tables.Audit(actor=actor, action="client_added", subject_id=added, at=now))
    return added


def change_client(
    session: Session,
    secrets: Secrets,
    client_id: UUID,
    given: Mapping[str, Any],
    *,
    actor: str,
    now: datetime,
) -> None:
    """Change what is given. Raises NotFound, Refused by field, or Conflict if the new address is known.

    A new address counts as unconfirmed unless the same request says otherwise.
    """
    if "email" in given:
        close_fence(session)
    row = session.get(tables.Client, client_id, with_for_update=True)
    if row is None:
        raise NotFound("There is no client of this id.")
    values = _checked(session, given, secrets)
    moved = "email_key" in values and values["email_key"] != row.email_key
    if moved:
        _refuse_known(session, values["email_key"])
        row.confirmed_at = None
        carry_over(session, row.address_hash, values["address_hash"], now=now)
    try:
        with session.begin_nested():
            for name, value in values.items():
                setattr(row, name, value)
            _set_confirmed(row, given.get("confirmed"), now)
            row.updated_at = now
            session.flush()
    except IntegrityError as error:
        if "email_key" in str(error.orig):
            raise Conflict("A client with this address is known.") from None
        raise Refused({"ref": ["Another client has this ref."]}) from None
    _add_consents(session, client_id, given.get("consent"), now)
    changed = sorted(given)
    record(session, EventKind.CLIENT_CHANGED, client_id, client_id=client_id, now=now, changed=changed)
    session.add(
        tables.Audit(
            actor=actor, action="client_changed", subject_id=client_id, data={"changed": changed}, at=now
        )
    )


def read_client(session: Session, client_id: UUID) -> ClientView:
    """Return one client. Raises NotFound."""
    found = _views(session, select(tables.Client).where(tables.Client.id == client_id))
    if not found:
        raise NotFound("There is no client of this id.")
    return found[0]


def list_clients(
    session: Session,
    *,
    email: str | None = None,
    ref: str | None = None,
    after: UUID | None = None,
    limit: int = 50,
) -> tuple[Sequence[ClientView], UUID | None]:
    """Return a page of clients in the order of their ids, and the cursor of the next page if there is one."""
    query = select(tables.Client)
    if email is not None:
        query = query.where(tables.Client.email_key == mailbox_key(email))
    if ref is not None:
        query = query.where(tables.Client.ref == ref)
    if after is not None:
        query = query.where(tables.Client.id > after)
    found = _views(session, query.order_by(tables.Client.id).limit(limit + 1))
    page = found[:limit]
    return page, page[-1].row.id if len(found) > limit else None


def _checked(session: Session, given: Mapping[str, Any], secrets: Secrets) -> dict[str, Any]:
    """Return column values for what is given. Raises Refused, naming every faulty field."""
    values = {name: given[name] for name in _PLAIN if name in given}
    faults: dict[str, list[str]] = {}
    if "email" in given:
        try:
            address = checked_address(given["email"])
            values |= {
                "email": address,
                "email_key": mailbox_key(address),
                "address_hash": mailbox_hash(secrets.pepper, address),
            }
        except ValueError as error:
            faults["email"] = [str(error)]
    if "hours" in given:
        values["hours"] = given["hours"].code
    fault = name_fault(values.get("name", ""))
    if fault:
        faults["name"] = [fault]
    if "time_zone" in values and not local_time.is_zone(values["time_zone"]):
        faults["time_zone"] = ["There is no time zone of this name; one would be Europe/Paris."]
    if "coach" in given:
        values["coach_id"] = _coach_id(session, given["coach"])
        if given["coach"] is not None and values["coach_id"] is None:
            faults["coach"] = ["No coach has this address."]
    if faults:
        raise Refused(faults)
    return values


def _coach_id(session: Session, address: str | None) -> UUID | None:
    if address is None:
        return None
    return session.scalar(select(tables.Coach.id).where(tables.Coach.email_key == mailbox_key(address)))


def _refuse_known(session: Session, email_key: str) -> None:
    known = session.scalar(select(tables.Client.id).where(tables.Client.email_key == email_key))
    if known is not None:
        raise Conflict("A client with this address is known.", client_id=str(known))


def _set_confirmed(row: tables.Client, confirmed: bool | None, now: datetime) -> None:
    if confirmed is True:
        row.confirmed_at = row.confirmed_at or now
    elif confirmed is False:
        row.confirmed_at = None


def _add_consents(session: Session, client_id: UUID, given: Mapping[str, Any] | None, now: datetime) -> None:
    for purpose, field in (("profiling", "profiling"), ("letters", "email")):
        if given is not None and field in given:
            session.add(
                tables.Consent(
                    client_id=client_id,
                    purpose=purpose,
                    granted=given[field],
                    text_version=given["text_version"],
                    source=given["source"],
                    at=now,
                )
            )
    session.flush()


def _views(session: Session, query: Any) -> list[ClientView]:
    rows = session.scalars(query.execution_options(populate_existing=True)).all()
    ids = [row.id for row in rows]
    coaches = {row.coach_id for row in rows if row.coach_id is not None}
    addresses = dict(
        session.execute(select(tables.Coach.id, tables.Coach.email).where(tables.Coach.id.in_(coaches))).all()
    )
    consents: dict[UUID, dict[str, bool | None]] = {one: {"profiling": None, "email": None} for one in ids}
    newest = (
        select(tables.Consent.client_id, tables.Consent.purpose, tables.Consent.granted)
        .where(tables.Consent.client_id.in_(ids))
        .order_by(
            tables.Consent.client_id,
            tables.Consent.purpose,
            tables.Consent.at.desc(),
            tables.Consent.id.desc(),
        )
        .ext(distinct_on(tables.Consent.client_id, tables.Consent.purpose))
    )
    for client_id, purpose, granted in session.execute(newest):
        consents[client_id]["email" if purpose == "letters" else purpose] = granted
    pauses = {
        pause.client_id: pause
        for pause in session.scalars(
            select(tables.Pause).where(tables.Pause.client_id.in_(ids), tables.Pause.ended_at.is_(None))
        )
    }
    return [
        ClientView(row, addresses.get(row.coach_id), consents[row.id], pauses.get(row.id)) for row in rows
    ]
