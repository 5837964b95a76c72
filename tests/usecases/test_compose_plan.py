"""The letters of a plan: true on the day they go, each link doing what it says, nothing told to strangers."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.secrets import Secrets
from coaching.domain import links
from coaching.domain.deeds import DEEDS
from coaching.domain.letters import LETTERS, TOUCHES, WEEK
from coaching.domain.links import Purpose
from coaching.domain.plan_words import FIND_A_MENTOR
from coaching.usecases.compose_plan import WRITERS, plan_letter_values
from coaching.usecases.letter_subjects import behind_message
from tests.support.drain import PUBLIC_URL
from tests.support.letter_writing import desk_of, put_report_link, values_of
from tests.support.underway import Underway, put_underway

TODAY = date(2026, 11, 23)  # a Monday
DAY = timedelta(days=1)
CADENCES = [
    {"kind": "check_in", "text": "A talk every two weeks.", "why": "You come to 48; this goes with it."},
    {"kind": "event", "text": "One event in your field a quarter.", "why": "Networks came out low"},
]
OF_MILESTONES = ("milestone-ahead", "milestone-overdue", "milestone-reached", "find-a-mentor", "decision-day")
OF_TIES = ("mentor-nudge", "keep-in-touch")
OF_EVENTS = ("event-register", "event-eve", "event-after")
OF_PLANS = ("check-in", "plan-approved", "plan-changed", "farewell")

every_letter = pytest.mark.parametrize("template", WRITERS)


@pytest.fixture
def underway(session: Session, secrets: Secrets, now: datetime) -> Underway:
    """Ana, whose plan is under way, with a report that can be opened."""
    one = put_underway(session, secrets, now)
    session.get_one(tables.Plan, one.plan_id).cadences = CADENCES
    put_report_link(session, one.plan_id)
    return one


@pytest.fixture
def write(session: Session, secrets: Secrets, now: datetime) -> Callable[[UUID], dict[str, str]]:
    """Writes a letter and gives its values by name."""

    def write_one(message_id: UUID) -> dict[str, str]:
        return values_of(session, secrets, message_id, now).as_mapping()

    return write_one


def put(session: Session, underway: Underway, template: str, **changes: Any) -> UUID:
    """Add a letter of this kind with what it is about."""
    if template in OF_MILESTONES:
        changes = {"decides": template == "decision-day", **changes}
        return underway.letter(session, template, milestone=underway.milestone(session, **changes))
    if template in OF_PLANS:
        return underway.letter(session, template, plan=underway.plan_id)
    if template == "still-useful":
        return underway.letter(session, template)
    kind = "event" if template in OF_EVENTS else "mentor"
    about = underway.relationship(session, **{"kind": kind, **changes})
    return underway.letter(session, template, relationship=about)


def test_every_letter_of_a_plan_has_its_writer() -> None:
    """What is registered and not about a report, an invitation or a sequence is here, or is a week."""
    written = {*WRITERS, WEEK, TOUCHES}
    others = {"report", "report-reminder", "report-known", "was-this-you", "look-again"}
    to_clients = {name for name, one in LETTERS.items() if one.reader == "client" and one.family != "drip"}
    assert written == to_clients - others


@every_letter
def test_every_letter_is_whole(
    session: Session, secrets: Secrets, now: datetime, underway: Underway, template: str
) -> None:
    """It has values of its own kind, none of them empty, a greeting, and a way out by this very letter."""
    message_id = put(session, underway, template)
    values = values_of(session, secrets, message_id, now)
    said = values.as_mapping()
    assert type(values) is LETTERS[template].variables
    assert all(said.values())
    assert (said["greeting"], said["sign_off"]) == ("Hello Ana,", "Jo, your coach")
    token = said["unsubscribe_url"].removeprefix(f"{PUBLIC_URL}/unsubscribe/")
    assert links.read(secrets.keys, token) == (Purpose.UNSUBSCRIBE, message_id)


@every_letter
def test_every_link_can_be_acted_on(
    session: Session, secrets: Secrets, now: datetime, underway: Underway, template: str
) -> None:
    """Each act link is signed for this letter, and what it is for fits what the letter is about."""
    message_id = put(session, underway, template)
    said = values_of(session, secrets, message_id, now).as_mapping()
    acts = [url.removeprefix(f"{PUBLIC_URL}/act/") for url in said.values() if f"{PUBLIC_URL}/act/" in url]
    purposes = [links.read(secrets.keys, token) for token in acts]
    assert len(set(purposes)) == len(acts)
    for purpose, about in purposes:
        assert about == message_id
        assert purpose in {*DEEDS, Purpose.ANSWER}
        assert behind_message(session, purpose, message_id, now=now).subjects


@pytest.mark.parametrize("name", OF_MILESTONES)
def test_a_step_is_told_in_its_own_words(
    session: Session, underway: Underway, write: Callable[[UUID], dict[str, str]], name: str
) -> None:
    """Title, day and reason are those of the row at this moment."""
    message_id = put(session, underway, name, title="Sort your values.", why="purpose came out low")
    milestone_id = UUID(session.get_one(tables.Message, message_id).detail["milestone"])
    session.get_one(tables.Milestone, milestone_id).due_on = date(2026, 12, 3)
    session.flush()
    said = write(message_id)
    assert said["step"] == "Sort your values"
    assert said.get("day", "Thursday 3 December") == "Thursday 3 December"
    assert said.get("reason", "Why: Purpose came out low.") == "Why: Purpose came out low."


def test_what_somebody_typed_is_data(
    session: Session, underway: Underway, write: Callable[[UUID], dict[str, str]]
) -> None:
    """A name and a note are one short line each and bring no address of their own."""
    about = underway.relationship(
        session, name="Bo\nhttps://evil.example", last_note="see www.evil.example " + "x" * 500
    )
    said = write(underway.letter(session, "mentor-nudge", relationship=about))
    assert said["person"].startswith("Bo https:\u200c")
    assert "evil.example" not in said["noted"]
    assert len(said["noted"]) < 300


def test_a_nudge_tells_what_to_talk_about(
    session: Session, underway: Underway, write: Callable[[UUID], dict[str, str]]
) -> None:
    """The last contact and the last note stand in it; where there are none, other phrases do."""
    told = underway.relationship(session, last_contact_on=TODAY - 42 * DAY, last_note="ask about her team")
    new = underway.relationship(session, last_contact_on=None, last_note=None, name="Kim")
    said = write(underway.letter(session, "mentor-nudge", relationship=told, time=3))
    assert said["spoke"] == "You and Bo Larsen were last in touch six weeks ago."
    assert said["noted"] == "You noted last time: \u201cask about her team\u201d."
    assert "last reminder" in said["ask"]
    assert said["reason"] == "Why: Your plan has you in touch about once a month."
    said = write(underway.letter(session, "mentor-nudge", relationship=new, time=1))
    assert said["spoke"] == "As far as we know, you and Kim haven't been in touch yet."
    assert "noted" not in said["noted"]


def test_today_is_the_clients(session: Session, secrets: Secrets, underway: Underway) -> None:
    """At one moment it is the eve for a client in Paris, and the day itself for one in Auckland."""
    about = underway.relationship(session, kind="event", name="The Evening", starts_on=TODAY + DAY)
    message_id = underway.letter(session, "event-eve", relationship=about)
    at = datetime.fromisoformat("2026-11-23T12:30:00+00:00")
    assert values_of(session, secrets, message_id, at).as_mapping()["coming"] == (
        "The Evening is tomorrow, Tuesday 24 November."
    )
    session.get_one(tables.Client, underway.client_id).time_zone = "Pacific/Auckland"
    session.flush()
    assert values_of(session, secrets, message_id, at).as_mapping()["coming"] == (
        "The Evening is today, Tuesday 24 November."
    )


def test_rhythms_give_their_reason(
    session: Session, underway: Underway, write: Callable[[UUID], dict[str, str]]
) -> None:
    """A talk and an event have the reason that the plan has for their rhythm, or a plain one without it."""
    check_in, event = put(session, underway, "check-in"), put(session, underway, "event-register")
    assert write(check_in)["reason"] == "Why: You come to 48; this goes with it."
    assert write(event)["reason"] == "Why: Networks came out low."
    session.get_one(tables.Plan, underway.plan_id).cadences = []
    session.flush()
    assert write(check_in)["reason"] == "Why: Your plan has a talk about now."
    assert write(event)["reason"] == "Why: We put it into your plan together."


@pytest.mark.parametrize("template", ["milestone-ahead", "milestone-overdue"])
def test_a_decision_is_not_begun_but_taken(
    session: Session,
    secrets: Secrets,
    underway: Underway,
    write: Callable[[UUID], dict[str, str]],
    template: str,
) -> None:
    """Its button asks what was chosen, beside it stands the report, and the coach offers a talk first."""
    message_id = put(session, underway, template, decides=True, detail="Choose one.")
    said = write(message_id)
    assert (said["act_label"], said["first_label"]) == ("Say what I chose", "Open my report")
    assert said["first_url"].startswith(f"{PUBLIC_URL}/report/")
    assert said["how"] == ("Choose one. I would gladly talk it over with you first; just answer this letter.")
    asks = {links.read(secrets.keys, url.rpartition("/")[2])[0] for url in said.values() if "/act/" in url}
    assert asks == {Purpose.DECIDE, Purpose.POSTPONE, Purpose.NOT_USEFUL, Purpose.ANSWER}


def test_finding_a_mentor_has_words_of_its_own(
    session: Session, underway: Underway, write: Callable[[UUID], dict[str, str]]
) -> None:
    """Somebody is found or asked, also where the step is late; any other step is done or begun."""
    for kind, labels in (
        (FIND_A_MENTOR, ("I found someone", "I've asked someone")),
        ("route-map", ("It's done", "I've started")),
    ):
        for template in ("find-a-mentor", "milestone-overdue"):
            said = write(put(session, underway, template, kind=kind))
            assert (said["act_label"], said["first_label"]) == labels


def test_a_decision_without_a_report_is_still_asked_for(
    session: Session, underway: Underway, write: Callable[[UUID], dict[str, str]]
) -> None:
    """Where the report has no link any more, the questionnaire stands in its place."""
    message_id = put(session, underway, "milestone-ahead", decides=True)
    for row in session.scalars(select(tables.AccessToken)):
        row.revoked_at = underway.now
    session.flush()
    said = write(message_id)
    assert (said["first_label"], said["first_url"]) == (
        "Fill in the questionnaire again",
        f"{PUBLIC_URL}/intake/job-career",
    )


def test_what_comes_next_is_what_is_due_first(
    session: Session, underway: Underway, write: Callable[[UUID], dict[str, str]]
) -> None:
    """Among the open steps of the plan; what is reached, dropped or only proposed isn't named."""
    reached = underway.milestone(session, state="reached", reached_at=underway.now, title="A log")
    for state, days in (("proposed", 1), ("active", 9), ("started", 5)):
        underway.milestone(session, state=state, due_on=TODAY + days * DAY, title=f"{state} step")
    message_id = underway.letter(session, "milestone-reached", milestone=reached)
    assert (
        write(message_id)["next_step"]
        == "What comes next: \u201cstarted step\u201d, by Saturday 28 November."
    )


def test_a_farewell_counts_what_was_reached(
    session: Session, underway: Underway, write: Callable[[UUID], dict[str, str]]
) -> None:
    """It looks back on the steps of this plan."""
    for _ in range(2):
        underway.milestone(session, state="reached", reached_at=underway.now)
    underway.milestone(session)
    assert write(put(session, underway, "farewell"))["reached"] == "You reached two steps along the way."


def test_the_report_is_opened_by_its_link(
    session: Session, secrets: Secrets, underway: Underway, write: Callable[[UUID], dict[str, str]]
) -> None:
    """The button opens the report that the plan was made from; without a link there is no letter."""
    message_id = put(session, underway, "plan-approved")
    token = write(message_id)["report_url"].removeprefix(f"{PUBLIC_URL}/report/")
    row = session.get_one(tables.AccessToken, links.read_as(secrets.keys, token, Purpose.REPORT))
    assert row.submission_id == session.get_one(tables.Plan, underway.plan_id).submission_id
    row.revoked_at = underway.now
    session.flush()
    with pytest.raises(LookupError, match="has no link"):
        write(message_id)


@pytest.mark.parametrize(
    ("template", "key"),
    [("milestone-ahead", "milestone"), ("mentor-nudge", "relationship"), ("check-in", "plan")],
)
def test_what_is_gone_is_not_written_about(
    session: Session, underway: Underway, write: Callable[[UUID], dict[str, str]], template: str, key: str
) -> None:
    """A letter about nothing is refused, without a word about anybody."""
    with pytest.raises(LookupError, match=f"^the {key} that it is about is not there$"):
        write(underway.letter(session, template, **{key: uuid4()}))
    with pytest.raises(LookupError, match=f"the {key} that"):
        write(underway.letter(session, template))


def test_nobody_reads_of_another_client(
    session: Session, secrets: Secrets, now: datetime, underway: Underway
) -> None:
    """A letter that names somebody else's milestone is not written."""
    other = put_underway(session, secrets, now, email="bo@example.test")
    message_id = underway.letter(session, "milestone-ahead", milestone=other.milestone(session))
    with pytest.raises(LookupError):
        values_of(session, secrets, message_id, now)


def test_without_a_coach_the_firm_offers_the_talk(
    session: Session, secrets: Secrets, now: datetime, underway: Underway
) -> None:
    """Nobody is promised a coach whom they don't have."""
    desk = desk_of(session, secrets, put(session, underway, "decision-day"), now, coach_name=None)
    said = plan_letter_values(desk).as_mapping()
    assert said["sign_off"] == "Northlight"
    assert said["talk"] == "If you would like to talk it over first, just answer this letter."


@every_letter
def test_without_a_coach_no_letter_speaks_of_one(
    session: Session, secrets: Secrets, now: datetime, underway: Underway, template: str
) -> None:
    """Not in a reason that nobody wrote, nor in what comes next, nor in the footer."""
    message_id = put(session, underway, template, **({"why": ""} if template in OF_MILESTONES else {}))
    said = plan_letter_values(desk_of(session, secrets, message_id, now, coach_name=None)).as_mapping()
    assert "coach" not in " ".join(value for value in said.values() if "://" not in value).lower()


@every_letter
def test_a_coach_writes_in_the_first_person(
    session: Session, secrets: Secrets, now: datetime, underway: Underway, template: str
) -> None:
    """The name of whoever signs stands under the letter, and nowhere else in it."""
    message_id = put(session, underway, template)
    desk = desk_of(session, secrets, message_id, now, coach_name="Tomas Lindgren")
    said = plan_letter_values(desk).as_mapping()
    assert [name for name, value in said.items() if "Tomas" in value] == ["sign_off"]
