"""Signed links: only ours open, only for what they were made for, in one spelling only."""

import base64
import hashlib
import hmac
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


@pytest.mark.parametrize("signed", Purpose)
def test_a_link_serves_its_own_purpose_only(signed: Purpose) -> None:
    """A token of one purpose opens nothing for any other, nor for all others together."""
    subject = uuid4()
    token = links.sign(RING, signed, subject)
    others = [purpose for purpose in Purpose if purpose is not signed]
    assert links.read_as(RING, token, signed) == subject
    for asked in (*((one,) for one in others), others, []):
        with pytest.raises(BadLink):
            links.read_as(RING, token, *asked)


def test_one_of_several_purposes_is_enough() -> None:
    """A page that serves two kinds of links opens with either."""
    subject = uuid4()
    token = links.sign(RING, Purpose.REPORT, subject)
    with pytest.raises(BadLink):
        links.read_as(RING, token, Purpose.UNSUBSCRIBE, Purpose.CONFIRM)
    assert links.read_as(RING, token, Purpose.UNSUBSCRIBE, Purpose.REPORT) == subject


@given(subject=st.uuids(), purpose=st.sampled_from(Purpose), bit=st.integers(0, 35 * 8 - 1))
def test_a_flipped_bit_opens_nothing(subject: UUID, purpose: Purpose, bit: int) -> None:
    """Whichever bit of key id, purpose, id or MAC is changed, the token is refused."""
    raw = int.from_bytes(base64.urlsafe_b64decode(links.sign(RING, purpose, subject) + "="), "big")
    flipped = (raw ^ (1 << bit)).to_bytes(35, "big")
    with pytest.raises(BadLink):
        links.read(RING, base64.urlsafe_b64encode(flipped).rstrip(b"=").decode())


@given(ring=st.lists(st.text(min_size=1, max_size=80), min_size=1, max_size=5, unique=True), data=st.data())
def test_every_key_of_the_ring_verifies(ring: list[str], data: st.DataObject) -> None:
    """A link signed with any key opens while the key is in the ring, and no longer once it is retired."""
    key = data.draw(st.sampled_from(ring))
    subject = UUID(int=3)
    token = links.sign([key], Purpose.UNSUBSCRIBE, subject)
    assert links.read(ring, token) == (Purpose.UNSUBSCRIBE, subject)
    with pytest.raises(BadLink):
        links.read([other for other in ring if other != key], token)


@given(key=st.text(min_size=1), subject=st.uuids(), purpose=st.sampled_from(Purpose))
def test_a_token_is_one_hmac_over_key_id_purpose_and_id(key: str, subject: UUID, purpose: Purpose) -> None:
    """What was prepared for speed signs what the plain rule signs: links in old letters must keep working."""
    body = hashlib.sha256(b"waypoint key id\0" + key.encode()).digest()[:2] + bytes([purpose]) + subject.bytes
    mac = hmac.digest(key.encode(), b"waypoint link 1\0" + body, "sha256")[:16]
    token = base64.urlsafe_b64encode(body + mac).decode().rstrip("=")
    assert links.sign([key], purpose, subject) == links.Signer(key).sign(purpose, subject) == token


def test_two_keys_with_the_same_id_are_told_apart() -> None:
    """The id of a key is two bytes and may repeat: the MAC decides."""
    ids: dict[bytes, str] = {}
    for number in range(5_000):
        key = f"key {number}"
        twin = ids.setdefault(links.Signer(key).key_id, key)
        if twin != key:
            break
    assert links.Signer(twin).key_id == links.Signer(key).key_id
    token = links.sign([key], Purpose.REPORT, UUID(int=1))
    assert links.read([twin, key], token) == (Purpose.REPORT, UUID(int=1))
    with pytest.raises(BadLink):
        links.read([twin], token)


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
