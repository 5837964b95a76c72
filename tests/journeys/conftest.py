"""What journeys share: an installation with a clock to move by hand."""

from collections.abc import Iterator
from datetime import datetime

import pytest

from coaching.adapters.content import Content
from coaching.adapters.database import Database
from coaching.adapters.secrets import Secrets
from tests.support.drain import Firm, HandHeldDatabase


@pytest.fixture
def firm(
    postgres_url: str, database: Database, content: Content, secrets: Secrets, now: datetime
) -> Iterator[Firm]:
    """An installation whose clock stands at `now`; `database` empties the tables afterwards."""
    held = HandHeldDatabase(postgres_url, now)
    yield Firm(held, content, secrets)
    held.close()
