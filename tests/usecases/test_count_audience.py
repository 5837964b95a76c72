"""How many clients an audience has, and who comes first."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.secrets import Secrets
from coaching.domain.audience_documents import parse_filter
from coaching.domain.errors import Refused
from coaching.domain.faults import DocumentFaults
from coaching.usecases.count_audience import FIRST, count_audience, read_audience
from tests.support.ledger import put_client


def test_the_first_are_those_added_first(session: Session, secrets: Secrets, now: datetime) -> None:
    """All are counted, a few are named."""
    ids = [put_client(session, secrets, f"c{n}@example.test", created_at=now) for n in range(FIRST + 2)]
    found = count_audience(session, parse_filter({"field": "created", "within_days": 0}), now=now)
    assert found.total == len(ids)
    assert [one.client_id for one in found.first] == ids[:FIRST]


def test_now_is_when_it_is_asked(session: Session, secrets: Secrets, now: datetime) -> None:
    """The same filter has other clients a day later."""
    put_client(session, secrets, created_at=now)
    recent = parse_filter({"field": "created", "within_days": 1})
    assert count_audience(session, recent, now=now + timedelta(days=1)).total == 1
    later = now + timedelta(days=1, microseconds=1)
    none = count_audience(session, recent, now=later)
    assert (none.total, none.first) == (0, [])


def test_today_is_the_clients(session: Session, secrets: Secrets) -> None:
    """A date that has passed in one zone has not in another."""
    evening = datetime(2026, 11, 23, 11, 30, tzinfo=UTC)  # the 24th in Kiritimati, the 23rd in Paris
    for email, zone in (("a@example.test", "Pacific/Kiritimati"), ("b@example.test", "Europe/Paris")):
        client_id = put_client(session, secrets, email, time_zone=zone)
        met = {"last_contact_on": date(2026, 11, 20), "starts_on": date(2026, 11, 1)}
        session.add(tables.Relationship(client_id=client_id, kind="mentor", name="Sam", **met))
    session.flush()
    longer = parse_filter({"field": "last_contact", "before_days": 3})
    assert count_audience(session, longer, now=evening).total == 1


def test_a_dimension_that_no_instrument_has_is_refused() -> None:
    """It would hold for nobody, and nobody would notice."""
    known = ("networks", "skills")
    good = {"any": [{"field": "band.networks", "is": "low"}, {"field": "next_focus", "is": None}]}
    assert read_audience(good, known) == parse_filter(good)
    with pytest.raises(DocumentFaults) as refused:
        read_audience({"all": [{"field": "focus", "has": "charm"}]}, known, ("when",))
    assert refused.value.faults == (
        (("when", "all", 0, "has"), "there is no dimension charm; there are networks, skills"),
    )


def test_what_takes_too_long_is_refused(session: Session, secrets: Secrets, now: datetime) -> None:
    """Whoever asks is told to ask for less, not that the database is away."""
    for number in range(100):
        put_client(session, secrets, f"c{number}@example.test")
    session.execute(text("SET LOCAL statement_timeout = '1ms'"))
    often = {"any": [{"field": "milestones.overdue", "above": number} for number in range(100)]}
    with pytest.raises(Refused) as refused:
        count_audience(session, parse_filter(often), now=now)
    assert list(refused.value.errors) == ["audience"]
