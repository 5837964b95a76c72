"""Knocks: ours are known for two minutes, by any key of the ring, and nobody else can make one."""

from datetime import UTC, datetime, timedelta

import pytest

from coaching.domain.knocks import is_knock, knock

KEYS = ("the-key-of-now", "the-key-before")
AT = datetime(2026, 11, 23, 9, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(("seconds", "known"), [(-31, False), (0, True), (29, True), (89, True), (90, False)])
def test_a_knock_is_good_for_its_minute_and_the_next(seconds: int, known: bool) -> None:
    """Late ones count, old and early ones don't."""
    assert is_knock(KEYS, knock(KEYS, AT), AT + timedelta(seconds=seconds)) is known


def test_a_key_that_was_followed_still_opens() -> None:
    """During a change of keys both sides may use different ones of the ring."""
    assert is_knock(KEYS, knock(KEYS[1:], AT), AT)
    assert not is_knock(KEYS[:1], knock(KEYS[1:], AT), AT)


@pytest.mark.parametrize("token", ["", "x", "A" * 43, "\u00e9" * 43, "\ud800", knock(("another",), AT) + "="])
def test_what_nobody_of_ours_made_is_no_knock(token: str) -> None:
    """Garbage, other keys and other alphabets are refused without an error."""
    assert not is_knock(KEYS, token, AT)
