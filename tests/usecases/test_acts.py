"""Who was left alone is written to again once they act, whichever way; what others do is no act of theirs."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.content import Content
from coaching.adapters.secrets import Secrets
from coaching.domain.engine.state import ClientState
from coaching.domain.links import Purpose
from coaching.domain.milestones import Report
from coaching.reactions import Reactions
from coaching.usecases.client_states import load_states
from coaching.usecases.confirm import act_on_link
from coaching.usecases.facts import drain
from coaching.usecases.milestone_reports import take_report
from coaching.usecases.relationships import snooze
from coaching.usecases.submit import submit_assessment
from coaching.usecases.unsubscribe import resume_letters, unsubscribe
from tests.support.deeds import TODAY, Hand, acted_at
from tests.support.drain import everyone
from tests.support.forms import form, link
from tests.support.underway import DAY, Underway, put_underway

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class LeftAlone:
    """Ana, who left seven letters unanswered, the one that asked included."""

    session: Session
    content: Content
    secrets: Secrets
    now: datetime
    underway: Underway

    def work_off(self) -> None:
        """Follow up on every fact that waits."""
        while drain(self.session, Reactions(self.content, everyone), now=self.now + MINUTE):
            pass

    def unanswered(self) -> int:
        """Return how many letters count as unanswered."""
        return self._state().unanswered

    def of_the_plan(self) -> set[str]:
        """Return the letters of her plan that stand planned."""
        letters = self._state().letters
        return {one.template for one in letters if one.state == "planned" and one.family != "transactional"}

    def _state(self) -> ClientState:
        ids = [self.underway.client_id]
        return load_states(self.session, ids, may_write_to=everyone, now=self.now)[ids[0]]

    def form(self, **changes: object) -> None:
        """Send in her form once more."""
        again = form(self.content, **changes)
        submit_assessment(self.session, self.content, self.secrets, again, now=self.now)

    def answers(self, purpose: Purpose) -> None:
        """Somebody fills in a form under her address, and she says whose it is."""
        self.form()
        self.work_off()
        assert self.unanswered() == 7
        of_the_form = select(tables.Submission.id).order_by(tables.Submission.at.desc()).limit(1)
        token = link(self.session, self.secrets.keys, purpose, self.session.scalars(of_the_form).one())
        act_on_link(self.session, self.secrets, token, now=self.now)

    def reports(self) -> None:
        """The firm's program tells of something that no milestone of hers is."""
        names = {"client": {"email": "ana@example.test"}, "milestone": {"ref": "unheard-of"}}
        take_report(self.session, self.content, names, Report("reached"), actor="key:1", now=self.now)

    def stops_and_resumes(self) -> None:
        """She stops letters and lets them come again."""
        letter = self.underway.letter(self.session, "milestone-reached", milestone=uuid4())
        token = self.underway.token(Purpose.UNSUBSCRIBE, letter)
        unsubscribe(self.session, self.secrets, token, now=self.now)
        assert resume_letters(self.session, self.secrets, token, now=self.now).state == "on"

    def presses_late(self) -> None:
        """She presses a button whose work was done by others long ago."""
        step = self.underway.milestone(self.session, state="reached", reached_at=self.now - 9 * DAY)
        letter = self.underway.letter(self.session, "milestone-ahead", milestone=step)
        self._press(self.underway.token(Purpose.DONE, letter))

    def puts_off_what_rests(self) -> None:
        """She puts off reminders that her coach has put off until the same day."""
        mentor = self.underway.relationship(self.session)
        letter = self.underway.letter(self.session, "mentor-nudge", relationship=mentor, time=1)
        snooze(self.session, mentor, TODAY + 7 * DAY, actor="coach:1", now=self.now)
        self.work_off()
        assert self.of_the_plan() == set()
        self._press(self.underway.token(Purpose.LATER, letter))

    def _press(self, token: str) -> None:
        Hand(self.session, self.content, self.secrets, self.now)(token)


@pytest.fixture
def ana(session: Session, content: Content, secrets: Secrets, now: datetime) -> LeftAlone:
    """Ana, whose plan goes on without her."""
    underway = put_underway(session, secrets, now)
    underway.milestone(session)
    for days in range(1, 8):
        at = now - days * DAY
        session.add(
            tables.AttentionSlot(
                client_id=underway.client_id, local_date=at.date(), message_id=uuid4(), taken_at=at
            )
        )
    session.flush()
    one = LeftAlone(session, content, secrets, now, underway)
    one.work_off()
    assert (one.unanswered(), one.of_the_plan()) == (7, set())
    return one


@pytest.mark.parametrize(
    "act",
    [
        pytest.param(lambda ana: ana.form(trust="firm", confirmed=True), id="a form by the firm's program"),
        pytest.param(lambda ana: ana.answers(Purpose.MINE), id="that was me"),
        pytest.param(LeftAlone.reports, id="a report that matches nothing"),
        pytest.param(LeftAlone.stops_and_resumes, id="let letters come again"),
        pytest.param(LeftAlone.presses_late, id="a button that comes late"),
        pytest.param(LeftAlone.puts_off_what_rests, id="a wish that holds already"),
    ],
)
def test_an_act_brings_letters_again(ana: LeftAlone, act: Callable[[LeftAlone], None]) -> None:
    """It is noted, and what the plan calls for is planned by the fact alone."""
    act(ana)
    ana.work_off()
    assert acted_at(ana.session, ana.underway.client_id) == ana.now
    assert ana.unanswered() == 0
    assert "week" in ana.of_the_plan()


@pytest.mark.parametrize(
    "deed",
    [
        pytest.param(LeftAlone.form, id="typed by anybody"),
        pytest.param(lambda ana: ana.answers(Purpose.NOT_MINE), id="disowned"),
    ],
)
def test_a_strangers_form_is_no_act(ana: LeftAlone, deed: Callable[[LeftAlone], None]) -> None:
    """Whoever types an address into the public form sets no letters of a plan going."""
    deed(ana)
    ana.work_off()
    assert acted_at(ana.session, ana.underway.client_id) is None
    assert (ana.unanswered(), ana.of_the_plan()) == (7, set())


def test_confirming_a_first_form_is_an_act(
    session: Session, content: Content, secrets: Secrets, now: datetime
) -> None:
    """Not when it is typed, but when the mailbox has said that it is theirs."""
    first = submit_assessment(session, content, secrets, form(content), now=now)
    while drain(session, Reactions(content, everyone), now=now):
        pass
    assert acted_at(session, first.client_id) is None
    token = link(session, secrets.keys, Purpose.CONFIRM, first.submission_id)
    for minutes in (1, 2):
        act_on_link(session, secrets, token, now=now + minutes * MINUTE)
    assert acted_at(session, first.client_id) == now + MINUTE
