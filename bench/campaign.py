"""A campaign with the full ledger, from launch to every batch accepted, beside a plain INSERT ... SELECT."""

import time
from dataclasses import dataclass

from sqlalchemy import text

from bench.stage import Stage, settle_down, until
from coaching.domain.allowlist import Allowlist
from coaching.usecases.fan_out import FanOut, fan_out

_CLIENTS = text(
    """
    INSERT INTO client (email, email_key, address_hash, name, time_zone, confirmed_at, sample)
    SELECT 'c' || n || '@example.test', 'c' || n || '@example.test',
           sha256(convert_to(n::text, 'UTF8')), 'Client Number' || n,
           (ARRAY['Europe/Paris', 'America/New_York', 'Asia/Tokyo', 'Australia/Sydney',
                  'America/Sao_Paulo', 'Africa/Nairobi', 'Asia/Kolkata', 'UTC'])[1 + n % 8],
           now() - interval '1 day', true
    FROM generate_series(1, :number) AS n
    """
)
_CONSENTS = text(
    """
    INSERT INTO consent (client_id, purpose, granted, text_version, source, at)
    SELECT id, 'letters', true, '2026-11', 'bench', now() - interval '1 day' FROM client
    """
)
# One in a hundred has unsubscribed.
_SUPPRESSIONS = text(
    """
    INSERT INTO suppression (address_hash, scope, reason, source, at)
    SELECT address_hash, 'letters', 'unsubscribed', 'bench', now() - interval '1 day' FROM client
    WHERE get_byte(address_hash, 0) < 3
    """
)
_REFERENCE = text(
    """
    INSERT INTO message (recipient_kind, recipient_id, family, template, slot_key, due_at, look_at,
                         expires_at, rank, why)
    SELECT 'client', id, 'campaign', 'look-again', 'reference', now(), now(), now() + interval '3 days', 80,
           'The reference of a benchmark.'
    FROM client
    """
)
_EMPTY = "TRUNCATE message, batch, attempt, receipt, attention_slot, client, consent, suppression CASCADE"
_OPEN = text("SELECT count(*) FROM batch WHERE state NOT IN ('accepted', 'closed')")


@dataclass(frozen=True)
class Campaign:
    """What one run showed; rates are in letters a second."""

    clients: int
    letters: int
    seconds: float
    fan_out_seconds: float
    reference_rate: float
    worker_mib: float

    @property
    def rate(self) -> float:
        """Letters a second, from launch to the last batch accepted."""
        return self.letters / self.seconds


def run(one: Stage, clients: int) -> Campaign:
    """Fill the database with so many clients, measure the reference, then the campaign."""
    _fill(one, clients)
    reference = _reference(one, clients)
    before = one.taken()
    order = FanOut(
        slot_key=f"campaign:bench-{clients}",
        template="look-again",
        family="campaign",
        sender=one.settings.mail_from,
        why="A benchmark wants to know how fast it goes.",
        ignore_window=True,
    )
    began = time.perf_counter()
    done = fan_out(one.database, order, Allowlist())
    fanned_out = time.perf_counter() - began
    until(lambda: _open_batches(one) == 0, "the campaign to end")
    seconds = time.perf_counter() - began
    sent = done.outcomes["send"]
    if one.taken() - before != sent:
        raise AssertionError(f"{sent} letters were queued, {one.taken() - before} arrived")
    return Campaign(clients, sent, seconds, fanned_out, reference, one.worker_memory_mib())


def _fill(one: Stage, clients: int) -> None:
    with one.database.transaction() as session:
        session.execute(text("SET LOCAL statement_timeout = 0"))
        session.execute(text(_EMPTY))
        session.execute(_CLIENTS, {"number": clients})
        session.execute(_CONSENTS)
        session.execute(_SUPPRESSIONS)
    settle_down(one)


def _reference(one: Stage, clients: int) -> float:
    with one.database.transaction() as session:
        session.execute(text("SET LOCAL statement_timeout = 0"))
        began = time.perf_counter()
        session.execute(_REFERENCE)
        seconds = time.perf_counter() - began
    with one.database.transaction() as session:
        session.execute(text("TRUNCATE message CASCADE"))
    settle_down(one)
    return clients / seconds


def _open_batches(one: Stage) -> int:
    with one.database.transaction() as session:
        return session.scalar(_OPEN) or 0
