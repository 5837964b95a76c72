"""A system whose servers are not its own, and which reaches them through proxies."""

import secrets
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from cli.embedded import Postgres, Valkey
from tests.faults.harm import WORKERS
from tests.faults.proxy import Proxy
from tests.support.campaigns import Books
from tests.support.system import System, free_port

_HURRIED = {"SETTLE_WINDOW_S": "3", "LEASE_S": "5", "RATE_INTAKE_PER_KEY": "100000/minute"}


@dataclass
class Lines:
    """The system, its servers, and the lines between them."""

    books: Books
    postgres: Postgres
    valkey: Valkey
    to_database: Proxy
    to_broker: Proxy
    to_sandbox: Proxy


@contextmanager
def lines_laid(folder: Path) -> Iterator[Lines]:
    """Start servers, proxies, and behind them the system as a user would; end all of it afterwards."""
    password = secrets.token_hex(16)
    for room in ("postgres", "valkey"):
        (folder / room).mkdir()
    with ExitStack() as stack:
        postgres = Postgres.start(folder / "postgres", password=password)
        stack.callback(postgres.discard)
        valkey = Valkey.start(folder / "valkey", password=password)
        stack.callback(valkey.stop)
        sockets = Path(unquote(postgres.url.partition("host=")[2]))
        to_database = stack.enter_context(Proxy.to_socket(sockets / ".s.PGSQL.5432"))
        to_broker = stack.enter_context(Proxy.to_port(valkey.port))
        port = free_port()
        to_sandbox = stack.enter_context(Proxy.to_port(port + 1))
        settings = {
            **_HURRIED,
            "SENDGRID_HOST": f"http://127.0.0.1:{to_sandbox.port}",
            "DATABASE_URL": f"postgresql://waypoint:{password}@127.0.0.1:{to_database.port}/waypoint",
            "REDIS_URL": f"redis://:{password}@127.0.0.1:{to_broker.port}/0",
            "SECRET_KEYS": secrets.token_urlsafe(32),
            "HASH_PEPPER": secrets.token_urlsafe(32),
        }
        system = System(folder / "home", port, ("--workers", str(len(WORKERS))), settings)
        stack.callback(system.discard)
        books = Books(system.start(), DATABASE_URL=postgres.url, REDIS_URL=valkey.url)
        stack.enter_context(closing(books))
        yield Lines(books, postgres, valkey, to_database, to_broker, to_sandbox)
