"""The body of a request: one content for many with tags, or one letter for one."""

import json
from typing import Any
from uuid import UUID

import pytest
from sendgrid.helpers.mail import CustomArg, Header, Personalization, Substitution, To

from coaching.adapters.filling import Filler
from coaching.adapters.mail_body import Recipient, Sender, request_body
from coaching.domain.letters import LETTERS
from tests.email.papers import OF_TESTS, SHIPPED

SENDER = Sender("coaching@firm.example.test", "The Firm", reply_to="jo@firm.example.test")
ATTEMPT = UUID(int=9)
AGAIN = LETTERS["look-again"]


def recipient(number: int) -> Recipient:
    """Return one of many."""
    filled = Filler(AGAIN).fill(AGAIN.sample)
    return Recipient(
        UUID(int=number), f"{number}@example.test", filled, f"https://firm.example.test/{number}"
    )


def body_of_many(count: int) -> dict[str, Any]:
    """Return a request for so many recipients."""
    letter = SHIPPED.stationery.compile_letter("look-again")
    return request_body(letter, SENDER, "campaign", ATTEMPT, map(recipient, range(count)))


def by_the_package(one: Recipient) -> dict[str, Any]:
    """Build the same personalization with the package's own builder."""
    built = Personalization()
    built.add_to(To(one.address))
    for tag, value in one.substitutions.items():
        built.add_substitution(Substitution(tag, value))
    built.add_header(Header("List-Unsubscribe", f"<{one.unsubscribe_url}>"))
    built.add_header(Header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    built.add_custom_arg(CustomArg("message_id", str(one.message_id)))
    built.add_custom_arg(CustomArg("attempt_id", str(ATTEMPT)))
    made: dict[str, Any] = built.get()
    return made


def test_plain_dictionaries_are_what_the_package_builds() -> None:
    """The quick way makes the same personalization as the package."""
    assert body_of_many(3)["personalizations"] == [by_the_package(recipient(number)) for number in range(3)]


def test_one_content_serves_a_thousand() -> None:
    """However many get it, subject, text and HTML stand there once, with tags; then comes who and what."""
    body = body_of_many(1000)
    letter = SHIPPED.stationery.compile_letter("look-again")
    assert len(body["personalizations"]) == 1000
    assert body["subject"] == letter.subject
    assert body["content"] == [
        {"type": "text/plain", "value": letter.text},
        {"type": "text/html", "value": letter.html},
    ]
    assert body["categories"] == ["campaign"]
    assert (body["from"], body["reply_to"]) == (
        {"email": SENDER.address, "name": SENDER.name},
        {"email": SENDER.reply_to},
    )
    assert not any(setting["enable"] for setting in body["tracking_settings"].values())


def test_a_letter_of_ones_own_goes_to_one() -> None:
    """A host is sent as it is read, with nothing to be filled in."""
    letter = OF_TESTS.sample("gathering")
    one = Recipient(UUID(int=1), "ana@example.test", unsubscribe_url="https://firm.example.test/stop")
    body = request_body(letter, SENDER, "milestone", ATTEMPT, [one])
    assert [part["value"] for part in body["content"]] == [letter.text, letter.html]
    (personalization,) = body["personalizations"]
    assert personalization["substitutions"] == {}
    assert personalization["headers"]["List-Unsubscribe"] == "<https://firm.example.test/stop>"
    assert "[%" not in json.dumps(body)


@pytest.mark.parametrize("count", [0, 2])
def test_a_letter_of_ones_own_never_reaches_another(count: int) -> None:
    """What was written for one client can't be addressed to two."""
    people = [Recipient(UUID(int=number), f"{number}@example.test") for number in range(count)]
    with pytest.raises(ValueError, match=f"written for one client can't go to {count}"):
        request_body(OF_TESTS.sample("gathering"), SENDER, "milestone", ATTEMPT, people)


def test_a_letter_to_the_firm_has_no_way_to_stop_it() -> None:
    """Without an address that stops letters there are no headers for it."""
    letter, filled = (
        SHIPPED.stationery.compile_letter("probe"),
        Filler(LETTERS["probe"]).fill(LETTERS["probe"].sample),
    )
    body = request_body(
        letter, SENDER, "transactional", ATTEMPT, [Recipient(UUID(int=1), SENDER.address, filled)]
    )
    assert body["personalizations"][0]["headers"] == {}
