"""Writes the letters of a batch, each with the values and sections that it has at this last moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from coaching.adapters.mail_body import Recipient
from coaching.adapters.rendering import Carried, Letter, substitutions
from coaching.domain.drip_letter_values import DripValues
from coaching.domain.letter_values import ClientValues, LetterValues
from coaching.domain.letters import LETTERS, WEEK, LetterError, letter
from coaching.domain.library import Item
from coaching.usecases.coach_letters import CoachLetter, coach_letters
from coaching.usecases.compose import Links, Reader, letter_values, report_tokens
from coaching.usecases.compose_drip import Drip, drip_values, load_drips
from coaching.usecases.compose_plan import WRITERS, Desk, plan_letter_values
from coaching.usecases.compose_week import compose_week
from coaching.usecases.moves import messages
from coaching.usecases.moves.messages import Said
from coaching.usecases.plan_matter import Matter, load_matter
from coaching.usecases.post_room import PostRoom
from coaching.usecases.recheck_campaign import Member
from coaching.usecases.week_reading import load_readings


@dataclass
class Written:
    """One content, those whom it goes to, and the letters whose sections it carries."""

    letter: Letter | None = None
    recipients: list[Recipient] = field(default_factory=list)
    carried: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Sources:
    """What the letters of a batch are written from, all of it asked for once."""

    tokens: Mapping[UUID, str]
    matter: Matter
    to_coaches: Mapping[UUID, CoachLetter]
    drips: Mapping[UUID, Drip]
    readings: Mapping[UUID, Item]


def write_letters(
    session: Session, room: PostRoom, template: str, members: Sequence[Member], *, now: datetime
) -> Written:
    """Write the letters of a batch; one that can't be written fails, and holds up no other."""
    sources = _sources(session, room, template, members, now)
    written = Written()
    for member in members:
        try:
            _add(written, room, template, member, sources)
        except (LetterError, LookupError) as error:
            said = Said(f"It could not be written: {error}")
            messages.fail(session, [member.message_id], said, now=now)
    return written


def _sources(
    session: Session, room: PostRoom, template: str, members: Sequence[Member], now: datetime
) -> _Sources:
    about = [member.submission_id for member in members if member.submission_id is not None]
    ids = [member.message_id for member in members]
    of_a_plan = bool(ids) and (template == WEEK or template in WRITERS)
    matter = load_matter(session, ids, room.secrets, now=now) if of_a_plan else Matter()
    return _Sources(
        tokens=report_tokens(session, about, room.secrets) if about else {},
        matter=matter,
        to_coaches=coach_letters(session, room, template, ids),
        drips=load_drips(session, room.library, ids) if ids and _is_drip(template) else {},
        readings=load_readings(session, room.library, matter) if template == WEEK else {},
    )


def _is_drip(template: str) -> bool:
    """Tell whether a letter is one of those of sequences."""
    return template in LETTERS and issubclass(LETTERS[template].variables, DripValues)


def _add(written: Written, room: PostRoom, template: str, member: Member, sources: _Sources) -> None:
    """Write the letter of one more member. Raises LetterError or LookupError."""
    values, carried = _content(room, template, member, sources)
    stop = values.unsubscribe_url if isinstance(values, ClientValues) else None
    if letter(template).body == "own":
        # Its batch has this one member: the sweep sees to that.
        written.letter = room.stationery.render(template, values, carried)
        written.carried = tuple(name for name, _ in carried)
        written.recipients.append(Recipient(member.message_id, member.address, {}, stop))
    else:
        written.letter = room.stationery.compile_letter(template)
        filled = substitutions(template, values)
        written.recipients.append(Recipient(member.message_id, member.address, filled, stop))


def _content(
    room: PostRoom, template: str, member: Member, sources: _Sources
) -> tuple[LetterValues, tuple[Carried, ...]]:
    """Return the values of a letter and the sections that it carries. Raises LetterError or LookupError."""
    to_coach = sources.to_coaches.get(member.message_id)
    if to_coach is not None:
        return to_coach.values, to_coach.carried
    reader = Reader(member.address, member.name, member.coach_name)
    to = Links(room.public_url, room.secrets, member.message_id)
    if _is_drip(template):
        drip = sources.drips.get(member.message_id)
        if drip is None:
            raise LookupError("the sequence that it belongs to is not there")
        return drip_values(drip, reader, to, room.sender.name), ()
    of_a_plan = sources.matter.letters.get(member.message_id)
    if of_a_plan is not None:
        desk = Desk(of_a_plan, reader, to, sources.matter, room.sender.name)
        if template != WEEK:
            return plan_letter_values(desk), ()
        week = compose_week(desk, sources.readings.get(member.message_id))
        return week.values, week.carried
    values = letter_values(
        template,
        reader,
        to,
        firm_name=room.sender.name,
        report_token=sources.tokens.get(member.submission_id) if member.submission_id is not None else None,
        about=member.about or None,
    )
    return values, ()
