"""What the environment may say, and what stops the start."""

import base64
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sendgrid.helpers.eventwebhook import EventWebhook

from sandbox.options import OptionsError, read_options


def pem(curve: ec.EllipticCurve) -> str:
    """A new private key as base64 of PEM."""
    key = ec.generate_private_key(curve)
    text = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return base64.b64encode(text).decode()


def test_starts_with_nothing_set() -> None:
    """Without any variable there is a mailbox in memory that accepts any key and sends no events."""
    options = read_options({})
    assert (options.webhook_url, options.api_key, options.store, options.keep) == (None, None, None, 50_000)


def test_reads_every_variable() -> None:
    """Each variable finds its place."""
    options = read_options(
        {
            "PUBLIC_URL": "http://127.0.0.1:8000/",
            "SANDBOX_API_KEY": "SG.x",
            "SANDBOX_STORE": "/tmp/mailbox",
            "SANDBOX_KEEP": "7",
            "SANDBOX_WEBHOOK_PRIVATE_KEY": pem(ec.SECP256R1()),
        }
    )
    assert options.webhook_url == "http://127.0.0.1:8000/hooks/sendgrid/events"
    assert (options.api_key, options.store, options.keep) == ("SG.x", Path("/tmp/mailbox"), 7)


def test_the_same_key_signs_after_a_restart() -> None:
    """A key from the environment stays; one made at the start is new each time."""
    environ = {"SANDBOX_WEBHOOK_PRIVATE_KEY": pem(ec.SECP256R1())}
    assert read_options(environ).signing_key.public_key == read_options(environ).signing_key.public_key
    assert read_options({}).signing_key.public_key != read_options({}).signing_key.public_key


def test_sendgrids_own_helper_accepts_the_signature() -> None:
    """What the sandbox signs, SendGrid's library verifies, and nothing else."""
    key = read_options({}).signing_key
    checker = EventWebhook(key.public_key)
    signature = key.sign("1700000000", b'[{"event":"delivered"}]')
    assert checker.verify_signature('[{"event":"delivered"}]', signature, "1700000000")
    assert not checker.verify_signature('[{"event":"bounce"}]', signature, "1700000000")
    assert not checker.verify_signature('[{"event":"delivered"}]', signature, "1700000001")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PUBLIC_URL", "127.0.0.1:8000"),
        ("PUBLIC_URL", "ftp://x.example.test"),
        ("SANDBOX_KEEP", "0"),
        ("SANDBOX_KEEP", "many"),
        ("SANDBOX_WEBHOOK_PRIVATE_KEY", "%"),
        ("SANDBOX_WEBHOOK_PRIVATE_KEY", base64.b64encode(b"no key").decode()),
        ("SANDBOX_WEBHOOK_PRIVATE_KEY", pem(ec.SECP384R1())),
    ],
)
def test_names_the_variable_that_cannot_be_used(name: str, value: str) -> None:
    """A start that fails says which variable to mend."""
    with pytest.raises(OptionsError, match=f"^{name}: "):
        read_options({name: value})
