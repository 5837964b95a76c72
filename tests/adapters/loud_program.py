"""Does everything that has ever told too much, with logs at DEBUG; a test reads what it printed.

Arguments: the form of the logs, the mail host, the database, and a broker where nobody listens.
"""

import logging
import sys
import threading
from contextlib import suppress

import structlog
from celery import Celery
from limits import parse
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from coaching.adapters.bell import SWEEP, CeleryBell
from coaching.adapters.database import Database
from coaching.adapters.logs import set_up_logs
from coaching.adapters.mailer import SendGridMailer
from coaching.adapters.rate import SharedRate

KEY = "SG.the-key.of-the-firm"
ADDRESS = "ana.berg@example.test"
NAME = "Ana-Maria Berg"
PASSWORD = "the-password"
TOKEN = "AbCdEfGh" * 6

_log = logging.getLogger("coaching.loud")
celery = Celery("loud", broker="memory://", set_as_current=False)
celery.conf.task_always_eager = True


@celery.task(name="loud.fail")
def fail(address: str) -> None:
    """Fail as a task does whose exception quotes a row."""
    raise ValueError(f"Key (email, name)=({address}, {NAME}) already exists.")


def post(host: str) -> None:
    """Send a letter, and one that is refused in words that quote the address."""
    letter = {
        "personalizations": [{"to": [{"email": ADDRESS, "name": NAME}]}],
        "subject": f"For {NAME}",
        "content": [{"type": "text/plain", "value": f"https://x.example.test/act/{TOKEN}"}],
    }
    mailer = SendGridMailer(host, KEY)
    for _ in range(2):
        result = mailer.post(letter)
        _log.info("posted", extra={"outcome": result.outcome, "detail": result.detail})


def query(url: str) -> None:
    """Ask with personal parameters, well and badly."""
    database = Database(url)
    with database.transaction() as session:
        session.execute(text("SELECT CAST(:a AS text), CAST(:n AS text)"), {"a": ADDRESS, "n": NAME})
    for statement in ("SELECT nothing, CAST(:a AS text), CAST(:n AS text)", "SELECT CAST(:a AS integer), :n"):
        try:
            with database.transaction() as session:
                session.execute(text(statement), {"a": ADDRESS, "n": NAME})
        except SQLAlchemyError as error:
            _log.exception("a statement failed: %s", error)
            structlog.get_logger("coaching.loud").exception(f"failed: {error}")
    database.close()


def say() -> None:
    """Log as nobody should."""
    _log.debug("a debug line of ours")
    _log.debug("to %s from redis://:%s@broker.example.test/0", ADDRESS, PASSWORD)
    _log.info("opened /act/%s with %s", TOKEN, KEY, extra={"name_": [ADDRESS], "to": NAME})
    logging.getLogger("some.library").debug("a debug line of a library, for %s", NAME)
    structlog.get_logger("coaching.loud").info("seen", address=ADDRESS, token=TOKEN, more={"of": ADDRESS})


class _Heard(logging.Handler):
    """Knows when the bell has failed."""

    def __init__(self) -> None:
        super().__init__()
        self.event = threading.Event()

    def emit(self, record: logging.LogRecord) -> None:
        """Take the bell's only word."""
        if "bell not heard" in record.msg:
            self.event.set()


def ring(broker: str) -> None:
    """Ring where nobody listens, and wait until that is told."""
    heard = _Heard()
    logging.getLogger("coaching.adapters.bell").addHandler(heard)
    CeleryBell(broker).ring(SWEEP)
    heard.event.wait(30)


def main(form: str, host: str, database: str, broker: str) -> None:
    """Do all of it."""
    set_up_logs("DEBUG", form)
    say()
    post(host)
    query(database)
    SharedRate(broker, parse("1/second")).wait()
    with suppress(ValueError):
        fail.delay(ADDRESS).get()
    ring(broker)


if __name__ == "__main__":
    main(*sys.argv[1:])
