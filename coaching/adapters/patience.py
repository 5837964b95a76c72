"""A connection to PostgreSQL that doesn't wait for ever on a line that hangs.

The server's own time-outs end slow statements, and the kernel's end broken lines. Neither helps where the
other end takes in what we send, answers nothing and closes nothing, as a proxy can.
"""

import time
from typing import Any

import psycopg
from psycopg import errors
from sqlalchemy import Engine, event, exc

# Longer than the server lets a statement run.
PATIENCE_S = 18.0
PING_S = 3.0
# A connection that was in use just now is believed to work.
FRESH_S = 1.0


class PatientConnection(psycopg.Connection[Any]):
    """Gives up, and closes itself, when an answer takes longer than `patience_s` seconds."""

    patience_s = PATIENCE_S

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """Wait for an answer. Raises OperationalError when it doesn't come in time."""
        if timeout is not None:
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(gen, interval, self.patience_s)
        except errors._WaitTimeout:
            # Whatever it may still say is no answer to what is asked next.
            self.pgconn.finish()
            raise psycopg.OperationalError("the database does not answer") from None


def make_patient(engine: Engine) -> None:
    """Let this engine's connections be patient, and tried before use unless they were in use just now."""

    @event.listens_for(engine, "do_connect")
    def _connect(_dialect: Any, record: Any, given: Any, named: Any) -> PatientConnection:
        connection = PatientConnection.connect(*given, **named)
        record.info["used_at"] = time.monotonic()
        return connection

    @event.listens_for(engine, "checkout")
    def _try(connection: PatientConnection, record: Any, _proxy: Any) -> None:
        if time.monotonic() - record.info.get("used_at", 0.0) > FRESH_S:
            _ping(connection)

    @event.listens_for(engine, "checkin")
    def _used(_connection: PatientConnection | None, record: Any) -> None:
        record.info["used_at"] = time.monotonic()


def _ping(connection: PatientConnection) -> None:
    connection.patience_s = PING_S
    try:
        connection.autocommit = True
        connection.execute("")
        connection.autocommit = False
    except psycopg.Error as error:
        raise exc.DisconnectionError from error
    finally:
        del connection.patience_s
