"""Signed links: only ours open, only for what they were made for, in one spelling only."""

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coaching.domain import links
from coaching.domain.links import BadLink, Purpose

RING = ("the-key-of-today", "the-key-of-last-year")
SPELLINGS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@given(subject=st.uuids(), purpose=st.sampled_from(Purpose))
def test_a_token_gives_back_what_was_signed(subject: UUID, purpose: Purpose) -> None:
    """Whatever id and purpose go in come out again, and the token has its 47 characters."""
    token = links.sign(RING, purpose, subject)
    assert links.read(RING, token) == (purpose, subject)
    assert len(token) == 47


def test_an_old_key_still_opens_after_a_rotation() -> None:
    """A link signed before the ring got a new first key still works; one of a retired key does not."""
    subject = uuid4()
    old = links.sign(RING[1:], Purpose.UNSUBSCRIBE, subject)
    assert links.read(RING, old) == (Purpose.UNSUBSCRIBE, subject)
    with pytest.raises(BadLink):
        links.read(RING[:1], old)


def test_the_first_key_of_the_ring_signs() -> None:
    """A new link is signed with the first key, so that the others can be retired one day."""
    token = links.sign(RING, Purpose.REPORT, uuid4())
    assert links.read(RING[:1], token)
    with pytest.raises(BadLink):
        links.read(RING[1:], token)


def test_a_link_serves_its_own_purpose_only() -> None:
    """A report link can't unsubscribe, and one of several allowed purposes is enough."""
    subject = uuid4()
    token = links.sign(RING, Purpose.REPORT, subject)
    with pytest.raises(BadLink):
        links.read_as(RING, token, Purpose.UNSUBSCRIBE, Purpose.CONFIRM)
    assert links.read_as(RING, token, Purpose.UNSUBSCRIBE, Purpose.REPORT) == subject


@given(place=st.integers(0, 46), spelled=st.sampled_from(SPELLINGS))
def test_a_changed_character_opens_nothing(place: int, spelled: str) -> None:
    """Every other character in any place, the spare bits of the last one included, is refused."""
    token = links.sign(RING, Purpose.CONFIRM, UUID(int=7))
    changed = token[:place] + spelled + token[place + 1 :]
    if changed == token:
        assert links.read(RING, changed) == (Purpose.CONFIRM, UUID(int=7))
    else:
        with pytest.raises(BadLink):
            links.read(RING, changed)


@pytest.mark.parametrize(
    "spell",
    [
        lambda token: token + "=",
        lambda token: token.replace("-", "+").replace("_", "/"),
        lambda token: token + "\n",
        lambda token: " " + token,
        lambda token: token[:20] + "\n" + token[20:],
    ],
    ids=["padded", "standard alphabet", "line end", "space", "broken line"],
)
def test_another_spelling_of_the_same_bytes_is_refused(spell: object) -> None:
    """Base64 can be written in several ways; a token has one."""
    assert callable(spell)
    token = next(
        made
        for number in range(1000)
        if {"-", "_"} <= set(made := links.sign(RING, Purpose.REPORT, UUID(int=number)))
    )
    with pytest.raises(BadLink):
        links.read(RING, spell(token))


@given(junk=st.text(max_size=60))
def test_junk_is_a_bad_link_and_nothing_worse(junk: str) -> None:
    """Any text at all is answered with BadLink, never with another error."""
    with pytest.raises(BadLink):
        links.read(RING, junk)


def test_a_purpose_that_no_longer_exists_opens_nothing() -> None:
    """A well-signed token with a number that means nothing is a bad link."""
    token = links.sign(RING, 99, UUID(int=1))  # type: ignore[arg-type]  # as a later version might sign
    with pytest.raises(BadLink):
        links.read(RING, token)
