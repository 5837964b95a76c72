"""Twelve weeks with the firm's own sequences: which letters come, when where the reader is, how they end."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from coaching.adapters import tables
from coaching.domain.sequence_documents import read_sequence
from coaching.settings import Settings
from coaching.usecases.acts import note_act
from coaching.usecases.enrollments import enroll
from coaching.usecases.pauses import pause_client, resume_client
from coaching.usecases.publish_sequences import publish_first
from coaching.usecases.replies import note_reply
from tests.journeys.by_links import link_in, pages
from tests.pages.plain_browser import PlainBrowser
from tests.support.drain import Firm, everyone
from tests.support.journeys import came, join
from tests.support.plans import leaning

pytestmark = pytest.mark.long
WEEKS = 12
FOOTER = "Choose fewer letters, or unsubscribe"
PARIS = "Europe/Paris"


@pytest.fixture
def now() -> datetime:
    """A Monday four weeks before clocks go back in Paris."""
    return datetime(2026, 9, 28, 8, 0, tzinfo=UTC)


def enter(firm: Firm, name: str, **changes: Any) -> UUID:
    """Let a client join a firm whose sequences are published."""
    with firm.database.transaction() as session:
        # Nobody is left alone here: a client's id, and so chance, would decide the journey.
        everybody = [
            read_sequence({**one.document, "hold_out": 0}) for one in firm.content.sequences.values()
        ]
        publish_first(session, everybody, now=firm.database.at)
    return join(firm, name, PARIS, **changes)


def drips(firm: Firm, client_id: UUID) -> list[str]:
    """Return what came of sequences, each letter as one line."""
    names = {step.letter for one in firm.content.sequences.values() for step in one.steps()}
    return [
        str(one)
        for one in came(firm, client_id)
        if one.template in names or any(rode in names for rode in one.riders)
    ]


def ways(firm: Firm, client_id: UUID) -> list[tuple[str, str, str | None]]:
    """Return the client's ways through sequences, with how they ended."""
    with firm.database.transaction() as session:
        row = tables.Enrollment
        query = select(row.sequence, row.state, row.end_reason).where(row.client_id == client_id)
        return [(a, b, c) for a, b, c in session.execute(query.order_by(row.started_at, row.sequence))]


def weeks(firm: Firm, number: int) -> None:
    """Go through the weeks; at the end of each everybody does something."""
    for _ in range(number):
        firm.run_until(firm.database.at + timedelta(weeks=1))
        with firm.database.transaction() as session:
            for client_id in session.scalars(select(tables.Client.id)):
                note_act(session, client_id, now=firm.database.at)


def low(firm: Firm, name: str = "Ana") -> UUID:
    """Let in who has little of a network and much of the rest, and is starting out."""
    return enter(firm, name, answers=leaning(firm.content, 5, networks=1), stage="starting")


def test_a_low_scorer_in_networks(firm: Firm, now: datetime) -> None:
    """Three letters on networks, at most one a week, and then the next focus area's."""
    who = low(firm)
    weeks(firm, WEEKS)
    assert drips(firm, who) == [
        "Wed 2026-09-30 09:00 networks-see",
        "Wed 2026-10-14 08:30 networks-try",
        "Wed 2026-11-11 08:30 networks-keep",
        "Wed 2026-11-18 08:30 horizon-see",
        "Tue 2026-12-01 08:30 horizon-try",
    ]
    assert ways(firm, who) == [
        ("networks", "ended", "completed"),
        ("horizon", "active", None),
    ]


def test_a_high_scorer(firm: Firm, now: datetime) -> None:
    """The letters follow the focus areas of the plan, one area after the other."""
    who = enter(firm, "Bo", answers=leaning(firm.content, 6))
    weeks(firm, WEEKS)
    assert drips(firm, who) == [
        "Wed 2026-09-30 09:00 horizon-see",
        "Tue 2026-10-13 08:30 horizon-try",
        "Wed 2026-11-04 08:30 horizon-keep",
        "Wed 2026-11-11 08:30 skills-see",
        "Tue 2026-11-24 08:30 skills-try",
        "Tue 2026-12-15 09:00 skills-keep",
        "Thu 2026-12-17 09:00 commitment-see",
    ]
    assert ways(firm, who) == [
        ("horizon", "ended", "completed"),
        ("skills", "ended", "completed"),
        ("commitment", "active", None),
    ]


def test_one_who_replies_in_the_second_week(firm: Firm, now: datetime) -> None:
    """A person has the word from then on: no letter of a sequence follows, nor another sequence."""
    who = low(firm)
    weeks(firm, 1)
    firm.run_until(firm.database.at + timedelta(days=2))
    with firm.database.transaction() as session:
        note_reply(session, who, actor="key:wp_1", now=firm.database.at)
    weeks(firm, WEEKS - 2)
    assert drips(firm, who) == [
        "Wed 2026-09-30 09:00 networks-see",
    ]
    assert ways(firm, who) == [
        ("networks", "ended", "replied"),
    ]


def test_one_who_stops_only_these(
    firm: Firm, settings: Settings, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    """On the page behind the letter's footer: no letter of a sequence follows, those of the plan go on."""
    who = low(firm)
    weeks(firm, 2)
    stopped_at = firm.database.at
    browser = PlainBrowser(pages(firm, settings, monkeypatch))
    letter = next(one for one in came(firm, who) if one.template == "networks-see")
    browser.open(link_in(letter.text, FOOTER)[1])
    assert "Ideas and reading (you came here from one of these)" in browser.page.text
    assert "Your choices are saved" in browser.press("", without="family.drip").text
    firm.work()
    weeks(firm, WEEKS - 2)
    assert drips(firm, who) == ["Wed 2026-09-30 09:00 networks-see"]
    assert ways(firm, who) == [
        ("networks", "ended", "unsubscribed"),
    ]
    assert sum(one.template == "week" and one.at.date() > stopped_at.date() for one in came(firm, who)) >= 8


PAUSED = {
    "skip": (
        "Wed 2026-09-30 09:00 networks-see",
        "Wed 2026-11-04 08:30 networks-keep",
        "Wed 2026-11-11 08:30 horizon-see",
        "Tue 2026-11-24 08:30 horizon-try",
        "Tue 2026-12-15 09:00 horizon-keep",
        "Thu 2026-12-17 09:00 skills-see",
    ),
    "hold": (
        "Wed 2026-09-30 09:00 networks-see",
        "Tue 2026-10-27 08:30 networks-try",
        "Wed 2026-11-18 08:30 networks-keep",
        "Wed 2026-11-25 08:30 horizon-see",
        "Tue 2026-12-08 08:30 horizon-try",
    ),
    "shift": (
        "Wed 2026-09-30 09:00 networks-see",
        "Tue 2026-10-27 08:30 networks-try",
        "Wed 2026-11-18 08:30 networks-keep",
        "Wed 2026-11-25 08:30 horizon-see",
        "Wed 2026-12-09 08:30 horizon-try",
    ),
}


@pytest.mark.parametrize("ending", PAUSED)
def test_one_paused_and_resumed(firm: Firm, now: datetime, ending: str) -> None:
    """What fell into three weeks' pause is left out or comes after it, one letter at a time."""
    who = low(firm)
    weeks(firm, 1)
    with firm.database.transaction() as session:
        pause_client(session, who, until=None, ending=ending, actor="key:wp_1", now=firm.database.at)
    weeks(firm, 3)
    with firm.database.transaction() as session:
        resume_client(session, who, actor="key:wp_1", now=firm.database.at)
    weeks(firm, WEEKS - 4)
    assert tuple(drips(firm, who)) == PAUSED[ending]
    assert ways(firm, who)[0] == ("networks", "ended", "completed")


ORDER = ("see", "try", "keep")
TWO = {
    "welcome": (
        "Tue 2026-09-29 09:00 welcome-hello",
        "Tue 2026-10-06 08:30 welcome-report-career",
        "Tue 2026-10-13 08:30 welcome-step-starting",
        "Tue 2026-10-20 08:30 welcome-people-career",
        "Tue 2026-10-27 08:30 welcome-rhythm",
        "Tue 2026-11-03 08:30 horizon-see",
        "Wed 2026-11-18 08:30 horizon-try",
        "Wed 2026-12-09 09:00 horizon-keep",
        "Mon 2026-12-14 08:30 skills-see",
    ),
    "coaching": (
        "Wed 2026-09-30 09:00 networks-see",
        "Wed 2026-10-14 08:30 networks-try",
        "Wed 2026-11-11 08:30 networks-keep",
        "Wed 2026-11-18 08:30 horizon-see",
        "Tue 2026-12-01 08:30 horizon-try",
    ),
}


@pytest.mark.parametrize("other", TWO)
def test_one_in_two_sequences(firm: Firm, now: datetime, other: str) -> None:
    """The one that matters more goes on and ends the other, whose letters never come."""
    who = low(firm)
    with firm.database.transaction() as session:
        enroll(session, who, other, actor="key:wp_1", may_write_to=everyone, now=firm.database.at)
    weeks(firm, WEEKS)
    assert tuple(drips(firm, who)) == TWO[other]
    outranked = {name for name, _, reason in ways(firm, who) if reason == "outranked"}
    assert outranked == {"networks" if other == "welcome" else "coaching"}


def test_one_in_two_sequences_of_the_same_rank(firm: Firm, now: datetime) -> None:
    """Both go to their end, in turns, never two letters on one day."""
    who = low(firm)
    with firm.database.transaction() as session:
        enroll(session, who, "identity", actor="key:wp_1", may_write_to=everyone, now=firm.database.at)
    weeks(firm, WEEKS)
    letters = drips(firm, who)
    days = [one.split()[1] for one in letters]
    assert len(days) == len(set(days))
    had = [one.split()[-1] for one in letters]
    for name in ("identity", "networks"):
        assert [one for one in had if one.startswith(name)] == [f"{name}-{step}" for step in ORDER]
        assert (name, "ended", "completed") in ways(firm, who)
