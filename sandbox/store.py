"""What was accepted, newest last, within bounds of number and memory; nothing is rendered here."""

import threading
import zlib
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from sandbox.personalizations import Recipient

MOST_MEMORY = 256 * 1024 * 1024
# A letter to one person is mostly markup and packs well; packing a full batch would cost more than it saves.
PACK_UP_TO = 64 * 1024
REMEMBERED_IDS = 500_000


@dataclass(slots=True)
class AcceptedMail:
    """One accepted request as it came, and who it was for.

    `message_ids` are the sender's own (custom_args.message_id), one a personalization.
    """

    id: str
    at: datetime
    recipients: list[Recipient]
    message_ids: list[str | None]
    stored_body: bytes
    packed: bool
    gone: int = 0
    subjects: list[str] | None = field(default=None, compare=False)

    @property
    def body(self) -> bytes:
        """The request as it was posted."""
        return zlib.decompress(self.stored_body) if self.packed else self.stored_body

    @property
    def kept(self) -> range:
        """The positions of recipients that are still in the mailbox."""
        return range(self.gone, len(self.recipients))


def accept(
    mail_id: str, body: bytes, recipients: list[Recipient], message_ids: list[str | None], *, at: datetime
) -> AcceptedMail:
    """Make ready for the store; small bodies are packed."""
    packed = len(body) <= PACK_UP_TO
    stored_body = zlib.compress(body, 1) if packed else body
    return AcceptedMail(mail_id, at, recipients, message_ids, stored_body, packed)


class Store:
    """The mailbox: at most `keep` messages (one a recipient) and a bounded number of bytes.

    `version` grows with every change.
    """

    def __init__(self, keep: int, *, most_memory: int = MOST_MEMORY) -> None:
        self._keep = keep
        self._most_memory = most_memory
        self._lock = threading.Lock()
        self._mails: deque[AcceptedMail] = deque()
        self._by_id: dict[str, AcceptedMail] = {}
        self._count = 0
        self._memory = 0
        self.version = 0
        self._reset_counts()

    def _reset_counts(self) -> None:
        self._requests = self._accepted = self._recipients = self._repeated = 0
        self._seen: set[int] = set()
        self._seen_before: set[int] = set()

    def count_request(self) -> None:
        """One more request came, whatever becomes of it."""
        with self._lock:
            self._requests += 1

    def add(self, mail: AcceptedMail) -> None:
        """Keep an accepted request and count it."""
        with self._lock:
            self._accepted += 1
            self._recipients += len(mail.recipients)
            self._repeated += sum(map(self._is_repeated, mail.message_ids))
            self._keep_mail(mail)

    def restore(self, mail: AcceptedMail) -> None:
        """Put back what an earlier run had accepted; this run's counts stay as they are."""
        with self._lock:
            for message_id in mail.message_ids:
                self._is_repeated(message_id)
            self._keep_mail(mail)

    def _is_repeated(self, message_id: str | None) -> bool:
        """Two generations of hashes: the last half million ids are known for sure, never over a million."""
        if message_id is None:
            return False
        mark = hash(message_id)
        known = mark in self._seen or mark in self._seen_before
        self._seen.add(mark)
        if len(self._seen) >= REMEMBERED_IDS:
            self._seen_before, self._seen = self._seen, set()
        return known

    def _keep_mail(self, mail: AcceptedMail) -> None:
        self.version += 1
        self._mails.append(mail)
        self._by_id[mail.id] = mail
        self._count += len(mail.kept)
        self._memory += len(mail.stored_body)
        while self._count > self._keep or (self._memory > self._most_memory and len(self._mails) > 1):
            self._let_go()

    def _let_go(self) -> None:
        oldest = self._mails[0]
        too_many = self._count - self._keep
        if 0 < too_many < len(oldest.kept):
            oldest.gone += too_many
            self._count -= too_many
            return
        self._mails.popleft()
        del self._by_id[oldest.id]
        self._count -= len(oldest.kept)
        self._memory -= len(oldest.stored_body)

    def newest_first(self) -> Iterator[tuple[AcceptedMail, int]]:
        """Every message as (request, position of the recipient in it), as things stood at the call."""
        with self._lock:
            snapshot = [(mail, mail.kept) for mail in reversed(self._mails)]
        return ((mail, position) for mail, kept in snapshot for position in reversed(kept))

    def find(self, mail_id: str, position: int) -> AcceptedMail | None:
        """The request that holds this message, if it is still kept."""
        with self._lock:
            mail = self._by_id.get(mail_id)
        return mail if mail is not None and position in mail.kept else None

    def clear(self) -> None:
        """Empty the mailbox and start counting from nothing."""
        with self._lock:
            self.version += 1
            self._mails.clear()
            self._by_id.clear()
            self._count = self._memory = 0
            self._reset_counts()

    def mails(self) -> list[AcceptedMail]:
        """Every kept request, oldest first."""
        with self._lock:
            return list(self._mails)

    def stats(self) -> dict[str, int]:
        """What came, what was accepted, for how many, and how many bore an id accepted before."""
        with self._lock:
            return {
                "requests": self._requests,
                "accepted": self._accepted,
                "recipients": self._recipients,
                "repeated": self._repeated,
            }

    def __len__(self) -> int:
        return self._count
