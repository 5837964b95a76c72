"""The rules of `decide`, once more as SQL, for letters that go to very many at once.

The one named exception to 'no second implementation': a property test proves that both say the same, rule by
rule. Local time stays in Python: it computes the instants of each zone and its hours, SQL joins them.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ARRAY, Boolean, Date, DateTime, Text, TextClause, Uuid, bindparam, text

from coaching.adapters.set_wise_rules import (
    ASKED,
    BETTER,
    DAYS,
    FOUND,
    LAST_WAIT,
    NOTHING_BETTER,
    OUTCOME,
    PERSON,
    WHERE_ASKED,
    WORDS,
    ZONE,
)
from coaching.domain import local_time
from coaching.domain.allowlist import Allowlist
from coaching.domain.engine import said
from coaching.domain.engine.attention import A_WEEK, A_WEEK_WHEN_SLOW, ASK_AFTER, SLOW_AFTER
from coaching.domain.engine.crowding_rules import HELD_FREE, MERGEABLE
from coaching.domain.local_time import Hours

_DAYS_AHEAD = 9

_IN_CHUNK = "AND client_id > :after AND client_id <= :last"
FAN_OUT = f"""
WITH person AS MATERIALIZED (
    SELECT person.id AS letter, person.id, CAST(NULL AS uuid) AS own, {PERSON}, :now AS due_at,
           CAST(:expires_at AS timestamptz) AS expires_at, :ignore_window AS ignore_window,
           NOT :ignore_budget AS counts
    FROM client AS person {ZONE}
    -- A look at the index for each client. As NOT EXISTS it would be joined, and since nobody has heard of a
    -- new campaign's key when it is planned, by comparing every client with every letter written so far.
    LEFT JOIN LATERAL (
        SELECT true AS there FROM message
        WHERE message.recipient_id = person.id AND message.slot_key = :slot_key
          AND message.state <> 'cancelled'
        LIMIT 1
    ) AS before ON true
    WHERE person.sample AND person.id > :after AND person.id <= :last AND before.there IS NULL
), {ASKED.format(near=_IN_CHUNK)}, {BETTER}, looked AS MATERIALIZED (
    SELECT {FOUND}
), worded AS MATERIALIZED (
    SELECT looked.*, {WORDS} FROM looked {DAYS.format(tomorrow=WHERE_ASKED)}
), timed AS (
    SELECT *, {LAST_WAIT} FROM worded
), decided AS MATERIALIZED (
    SELECT id, today, counts, {OUTCOME} FROM timed
), placed AS MATERIALIZED (
    SELECT id, next_at, today, counts, outcome, reason, rule_codes, uuidv7() AS message_id,
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
    INSERT INTO message (id, recipient_kind, recipient_id, family, template, slot_key, due_at, look_at,
                         expires_at, rank, state, batch_id, outcome, rule_codes, detail, why, decided_at,
                         created_at)
    SELECT message_id, 'client', id, :family, :template, :slot_key, :now,
           CASE outcome WHEN 'wait' THEN next_at ELSE :now END, :expires_at, :rank,
           CASE outcome WHEN 'send' THEN 'queued' WHEN 'wait' THEN 'planned'
                        WHEN 'skip' THEN 'skipped' ELSE 'expired' END,
           (CAST(:batch_ids AS uuid[]))[place], reason, rule_codes, CAST(:detail AS jsonb), :why, :now, :now
    FROM placed
), spent AS (
    -- In the order of ids, like everybody who takes dates; one that was just taken is found at the recheck.
    INSERT INTO attention_slot (client_id, local_date, message_id, taken_at)
    SELECT id, today, message_id, :now FROM placed WHERE place IS NOT NULL AND counts ORDER BY id
    ON CONFLICT DO NOTHING
)
-- The keys to other tables are checked once all this is done, letter by letter. One plan will do for that;
-- else our connections plan each check anew, which took a third of the time.
SELECT outcome, reason, count(*) AS letters, set_config('plan_cache_mode', 'auto', true)
FROM placed GROUP BY outcome, reason
"""  # noqa: S608 - put together from the constants above, never from values

_IGNORES = "coalesce(message.detail ->> '{0}' = 'true', false)"
RECHECK = f"""
WITH person AS MATERIALIZED (
    SELECT message.id AS letter, person.id, message.id AS own, {PERSON}, message.due_at, message.expires_at,
           {_IGNORES.format("ignore_window")} AS ignore_window,
           NOT {_IGNORES.format("ignore_budget")} AS counts, person.name, coach.name AS coach_name
    FROM message
    -- A look at the index for each, whatever statistics say of the batch: with none, a hundred thousand
    -- letters are taken for five hundred of a batch, a million for five thousand, and all clients are read.
    LEFT JOIN LATERAL (SELECT * FROM client WHERE client.id = message.recipient_id OFFSET 0) AS person ON true
    LEFT JOIN coach ON coach.id = person.coach_id
    {ZONE}
    -- Only queued letters have a batch; saying so would mislead the planner about how many there are.
    WHERE message.batch_id = :batch_id
), {ASKED.format(near="OFFSET 0")}, {NOTHING_BETTER}, looked AS MATERIALIZED (
    SELECT {FOUND}
), worded AS MATERIALIZED (
    SELECT looked.*, tomorrow.at AS tomorrow_at, {WORDS}
    FROM looked {DAYS.format(tomorrow="true")}
), timed AS (
    SELECT *, {LAST_WAIT} FROM worded
), decided AS (
    SELECT *, counts AND held_on IS DISTINCT FROM today AS takes, {OUTCOME} FROM timed
)
-- What isn't asked for isn't fetched: nearly all go, and have the date that they hold.
SELECT letter AS message_id, id IS NULL AS gone, email, address_hash, name, coach_name, takes, outcome,
       CASE WHEN takes THEN id END AS client_id, CASE WHEN takes THEN today END AS today,
       CASE WHEN takes THEN tomorrow_at END AS tomorrow_at,
       CASE WHEN outcome <> 'send' THEN next_at END AS next_at,
       CASE WHEN outcome <> 'send' THEN reason END AS reason,
       CASE WHEN outcome <> 'send' THEN rule_codes END AS rule_codes
FROM decided
ORDER BY letter
"""  # noqa: S608 - put together from the constants above, never from values

_TYPES = (
    bindparam("zones", type_=ARRAY(Text)),
    bindparam("hours", type_=ARRAY(Text)),
    bindparam("todays", type_=ARRAY(Date)),
    bindparam("opens", type_=ARRAY(DateTime(timezone=True))),
    bindparam("day_zones", type_=ARRAY(Text)),
    bindparam("day_hours", type_=ARRAY(Text)),
    bindparam("day_ats", type_=ARRAY(DateTime(timezone=True))),
    bindparam("day_ons", type_=ARRAY(Text)),
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
        bindparam("mergeable", type_=ARRAY(Text)),
        bindparam("expires_at", type_=DateTime(timezone=True)),
        bindparam("ignore_window", type_=Boolean()),
        bindparam("ignore_budget", type_=Boolean()),
    )


@dataclass(frozen=True)
class Place:
    """A zone with hours for letters, and its instants as of one moment.

    `opens_at`: when letters may go again, None where they may go now. `days`: for today and each of the next
    days, the first instant from then on at which letters may go, and its local date.
    """

    zone: str
    hours: str
    today: date
    opens_at: datetime | None
    days: tuple[tuple[datetime, date], ...]


def places(zones: Collection[tuple[str, str]], now: datetime) -> list[Place]:
    """Return the instants of each zone and hours."""
    return [_place(zone, code, now) for zone, code in zones]


def rule_values(
    *, where: Collection[Place], may_write_to: Allowlist, family: str, rank: int, now: datetime
) -> Mapping[str, Any]:
    """Return the values that the rules of both statements take."""
    days = [(place, ahead, at, on) for place in where for ahead, (at, on) in enumerate(place.days)]
    return {
        "now": now,
        "zones": [place.zone for place in where],
        "hours": [place.hours for place in where],
        "todays": [place.today for place in where],
        "opens": [place.opens_at for place in where],
        "day_zones": [place.zone for place, *_ in days],
        "day_hours": [place.hours for place, *_ in days],
        "day_aheads": [ahead for _, ahead, _, _ in days],
        "day_ats": [at for _, _, at, _ in days],
        "day_ons": [on.isoformat() for *_, on in days],
        "everyone": may_write_to.entries is None,
        "allowed": sorted(may_write_to.entries or ()),
        "family": family,
        "rank": rank,
        "slow_after": SLOW_AFTER,
        "ask_after": ASK_AFTER,
        "held_free": HELD_FREE.days,
        "mergeable": sorted(MERGEABLE),
        "a_week": A_WEEK,
        "a_week_when_slow": A_WEEK_WHEN_SLOW,
        **_SENTENCES,
    }


def _place(zone: str, code: str, now: datetime) -> Place:
    hours = Hours.of(code)
    today = local_time.local(now, zone).date()
    opens = [
        local_time.next_window_on(today + timedelta(days=ahead), zone, hours) for ahead in range(_DAYS_AHEAD)
    ]
    inside = local_time.in_window(now, zone, hours)
    return Place(
        zone=zone,
        hours=code,
        today=today,
        opens_at=None if inside else local_time.next_window(now, zone, hours),
        days=tuple((at, local_time.local(at, zone).date()) for at in opens),
    )


_SENTENCES = {
    "over": said.OVER,
    "suppressed": said.SUPPRESSED,
    "unsubscribed": said.UNSUBSCRIBED,
    "unlisted": said.UNLISTED,
    "not_agreed": said.NOT_AGREED,
    "unconfirmed": said.UNCONFIRMED,
    "paused": said.PAUSED,
    "on_hold": said.ON_HOLD,
    "left_alone": said.LEFT_ALONE,
    "to_be_asked": said.TO_BE_ASKED,
    "outranked": said.OUTRANKED,
    "day_taken": said.DAY_TAKEN,
    "week_taken": said.WEEK_TAKEN,
    "bad_hour": said.BAD_HOUR,
    "sent": said.SENT,
}
