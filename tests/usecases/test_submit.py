"""Taking in a form: who is known, who vouches, and that a refusal leaves nothing behind."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coaching.adapters import bell, tables
from coaching.adapters.content import Content
from coaching.adapters.secrets import Secrets
from coaching.domain import links
from coaching.domain.errors import Refused
from coaching.domain.events import EventKind
from coaching.domain.links import Purpose
from coaching.usecases.submit import Submitted, submit_assessment
from tests.support.forms import answers_to, form

KEPT = (tables.Client, tables.Submission, tables.Consent, tables.AccessToken, tables.Event)


def count(session: Session, table: type[tables.Base]) -> int:
    """Return how many rows a table has."""
    return session.scalar(select(func.count()).select_from(table)) or 0


def kinds(session: Session) -> list[str]:
    """Return the kinds of all facts."""
    return sorted(session.scalars(select(tables.Event.kind)))


@pytest.fixture
def submit(session: Session, content: Content, secrets: Secrets, now: datetime) -> Any:
    """Send in Ana's form with changes."""

    def send(at: datetime = now, **changes: Any) -> Submitted:
        return submit_assessment(session, content, secrets, form(content, **changes), now=at)

    return send


def test_a_new_client_is_unconfirmed_and_a_fact_waits(
    session: Session, secrets: Secrets, submit: Any, now: datetime
) -> None:
    """Client, submission, both consents, report link and facts are stored, and the worker is called."""
    done = submit()
    client = session.get_one(tables.Client, done.client_id)
    assert (client.email, client.name, client.time_zone) == ("ana@example.test", "Ana Silva", "Europe/Paris")
    assert client.confirmed_at is None
    row = session.get_one(tables.Submission, done.submission_id)
    assert (row.known_address, row.accepted_at, row.at) == (False, None, now)
    consents = session.execute(select(tables.Consent.purpose, tables.Consent.granted, tables.Consent.source))
    assert {tuple(one) for one in consents} == {
        ("profiling", True, "site-form"),
        ("letters", True, "site-form"),
    }
    assert kinds(session) == [EventKind.ASSESSMENT_SUBMITTED, EventKind.CLIENT_ADDED]
    assert bell.DRAIN_EVENTS in session.info["rings"]
    token_id = links.read_as(secrets.keys, done.report_token, Purpose.REPORT)
    assert session.get_one(tables.AccessToken, token_id).submission_id == done.submission_id


@pytest.mark.parametrize("confirmed", [True, False])
def test_a_known_address_keeps_its_own_data(
    session: Session, submit: Any, now: datetime, confirmed: bool
) -> None:
    """A stranger who types a known address changes no name, zone or consent, confirmed or not."""
    first = submit()
    client = session.get_one(tables.Client, first.client_id)
    client.confirmed_at = now if confirmed else None
    again = submit(
        email="ANA@example.test", name="Somebody Else", time_zone="Asia/Tokyo", consent_email=False
    )
    session.refresh(client)
    assert again.client_id == first.client_id
    assert again.submission_id != first.submission_id
    assert (client.name, client.time_zone) == ("Ana Silva", "Europe/Paris")
    assert count(session, tables.Consent) == 2
    row = session.get_one(tables.Submission, again.submission_id)
    assert (row.known_address, row.accepted_at) == (True, None)
    assert row.claimed["name"] == "Somebody Else"


def test_the_firm_may_vouch_for_an_address(session: Session, submit: Any, now: datetime) -> None:
    """With the firm's own key and 'confirmed', client and submission stand at once."""
    done = submit(trust="firm", confirmed=True)
    assert session.get_one(tables.Client, done.client_id).confirmed_at == now
    assert session.get_one(tables.Submission, done.submission_id).accepted_at == now


def test_the_firm_does_not_vouch_by_itself(session: Session, submit: Any) -> None:
    """Without 'confirmed' a new client of the firm's program is unconfirmed like any other."""
    done = submit(trust="firm")
    assert session.get_one(tables.Client, done.client_id).confirmed_at is None
    assert session.get_one(tables.Submission, done.submission_id).accepted_at is None


def test_a_stranger_cannot_vouch(session: Session, submit: Any) -> None:
    """'Confirmed' in a public form means nothing."""
    done = submit(trust="public", confirmed=True)
    assert session.get_one(tables.Client, done.client_id).confirmed_at is None


def test_the_firm_confirms_a_known_client(session: Session, submit: Any, now: datetime) -> None:
    """A known, unconfirmed client is confirmed by the firm's word, once, with a fact that says so."""
    first = submit()
    submit(trust="firm", confirmed=True, at=now + timedelta(hours=1))
    submit(trust="firm", confirmed=True, at=now + timedelta(hours=2))
    client = session.get_one(tables.Client, first.client_id, populate_existing=True)
    assert client.confirmed_at == now + timedelta(hours=1)
    assert kinds(session).count(EventKind.ADDRESS_CONFIRMED) == 1


def test_the_same_visit_twice_is_one_submission(session: Session, submit: Any) -> None:
    """A form sent twice gets the first answer again, and nothing more is stored."""
    visit = uuid4()
    first = submit(visit=visit)
    before = [count(session, table) for table in KEPT]
    assert submit(visit=visit) == first
    assert [count(session, table) for table in KEPT] == before


def bad(content: Content) -> dict[str, tuple[str, dict[str, Any]]]:
    """Return faulty forms: what the fault is, the field that must be named, and what is sent."""
    answers = answers_to(content)
    return {
        "no consent": ("consent.profiling", {"consent_profiling": False}),
        "no address": ("client.email", {"email": "ana"}),
        "address of two lines": ("client.email", {"email": "ana@example.test\nBcc: b@example.test"}),
        "endless address": ("client.email", {"email": "a" * 300 + "@example.test"}),
        "name of two lines": ("client.name", {"name": "Ana\r\nBcc: b@example.test"}),
        "template for a name": ("client.name", {"name": "{{ config }}"}),
        "no such zone": ("client.time_zone", {"time_zone": "Europe/Nowhere"}),
        "no such stage": ("client.stage", {"stage": "retired"}),
        "no such rhythm": ("client.rhythm", {"rhythm": "hourly"}),
        "long question": ("question", {"question": "x" * 1001}),
        "no such instrument": ("instrument", {"instrument": "nothing"}),
        "no such version": ("version", {"version": 99}),
        "no such item": ("answers.H99", {"answers": {**answers, "H99": 3}}),
        "beyond the scale": ("answers.H1", {"answers": {**answers, "H1": 7}}),
        "below the scale": ("answers.H1", {"answers": {**answers, "H1": 0}}),
        "half an answer": ("answers.H1", {"answers": {**answers, "H1": 2.5}}),
        "no such dimension": ("importance.luck", {"importance": {"luck": 3}}),
        "too important": ("importance.horizon", {"importance": {"horizon": 6}}),
        "too many pages": ("timing.pages", {"timing_pages": (9.0,) * 5}),
    }


def test_each_fault_names_its_field_and_nothing_is_stored(
    session: Session, content: Content, submit: Any
) -> None:
    """Whatever is wrong, exactly this field is named with a sentence, and no row is left behind."""
    for fault, (field, changes) in bad(content).items():
        with pytest.raises(Refused) as refused:
            submit(**changes)
        assert list(refused.value.errors) == [field], fault
        assert all(said.endswith((".", "?")) for said in refused.value.errors[field]), fault
        assert [count(session, table) for table in KEPT] == [0] * len(KEPT), fault


def test_all_faults_are_named_at_once(submit: Any) -> None:
    """Who sends a form with three faults hears of all three."""
    with pytest.raises(Refused) as refused:
        submit(email="ana", time_zone="Nowhere", importance={"luck": 3})
    assert set(refused.value.errors) == {"client.email", "client.time_zone", "importance.luck"}


def test_missing_answers_are_no_fault(session: Session, content: Content, submit: Any) -> None:
    """'Rather not say' and left out are both accepted and kept as they came."""
    given = dict.fromkeys(list(answers_to(content))[:5])
    done = submit(answers=given)
    assert session.get_one(tables.Submission, done.submission_id).answers == given
