"""The words of the action pages, for everything that a letter may be about."""

from datetime import date, timedelta
from itertools import product
from uuid import UUID

import pytest

from api.pages.act_answers import past, taken_back, told
from api.pages.act_questions import asking, asking_whom, when
from coaching.domain.deeds import CHECK_IN, DEEDS, LETTERS, Subject, asks_for_decision, fits, is_past
from coaching.domain.links import Purpose
from coaching.domain.plan_words import (
    FIND_A_MENTOR,
    MILESTONE_STATES,
    RELATIONSHIP_KINDS,
    RELATIONSHIP_STATES,
)
from coaching.usecases.read_deeds import Standing

TODAY = date(2026, 11, 23)
DAYS = [TODAY + timedelta(days=days) for days in (-3, 0, 20, 400)]
ID = UUID(int=7)
# What a deed left behind, as far as the words look at it.
KEPT = {"decision": "shift"}
MOVED = {"due_on": "2027-01-31", "not_before": "2027-01-31"}

SUBJECTS = [
    LETTERS,
    CHECK_IN,
    *(
        Subject("milestone", ID, kind, "List 20 contacts", state, on, decides=decides, decision=decision)
        for kind, state, on, (decides, decision) in product(
            ("contacts-list", FIND_A_MENTOR),
            MILESTONE_STATES,
            DAYS,
            ((False, None), (True, None), (True, "stay")),
        )
    ),
    *(
        Subject(
            "relationship",
            ID,
            kind,
            "Bo Larsen",
            state,
            on if kind == "event" else None,
            registered=registered,
        )
        for kind, state, on, registered in product(
            RELATIONSHIP_KINDS, RELATIONSHIP_STATES, DAYS, (False, True)
        )
    ),
]


@pytest.mark.parametrize("purpose", sorted(DEEDS))
def test_every_page_has_its_words(purpose: Purpose) -> None:
    """Whatever a link is for and about, there are whole sentences for before, after, past and undone."""
    for subject in SUBJECTS:
        if not fits(purpose, subject):
            continue
        asked = asking(purpose, subject, today=TODAY)
        done = [
            told(purpose, Standing(subject, TODAY, left, "", next_on), today=TODAY)
            for left, next_on in product((KEPT, KEPT | MOVED), (None, TODAY))
        ]
        gone = [past(subject)] if is_past(purpose, subject, today=TODAY) else []
        for words in (asked, *done, *gone):
            assert words.heading[0].isupper()
            assert words.lede.endswith(".")
            assert "  " not in words.lede
            assert "!" not in words.heading + words.lede
            assert " None" not in words.lede
        assert bool(asked.button) is not (purpose is Purpose.POSTPONE or asks_for_decision(purpose, subject))
        assert taken_back(purpose, subject)
        assert when(subject, today=TODAY) is not None


@pytest.mark.parametrize("again", [True, False])
@pytest.mark.parametrize("purpose", [Purpose.MET, Purpose.LATER, Purpose.NOT_USEFUL])
def test_several_people(purpose: Purpose, again: bool) -> None:
    """Where a letter names several, the page asks who it is, and then for somebody else."""
    words = asking_whom(purpose, again=again)
    assert words.lede.startswith("Choose a name")
    assert (words.heading == "Somebody else too?") is again
    assert words.button


@pytest.mark.parametrize(
    ("on", "said"),
    [
        (TODAY - timedelta(days=1), "It was due on Sunday 22 November"),
        (TODAY, "Due on Monday 23 November"),
        (TODAY + timedelta(days=350), "Due on Monday 8 November 2027"),
    ],
)
def test_a_day_in_words(on: date, said: str) -> None:
    """A day that has passed is told as past, one that is far off with its year."""
    assert when(Subject("milestone", ID, on=on), today=TODAY) == said
