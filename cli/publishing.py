"""The sequences that a database has never seen go live with its first start."""

from coaching.adapters.content import Content
from coaching.adapters.database import Database, now
from coaching.settings import CONTENT, Settings
from coaching.usecases.publish_sequences import publish_first


def publish_what_is_new(settings: Settings) -> None:
    """Publish every sequence of which there is no version yet; raises ContentError for faulty files."""
    database = Database(settings.sqlalchemy_url)
    try:
        with database.transaction() as session:
            publish_first(session, Content.load(CONTENT).sequences.values(), now=now(session))
    finally:
        database.close()
