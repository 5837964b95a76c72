"""People who keep submitting while something breaks, and what they were told."""

import threading
from collections import Counter
from types import TracebackType
from typing import Self

from sqlalchemy import text

from tests.support.campaigns import Books
from tests.support.system import submission

_STORED = text("SELECT count(*) FROM submission WHERE id = ANY(CAST(:ids AS uuid[]))")
_LETTERS = text(
    """
    SELECT client.email FROM sent_letter JOIN client ON client.id = sent_letter.recipient_id
    WHERE client.email = ANY(:emails)
    """
)


class Intake:
    """Submits again and again from one thread, each time as another person, until it is left."""

    def __init__(self, books: Books, name: str) -> None:
        self.answers: Counter[int] = Counter()
        self.taken: dict[str, str] = {}
        self._books = books
        self._name = name
        self._key = books.system.run("keys", "create", "--scope", "intake")
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="intake")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join(timeout=60)

    def submit(self) -> int:
        """Submit once and return the status, 0 if nobody answered."""
        address = f"p{self.answers.total()}@{self._name}.test"
        status, body = self._books.system.call("/v1/assessments", self._key, submission(address))
        self.answers[status] += 1
        if status == 202:
            self.taken[address] = body["id"]
        return status

    def is_written_to(self, addresses: list[str]) -> bool:
        """Tell whether one of these people has had their letter."""
        return bool(self._books.ask(_LETTERS, emails=addresses))

    def check(self, *allowed: int) -> str:
        """Hold that every 202 has its submission and its letter, and that nothing else was answered."""
        assert set(self.answers) <= {202, *allowed}, self.answers
        assert self.taken
        assert self._books.number(_STORED, ids=list(self.taken.values())) == len(self.taken)
        written = {row.email for row in self._books.ask(_LETTERS, emails=list(self.taken))}
        assert written == set(self.taken)
        return ", ".join(f"{number} x {status}" for status, number in sorted(self.answers.items()))

    def _run(self) -> None:
        while not self._over.wait(0.05):
            self.submit()
