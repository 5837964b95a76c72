"""Chooses what a client's week brings from the library: at most one item, and mostly none is better.

A sequence's letters bring their own, so that a week brings something only while none runs; nor does a full
week, which is enough to read as it is.
"""

from collections.abc import Collection, Mapping
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Row, exists, select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.domain import library
from coaching.domain.library import Item, Library
from coaching.usecases.items_brought import ItemsBrought
from coaching.usecases.plan_matter import Matter, PlanLetter
from coaching.usecases.plan_rows import focus_of

# What comes from the library belongs to this family, whichever letter it rides in.
FAMILY = "drip"
# With more than these riding, a week brings nothing to read.
_MOST_RIDING = 2


def load_readings(session: Session, shelf: Library, matter: Matter) -> dict[UUID, Item]:
    """Return what each of these weeks brings, by letter; a week that brings nothing is left out."""
    weeks = [
        one for one in matter.letters.values() if len(matter.riding.get(one.message_id, ())) <= _MOST_RIDING
    ]
    stages = _stages(session, {one.client_id for one in weeks if _focus(matter, one)})
    weeks = [one for one in weeks if one.client_id in stages]
    brought = ItemsBrought.under_lock(session, stages.keys())
    found = {}
    for one in weeks:
        choose = partial(_choose, shelf, _focus(matter, one), stages[one.client_id])
        found[one.message_id] = brought.bring(one.client_id, one.message_id, shelf, choose)
    brought.keep(session)
    return {message_id: item for message_id, item in found.items() if item is not None}


def _choose(shelf: Library, focus: Collection[str], stage: str | None, seen: Collection[str]) -> Item | None:
    return library.choose_close(shelf.values(), dimensions=focus, stage=stage, seen=seen)


def _focus(matter: Matter, week: PlanLetter) -> tuple[str, ...]:
    """Return the plan's focus, that of the week's own step before the others."""
    plan = matter.running.get(week.client_id)
    focus = focus_of(plan) if plan is not None else ()
    about = week.detail.get("milestone")
    step = matter.milestones.get(UUID(about)) if about else None
    first = step.dimension if step is not None else None
    return tuple(sorted(focus, key=lambda one: one != first))


def _stages(session: Session, clients: Collection[UUID]) -> Mapping[UUID, str | None]:
    """Return the stage of each client who may be brought something: in no sequence, and it wasn't refused."""
    if not clients:
        return {}
    in_a_sequence = exists().where(
        tables.Enrollment.client_id == tables.Client.id, tables.Enrollment.state == "active"
    )
    refused = exists().where(
        tables.Suppression.address_hash == tables.Client.address_hash,
        tables.Suppression.scope == FAMILY,
        tables.Suppression.lifted_at.is_(None),
    )
    rows: list[Row[Any]] = list(
        session.execute(
            select(tables.Client.id, tables.Client.stage).where(
                tables.Client.id.in_(clients), ~in_a_sequence, ~refused
            )
        )
    )
    return {row.id: row.stage for row in rows}
