"""What may stand behind a link that leads out of the house."""

import pytest

from coaching.domain.web_addresses import LONGEST, is_web_address


@pytest.mark.parametrize(
    "text",
    [
        "https://library.example.org/a-map",
        "https://book.example.org:8443/jo?length=30&zone=UTC#form",
        "https://example.org",
    ],
)
def test_whole_addresses(text: str) -> None:
    """https, a host, and whatever else belongs to it."""
    assert is_web_address(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "book.example.org/jo",
        "http://book.example.org/jo",
        "javascript:alert(1)",
        "https://",
        "https:///jo",
        "https://firm.example.org@evil.example.org/",
        "https://book.example.org/jo and more",
        'https://book.example.org/"onclick',
        "https://book.example.org/<jo>",
        "https://book.example.org\\jo",
        "https://book.example.org/\n",
        "https://book.example.org:99999/",
        "https://[::1/",
        "https://example.org/" + "x" * LONGEST,
    ],
)
def test_what_is_none(text: str) -> None:
    """Anything that is not whole, not secret on the way, or that looks like one host and is another."""
    assert not is_web_address(text)
