"""Campaigns on a running system, and the reckoning of its ledger against the sandbox's own count."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from cli.home import Home
from coaching.adapters.bell import CeleryBell
from coaching.adapters.database import Database
from coaching.adapters.knocker import knock_at
from coaching.domain.allowlist import Allowlist
from coaching.settings import Settings, read_settings
from coaching.usecases.fan_out import FanOut, fan_out
from tests.support.system import System, until

_LET_GO = text("UPDATE client SET sample = false WHERE sample")
_CLIENTS = text(
    """
    INSERT INTO client (email, email_key, address_hash, name, time_zone, confirmed_at, sample)
    SELECT address, address, sha256(convert_to(address, 'UTF8')), 'Client Number' || n,
           (ARRAY['Europe/Paris', 'America/New_York', 'Asia/Tokyo', 'Australia/Sydney',
                  'America/Sao_Paulo', 'Africa/Nairobi', 'Asia/Kolkata', 'UTC'])[1 + n % 8],
           now() - interval '1 day', true
    FROM generate_series(1, :number) AS n,
         LATERAL (SELECT CASE WHEN :fated AND n % 50 < 4
                              THEN (ARRAY['bounce', 'spam', 'drop', 'defer'])[1 + n % 50] || '+' ELSE 'c'
                         END || n || '@' || CAST(:name AS text) || '.test') AS made (address)
    """
)
_CONSENTS = text(
    """
    INSERT INTO consent (client_id, purpose, granted, text_version, source, at)
    SELECT id, 'letters', true, '2026-11', 'test', now() - interval '1 day' FROM client WHERE sample
    """
)
_LISTENING = text(
    """
    SELECT 1 FROM heartbeat WHERE part = 'webhook' AND well AND at > now() - interval '20 seconds' LIMIT 1
    """
)
# Whatever isn't a matter of the past yet; attempts of a batch that was closed are.
_OPEN = text(
    """
    SELECT (SELECT count(*) FROM batch WHERE state NOT IN ('accepted', 'closed'))
         + (SELECT count(*) FROM attempt JOIN batch ON batch.id = attempt.batch_id
            WHERE attempt.outcome IN ('posting', 'unknown') AND batch.state <> 'closed')
         + (SELECT count(*) FROM message WHERE state = 'planned' AND look_at <= now())
         + (SELECT count(*) FROM event WHERE handled_at IS NULL)
    """
)
_ACCEPTED = text("SELECT count(*) FROM batch WHERE state = 'accepted' AND created_at >= :since")
_UNDER_WAY = text(
    """
    SELECT count(*) FROM batch
    WHERE family = 'campaign' AND state NOT IN ('accepted', 'closed') AND created_at >= :since
    """
)
_STUCK = text(
    """
    SELECT batch.id, batch.state, batch.reason, attempt.id AS attempt_id, attempt.started_at, attempt.detail
    FROM batch LEFT JOIN LATERAL
         (SELECT * FROM attempt WHERE batch_id = batch.id ORDER BY number DESC LIMIT 1) AS attempt ON true
    WHERE batch.state IN ('uncertain', 'parked')
    """
)
_GAPS = text("SELECT at FROM heartbeat WHERE part = 'webhook' AND NOT well AND at >= :since ORDER BY at")
_LETTERS = text(
    """
    SELECT message.id, message.state, message.outcome, sent_letter.id IS NOT NULL AS sent
    FROM message LEFT JOIN sent_letter ON sent_letter.id = message.id
    WHERE (message.created_at >= :since AND (message.state <> 'planned' OR message.look_at <= now()))
       OR message.id = ANY(CAST(:arrived AS uuid[]))
    """
)
_HOW = text(
    """
    SELECT count(*) AS attempts,
           count(*) FILTER (WHERE outcome = 'accepted' AND status IS DISTINCT FROM 202) AS by_receipt,
           count(*) FILTER (WHERE outcome = 'refused' AND detail LIKE 'Nothing was heard%') AS by_silence,
           count(*) FILTER (WHERE outcome = 'refused' AND detail LIKE 'it was never posted%') AS withdrawn,
           count(*) FILTER (WHERE outcome = 'refused' AND status IS NOT NULL) AS refused
    FROM attempt WHERE started_at >= :since
    """
)
_WITHOUT = text(
    """
    SELECT count(*) FROM client
    WHERE sample AND NOT EXISTS (SELECT FROM message WHERE recipient_id = client.id)
    """
)


class Books:
    """What can be read of a running system from beside it."""

    def __init__(self, system: System, **instead: str) -> None:
        """`instead`: settings under which we reach it otherwise than it reaches itself."""
        run = Home(system.home).living_run()
        assert run is not None
        self.system = system
        self.settings: Settings = read_settings({**run.settings, **instead})
        self.database = Database(
            self.settings.sqlalchemy_url, bell=CeleryBell(self.settings.redis_url), pool_size=2
        )

    def close(self) -> None:
        """Close the connections."""
        self.database.close()

    def ask(self, statement: Any, **values: Any) -> Sequence[Row[Any]]:
        """Return the rows; a database that is away is waited for."""

        def rows() -> list[Sequence[Row[Any]]] | None:
            try:
                with self.database.transaction() as session:
                    return [session.execute(statement, values).all()]
            except (DBAPIError, PoolTimeout):
                return None

        return until(rows, "the database")[0]

    def number(self, statement: Any, **values: Any) -> int:
        """Return the one number that a statement gives."""
        return int(self.ask(statement, **values)[0][0])

    def now(self) -> datetime:
        """Return the database's time."""
        at: datetime = self.ask(text("SELECT now()"))[0][0]
        return at

    def listen(self) -> None:
        """Wait until the webhook is known to be heard of: from then on silence tells something."""

        def heard() -> bool:
            knock_at(self.settings.public_url, self.settings.secret_keys, self.now())
            return bool(self.ask(_LISTENING))

        until(heard, "a sign of life of the webhook")


@dataclass(frozen=True)
class Reckoning:
    """The ledger held against what arrived. What `faults` names should be nought.

    `how`: by what the attempts were settled.
    """

    letters: int
    lost: int
    repeated: int
    unsettled: int
    strays: int
    forgotten: int
    by_hand: int
    seconds: float
    how: str
    ended: Counter[str] = field(default_factory=Counter)

    @property
    def faults(self) -> dict[str, int]:
        """What must not be, by name."""
        names = ("lost", "repeated", "unsettled", "strays", "forgotten")
        return {name: getattr(self, name) for name in names if getattr(self, name)}


@dataclass
class Campaign:
    """One letter to each of so many clients. `most`: how many go in one request.

    `fated`: for some of them the sandbox reports bounces, complaints, drops and delays.
    """

    books: Books
    name: str
    clients: int
    most: int = 100
    fated: bool = False
    began: datetime = field(init=False)
    batches: int = field(init=False, default=0)
    by_hand: list[str] = field(init=False, default_factory=list)

    def launch(self) -> "Campaign":
        """Empty the mailbox, make the clients, write the letters: from then on they leave."""
        self.books.listen()
        self.books.system.ask_mailbox("messages", method="DELETE")
        with self.books.database.transaction() as session:
            session.execute(_LET_GO)
            session.execute(_CLIENTS, {"number": self.clients, "name": self.name, "fated": self.fated})
            session.execute(_CONSENTS)
        self.began, self._clock, self._said = self.books.now(), time.monotonic(), len(self.books.system.said)
        order = FanOut(
            slot_key=f"campaign:{self.name}",
            template="look-again",
            family="campaign",
            sender=self.books.settings.mail_from,
            why="Something breaks while it goes out.",
            ignore_window=True,
            most=self.most,
        )
        fanned_out = fan_out(self.books.database, order, Allowlist())
        assert fanned_out.outcomes["send"] == self.clients, fanned_out
        self.batches = -(-self.clients // self.most)
        return self

    def accepted(self) -> int:
        """Return how many batches have been accepted since it began."""
        return self.books.number(_ACCEPTED, since=self.began)

    def is_under_way(self) -> bool:
        """Say whether some of its letters have yet to leave: what strikes now strikes in its middle."""
        return self.books.number(_UNDER_WAY, since=self.began) > 0

    def reach(self, part: float) -> None:
        """Wait until such a part of the batches, 0 to 1, is accepted."""
        wanted = int(part * self.batches)
        until(lambda: self.accepted() >= wanted, f"batch {wanted} of {self.batches}", patience_s=240)

    def reckon(self, *, patience_s: float = 240, help_out: bool = False) -> Reckoning:
        """Wait until all is settled, compare. `help_out`: judge by hand what can't settle itself."""
        try:
            until(lambda: self.books.number(_OPEN) == 0, "the ledger to settle", patience_s=patience_s)
        except AssertionError:
            if not help_out:
                raise AssertionError("\n".join(self._stuck())) from None
            self._judge()
        return self._compare()

    def _stuck(self) -> list[str]:
        """Say what is open, and which gaps of the webhook stand against it."""
        lines = []
        for batch in self.books.ask(_STUCK):
            gaps = [f"{gap.at:%H:%M:%S.%f}" for gap in self.books.ask(_GAPS, since=batch.started_at)]
            lines.append(
                f"{batch.state} {batch.id}: {batch.reason} attempt {batch.attempt_id} of"
                f" {batch.started_at:%H:%M:%S.%f}: {batch.detail}; gaps {gaps}"
            )
        return lines or ["nothing is uncertain, yet something is open"]

    def _judge(self) -> None:
        """Settle what is stuck as an operator would, by what arrived of its last attempt."""
        known = {one["custom_args"].get("attempt_id") for one in self.arrived()}
        self.by_hand += self._stuck()
        for batch in self.books.ask(_STUCK):
            verdict = "accepted" if str(batch.attempt_id) in known else "resend"
            self.books.system.run("batches", "settle", str(batch.id), verdict)
        until(lambda: self.books.number(_OPEN) == 0, "the ledger to settle after a verdict")

    def arrived(self) -> list[dict[str, Any]]:
        """Return what lies in the mailbox: to whom, with which ids, since when."""
        found: list[dict[str, Any]] = self.books.system.ask_mailbox(
            "messages?fields=to,custom_args,at&limit=50000"
        )
        return found

    def _how(self) -> list[tuple[str, int]]:
        row = self.books.ask(_HOW, since=self.began)[0]
        seen = [(name.replace("_", " "), int(number)) for name, number in row._mapping.items()]
        return [*seen, ("found silent", self.books.system.said[self._said :].count(" was silent for "))]

    def _compare(self) -> Reckoning:
        seconds = time.monotonic() - self._clock
        arrived = self.arrived()
        copies = Counter(UUID(one["custom_args"]["message_id"]) for one in arrived)
        rows = self.books.ask(_LETTERS, since=self.began, arrived=list(copies))
        people = Counter(one["to"] for one in arrived if one["to"].endswith(f"@{self.name}.test"))
        sent = {row.id for row in rows if row.sent}
        repeated = max(
            sum(copies.values()) - len(copies),
            sum(people.values()) - len(people),
            self.books.system.ask_mailbox("stats")["repeated"],
        )
        return Reckoning(
            letters=len(sent),
            lost=len(sent - copies.keys()),
            repeated=repeated,
            unsettled=sum(not row.sent and row.state in ("planned", "queued", "merged") for row in rows),
            strays=len(copies.keys() - sent),
            forgotten=self.books.number(_WITHOUT),
            by_hand=len(self.by_hand),
            seconds=seconds,
            how=", ".join(f"{number} {name}" for name, number in self._how() if number),
            ended=Counter(row.outcome for row in rows if not row.sent),
        )
