"""Puts the parts together from the settings, once for each process."""

from dataclasses import dataclass

from coaching.adapters.bell import CeleryBell
from coaching.adapters.content import Content
from coaching.adapters.database import Database
from coaching.adapters.mail_body import Sender
from coaching.adapters.rendering import Frame, Stationery
from coaching.adapters.secrets import Secrets
from coaching.domain.allowlist import Allowlist
from coaching.settings import CONTENT, TEMPLATES, Settings


@dataclass(frozen=True)
class House:
    """What every door needs."""

    settings: Settings
    database: Database
    content: Content
    secrets: Secrets

    @property
    def may_write_to(self) -> Allowlist:
        """Whom this installation may write to: in allowlist mode, only those listed."""
        if self.settings.mail_mode != "allowlist":
            return Allowlist()
        return Allowlist.of(self.settings.mail_allowlist)

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
