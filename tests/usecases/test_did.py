"""'I did it' in a letter of a sequence: a deed like the others, and nothing in the plan changes."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.content import Content
from coaching.adapters.secrets import Secrets
from coaching.domain.deeds import CHECK_IN, DEEDS, LETTERS, OF_A_SEQUENCE, Subject, fits
from coaching.domain.errors import NotFound
from coaching.domain.links import Purpose
from coaching.usecases.undo_deed import undo_deed
from tests.support.deeds import Hand, acted_at, events, letter_for
from tests.support.underway import put_underway

HOUR = timedelta(hours=1)


def test_it_is_noted_once_and_can_be_taken_back(
    session: Session, content: Content, secrets: Secrets, now: datetime
) -> None:
    """The client has acted, also when they press again; undone, it is as if they hadn't."""
    ana = put_underway(session, secrets, now)
    token = ana.token(Purpose.DID, letter_for(session, ana, Purpose.DID))
    press = Hand(session, content, secrets, now)
    assert press(token).standing == press(token, at=now + HOUR).standing
    [done] = session.scalars(select(tables.Deed)).all()
    assert (done.purpose, done.about, done.at) == (Purpose.DID, None, now)
    assert events(session) == [("client_acted", {"what": "did"})]
    assert acted_at(session, ana.client_id) == now

    undo_deed(session, secrets, ana.token(Purpose.UNDO, done.id), now=now + 2 * HOUR)
    assert acted_at(session, ana.client_id) is None
    assert press(token, at=now + 3 * HOUR).standing


def test_only_letters_of_sequences_have_it(session: Session, secrets: Secrets, now: datetime) -> None:
    """It fits nothing else, and nothing else fits them."""
    subjects = [LETTERS, CHECK_IN, Subject("milestone"), Subject("relationship")]
    assert not [one for one in subjects if fits(Purpose.DID, one)]
    assert [one for one in (*DEEDS, Purpose.ANSWER) if fits(one, OF_A_SEQUENCE)] == [Purpose.DID]


@pytest.mark.parametrize("purpose", sorted({*DEEDS, Purpose.ANSWER} - {Purpose.DID}))
def test_a_forged_purpose_does_nothing(
    session: Session, content: Content, secrets: Secrets, now: datetime, purpose: Purpose
) -> None:
    """A link that no such letter has, opens nothing."""
    ana = put_underway(session, secrets, now)
    token = ana.token(purpose, letter_for(session, ana, Purpose.DID))
    with pytest.raises(NotFound):
        Hand(session, content, secrets, now)(token)
