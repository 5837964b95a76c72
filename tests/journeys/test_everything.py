"""Half a year with all that the firm has written: plan, sequences and library, and all that comes."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from coaching.adapters import tables
from coaching.domain.links import Purpose
from coaching.domain.sequence_documents import read_sequence
from coaching.usecases.acts import note_act
from coaching.usecases.approve_plan import approve_plan
from coaching.usecases.confirm import act_on_link
from coaching.usecases.publish_sequences import publish_first
from coaching.usecases.submit import submit_assessment
from tests.journeys.everything import LETTERS, WAYS
from tests.support.drain import Firm
from tests.support.forms import form, link
from tests.support.journeys import Came, came, reach_next
from tests.support.plans import COACH, leaning

# Half a year of work, on a machine that may have other things to do.
pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]

WEEKS = 26
WEEK = timedelta(weeks=1)
TO_READ = "For a free moment\n"


@pytest.fixture
def now() -> datetime:
    """A Monday four weeks before clocks go back in Paris."""
    return datetime(2026, 9, 28, 8, 0, tzinfo=UTC)


def publish(firm: Firm) -> None:
    """Publish the firm's sequences; nobody is left alone, since chance would decide the journey."""
    with firm.database.transaction() as session:
        every = [read_sequence({**one.document, "hold_out": 0}) for one in firm.content.sequences.values()]
        publish_first(session, every, now=firm.database.at)


def arrive(firm: Firm) -> UUID:
    """Let somebody fill in the form and confirm it; two days later a coach approves the plan."""
    with firm.database.transaction() as session:
        answers = leaning(firm.content, 5, networks=1, skills=2)
        filled = form(firm.content, answers=answers, stage="starting", importance={})
        done = submit_assessment(session, firm.content, firm.secrets, filled, now=firm.database.at)
    firm.run_until(firm.database.at + timedelta(hours=1))
    with firm.database.transaction() as session:
        token = link(session, firm.secrets.keys, Purpose.CONFIRM, done.submission_id)
        act_on_link(session, firm.secrets, token, now=firm.database.at)
    firm.run_until(firm.database.at + timedelta(days=2))
    with firm.database.transaction() as session:
        approve_plan(session, done.client_id, differences=None, actor=COACH, now=firm.database.at)
    firm.run_until(firm.database.at + timedelta(days=5))
    return done.client_id


def live(firm: Firm, client_id: UUID) -> None:
    """Go through the weeks; at the end of each she does something, every third a step is reached."""
    for week in range(1, WEEKS + 1):
        firm.run_until(firm.database.at + WEEK)
        with firm.database.transaction() as session:
            note_act(session, client_id, now=firm.database.at)
        if week % 3 == 0:
            reach_next(firm, client_id)
        firm.work()


def told(letter: Came) -> str:
    """Return a letter as one line, which says where it has something to read beside a step."""
    return f"{letter} + to read" if TO_READ in letter.text else str(letter)


def ways(firm: Firm, client_id: UUID) -> list[tuple[str, str, str | None]]:
    """Return the client's ways through sequences, with how they ended."""
    row = tables.Enrollment
    query = select(row.sequence, row.state, row.end_reason).where(row.client_id == client_id)
    with firm.database.transaction() as session:
        return [(a, b, c) for a, b, c in session.execute(query.order_by(row.started_at, row.sequence))]


def items(firm: Firm, client_id: UUID) -> list[str]:
    """Return what the client's letters brought from the library."""
    row = tables.Message
    query = select(row.detail["item"].astext).where(row.recipient_id == client_id, row.detail.has_key("item"))
    with firm.database.transaction() as session:
        return [item for item in session.scalars(query) if item is not None]


def test_half_a_year_of_everything(firm: Firm, now: datetime) -> None:
    """Exactly these letters come; one sequence follows the other; nothing to read comes twice."""
    publish(firm)
    client_id = arrive(firm)
    live(firm, client_id)
    assert [told(one) for one in came(firm, client_id)] == LETTERS
    assert ways(firm, client_id) == WAYS
    brought = items(firm, client_id)
    assert len(set(brought)) == len(brought)
    texts = "\n".join(one.text for one in came(firm, client_id))
    assert all(firm.content.library[item].address in texts for item in brought)
