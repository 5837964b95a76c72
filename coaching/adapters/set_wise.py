"""The rules of `decide`, once more as SQL, for letters that go to very many at once.

The one named exception to 'no second implementation': a property test proves that both say the same, rule by
rule. Local time stays in Python: it computes the instants of each zone and its hours, SQL joins them.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ARRAY, Boolean, Date, DateTime, Text, TextClause, Uuid, bindparam, text

from coaching.domain import local_time
from coaching.domain.allowlist import Allowlist
from coaching.domain.engine import said
from coaching.domain.engine.attention import A_WEEK, A_WEEK_WHEN_SLOW, ASK_AFTER, SLOW_AFTER
from coaching.domain.engine.crowding_rules import HELD_FREE, MERGEABLE
from coaching.domain.local_time import Hours

_DAYS_AHEAD = 9

# What is found out about the client `person`. {due_at}, {own}: of the letter, where there is one already.
_JOINS = """
    LEFT JOIN unnest(CAST(:zones AS text[]), CAST(:hours AS text[]), CAST(:todays AS date[]),
                     CAST(:opens AS timestamptz[]))
      AS zone (name, hours, today, opens_at)
      ON zone.name = person.time_zone AND zone.hours = person.hours
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
    LEFT JOIN LATERAL (
        SELECT bool_or(covers AND ending = 'skip') OR bool_or(covered AND ending = 'skip') AS skips,
               bool_or(covers AND ending <> 'skip') AS holds,
               max(until_at) FILTER (WHERE covers AND ending <> 'skip') AS until_at
        FROM (
            SELECT ending, until_at,
                   began_at <= :now AND coalesce(:now < coalesce(ended_at, until_at), true) AS covers,
                   began_at <= {due_at} AND coalesce({due_at} < coalesce(ended_at, until_at), true) AS covered
            FROM pause WHERE pause.client_id = person.id
        ) AS one
    ) AS pause ON true
    LEFT JOIN LATERAL (
        SELECT count(*) FILTER (WHERE person.last_acted_at IS NULL OR slot.taken_at > person.last_acted_at)
                   AS unanswered,
               array_agg(slot.local_date) FILTER (WHERE slot.local_date > zone.today - 7) AS dates
        FROM attention_slot AS slot
        WHERE slot.client_id = person.id AND {counts} AND slot.message_id IS DISTINCT FROM {own}
    ) AS attention ON true
    LEFT JOIN LATERAL (
        SELECT other.template, GREATEST(comes."on" - zone.today, 0) AS ahead
        FROM message AS other,
             LATERAL (SELECT coalesce(other.local_date,
                                      CAST(other.due_at AT TIME ZONE person.time_zone AS date))
                     ) AS comes ("on")
        WHERE other.recipient_id = person.id AND other.state = 'planned' AND other.rank < :rank
          AND other.family <> 'transactional'
          AND (other.detail ->> 'ignore_budget') IS DISTINCT FROM 'true'
          AND other.template <> ALL (:mergeable) AND {ranks}
        ORDER BY comes."on", other.rank, other.slot_key LIMIT 1
    ) AS better ON true
"""
_FOUND = """
    {expires_at} AS expires_at, {ignore_window} AS ignore_window, {counts} AS counts,
    everything.id IS NOT NULL AS everything,
    letters.id IS NOT NULL OR of_family.id IS NOT NULL AS unsubscribed,
    :everyone OR lower(person.email) = ANY(:allowed)
        OR '@' || split_part(lower(person.email), '@', 2) = ANY(:allowed) AS listed,
    coalesce(agreed.granted, false) AS agreed, person.confirmed_at IS NOT NULL AS confirmed,
    coalesce(pause.skips, false) AND NOT coalesce(pause.holds, false) AS pause_skips,
    coalesce(pause.holds, false) AS pause_holds, pause.until_at AS pause_until,
    coalesce(attention.unanswered, 0) AS unanswered, better.template AS better, better.ahead AS better_ahead,
    -- A zone that was changed just now has no instants yet: such a letter is looked at again at once.
    zone.name IS NOT NULL AS placed_in_time, zone.opens_at, zone.today, person.time_zone AS zone_name,
    person.hours AS zone_hours, attention.dates,
    CASE WHEN attention.dates IS NULL THEN 0
         ELSE (SELECT coalesce(min(ahead), 8) FROM generate_series(0, 7) AS ahead
               WHERE zone.today + ahead <> ALL (attention.dates)
                 AND (SELECT count(*) FROM unnest(attention.dates) AS taken (day)
                      WHERE taken.day > zone.today + ahead - 7 AND taken.day <= zone.today + ahead)
                   < CASE WHEN attention.unanswered >= :slow_after THEN :a_week_when_slow ELSE :a_week END)
    END AS free
"""
# Each rule's word, as decide says it.
_WORDS = """
    CASE WHEN :now >= looked.expires_at THEN 'expire' ELSE 'pass' END AS expiry,
    CASE WHEN everything THEN 'skip:all' WHEN unsubscribed THEN 'skip' ELSE 'pass' END AS suppression,
    CASE WHEN listed THEN 'pass' ELSE 'skip' END AS allowlist,
    CASE WHEN agreed THEN 'pass' ELSE 'skip' END AS consent,
    CASE WHEN confirmed THEN 'pass' ELSE 'skip' END AS confirmation,
    CASE WHEN pause_holds THEN coalesce(pause_until, tomorrow.at) END AS pause_wait,
    CASE WHEN counts AND unanswered = :ask_after THEN tomorrow.at END AS silence_wait,
    CASE WHEN counts AND better_ahead = 0
           OR (counts AND better_ahead <= :held_free
               AND 1 + (SELECT count(*) FROM unnest(dates) AS taken (day)
                        WHERE taken.day > looked.today + better_ahead - 7
                          AND taken.day <= looked.today + better_ahead)
                   >= CASE WHEN unanswered >= :slow_after THEN :a_week_when_slow ELSE :a_week END)
         THEN behind.at END AS rank_wait,
    CASE WHEN counts AND free > 0 THEN room.at END AS budget_wait,
    CASE WHEN NOT placed_in_time THEN :now WHEN NOT ignore_window THEN looked.opens_at END AS window_wait,
    room."on" AS room_on, looked.today = ANY (dates) AS day_taken,
    counts AND unanswered > :ask_after AS left_alone
"""
_DAYS = """
    LEFT JOIN unnest(CAST(:day_zones AS text[]), CAST(:day_hours AS text[]), CAST(:day_aheads AS int[]),
                     CAST(:day_ats AS timestamptz[]), CAST(:day_ons AS text[]))
      AS room (name, hours, ahead, at, "on")
      ON looked.free > 0 AND room.name = zone_name AND room.hours = zone_hours AND room.ahead = looked.free
    LEFT JOIN unnest(CAST(:day_zones AS text[]), CAST(:day_hours AS text[]), CAST(:day_aheads AS int[]),
                     CAST(:day_ats AS timestamptz[]))
      AS tomorrow (name, hours, ahead, at)
      ON {tomorrow}
     AND tomorrow.name = zone_name AND tomorrow.hours = zone_hours AND tomorrow.ahead = 1
    LEFT JOIN unnest(CAST(:day_zones AS text[]), CAST(:day_hours AS text[]), CAST(:day_aheads AS int[]),
                     CAST(:day_ats AS timestamptz[]))
      AS behind (name, hours, ahead, at)
      ON better IS NOT NULL AND behind.name = zone_name AND behind.hours = zone_hours
     AND behind.ahead = better_ahead + 1
"""
_WHERE_ASKED = "(pause_holds OR unanswered = :ask_after)"
# The strongest word, as decide takes it: expire, then skip, then wait, then send; of waits the longest.
_OUTCOME = """
    CASE WHEN expiry = 'expire' THEN 'expire'
         WHEN suppression <> 'pass' OR 'skip' IN (allowlist, consent, confirmation) OR pause_skips
              OR left_alone THEN 'skip'
         WHEN next_at IS NOT NULL THEN 'wait'
         ELSE 'send' END AS outcome,
    CASE WHEN expiry = 'expire' THEN :over
         WHEN everything THEN :suppressed
         WHEN unsubscribed THEN :unsubscribed
         WHEN allowlist = 'skip' THEN :unlisted
         WHEN consent = 'skip' THEN :not_agreed
         WHEN confirmation = 'skip' THEN :unconfirmed
         WHEN pause_skips THEN :paused
         WHEN left_alone THEN :left_alone
         WHEN pause_wait = next_at THEN :on_hold
         WHEN silence_wait = next_at THEN :to_be_asked
         WHEN rank_wait = next_at THEN :outranked
         WHEN budget_wait = next_at AND day_taken THEN :day_taken
         WHEN budget_wait = next_at THEN :week_taken
         WHEN window_wait = next_at THEN :bad_hour
         ELSE :sent END AS reason,
    ARRAY['expiry:' || expiry, 'suppression:' || suppression, 'allowlist:' || allowlist,
          'consent:' || consent, 'confirmation:' || confirmation, 'daily_cap:pass',
          CASE WHEN pause_holds
               THEN 'pause:wait|' || coalesce(to_char(pause_until AT TIME ZONE 'UTC', 'YYYY-MM-DD'), 'open')
               WHEN pause_skips THEN 'pause:skip' ELSE 'pause:pass' END,
          'plan:pass:none',
          CASE WHEN NOT counts THEN 'silence:pass:uncounted'
               WHEN left_alone THEN 'silence:skip|' || unanswered
               WHEN silence_wait IS NOT NULL THEN 'silence:wait|' || unanswered
               ELSE 'silence:pass|' || unanswered END,
          'duplicate:pass',
          CASE WHEN rank_wait IS NULL THEN 'rank:pass' ELSE 'rank:wait|' || better END,
          'merge:pass',
          CASE WHEN NOT counts THEN 'budget:pass:right'
               WHEN budget_wait IS NULL THEN 'budget:pass'
               WHEN day_taken THEN 'budget:wait:day|' || room_on
               ELSE 'budget:wait:week|' || room_on END,
          CASE WHEN ignore_window THEN 'window:pass:right'
               WHEN window_wait IS NULL THEN 'window:pass' ELSE 'window:wait' END] AS rule_codes
"""
_NEXT_AT = "GREATEST(pause_wait, silence_wait, rank_wait, budget_wait, window_wait) AS next_at"

FAN_OUT = f"""
WITH person AS (
    SELECT id, email, address_hash, time_zone, hours, confirmed_at, last_acted_at FROM client
    WHERE sample AND id > :after AND id <= :last
), looked AS (
    SELECT person.id,
           {
    _FOUND.format(
        expires_at="CAST(:expires_at AS timestamptz)",
        ignore_window=":ignore_window",
        counts="NOT :ignore_budget",
    )
}
    FROM person {
    _JOINS.format(
        due_at=":now",
        own="CAST(NULL AS uuid)",
        counts="NOT :ignore_budget",
        ranks="NOT :ignore_budget",
    )
}
    -- A look at the index for each client. As NOT EXISTS it would be joined, and since nobody has heard of a
    -- new campaign's key when it is planned, by comparing every client with every letter written so far.
    LEFT JOIN LATERAL (
        SELECT true AS there FROM message
        WHERE message.recipient_id = person.id AND message.slot_key = :slot_key
          AND message.state <> 'cancelled'
        LIMIT 1
    ) AS before ON true
    WHERE before.there IS NULL
), worded AS (
    SELECT looked.*, {_WORDS} FROM looked {_DAYS.format(tomorrow=_WHERE_ASKED)}
), timed AS (
    SELECT *, {_NEXT_AT} FROM worded
), decided AS MATERIALIZED (
    SELECT id, next_at, today, counts, {_OUTCOME} FROM timed
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
SELECT outcome, reason, count(*) AS letters FROM placed GROUP BY outcome, reason
"""  # noqa: S608 - put together from the constants above, never from values

_IGNORES = "coalesce(message.detail ->> '{0}' = 'true', false)"
_COUNTS = "NOT " + _IGNORES.format("ignore_budget")
RECHECK = f"""
WITH looked AS (
    SELECT message.id AS message_id, person.id IS NULL AS gone, person.id AS client_id, person.email,
           person.address_hash, person.name, coach.name AS coach_name, held.local_date AS held_on,
           {
    _FOUND.format(
        expires_at="message.expires_at",
        ignore_window=_IGNORES.format("ignore_window"),
        counts=_COUNTS,
    )
}
    FROM message
    LEFT JOIN client AS person ON person.id = message.recipient_id
    LEFT JOIN coach ON coach.id = person.coach_id
    LEFT JOIN attention_slot AS held ON held.message_id = message.id
    {_JOINS.format(due_at="message.due_at", own="message.id", counts=_COUNTS, ranks="false")}
    -- Only queued letters have a batch; saying so would mislead the planner about how many there are.
    WHERE message.batch_id = :batch_id
), worded AS (
    SELECT looked.*, tomorrow.at AS tomorrow_at, {_WORDS}
    FROM looked {_DAYS.format(tomorrow="true")}
), timed AS (
    SELECT *, {_NEXT_AT} FROM worded
)
SELECT message_id, gone, email, address_hash, name, coach_name, client_id, today, next_at, tomorrow_at,
       counts AND held_on IS DISTINCT FROM today AS takes, {_OUTCOME}
FROM timed
ORDER BY message_id
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
    bindparam("mergeable", type_=ARRAY(Text)),
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
