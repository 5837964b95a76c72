"""The rules of `decide`, once more as SQL, for letters that go to very many at once.

The one named exception to 'no second implementation': a property test proves that both say the same, rule by
rule. Local time stays in Python: it computes one instant for each zone, SQL joins them.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, Boolean, DateTime, Text, TextClause, Uuid, bindparam, text

from coaching.domain.allowlist import Allowlist
from coaching.domain.engine import decide
from coaching.domain.local_time import in_window, next_window

Zones = Mapping[str, datetime | None]

# Each rule's word, from what `_JOINS` finds out about the client `person`. Names and order are decide's.
_WORDS = """
    CASE WHEN :now >= {expires_at} THEN 'expire' ELSE 'pass' END AS expiry,
    CASE WHEN everything.id IS NULL AND letters.id IS NULL AND of_family.id IS NULL
         THEN 'pass' ELSE 'skip' END AS suppression,
    CASE WHEN :everyone OR lower(person.email) = ANY(:allowed)
           OR '@' || split_part(lower(person.email), '@', 2) = ANY(:allowed)
         THEN 'pass' ELSE 'skip' END AS allowlist,
    CASE WHEN agreed.granted THEN 'pass' ELSE 'skip' END AS consent,
    CASE WHEN person.confirmed_at IS NULL THEN 'skip' ELSE 'pass' END AS confirmation,
    'pass' AS daily_cap,
    -- A zone that was changed just now has no instant yet: such a letter is looked at again at once.
    CASE WHEN {ignore_window} OR (zone.name IS NOT NULL AND zone.opens_at IS NULL)
         THEN 'pass' ELSE 'wait' END AS "window",
    CASE WHEN zone.name IS NULL THEN :now ELSE zone.opens_at END AS opens_at,
    everything.id IS NOT NULL AS everything
"""
_JOINS = """
    LEFT JOIN unnest(CAST(:zones AS text[]), CAST(:opens AS timestamptz[])) AS zone (name, opens_at)
      ON zone.name = person.time_zone
    LEFT JOIN suppression AS everything ON everything.address_hash = person.address_hash
          AND everything.scope = 'all' AND everything.lifted_at IS NULL
    LEFT JOIN suppression AS letters ON letters.address_hash = person.address_hash
          AND letters.scope = 'letters' AND letters.lifted_at IS NULL
    LEFT JOIN suppression AS of_family ON of_family.address_hash = person.address_hash
          AND of_family.scope = :family AND of_family.lifted_at IS NULL
    LEFT JOIN LATERAL (
        SELECT consent.granted FROM consent
        WHERE consent.client_id = person.id AND consent.purpose = 'letters'
        ORDER BY consent.at DESC, consent.id DESC LIMIT 1
    ) AS agreed ON true
"""
# The strongest word, as decide takes it: expire, then skip, then wait, then send.
_OUTCOME = """
    CASE WHEN expiry = 'expire' THEN 'expire'
         WHEN 'skip' IN (suppression, allowlist, consent, confirmation) THEN 'skip'
         WHEN "window" = 'wait' THEN 'wait'
         ELSE 'send' END AS outcome,
    CASE WHEN expiry = 'expire' THEN :over
         WHEN everything THEN :suppressed
         WHEN suppression = 'skip' THEN :unsubscribed
         WHEN allowlist = 'skip' THEN :unlisted
         WHEN consent = 'skip' THEN :not_agreed
         WHEN confirmation = 'skip' THEN :unconfirmed
         WHEN "window" = 'wait' THEN :bad_hour
         ELSE :sent END AS reason,
    ARRAY['expiry:' || expiry, 'suppression:' || suppression, 'allowlist:' || allowlist,
          'consent:' || consent, 'confirmation:' || confirmation, 'daily_cap:' || daily_cap,
          'window:' || "window"] AS rule_codes
"""

FAN_OUT = f"""
WITH person AS (
    SELECT id, email, address_hash, time_zone, confirmed_at FROM client
    WHERE sample AND id > :after AND id <= :last
), looked AS (
    SELECT person.id, {_WORDS.format(expires_at=":expires_at", ignore_window=":ignore_window")}
    FROM person {_JOINS}
    -- A look at the index for each client. As NOT EXISTS it would be joined, and since nobody has heard of a
    -- new campaign's key when it is planned, by comparing every client with every letter written so far.
    LEFT JOIN LATERAL (
        SELECT true AS there FROM message
        WHERE message.recipient_id = person.id AND message.slot_key = :slot_key
          AND message.state <> 'cancelled'
        LIMIT 1
    ) AS before ON true
    WHERE before.there IS NULL
), decided AS MATERIALIZED (
    SELECT id, opens_at, {_OUTCOME} FROM looked
), placed AS MATERIALIZED (
    SELECT id, opens_at, outcome, reason, rule_codes,
           CASE WHEN outcome = 'send'
                THEN (row_number() OVER (PARTITION BY outcome = 'send' ORDER BY id) - 1) / :most + 1 END
           AS place
    FROM decided
), made AS (
    INSERT INTO batch (id, template, sender, family, rank, size, due_at, not_before, created_at)
    SELECT (CAST(:batch_ids AS uuid[]))[place], :template, :sender, :family, :batch_rank, count(*),
           :now, :now, :now
    FROM placed WHERE place IS NOT NULL GROUP BY place
), written AS (
    INSERT INTO message (recipient_kind, recipient_id, family, template, slot_key, due_at, look_at,
                         expires_at, rank, state, batch_id, outcome, rule_codes, detail, why, decided_at,
                         created_at)
    SELECT 'client', id, :family, :template, :slot_key, :now,
           CASE outcome WHEN 'wait' THEN opens_at ELSE :now END, :expires_at, :rank,
           CASE outcome WHEN 'send' THEN 'queued' WHEN 'wait' THEN 'planned'
                        WHEN 'skip' THEN 'skipped' ELSE 'expired' END,
           (CAST(:batch_ids AS uuid[]))[place], reason, rule_codes, CAST(:detail AS jsonb), :why, :now, :now
    FROM placed
)
SELECT outcome, reason, count(*) AS letters FROM placed GROUP BY outcome, reason
"""  # noqa: S608 - put together from the constants above, never from values

_IGNORES = "coalesce(message.detail ->> 'ignore_window' = 'true', false)"
RECHECK = f"""
WITH looked AS (
    SELECT message.id AS message_id, person.id IS NULL AS gone, person.email, person.address_hash,
           person.name, coach.name AS coach_name,
           {_WORDS.format(expires_at="message.expires_at", ignore_window=_IGNORES)}
    FROM message
    LEFT JOIN client AS person ON person.id = message.recipient_id
    LEFT JOIN coach ON coach.id = person.coach_id
    {_JOINS}
    -- Only queued letters have a batch; saying so would mislead the planner about how many there are.
    WHERE message.batch_id = :batch_id
)
SELECT message_id, gone, email, address_hash, name, coach_name, opens_at, {_OUTCOME} FROM looked
ORDER BY message_id
"""  # noqa: S608 - put together from the constants above, never from values

_TYPES = (
    bindparam("zones", type_=ARRAY(Text)),
    bindparam("opens", type_=ARRAY(DateTime(timezone=True))),
    bindparam("allowed", type_=ARRAY(Text)),
    bindparam("now", type_=DateTime(timezone=True)),
)


def recheck_statement() -> TextClause:
    """Return the query that decides every queued letter of a campaign's batch again."""
    return text(RECHECK).bindparams(*_TYPES, bindparam("batch_id", type_=Uuid()))


def fan_out_statement() -> TextClause:
    """Return the statement that decides and writes a letter for each of some clients, with their batches."""
    return text(FAN_OUT).bindparams(
        *_TYPES,
        bindparam("after", type_=Uuid()),
        bindparam("last", type_=Uuid()),
        bindparam("batch_ids", type_=ARRAY(Uuid())),
        bindparam("expires_at", type_=DateTime(timezone=True)),
        bindparam("ignore_window", type_=Boolean()),
    )


def windows(zones: list[str], now: datetime) -> Zones:
    """Return for each zone when letters may go again, None where they may go now."""
    return {zone: None if in_window(now, zone) else next_window(now, zone) for zone in zones}


def rule_values(*, zones: Zones, may_write_to: Allowlist, family: str, now: datetime) -> dict[str, Any]:
    """Return the values that the rules of both statements take."""
    return {
        "now": now,
        "zones": list(zones),
        "opens": list(zones.values()),
        "everyone": may_write_to.entries is None,
        "allowed": sorted(may_write_to.entries or ()),
        "family": family,
        "over": decide.OVER,
        "suppressed": decide.SUPPRESSED,
        "unsubscribed": decide.UNSUBSCRIBED,
        "unlisted": decide.UNLISTED,
        "not_agreed": decide.NOT_AGREED,
        "unconfirmed": decide.UNCONFIRMED,
        "bad_hour": decide.BAD_HOUR,
        "sent": decide.SENT,
    }
