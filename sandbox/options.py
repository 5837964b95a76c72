"""What the environment says about this sandbox; read once, when it starts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from sandbox.signing import SigningKey

KEEP = 50_000


class OptionsError(ValueError):
    """A variable can't be used; the text names it."""


@dataclass(frozen=True)
class Options:
    """`webhook_url` None: no events are sent. `api_key` None: any key that isn't empty is accepted."""

    webhook_url: str | None = None
    api_key: str | None = None
    signing_key: SigningKey = field(default_factory=SigningKey)
    store: Path | None = None
    keep: int = KEEP


def read_options(environ: Mapping[str, str]) -> Options:
    """From PUBLIC_URL and the SANDBOX_ variables; empty means absent. Raises OptionsError."""
    private_key = environ.get("SANDBOX_WEBHOOK_PRIVATE_KEY")
    store = environ.get("SANDBOX_STORE")
    return Options(
        webhook_url=_webhook_url(environ.get("PUBLIC_URL", "")),
        api_key=environ.get("SANDBOX_API_KEY") or None,
        signing_key=_signing_key(private_key) if private_key else SigningKey(),
        store=Path(store) if store else None,
        keep=_keep(environ.get("SANDBOX_KEEP") or str(KEEP)),
    )


def _webhook_url(public_url: str) -> str | None:
    if not public_url:
        return None
    parts = urlsplit(public_url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise OptionsError("PUBLIC_URL: an http or https address is needed")
    return public_url.rstrip("/") + "/hooks/sendgrid/events"


def _signing_key(encoded: str) -> SigningKey:
    try:
        return SigningKey.read(encoded)
    except ValueError as error:
        raise OptionsError(f"SANDBOX_WEBHOOK_PRIVATE_KEY: {error}") from None


def _keep(value: str) -> int:
    if not value.isdecimal() or int(value) < 1:
        raise OptionsError("SANDBOX_KEEP: a whole number from 1 on is needed")
    return int(value)
