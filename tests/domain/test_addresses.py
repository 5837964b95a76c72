"""One spelling for one mailbox, and hashes that say nothing without the pepper."""

import pytest

from coaching.domain.addresses import mailbox_hash, mailbox_key


@pytest.mark.parametrize("spelled", ["ana@example.test", "ANA@Example.TEST", "  Ana@example.test\n"])
def test_letter_case_and_blanks_make_no_difference(spelled: str) -> None:
    """However an address is typed, it is the same mailbox and has the same hash."""
    assert mailbox_key(spelled) == "ana@example.test"
    assert mailbox_hash("pepper", spelled) == mailbox_hash("pepper", "ana@example.test")


@pytest.mark.parametrize("other", ["a.na@example.test", "ana+jobs@example.test", "ana@example.org"])
def test_dots_tags_and_domains_make_another_mailbox(other: str) -> None:
    """Two people are never joined on a guess about their provider."""
    assert mailbox_key(other) != mailbox_key("ana@example.test")


def test_the_hash_depends_on_the_pepper_and_hides_the_address() -> None:
    """Another pepper gives another hash of 32 bytes, in which the address can't be read."""
    one, other = mailbox_hash("one", "ana@example.test"), mailbox_hash("other", "ana@example.test")
    assert one != other
    assert len(one) == 32
    assert b"ana" not in one
