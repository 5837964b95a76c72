"""Tells Alembic which connection and which tables to compare."""

from alembic import context
from sqlalchemy import Connection, create_engine

from coaching.adapters.tables import Base

config = context.config


def run(connection: Connection) -> None:
    """Run the migrations on this connection, each in a transaction of its own."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        transaction_per_migration=True,
        compare_type=True,
        compare_server_default=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given: Connection | None = config.attributes.get("connection")
if given is not None:
    run(given)
else:
    engine = create_engine(config.attributes["url"])
    with engine.connect() as own:
        run(own)
    engine.dispose()
