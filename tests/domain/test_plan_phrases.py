"""The phrases of a plan's letters: whole, true to the day, and safe with whatever somebody typed."""

import re
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coaching.domain import plan_phrases as say

TODAY = date(2026, 11, 23)  # a Monday
DAY = timedelta(days=1)

typed = st.text(max_size=600) | st.text(alphabet="ab .:@/\n\u202e\ud800", max_size=600)


@given(typed, st.sampled_from([say.LONGEST_NAME, say.LONGEST_TITLE, say.LONGEST_NOTE]))
def test_what_was_typed_is_short_and_opens_nothing(text: str, longest: int) -> None:
    """One line of at most so many characters, in which no mail program finds an address of somebody's."""
    said = say.quoted(text, longest)
    assert len(said.splitlines()) <= 1
    assert len(said.replace("\u200c", "")) <= longest
    assert not re.search(r"[.:@][^\s\u200c]", said)


@pytest.mark.parametrize(
    "text", ["https://evil.example", "www.evil.example", "me@evil.example", "evil.example/x"]
)
def test_an_address_in_a_note_reads_as_it_was_typed(text: str) -> None:
    """The mark that keeps it from becoming a link is not seen."""
    assert say.quoted(text, 99) != text
    assert say.quoted(text, 99).replace("\u200c", "") == text


def test_a_long_note_ends_at_a_word() -> None:
    """What is too long is cut between words, and says so."""
    assert say.quoted("one two, three four", 12) == "one two\u2026"
    assert say.quoted("one two", 7) == "one two"
    assert say.quoted("x" * 20, 5) == "xxxx\u2026"


def test_an_ordinary_name_stays_as_it_is() -> None:
    """People, groups and events are called what the client calls them."""
    for name in ("Marie Roux", "Dr. Bo O'Brien", "Women in Data (Paris)", "Łukasz"):
        assert say.name_of(name, "peer") == name


@pytest.mark.parametrize(
    ("kind", "said"),
    [("mentor", "your mentor"), ("group", "the group"), ("event", "the event"), ("peer", "someone you know")],
)
def test_a_missing_name_has_a_word_instead(kind: str, said: str) -> None:
    """A name of blanks, or of characters that show nothing, leaves no hole in the sentence."""
    for nothing in (" \n", "\u200b", "\u3164", "\u2060\ufeff", "\u115f \u1160", "\u2800"):
        assert say.name_of(nothing, kind) == said


def test_a_title_that_shows_nothing_has_a_word_instead() -> None:
    """Neither has a step whose title is of no width."""
    for nothing in ("", "\u200b", "\u3164.", "\ufe0f"):
        assert say.title_of(nothing) == "A step of yours"


@pytest.mark.parametrize(
    ("on", "said"),
    [
        (date(2026, 1, 20), "in January"),
        (date(2025, 12, 20), "in December 2025"),
        (date(2024, 12, 20), "in 2024"),
    ],
)
def test_a_month_of_this_year_needs_no_year(on: date, said: str) -> None:
    """The farther back, the less exactly it is said."""
    assert say.since(on, today=date(2026, 11, 24)) == said


def test_where_there_is_no_coach_nobody_speaks_of_one() -> None:
    """Why a step is in the plan and what comes next are said without a coach who isn't there."""
    assert "together" in say.put_into_plan("Jo")
    for nobody in (None, " ", "\u200b"):
        assert say.put_into_plan(nobody) == "It is part of your plan."
    assert "coach" not in say.next_step(None, None, today=TODAY)


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (-3, "today"),
        (0, "today"),
        (1, "yesterday"),
        (2, "two days ago"),
        (13, "13 days ago"),
        (14, "two weeks ago"),
        (42, "six weeks ago"),
        (62, "eight weeks ago"),
        (63, "two months ago"),
        (299, "nine months ago"),
        (330, "in December 2025"),
        (700, "in 2024"),
    ],
)
def test_how_long_ago_is_said_as_people_say_it(days: int, said: str) -> None:
    """Days, then weeks, then months, then the year."""
    assert say.since(TODAY - days * DAY, today=TODAY) == said


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (None, "from time to time"),
        (1, "every day"),
        (2, "every two days"),
        (5, "every five days"),
        (7, "once a week"),
        (14, "every two weeks"),
        (15, "every two weeks"),
        (21, "every three weeks"),
        (28, "once a month"),
        (31, "once a month"),
        (49, "every seven weeks"),
        (91, "once a quarter"),
        (180, "every six months"),
        (365, "once a year"),
    ],
)
def test_a_rhythm_is_said_roughly(days: int | None, said: str) -> None:
    """The reader is told about how often, not to the day."""
    assert say.rhythm(days) == said


def test_a_day_has_its_year_where_it_is_far() -> None:
    """Within some months weekday and date are enough."""
    assert say.day_in_words(date(2026, 12, 3), today=TODAY) == "Thursday 3 December"
    assert say.day_in_words(date(2027, 12, 2), today=TODAY) == "Thursday 2 December 2027"


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (-1, "Its day was Sunday 22 November, and it can be moved."),
        (0, "Its day is today, Monday 23 November."),
        (3, "Its day is Thursday 26 November."),
    ],
)
def test_the_day_of_a_step(days: int, said: str) -> None:
    """What has passed can be moved, and nobody is blamed."""
    assert say.its_day(TODAY + days * DAY, today=TODAY) == said


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (0, "The Evening is today, Monday 23 November."),
        (1, "The Evening is tomorrow, Tuesday 24 November."),
        (3, "The Evening is on Thursday 26 November."),
    ],
)
def test_how_near_an_event_is(days: int, said: str) -> None:
    """The last working day before may be three days before: then it isn't called tomorrow."""
    assert say.coming("the Evening", TODAY + days * DAY, today=TODAY) == said


def test_contact_and_its_absence_are_both_whole_phrases() -> None:
    """With and without a last contact, for people and for groups."""
    on = TODAY - 42 * DAY
    assert say.spoke("Marie", "mentor", on, today=TODAY) == "You and Marie were last in touch six weeks ago."
    assert (
        say.spoke("Marie", "peer", None, today=TODAY)
        == "As far as we know, you and Marie haven't been in touch yet."
    )
    assert say.spoke("the Guild", "group", on, today=TODAY) == "You were last with the Guild six weeks ago."
    assert (
        say.spoke("the Guild", "group", None, today=TODAY)
        == "As far as we know, you haven't been with the Guild yet."
    )


def test_what_to_talk_about_is_the_last_note() -> None:
    """The client's own words where there are some, else where to begin."""
    assert (
        say.noted(" ask about\nher team ", "mentor") == "You noted last time: \u201cask about her team\u201d."
    )
    for nothing in (None, "", " \n"):
        assert say.noted(nothing, "mentor").startswith("How you are")
        assert "meeting" in say.noted(nothing, "group")


def test_the_last_of_three_reminders_says_so() -> None:
    """Nobody is reminded for ever, and nobody is scolded."""
    asked = [say.ask("Marie", "mentor", time) for time in (1, 2, 3)]
    assert len(set(asked)) == 3
    assert "last reminder" in asked[2]


def test_people_are_listed_with_their_last_contact() -> None:
    """One, two and three of them make a sentence each."""
    marie, bo, guild = ("Marie", TODAY - 42 * DAY), ("Bo", None), ("the Guild", TODAY - DAY)
    assert say.people([marie], today=TODAY) == "Marie (last in touch six weeks ago). Two lines are plenty."
    assert say.people([marie, bo], today=TODAY).startswith(
        "Marie (last in touch six weeks ago) and Bo (no contact yet)."
    )
    assert say.people([guild, marie, bo], today=TODAY).startswith(
        "The Guild (last in touch yesterday), Marie ("
    )
    assert say.touches(["peer"]) == "Someone you might write to this week"
    assert say.touches(["peer", "mentor"]) == "Two people you might write to this week"
    assert say.touches(["peer", "group"]) == "Two quick hellos for this week"
    assert say.touches(["group"]) == "A quick hello for this week"


def test_what_comes_next_in_a_plan() -> None:
    """A step with its day, one whose day has passed, or none at all."""
    assert say.next_step("Sort your values.", TODAY + DAY, today=TODAY) == (
        "What comes next: \u201cSort your values\u201d, by Tuesday 24 November."
    )
    assert "can be moved" in say.next_step("Sort your values", TODAY - DAY, today=TODAY)
    assert say.next_step(None, None, today=TODAY).startswith("No step has a day")


def test_a_reason_is_given_even_if_nobody_wrote_one() -> None:
    """A step that a coach added without a word has its line all the same."""
    assert say.because("skills came out low", "-") == "Why: Skills came out low."
    assert say.because("Really?", "-") == "Why: Really?"
    assert say.because(" ", "You wanted it.") == "Why: You wanted it."


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "A plan needn't be followed"), (1, "You reached one step "), (13, "You reached 13 steps ")],
)
def test_looking_back_counts_what_there_is(count: int, said: str) -> None:
    """Nobody is told that they reached nothing."""
    assert say.looking_back(count).startswith(said)


def test_a_talk_is_offered_by_whoever_signs() -> None:
    """A coach writes of herself as I, the firm as we; nobody writes of the writer as of a third person."""
    assert say.talk_first("Jo").startswith("I would gladly")
    assert say.talk_soon("Jo").endswith("and I will choose one.")
    for nobody in (None, " ", "\u200b"):
        assert "answer this letter" in say.talk_first(nobody)
        assert say.talk_soon(nobody).endswith("and we will choose one.")


def test_a_note_for_an_event_is_what_to_take_along() -> None:
    """The client's own words where there are some."""
    assert say.tip("meet Kim") == "You noted for it: \u201cmeet Kim\u201d."
    assert say.tip(None).startswith("One question")


@pytest.mark.parametrize(
    ("rhythm", "said"),
    [
        ("weekly", ("Your week", "this week", "for this week")),
        ("fortnightly", ("Your next two weeks", "until the next letter", "until the next letter")),
        ("monthly", ("Your month", "until the next letter", "until the next letter")),
    ],
)
def test_a_rhythm_has_its_time(rhythm: str, said: tuple[str, str, str]) -> None:
    """Only who has a letter a week is told of this week."""
    assert (say.period(rhythm), say.by_now(rhythm), say.for_now(rhythm)) == said
    for kinds in (["peer"], ["group"], ["peer", "group"]):
        assert say.touches(kinds, rhythm=rhythm).endswith((said[1], said[2]))


@pytest.mark.parametrize("wanted", [1, 2, 13])
def test_nobody_to_write_to_is_a_whole_phrase(wanted: int) -> None:
    """What the plan wants, that nobody is there, and how to name somebody."""
    what, how = say.nobody_yet(wanted)
    assert what.endswith("to write to")
    assert what[0].isupper() or what[0].isdigit()
    messages = "message" if wanted == 1 else "messages"
    assert f"{say.in_words(wanted)} {messages} a week, and nobody is in it yet" in how
    assert "answer this letter" in how
