"""The client against the sandbox as it really runs: every fault is told for what it is."""

from collections.abc import Iterator
from typing import Any

import pytest

from coaching.adapters.mailer import SendGridMailer
from tests.sandbox.sandbox_support import KEY, Server, mail, many, server

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A sandbox of this module."""
    with server(tmp_path_factory.mktemp("sandbox") / "log") as one:
        yield one


@pytest.fixture
def mailer(running: Server) -> SendGridMailer:
    """A client of that sandbox, in which nothing is wrong yet."""
    running.post("/sandbox/faults", {})
    return SendGridMailer(running.url, KEY)


@pytest.mark.parametrize(
    ("fault", "outcome", "trouble"),
    [
        ({"status": 400}, "refused", None),
        ({"status": 401}, "later", "key"),
        ({"status": 401, "quota": True}, "later", "quota"),
        ({"status": 403}, "later", "sender"),
        ({"status": 413}, "refused", None),
        ({"status": 429}, "later", None),
        ({"status": 500}, "unknown", None),
        ({"status": 503}, "later", None),
        ({"refuse": "c7@"}, "refused", None),
        ({"drop_after_accept": 1}, "unknown", None),
    ],
)
def test_every_fault_is_told_apart(
    running: Server, mailer: SendGridMailer, fault: dict[str, Any], outcome: str, trouble: str | None
) -> None:
    """Each fault has its outcome, and the letters after it pass over the same client."""
    running.post("/sandbox/faults", fault)
    result = mailer.post(many(10))
    assert (result.outcome, result.trouble, result.members) == (outcome, trouble, ())
    running.post("/sandbox/faults", {})
    assert mailer.post(many(10)).outcome == "accepted"


def test_429_is_waited_out(running: Server, mailer: SendGridMailer) -> None:
    """The reset time of the sandbox, a second or two ahead, is what is asked for."""
    running.post("/sandbox/faults", {"status": 429})
    wait_s = mailer.post(mail()).retry_after_s
    assert wait_s is not None
    assert 1.0 <= wait_s <= 3.0


def test_the_recipient_at_fault_is_named(mailer: SendGridMailer) -> None:
    """One bad address among many is found by its place, and its words hold no address."""
    letter = many(10)
    letter["personalizations"][7]["to"] = [{"email": "c7@example.test"}, {"email": "C7@example.test"}]
    result = mailer.post(letter)
    assert (result.outcome, result.status, result.members) == ("refused", 400, (7,))
    assert "(address)" in (result.detail or "")
    assert "c7@" not in (result.detail or "").lower()


def test_full_and_too_full_requests(mailer: SendGridMailer) -> None:
    """A thousand recipients pass; a thousand and one are refused without blaming anyone."""
    assert mailer.post(many(1_000)).outcome == "accepted"
    result = mailer.post(many(1_001))
    assert (result.outcome, result.status, result.members) == ("refused", 400, ())


def test_a_request_that_is_too_large(mailer: SendGridMailer) -> None:
    """Beyond 30 MB the answer is 413, read although the sandbox may answer before it has heard all."""
    large = mail(content=[{"type": "text/plain", "value": "x" * 31_500_000}])
    result = mailer.post(large)
    assert (result.outcome, result.status) == ("refused", 413)


def test_a_wrong_key(running: Server) -> None:
    """A key that is not known is the key's trouble."""
    result = SendGridMailer(running.url, "SG.wrong").post(mail())
    assert (result.outcome, result.trouble) == ("later", "key")
