"""Dates read as people say them."""

from datetime import date

import pytest

from api.pages.dates import day_in_words


@pytest.mark.parametrize(
    ("on", "words"),
    [
        (date(2026, 12, 3), "Thursday 3 December"),
        (date(2027, 1, 18), "Monday 18 January"),
        (date(2026, 11, 1), "Sunday 1 November"),
        (date(2027, 11, 23), "Tuesday 23 November 2027"),
        (date(2025, 11, 23), "Sunday 23 November 2025"),
    ],
)
def test_day_in_words(on: date, words: str) -> None:
    """A near day goes without its year; a day about a year away needs it."""
    assert day_in_words(on, seen_on=date(2026, 11, 23)) == words
