"""Dates as people say them: 'Thursday 3 December'."""

from datetime import date

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_YEAR_NEEDED_AFTER = 300  # days: from here on a weekday and a month alone can mislead


def day_in_words(on: date, *, seen_on: date) -> str:
    """Return the day in words, with its year where it lies far from the day on which it is read."""
    words = f"{_DAYS[on.weekday()]} {on.day} {_MONTHS[on.month - 1]}"
    return f"{words} {on.year}" if abs((on - seen_on).days) > _YEAR_NEEDED_AFTER else words
