"""The sandbox as it really runs: under Granian, in a process of its own."""

import http.client
import json
import os
import signal
from pathlib import Path

import pytest
import urllib3
from sendgrid import SendGridAPIClient
from sendgrid.helpers.eventwebhook import EventWebhook
from sendgrid.helpers.mail import CustomArg, Mail, Substitution

from tests.sandbox.sandbox_support import KEY, PATIENCE_S, Server, mail, many, receiver, server, until

pytestmark = pytest.mark.process


def cut(running: Server) -> None:
    """Send a letter whose answer never comes."""
    with pytest.raises(urllib3.exceptions.ProtocolError, match="without response"):
        running.send(mail())


def group_lives(group: int) -> bool:
    """Whether any process of this group is still there."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.fault
def test_cuts_the_connection_after_accepting(tmp_path: Path) -> None:
    """A real client sees the connection close without an answer; the letter was accepted all the same."""
    with server(tmp_path / "log") as running:
        running.post("/sandbox/faults", {"drop_after_accept": 20})
        for _ in range(20):
            cut(running)
        assert running.send(mail()).status == 202
        assert running.get("/sandbox/stats")["accepted"] == 21


@pytest.mark.fault
def test_a_cut_closes_a_kept_open_connection_as_well(tmp_path: Path) -> None:
    """Not a byte comes, not even a status line, on a connection that has served requests before."""
    with server(tmp_path / "log") as running:
        running.post("/sandbox/faults", {"drop_after_accept": 1})
        connection = http.client.HTTPConnection(running.url.removeprefix("http://"), timeout=PATIENCE_S)
        headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
        try:
            connection.request("GET", "/sandbox/stats")
            connection.getresponse().read()
            connection.request("POST", "/v3/mail/send", body=json.dumps(mail()), headers=headers)
            with pytest.raises(http.client.RemoteDisconnected):
                connection.getresponse()
        finally:
            connection.close()


def test_sendgrids_own_client_is_served(tmp_path: Path) -> None:
    """A letter made and sent by SendGrid's library arrives as it was meant."""
    letter = Mail("coach@firm.example.test", "ana@example.test", "Hello -name-", "Text", "<p>-name-</p>")
    letter.personalizations[0].add_substitution(Substitution("-name-", "Ana"))
    letter.personalizations[0].add_custom_arg(CustomArg("message_id", "m1"))
    with server(tmp_path / "log") as running:
        answer = SendGridAPIClient(KEY, host=running.url).send(letter)
        assert (answer.status_code, answer.body) == (202, b"")
        (found,) = running.get("/sandbox/messages")
        assert (found["subject"], found["html"], found["custom_args"]) == (
            "Hello Ana",
            "<p>Ana</p>",
            {"message_id": "m1"},
        )
        assert found["id"].startswith(answer.headers["X-Message-Id"])


def test_refuses_a_large_body_of_unknown_length(tmp_path: Path) -> None:
    """A body in chunks is measured as it comes, and refused beyond 30 MB."""
    with server(tmp_path / "log") as running:
        headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
        chunks = [b'{"from": "', *([b"x" * 1024 * 1024] * 31), b'"}']
        answer = running.http.request(
            "POST", f"{running.url}/v3/mail/send", body=iter(chunks), headers=headers
        )
        assert answer.status == 413


def test_a_thousand_letters_are_reported_back(tmp_path: Path) -> None:
    """Every letter of a full batch comes back as processed and delivered, signed."""
    with receiver() as hook, server(tmp_path / "log", PUBLIC_URL=hook.url) as running:
        assert running.send(many(1_000)).status == 202
        hook.wait_for(lambda: len(hook.events) == 2_000)
        delivered = {event["message_id"] for event in hook.events if event["event"] == "delivered"}
        assert delivered == {f"m{number}" for number in range(1_000)}
        settings = running.http.request(
            "GET",
            f"{running.url}/v3/user/webhooks/event/settings/signed",
            headers={"Authorization": f"Bearer {KEY}"},
        )
        checker = EventWebhook(settings.json()["public_key"])
        for post in hook.posts:
            assert checker.verify_signature(post.body.decode(), post.signature, post.timestamp)


def test_a_restart_keeps_the_mailbox(tmp_path: Path) -> None:
    """What was accepted just before a SIGTERM is there after the next start."""
    store = str(tmp_path / "mailbox")
    with server(tmp_path / "log", SANDBOX_STORE=store) as running:
        running.send(mail("ana@example.test"))
        running.stop()
    with server(tmp_path / "log", SANDBOX_STORE=store) as running:
        assert [letter["to"] for letter in running.get("/sandbox/messages")] == ["ana@example.test"]


@pytest.mark.fault
def test_a_kill_loses_no_more_than_the_last_seconds(tmp_path: Path) -> None:
    """The mailbox is written while the sandbox runs."""
    store = tmp_path / "mailbox"
    with server(tmp_path / "log", SANDBOX_STORE=str(store)) as running:
        running.send(mail("ana@example.test"))
        until(lambda: b"ana@example.test" in store.read_bytes())
        os.killpg(running.process.pid, signal.SIGKILL)
        running.process.wait()
    with server(tmp_path / "log", SANDBOX_STORE=str(store)) as running:
        assert len(running.get("/sandbox/messages")) == 1


def test_stops_at_once_with_events_waiting(tmp_path: Path) -> None:
    """Events that nobody takes keep no process alive."""
    with receiver() as gone:
        pass
    with server(tmp_path / "log", PUBLIC_URL=gone.url) as running:
        running.send(many(100))
        running.stop()
        until(lambda: not group_lives(running.process.pid))
