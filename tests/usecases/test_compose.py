"""The values of a letter: each link does what it says, and nothing is told to the wrong reader."""

from datetime import datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.content import Content
from coaching.adapters.secrets import Secrets
from coaching.domain import links
from coaching.domain.letter_values import LetterValues
from coaching.domain.letters import LETTERS, TOUCHES, WEEK, LetterError, LetterTemplate
from coaching.domain.links import BadLink, Purpose
from coaching.usecases.compose import Links, Reader, letter_values, probe_values, report_tokens
from coaching.usecases.compose_plan import WRITERS
from coaching.usecases.submit import submit_assessment
from tests.support.forms import form

SITE = "https://firm.example.test"
SECRETS = Secrets(("the-key-of-today", "the-key-of-last-year"), "a-pepper")
MESSAGE = UUID(int=77)
TO = Links(SITE, SECRETS, MESSAGE)
ANA = Reader("ana@example.test", "Ana Silva", "Jo")
BATCH = "019a9f3c-7d52-7c1e-9b60-3f5a2d8e4c17"

# What is about a plan is in test_compose_plan.py and test_compose_week.py, what sequences bring in
# test_compose_drip.py and test_week_reading.py, what coaches get in test_coach_letters.py.
OWN = [
    one
    for name, one in LETTERS.items()
    if name not in {*WRITERS, WEEK, TOUCHES} and one.family != "drip" and one.reader != "coach"
]
every_letter = pytest.mark.parametrize("template", OWN, ids=lambda one: one.name)
every_letter_to_clients = pytest.mark.parametrize(
    "template", [one for one in OWN if one.reader == "client"], ids=lambda one: one.name
)


def values_of(template: LetterTemplate, reader: Reader = ANA) -> LetterValues:
    """Compose a letter that has everything it can be about."""
    return letter_values(
        template.name, reader, TO, firm_name="Northlight", report_token="a-report", about=BATCH
    )


def token_in(url: str, page: str) -> str:
    """Return the token of an address of ours."""
    start = f"{SITE}/{page}/"
    assert url.startswith(start)
    return url.removeprefix(start)


@every_letter
def test_every_letter_can_be_composed(template: LetterTemplate) -> None:
    """Whatever is registered gets values of its own kind, none of them empty."""
    values = values_of(template)
    assert type(values) is template.variables
    assert all(values.as_mapping().values())


@every_letter_to_clients
def test_every_client_is_greeted_and_can_stop(template: LetterTemplate) -> None:
    """First name, coach, and an address that unsubscribes by this very letter."""
    values = values_of(template).as_mapping()
    assert (values["greeting"], values["sign_off"]) == ("Hello Ana,", "Jo, your coach")
    token = token_in(values["unsubscribe_url"], "unsubscribe")
    assert links.read(SECRETS.keys, token) == (Purpose.UNSUBSCRIBE, MESSAGE)


@every_letter_to_clients
def test_without_a_coach_the_firm_signs(template: LetterTemplate) -> None:
    """A client whom no coach has yet hears from the firm."""
    values = values_of(template, Reader("ana@example.test", "Ana", None))
    assert values.sign_off == "Northlight"


@pytest.mark.parametrize(
    ("name", "field", "purpose"),
    [
        ("report", "open_url", Purpose.CONFIRM),
        ("report-reminder", "open_url", Purpose.CONFIRM),
        ("was-this-you", "mine_url", Purpose.MINE),
        ("was-this-you", "not_mine_url", Purpose.NOT_MINE),
    ],
)
def test_a_link_that_acts_does_one_thing(name: str, field: str, purpose: Purpose) -> None:
    """Its token names the letter and this purpose, and opens nothing else."""
    token = token_in(values_of(LETTERS[name]).as_mapping()[field], "act")
    assert links.read_as(SECRETS.keys[:1], token, purpose) == MESSAGE
    with pytest.raises(BadLink):
        links.read_as(SECRETS.keys, token, *(other for other in Purpose if other is not purpose))


def test_look_again_leads_to_the_questionnaire(content: Content) -> None:
    """The invitation opens the form of an instrument that is shipped; it carries no token to pass on."""
    url = values_of(LETTERS["look-again"]).as_mapping()["intake_url"]
    assert url == f"{SITE}/intake/job-career"
    assert content.instrument(url.rpartition("/")[2]).items


def test_a_known_clients_report_needs_its_link() -> None:
    """Without the token of a report there is no letter that opens it."""
    known = letter_values("report-known", ANA, TO, firm_name="Northlight", report_token="abc")
    assert known.as_mapping()["report_url"] == f"{SITE}/report/abc"
    with pytest.raises(LookupError, match="'report-known'"):
        letter_values("report-known", ANA, TO, firm_name="Northlight", report_token=None)


def test_a_probe_names_its_batch_and_nobody() -> None:
    """A letter to the firm says which batch it is about, and knows no client, link or coach."""
    reader = Reader("coaching@firm.example.test", "Ana Silva", "Jo")
    values = values_of(LETTERS["probe"], reader)
    assert values == probe_values(BATCH)
    said = " ".join(values.as_mapping().values())
    assert BATCH in said
    assert not any(word in said for word in ("Ana", "Jo", "http", "@"))


@pytest.mark.parametrize("about", [None, ""])
def test_a_probe_about_nothing_is_refused(about: str | None) -> None:
    """A probe that names no batch would tell the firm nothing."""
    with pytest.raises(LookupError, match="which batch"):
        letter_values("probe", ANA, TO, firm_name="Northlight", report_token=None, about=about)


def test_an_unknown_letter_is_refused_by_name() -> None:
    """A batch whose template was taken away is not filled with something else."""
    with pytest.raises(LetterError, match="no letter 'raport'"):
        letter_values("raport", ANA, TO, firm_name="Northlight", report_token=None)


def test_links_of_a_letter_are_signed_once() -> None:
    """The address in the footer and the one in the header are the same, for the cost of one."""
    assert TO.unsubscribe is TO.unsubscribe
    assert Links(SITE, SECRETS, MESSAGE) == TO


def test_report_tokens_open_reports_that_are_not_revoked(
    session: Session, content: Content, secrets: Secrets, now: datetime
) -> None:
    """The link of a submission is signed as a report link; a revoked one is not handed out again."""
    done = submit_assessment(session, content, secrets, form(content), now=now)
    assert report_tokens(session, [done.submission_id, uuid4()], secrets) == {
        done.submission_id: done.report_token
    }
    opened = links.read_as(secrets.keys, done.report_token, Purpose.REPORT)
    session.get_one(tables.AccessToken, opened).revoked_at = now
    session.flush()
    assert report_tokens(session, [done.submission_id], secrets) == {}
