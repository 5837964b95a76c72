"""What the links in letters do: looking changes nothing, acting is done once, and strangers get nowhere."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.content import Content
from coaching.adapters.secrets import Secrets
from coaching.domain import links
from coaching.domain.errors import NotFound
from coaching.domain.events import EventKind
from coaching.domain.links import Purpose
from coaching.reactions import Reactions
from coaching.usecases.clients import read_client
from coaching.usecases.confirm import act_on_link, look_at_link
from coaching.usecases.facts import drain
from coaching.usecases.read_report import read_report
from coaching.usecases.submit import Submitted, submit_assessment
from coaching.usecases.tokens import open_token
from coaching.usecases.unsubscribe import look_at_unsubscribe, resume_letters, unsubscribe
from tests.support.drain import everyone
from tests.support.forms import form, link
from tests.support.ledger import count

HOUR = timedelta(hours=1)


def work_off(session: Session, content: Content, now: datetime) -> None:
    """Follow up on every fact that waits."""
    while drain(session, Reactions(content, everyone), now=now):
        pass


@pytest.fixture
def done(session: Session, content: Content, secrets: Secrets, now: datetime) -> Submitted:
    """Ana's first form, worked off."""
    first = submit_assessment(session, content, secrets, form(content), now=now)
    work_off(session, content, now)
    return first


@pytest.fixture
def claimed(
    session: Session, content: Content, secrets: Secrets, done: Submitted, now: datetime
) -> Submitted:
    """A second form under Ana's address, sent in by whoever."""
    second = submit_assessment(
        session,
        content,
        secrets,
        form(content, name="Ana Maria", time_zone="Asia/Tokyo", rhythm="monthly"),
        now=now + HOUR,
    )
    work_off(session, content, now + HOUR)
    return second


def facts(session: Session) -> list[str]:
    """Return the kinds of facts that follow a click."""
    kinds = session.scalars(select(tables.Event.kind).order_by(tables.Event.id)).all()
    return [one for one in kinds if one.startswith(("address_", "submission_", "letters_"))]


def test_confirming_opens_the_report(
    session: Session, secrets: Secrets, done: Submitted, now: datetime
) -> None:
    """The button confirms the address, accepts the form, and gives the link of its report; once."""
    token = link(session, secrets.keys, Purpose.CONFIRM, done.submission_id)
    assert look_at_link(session, secrets, token).state == "open"
    assert facts(session) == []
    acted = act_on_link(session, secrets, token, now=now + HOUR)
    assert (acted.purpose, acted.report_token) == (Purpose.CONFIRM, done.report_token)
    client = session.get_one(tables.Client, done.client_id)
    assert client.confirmed_at == now + HOUR
    assert act_on_link(session, secrets, token, now=now + 2 * HOUR) == acted
    assert client.confirmed_at == now + HOUR
    assert facts(session) == [EventKind.ADDRESS_CONFIRMED, EventKind.SUBMISSION_ACCEPTED]
    view = look_at_link(session, secrets, token)
    assert (view.state, view.first_name) == ("mine", "Ana")


def test_a_name_is_shown_to_its_owner_only(session: Session, secrets: Secrets, done: Submitted) -> None:
    """Before somebody who reads the mailbox has said so, the page greets nobody by name."""
    token = link(session, secrets.keys, Purpose.CONFIRM, done.submission_id)
    assert look_at_link(session, secrets, token).first_name == ""


def test_that_was_me_takes_over_what_the_form_said(
    session: Session, secrets: Secrets, claimed: Submitted, now: datetime
) -> None:
    """The owner's yes makes name, zone, rhythm and consent of the second form hold."""
    token = link(session, secrets.keys, Purpose.MINE, claimed.submission_id)
    acted = act_on_link(session, secrets, token, now=now + 2 * HOUR)
    assert acted.report_token == claimed.report_token
    client = session.get_one(tables.Client, claimed.client_id)
    assert (client.name, client.time_zone, client.rhythm) == ("Ana Maria", "Asia/Tokyo", "monthly")
    consents = session.execute(select(tables.Consent.purpose, tables.Consent.at)).all()
    assert {one.purpose for one in consents if one.at == now + 2 * HOUR} == {"profiling", "letters"}
    act_on_link(session, secrets, token, now=now + 3 * HOUR)
    assert count(session, tables.Consent) == len(consents)


def test_that_was_not_me_changes_nothing_of_the_clients(
    session: Session, secrets: Secrets, claimed: Submitted, now: datetime
) -> None:
    """The form is disowned, its report is not given out, and a later yes does not undo it."""
    not_mine = link(session, secrets.keys, Purpose.NOT_MINE, claimed.submission_id)
    acted = act_on_link(session, secrets, not_mine, now=now + 2 * HOUR)
    assert (acted.purpose, acted.report_token) == (Purpose.NOT_MINE, None)
    client = session.get_one(tables.Client, claimed.client_id)
    assert (client.name, client.time_zone, client.confirmed_at) == ("Ana Silva", "Europe/Paris", None)
    mine = link(session, secrets.keys, Purpose.MINE, claimed.submission_id)
    assert act_on_link(session, secrets, mine, now=now + 3 * HOUR) == acted
    assert look_at_link(session, secrets, mine).state == "not_mine"
    assert facts(session) == [EventKind.SUBMISSION_DISOWNED]


def test_a_yes_is_not_undone_by_a_later_no(
    session: Session, secrets: Secrets, claimed: Submitted, now: datetime
) -> None:
    """The first answer stands."""
    mine = link(session, secrets.keys, Purpose.MINE, claimed.submission_id)
    act_on_link(session, secrets, mine, now=now + 2 * HOUR)
    not_mine = link(session, secrets.keys, Purpose.NOT_MINE, claimed.submission_id)
    act_on_link(session, secrets, not_mine, now=now + 3 * HOUR)
    row = session.get_one(tables.Submission, claimed.submission_id)
    assert (row.accepted_at, row.disowned_at) == (now + 2 * HOUR, None)


@pytest.mark.parametrize("purpose", [Purpose.UNSUBSCRIBE, Purpose.REPORT, Purpose.SIGN_IN])
def test_links_of_other_purposes_do_not_act(
    session: Session, secrets: Secrets, done: Submitted, purpose: Purpose, now: datetime
) -> None:
    """A link that unsubscribes can't confirm, and one that confirms can't unsubscribe."""
    other = link(session, secrets.keys, purpose, done.submission_id)
    confirm = link(session, secrets.keys, Purpose.CONFIRM, done.submission_id)
    with pytest.raises(NotFound):
        look_at_link(session, secrets, other)
    with pytest.raises(NotFound):
        act_on_link(session, secrets, other, now=now)
    with pytest.raises(NotFound):
        unsubscribe(session, secrets, confirm, now=now)


@pytest.mark.parametrize("purpose", Purpose)
def test_links_of_letters_that_do_not_exist(
    session: Session, content: Content, secrets: Secrets, purpose: Purpose, now: datetime
) -> None:
    """A well-signed link to nothing is not found, at every door."""
    token = links.sign(secrets.keys, purpose, uuid4())
    with pytest.raises(NotFound):
        look_at_link(session, secrets, token)
    with pytest.raises(NotFound):
        read_report(session, content, secrets, token, now=now)


def test_unsubscribing_calls_off_the_reminder(
    session: Session, content: Content, secrets: Secrets, done: Submitted, now: datetime
) -> None:
    """What is planned and no longer wanted goes at once."""
    unsubscribe(
        session, secrets, link(session, secrets.keys, Purpose.UNSUBSCRIBE, done.submission_id), now=now
    )
    work_off(session, content, now)
    states = session.execute(select(tables.Message.template, tables.Message.state)).all()
    assert {tuple(one) for one in states} == {("report", "planned"), ("report-reminder", "cancelled")}


def test_letters_that_are_wanted_again_are_planned_again(
    session: Session, content: Content, secrets: Secrets, done: Submitted, now: datetime
) -> None:
    """What was called off finds its slot free."""
    token = link(session, secrets.keys, Purpose.UNSUBSCRIBE, done.submission_id)
    unsubscribe(session, secrets, token, now=now)
    work_off(session, content, now)
    resume_letters(session, secrets, token, now=now + HOUR)
    work_off(session, content, now + HOUR)
    reminders = select(tables.Message.state).where(tables.Message.template == "report-reminder")
    assert sorted(session.scalars(reminders)) == ["cancelled", "planned"]


def letters_word(session: Session, client_id: UUID) -> bool | None:
    """Return the last word that was kept about letters."""
    return read_client(session, client_id).consent["email"]


@pytest.mark.parametrize("trust", ["public", "firm"])
def test_a_form_alone_brings_no_letters_back(  # noqa: PLR0917 - fixtures
    session: Session, content: Content, secrets: Secrets, done: Submitted, trust: str, now: datetime
) -> None:
    """Anybody can type an address: neither a stranger's form nor the firm's lifts the owner's stop."""
    token = link(session, secrets.keys, Purpose.UNSUBSCRIBE, done.submission_id)
    unsubscribe(session, secrets, token, now=now)
    again = form(content, trust=trust, confirmed=trust == "firm")
    submit_assessment(session, content, secrets, again, now=now + HOUR)
    work_off(session, content, now + HOUR)
    assert look_at_unsubscribe(session, secrets, token).state == "off"


@pytest.mark.parametrize(("wanted", "state"), [(True, "on"), (False, "off")])
def test_that_was_me_brings_letters_back_if_they_are_wanted(  # noqa: PLR0917 - fixtures
    session: Session,
    content: Content,
    secrets: Secrets,
    done: Submitted,
    wanted: bool,
    state: str,
    now: datetime,
) -> None:
    """The owner's own form, sent in after the stop, holds once they say that it is theirs."""
    stop = link(session, secrets.keys, Purpose.UNSUBSCRIBE, done.submission_id)
    unsubscribe(session, secrets, stop, now=now)
    again = submit_assessment(session, content, secrets, form(content), now=now + HOUR)
    work_off(session, content, now + HOUR)
    session.get_one(tables.Submission, again.submission_id).letters_wanted = wanted
    session.flush()
    mine = link(session, secrets.keys, Purpose.MINE, again.submission_id)
    act_on_link(session, secrets, mine, now=now + 2 * HOUR)
    assert look_at_unsubscribe(session, secrets, stop).state == state
    assert letters_word(session, done.client_id) is wanted
    assert facts(session).count(EventKind.LETTERS_RESUMED) == wanted


def test_a_stop_after_the_form_stands(
    session: Session, secrets: Secrets, claimed: Submitted, now: datetime
) -> None:
    """Who stops letters and then says 'that was me' has said both: the form is theirs, letters are off."""
    stop = link(session, secrets.keys, Purpose.UNSUBSCRIBE, claimed.submission_id)
    unsubscribe(session, secrets, stop, now=now + 2 * HOUR)
    mine = link(session, secrets.keys, Purpose.MINE, claimed.submission_id)
    act_on_link(session, secrets, mine, now=now + 3 * HOUR)
    assert look_at_unsubscribe(session, secrets, stop).state == "off"
    assert letters_word(session, claimed.client_id) is False
    assert session.get_one(tables.Client, claimed.client_id).name == "Ana Maria"


def token_row(session: Session, submission_id: UUID) -> tables.AccessToken:
    """Return the row of a report link."""
    wanted = select(tables.AccessToken).where(tables.AccessToken.submission_id == submission_id)
    return session.scalars(wanted).one()


def test_a_report_is_waiting_then_ready(
    session: Session, content: Content, secrets: Secrets, now: datetime
) -> None:
    """Before the worker has been, the page can say so; afterwards score and plan are there."""
    sent = submit_assessment(session, content, secrets, form(content), now=now)
    view = read_report(session, content, secrets, sent.report_token, now=now)
    assert (view.state, view.score, view.plan, view.first_name) == ("waiting", None, None, "Ana")
    work_off(session, content, now)
    view = read_report(session, content, secrets, sent.report_token, now=now)
    assert view.state == "ready"
    assert view.score is not None
    assert view.plan is not None
    assert view.plan.milestones
    assert (view.question, view.accepted, view.letters) == ("Do I stay, or go?", False, True)


def test_a_report_shows_its_own_submission_only(  # noqa: PLR0917 - fixtures
    session: Session, content: Content, secrets: Secrets, done: Submitted, claimed: Submitted, now: datetime
) -> None:
    """Two forms under one address have two reports, each with the name that its form gave."""
    names = [
        read_report(session, content, secrets, one.report_token, now=now).name for one in (done, claimed)
    ]
    assert names == ["Ana Silva", "Ana Maria"]


def test_a_revoked_link_opens_nothing(
    session: Session, content: Content, secrets: Secrets, done: Submitted, now: datetime
) -> None:
    """From the moment it is revoked."""
    token_row(session, done.submission_id).revoked_at = now
    session.flush()
    with pytest.raises(NotFound):
        read_report(session, content, secrets, done.report_token, now=now)


def test_a_link_ends_when_it_should(
    session: Session, secrets: Secrets, done: Submitted, now: datetime
) -> None:
    """One moment before its end it opens, at its end it does not."""
    row = token_row(session, done.submission_id)
    row.expires_at = now + HOUR
    session.flush()
    just_before = now + HOUR - timedelta(microseconds=1)
    opened = open_token(session, secrets, done.report_token, Purpose.REPORT, now=just_before)
    assert opened.id == row.id
    with pytest.raises(NotFound):
        open_token(session, secrets, done.report_token, Purpose.REPORT, now=now + HOUR)
