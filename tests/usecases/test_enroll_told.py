"""The timeline says why a letter of a sequence was called off, to the client and to the coach."""

from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from coaching.adapters.secrets import Secrets
from coaching.usecases.enrollments import withdraw
from coaching.usecases.schedule import schedule_client
from coaching.usecases.timeline import Decided, read_timeline
from tests.support.drain import everyone
from tests.support.underway import DAY, Underway, put_underway
from tests.usecases.test_enroll_settled import ENDS, KEY, begin

SAID = {
    "goal": "You reached what these letters are for on Tuesday 24 November",
    "reply": "You wrote to us on Tuesday 24 November",
    "talk": "You asked for a talk on Tuesday 24 November",
    "all letters": "Letters of this kind to you were stopped on Tuesday 24 November",
    "drips": "Letters of this kind to you were stopped on Tuesday 24 November",
    "consent": "Letters of this kind to you were stopped on Tuesday 24 November",
    "pause": "Your letters were paused on Tuesday 24 November",
    "plan": "Your plan was completed on Tuesday 24 November",
    "better": "Other letters of ours began that come first",
}


def called_off(session: Session, ana: Underway, now: datetime) -> Decided:
    """Plan her letters anew, and return what the timeline says of the one that was called off."""
    schedule_client(session, ana.client_id, may_write_to=everyone, now=now)
    page, _ = read_timeline(session, ana.client_id)
    (entry,) = [
        one for one in page if one.message.template == "networks-see" and one.message.state != "planned"
    ]
    assert entry.decision.outcome == "cancel"
    return entry.decision


@pytest.mark.parametrize("what", ENDS)
def test_each_exit_is_told(session: Session, secrets: Secrets, now: datetime, what: str) -> None:
    """In the client's second person, and beside the rule for the coach."""
    ana = put_underway(session, secrets, now)
    begin(session, ana, now)
    ENDS[what][1](session, ana, now + DAY)
    told = called_off(session, ana, now + DAY)
    assert told.for_client == f"{SAID[what]}, so this letter was called off."
    assert told.for_coach != told.for_client
    assert "You" not in told.for_coach


def test_what_was_ended_by_hand_is_told(session: Session, secrets: Secrets, now: datetime) -> None:
    """The client hears that it was us."""
    ana = put_underway(session, secrets, now)
    withdraw(session, begin(session, ana, now), actor=KEY, now=now + DAY)
    session.flush()
    told = called_off(session, ana, now + DAY)
    assert told.for_client.startswith("We ended these letters on Tuesday 24 November")
    assert "The sequence was ended by hand on Tuesday 24 November." in told.for_coach
