"""What delivering needs beside the database, put together once for each process."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from coaching.adapters.mail_body import Sender
from coaching.adapters.mailer import Mailer
from coaching.adapters.rendering import Stationery
from coaching.adapters.secrets import Secrets
from coaching.domain.allowlist import Allowlist
from coaching.domain.library import Library

# Longer than a stall before posting, connect and read time-outs together, so that a live post is never
# taken for a dead one.
POSTING_DEADLINE = timedelta(seconds=20)


class Turns(Protocol):
    """How often all workers together may ask something of the mail provider."""

    def wait(self) -> float:
        """Return the seconds until it is worth asking again; 0 when a turn has been taken."""


class AnyTime:
    """No limit at all."""

    def wait(self) -> float:
        """Return 0: it is always one's turn."""
        return 0.0


@dataclass(frozen=True)
class PostRoom:
    """`sender`: the firm. `library`: what letters bring to read. `per_minute`: letters, after an outage."""

    mailer: Mailer
    stationery: Stationery
    secrets: Secrets
    sender: Sender
    public_url: str
    may_write_to: Allowlist
    lease: timedelta
    library: Library = field(default_factory=dict)
    per_minute: int = 6000
    turns: Turns = field(default_factory=AnyTime)
