"""The one place where `waypoint up --sample` loads the made-up caseload."""

from cli.faults import CommandError
from coaching.adapters.content import Content
from coaching.adapters.database import Database, now
from coaching.adapters.rendering import Frame, Stationery
from coaching.adapters.secrets import Secrets
from coaching.settings import CONTENT, SANDBOX, TEMPLATES, Settings
from coaching.usecases.sample import load_sample, read_caseload


def load_sample_once(settings: Settings) -> int:
    """Load the sample caseload into a database that has no clients; return how many were added.

    Raises CommandError where letters could reach people.
    """
    if settings.mail_mode != SANDBOX:
        raise CommandError(f"MAIL_MODE: {settings.mail_mode} refuses sample data; leave --sample out")
    frame = Frame(settings.firm_name, settings.mail_postal_address, settings.public_url)
    database = Database(settings.sqlalchemy_url, pool_size=1)
    try:
        with database.transaction() as session:
            return load_sample(
                session,
                Content.load(CONTENT),
                Secrets(settings.secret_keys, settings.hash_pepper),
                Stationery(TEMPLATES / "email", frame),
                read_caseload(CONTENT / "sample"),
                sender=settings.mail_from,
                now=now(session),
            )
    finally:
        database.close()
