"""The words of the action pages, for everything that a letter may be about."""

from dataclasses import replace
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
    replace(CHECK_IN, optional=True),
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


@pytest.mark.parametrize("coach", ["Maren Okafor", None])
@pytest.mark.parametrize("purpose", sorted(DEEDS))
def test_every_page_has_its_words(purpose: Purpose, coach: str | None) -> None:
    """Whatever a link is for and about, there are whole sentences for before, after, past and undone."""
    for subject in SUBJECTS:
        if not fits(purpose, subject):
            continue
        asked = asking(purpose, subject, today=TODAY, coach=coach)
        done = [
            told(purpose, Standing(subject, TODAY, left, "", next_on), today=TODAY, coach=coach)
            for left, next_on in product((KEPT, KEPT | MOVED), (None, TODAY))
        ]
        gone = [past(purpose, subject, today=TODAY)] if is_past(purpose, subject, today=TODAY) else []
        for words in (asked, *done, *gone):
            assert words.heading[0].isupper()
            assert words.lede.endswith(".")
            assert "  " not in words.lede
            assert "!" not in words.heading + words.lede
            assert " None" not in words.lede
            assert coach or "coach" not in words.heading + words.lede
        assert bool(asked.button) is not (purpose is Purpose.POSTPONE or asks_for_decision(purpose, subject))
        back = taken_back(purpose, subject, left=KEPT, done_on=TODAY, coach=coach)
        assert back
        assert coach or "coach" not in back
        assert when(subject, today=TODAY) is not None


@pytest.mark.parametrize("again", [True, False])
@pytest.mark.parametrize("purpose", [Purpose.MET, Purpose.LATER, Purpose.NOT_USEFUL, Purpose.REST])
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


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (
            {"on": date(2026, 12, 14), "eve_on": date(2026, 12, 11)},
            ", and write again on the working day before, Friday 11 December.",
        ),
        ({"on": date(2026, 12, 15), "eve_on": date(2026, 12, 14)}, ", and write again the day before."),
        ({"on": TODAY + timedelta(days=1), "eve_on": TODAY}, "note that you are going."),
    ],
)
def test_before_an_event_letters_come_on_a_working_day(days: dict[str, date], said: str) -> None:
    """For one on a Monday that is Friday; what is to come today or has been isn't promised."""
    subject = Subject("relationship", ID, "event", "Meetup", **days)  # type: ignore[arg-type]
    assert asking(Purpose.REGISTERED, subject, today=TODAY, coach=None).lede.endswith(said)


@pytest.mark.parametrize(
    ("next_on", "said"),
    [
        (date(2026, 12, 3), "If it is still open then, we ask around Thursday 3 December."),
        (date(2026, 11, 24), "The next reminder comes around Tuesday 24 November."),
        (date(2026, 12, 1), "The next reminder comes around Tuesday 1 December."),
    ],
)
def test_a_reminder_after_the_day_is_no_reminder_before_it(next_on: date, said: str) -> None:
    """Where the next letter comes after the new day only, it asks, and only if the step is open then."""
    done = Standing(
        Subject("milestone", ID, on=date(2026, 12, 1)), TODAY, {"due_on": "2026-12-01"}, "", next_on
    )
    assert told(Purpose.POSTPONE, done, today=TODAY, coach=None).lede == (
        f"Its new day is Tuesday 1 December. {said}"
    )


@pytest.mark.parametrize(
    ("purpose", "subject", "said"),
    [
        (Purpose.DONE, Subject("milestone", ID, decides=True), "that you have decided to shift"),
        (Purpose.DECIDE, Subject("milestone", ID, decides=True), "that you have decided to shift"),
        (Purpose.DONE, Subject("milestone", ID), "that this step is done"),
        (
            Purpose.NOT_USEFUL,
            Subject("relationship", ID, "event", "Meetup", on=TODAY - timedelta(days=1)),
            "that you couldn't go to Meetup",
        ),
        (
            Purpose.NOT_USEFUL,
            Subject("relationship", ID, "event", "Meetup", on=TODAY),
            "that this is no use to you",
        ),
    ],
)
def test_what_is_taken_back_has_its_own_words(purpose: Purpose, subject: Subject, said: str) -> None:
    """A decision is no step that is done, and an event that is over was missed, not of no use."""
    assert taken_back(purpose, subject, left=KEPT, done_on=TODAY, coach=None) == said
