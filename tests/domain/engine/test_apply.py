"""The state that `apply` gives is the one that the database would give."""

from datetime import timedelta
from uuid import UUID

import pytest

from coaching.domain.engine.apply import apply
from coaching.domain.engine.happenings import Acted, LetterEnded, LetterQueued, LetterReturned
from tests.support.states import NOON, client, letter

LETTER = UUID(int=9)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize("end", ["failed", "skipped", "expired", "cancelled"])
def test_a_letter_that_ends_gives_back_what_it_took(end: str) -> None:
    """A queued letter counts as unanswered, until it turns out that it never went."""
    before = client(letters=(letter(id=LETTER),), unanswered=5)
    queued = apply(before, LetterQueued(LETTER, NOON))
    assert queued.unanswered == 6
    ended = apply(queued, LetterEnded(LETTER, end))
    assert (ended.unanswered, ended.letters[0].slot_on) == (5, None)
    assert apply(ended, LetterEnded(LETTER, end)).unanswered == 5


def test_a_letter_that_took_nothing_gives_nothing_back() -> None:
    """One that was only planned, one that goes on top by right, and one that was answered by an act."""
    planned = client(letters=(letter(id=LETTER),), unanswered=5)
    assert apply(planned, LetterEnded(LETTER, "expired")).unanswered == 5
    on_top = client(letters=(letter(id=LETTER, ignore_budget=True),), unanswered=5)
    assert apply(apply(on_top, LetterQueued(LETTER, NOON)), LetterEnded(LETTER, "failed")).unanswered == 5
    answered = apply(apply(planned, LetterQueued(LETTER, NOON)), Acted(NOON + HOUR))
    assert apply(answered, LetterEnded(LETTER, "failed")).unanswered == 0


def test_a_letter_that_comes_back_waits_as_before() -> None:
    """Its date was spent elsewhere: it has not gone, so it counts for nothing yet."""
    before = client(letters=(letter(id=LETTER),), unanswered=5)
    assert apply(apply(before, LetterQueued(LETTER, NOON)), LetterReturned(LETTER)) == before
