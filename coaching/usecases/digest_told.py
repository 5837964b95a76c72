"""What clients let their coach know by the buttons of their letters: the promises of the pages behind them.

What was taken back since is told no more.
"""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Date, Text, and_, cast, func, or_, select, tuple_

from coaching.adapters import tables
from coaching.domain import digest_phrases as say
from coaching.domain.digests import Listing
from coaching.domain.events import EventKind
from coaching.domain.library import TOPICS
from coaching.domain.links import Purpose
from coaching.domain.relationships import EVENT
from coaching.usecases.digest_rows import (
    Look,
    Query,
    about_facts,
    listing_of,
    read_clients,
    read_lines,
    select_lines,
)

_CLIENT = "client"
_CHECK_IN = "check-in"
_SAID: Mapping[str, str] = {"check_in": say.TALKED, "still_useful": say.STILL_USEFUL}
_NO_USE = (("not_useful", Purpose.NOT_USEFUL), ("not_useful", Purpose.REST))
_SAID_BY = (("check_in", Purpose.MET), ("still_useful", Purpose.STILL_USEFUL), *_NO_USE)


def asked(look: Look) -> Listing:
    """Return who waits for a talk, one line a client, every morning until somebody has answered."""
    request = tables.ContactRequest
    query = (
        select(tables.Client.name, request.text, request.at)
        .join(request, request.client_id == tables.Client.id)
        .where(request.answered_at.is_(None), request.at <= look.span.until)
    )
    return listing_of(
        "asked",
        read_clients(look, query, request.at, request.id),
        lambda row: say.asked(row.text, look.on(row.at), more=row.more, today=look.today),
    )


def suggested(look: Look) -> Listing:
    """Return what clients would like to read about."""
    wish = tables.Suggestion
    query = (
        select_lines(tables.Client.name, wish.topic, wish.text, wish.at)
        .join(wish, wish.client_id == tables.Client.id)
        .where(look.is_new(wish.at.expression))
    )
    return listing_of(
        "suggested",
        read_lines(look, query, wish.at),
        lambda row: say.suggested(_topic(row[1]), row[2], look.on(row[3]), today=look.today),
    )


def decided(look: Look) -> Listing:
    """Return who chose to stay, shift or leave, whichever way it was told."""
    step, report = tables.Milestone, tables.MilestoneReport
    told = select(report.id).where(
        report.milestone_id == step.id,
        report.decision == step.decision,
        report.refused.is_(None),
        look.is_new(report.recorded_at.expression),
    )
    query = (
        select_lines(tables.Client.name, step.decision, step.reached_at)
        .join(step, step.client_id == tables.Client.id)
        .where(step.state == "reached", told.exists())
    )
    return listing_of(
        "decided",
        read_lines(look, query, step.reached_at),
        lambda row: say.decided(row[1], look.on(row[2]), today=look.today),
    )


def not_useful(look: Look) -> Listing:
    """Return what is of no use to whom: a step, a tie, the letters about talks, or letters as such."""
    step, tie, letter = tables.Milestone, tables.Relationship, tables.Message
    query = (
        _standing(look, _NO_USE, step.title, tie.name, tie.kind, letter.template)
        .join(letter, letter.id == tables.Deed.message_id)
        .outerjoin(step, step.id == tables.Deed.about)
        .outerjoin(tie, tie.id == tables.Deed.about)
        .where(~_missed())
    )
    return listing_of(
        "not_useful",
        read_lines(look, query, tables.Event.at),
        lambda row: say.not_useful(_meant(*row[2:6]), look.on(row[1]), today=look.today),
    )


def said(look: Look) -> Listing:
    """Return who had their talk, to whom our letters are still useful, and who couldn't go to an event."""
    tie, what = tables.Relationship, tables.Event.data["what"].astext
    query = (
        _standing(look, _SAID_BY, what, tie.name, tie.kind)
        .outerjoin(tie, tie.id == tables.Deed.about)
        .where(or_(what.in_(_SAID), _missed()))
    )
    return listing_of(
        "said",
        read_lines(look, query, tables.Event.at),
        lambda row: say.said(
            _SAID.get(row[2]) or say.missed(say.tie(row[3], row[4])), look.on(row[1]), today=look.today
        ),
    )


def noted(look: Look) -> Listing:
    """Return what clients wrote down for next time, when they told of contact."""
    tie, contact = tables.Relationship, tables.Interaction
    query = (
        select_lines(tables.Client.name, contact.created_at, tie.name, tie.kind, contact.note)
        .join(tie, tie.client_id == tables.Client.id)
        .join(contact, contact.relationship_id == tie.id)
        .where(
            contact.actor == _CLIENT,
            func.btrim(contact.note) != "",
            look.is_new(contact.created_at.expression),
        )
    )
    return listing_of(
        "noted",
        read_lines(look, query, contact.created_at),
        lambda row: say.noted(say.tie(row[2], row[3]), row[4], look.on(row[1]), today=look.today),
    )


def _topic(key: str) -> str:
    return next((name for topic, name in TOPICS.items() if topic == key), "Something else")


def _missed() -> ColumnElement[bool]:
    """Return the condition that what is of no use is an event that was over by then, where the client is."""
    tie = tables.Relationship
    told_on = cast(func.timezone(tables.Client.time_zone, tables.Deed.at), Date)
    return func.coalesce(and_(tie.kind == EVENT, tie.starts_on < told_on), False)


def _standing(look: Look, told_by: Collection[tuple[str, Purpose]], *columns: Any) -> Query:
    """Begin a query for what clients told by a link and haven't taken back: name, time, and these columns."""
    fact, deed = tables.Event, tables.Deed
    told = tuple_(fact.data["what"].astext, deed.purpose).in_([(what, int(by)) for what, by in told_by])
    about = fact.data["about"].astext.is_not_distinct_from(cast(deed.about, Text))
    return about_facts(look, EventKind.CLIENT_ACTED, tables.Client.name, fact.at, *columns).join(
        deed,
        (deed.client_id == fact.client_id) & (deed.at == fact.at) & deed.undone_at.is_(None) & told & about,
    )


def _meant(title: str | None, name: str | None, kind: str, template: str) -> str | None:
    if title is not None:
        return say.step(title)
    if name is not None:
        return say.tie(name, kind)
    return say.TALKS if template == _CHECK_IN else None
