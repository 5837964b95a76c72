"""Puts the parts together from the settings, once for each process."""

from dataclasses import dataclass

from coaching.adapters.bell import CeleryBell
from coaching.adapters.content import Content
from coaching.adapters.database import Database
from coaching.adapters.mail_body import Sender
from coaching.adapters.rendering import Frame, Stationery
from coaching.adapters.secrets import Secrets
from coaching.settings import CONTENT, TEMPLATES, Settings


@dataclass(frozen=True)
class House:
    """What every door needs."""

    settings: Settings
    database: Database
    content: Content
    secrets: Secrets

    def may_write_to(self, address: str) -> bool:
        """Tell whether this installation may write to an address: in allowlist mode, only to those listed.

        An entry is an address, or a domain written as '@example.test'.
        """
        if self.settings.mail_mode != "allowlist":
            return True
        own = address.casefold()
        listed = {entry.casefold() for entry in self.settings.mail_allowlist}
        return own in listed or "@" + own.rpartition("@")[2] in listed

    @property
    def sender(self) -> Sender:
        """Who writes for the firm."""
        return Sender(self.settings.mail_from, self.settings.mail_from_name)

    def stationery(self) -> Stationery:
        """Return the firm's letter paper, read from the templates."""
        frame = Frame(self.settings.firm_name, self.settings.mail_postal_address, self.settings.public_url)
        return Stationery(TEMPLATES / "email", frame)


def build_house(settings: Settings, *, pool_size: int = 8) -> House:
    """Read the content, open the pool, hang up the bell. Connects to nothing yet. Raises ContentError."""
    return House(
        settings=settings,
        database=Database(settings.sqlalchemy_url, bell=CeleryBell(settings.redis_url), pool_size=pool_size),
        content=Content.load(CONTENT),
        secrets=Secrets(settings.secret_keys, settings.hash_pepper),
    )
