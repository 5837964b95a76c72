"""The rules of `decide` in SQL: the pieces that both statements are put together from."""

# What the rules ask of a client, and where and when that is. Behind them stands `PERSON`'s own FROM.
PERSON = """
    person.email, person.address_hash, person.time_zone, person.hours, person.last_acted_at,
    person.confirmed_at IS NOT NULL AS confirmed,
    -- A zone that was changed just now has no instants yet: such a letter is looked at again at once.
    zone.name IS NOT NULL AS placed_in_time, zone.opens_at, zone.today
"""
ZONE = """
    LEFT JOIN unnest(CAST(:zones AS text[]), CAST(:hours AS text[]), CAST(:todays AS date[]),
                     CAST(:opens AS timestamptz[]))
      AS zone (name, hours, today, opens_at)
      ON zone.name = person.time_zone AND zone.hours = person.hours
"""
# What is found out about all of `person` at once. It has a row for each `letter`: what is asked of a client
# above, `due_at`, `expires_at`, `counts`, `ignore_window`, and `own`, its id if it is written. {near} keeps
# to these clients' rows: a range of ids, or OFFSET 0, which makes it a look at the index for each of a few.
ASKED = """
agreed AS (
    SELECT DISTINCT ON (letter) letter, said.granted
    FROM person CROSS JOIN LATERAL (
        SELECT * FROM consent WHERE client_id = person.id AND purpose = 'letters' {near}
    ) AS said
    ORDER BY letter, said.at DESC, said.id DESC
), paused AS (
    SELECT letter, bool_or(covers AND ending = 'skip') OR bool_or(covered AND ending = 'skip') AS skips,
           bool_or(covers AND ending <> 'skip') AS holds,
           (array_agg(until_at ORDER BY began_at, id) FILTER (WHERE covers AND ending <> 'skip'))[1]
               AS until_at
    FROM (
        SELECT letter, pause.id, began_at, ending, until_at,
               began_at <= :now AND coalesce(:now < over_at, true) AS covers,
               began_at <= due_at AND coalesce(due_at < over_at, true) AS covered
        FROM person
        CROSS JOIN LATERAL (SELECT * FROM pause WHERE client_id = person.id {near}) AS pause
        CROSS JOIN LATERAL (
            SELECT coalesce(ended_at, CASE WHEN ending <> 'shift' THEN until_at END)
        ) AS over (over_at)
    ) AS one
    GROUP BY letter
), attention AS (
    SELECT letter,
           count(*) FILTER (WHERE others AND (last_acted_at IS NULL OR taken_at > last_acted_at))
               AS unanswered,
           array_agg(local_date) FILTER (WHERE others AND local_date > today - 7) AS dates,
           max(local_date) FILTER (WHERE NOT others) AS held_on
    FROM (
        SELECT letter, last_acted_at, today, slot.local_date, slot.taken_at,
               slot.message_id IS DISTINCT FROM own AS others
        FROM person
        CROSS JOIN LATERAL (SELECT * FROM attention_slot WHERE client_id = person.id {near}) AS slot
        WHERE counts
    ) AS one
    GROUP BY letter
)
"""
# The first of a better rank that this letter would be in the way of, asked of one still to be planned; a
# queued one goes. Its place counts this letter and the better ones before it, which take their dates too.
BETTER = """
better AS (
    SELECT DISTINCT ON (letter) letter, template, ahead
    FROM (
        SELECT letter, other.template, GREATEST(comes."on" - today, 0) AS ahead, today, dates,
               coalesce(unanswered, 0) AS unanswered,
               row_number() OVER (PARTITION BY letter ORDER BY comes."on", other.rank, other.slot_key)
                   AS place
        FROM person
        JOIN message AS other ON other.recipient_id = person.id
         AND other.recipient_id > :after AND other.recipient_id <= :last
        LEFT JOIN attention USING (letter)
        CROSS JOIN LATERAL (
            SELECT coalesce(other.local_date, CAST(other.due_at AT TIME ZONE person.time_zone AS date))
        ) AS comes ("on")
        WHERE other.state = 'planned' AND other.rank < :rank AND other.expires_at > :now
          AND other.family <> 'transactional'
          AND (other.detail ->> 'ignore_budget') IS DISTINCT FROM 'true'
          AND other.template <> ALL (:mergeable) AND counts
    ) AS one
    WHERE ahead = 0 OR (ahead <= :held_free AND place
          + (SELECT count(*) FROM unnest(dates) AS taken (day)
             WHERE taken.day > today + ahead - 7 AND taken.day <= today + ahead)
          >= CASE WHEN unanswered >= :slow_after THEN :a_week_when_slow ELSE :a_week END)
    ORDER BY letter, place
)
"""
NOTHING_BETTER = """
better AS (
    SELECT CAST(NULL AS uuid) AS letter, CAST(NULL AS text) AS template, CAST(NULL AS int) AS ahead
    WHERE false
)
"""
FOUND = """
    person.*, everything.id IS NOT NULL AS everything,
    letters.id IS NOT NULL OR of_family.id IS NOT NULL AS unsubscribed,
    :everyone OR lower(email) = ANY(:allowed) OR '@' || split_part(lower(email), '@', 2) = ANY(:allowed)
        AS listed,
    coalesce(agreed.granted, false) AS agreed,
    coalesce(skips, false) AND NOT coalesce(holds, false) AS pause_skips,
    coalesce(holds, false) AS pause_holds, until_at AS pause_until,
    coalesce(unanswered, 0) AS unanswered, better.template AS better, better.ahead AS better_ahead,
    dates, held_on,
    CASE WHEN dates IS NULL THEN 0
         ELSE (SELECT coalesce(min(ahead), 8) FROM generate_series(0, 7) AS ahead
               WHERE today + ahead > ALL (dates)
                 AND (SELECT count(*) FROM unnest(dates) AS taken (day)
                      WHERE taken.day > today + ahead - 7 AND taken.day <= today + ahead)
                   < CASE WHEN unanswered >= :slow_after THEN :a_week_when_slow ELSE :a_week END)
    END AS free
    FROM person
    LEFT JOIN suppression AS everything ON everything.address_hash = person.address_hash
          AND everything.scope = 'all' AND everything.lifted_at IS NULL
    LEFT JOIN suppression AS letters ON letters.address_hash = person.address_hash
          AND letters.scope = 'letters' AND letters.lifted_at IS NULL
    LEFT JOIN suppression AS of_family ON of_family.address_hash = person.address_hash
          AND of_family.scope = :family AND of_family.lifted_at IS NULL
    LEFT JOIN agreed USING (letter)
    LEFT JOIN paused USING (letter)
    LEFT JOIN attention USING (letter)
    LEFT JOIN better USING (letter)
"""
# Each rule's word, as decide says it.
WORDS = """
    CASE WHEN :now >= looked.expires_at THEN 'expire' ELSE 'pass' END AS expiry,
    CASE WHEN everything THEN 'skip:all' WHEN unsubscribed THEN 'skip' ELSE 'pass' END AS suppression,
    CASE WHEN listed THEN 'pass' ELSE 'skip' END AS allowlist,
    CASE WHEN agreed THEN 'pass' ELSE 'skip' END AS consent,
    CASE WHEN confirmed THEN 'pass' ELSE 'skip' END AS confirmation,
    CASE WHEN pause_holds
         THEN coalesce(CASE WHEN pause_until > :now THEN pause_until END, tomorrow.at) END AS pause_wait,
    CASE WHEN counts AND unanswered = :ask_after THEN tomorrow.at END AS silence_wait,
    CASE WHEN better_ahead = 0 OR behind.at < looked.expires_at THEN behind.at END AS rank_wait,
    CASE WHEN counts AND free > 0 THEN room.at END AS budget_wait,
    CASE WHEN NOT placed_in_time THEN :now WHEN NOT ignore_window THEN looked.opens_at END AS window_wait,
    room."on" AS room_on, looked.today <= ANY (dates) AS day_taken,
    counts AND unanswered > :ask_after AS left_alone
"""
DAYS = """
    LEFT JOIN unnest(CAST(:day_zones AS text[]), CAST(:day_hours AS text[]), CAST(:day_aheads AS int[]),
                     CAST(:day_ats AS timestamptz[]), CAST(:day_ons AS text[]))
      AS room (name, hours, ahead, at, "on")
      ON looked.free > 0 AND room.name = time_zone AND room.hours = looked.hours AND room.ahead = looked.free
    LEFT JOIN unnest(CAST(:day_zones AS text[]), CAST(:day_hours AS text[]), CAST(:day_aheads AS int[]),
                     CAST(:day_ats AS timestamptz[]))
      AS tomorrow (name, hours, ahead, at)
      ON {tomorrow}
     AND tomorrow.name = time_zone AND tomorrow.hours = looked.hours AND tomorrow.ahead = 1
    LEFT JOIN unnest(CAST(:day_zones AS text[]), CAST(:day_hours AS text[]), CAST(:day_aheads AS int[]),
                     CAST(:day_ats AS timestamptz[]))
      AS behind (name, hours, ahead, at)
      ON better IS NOT NULL AND behind.name = time_zone AND behind.hours = looked.hours
     AND behind.ahead = better_ahead + 1
"""
WHERE_ASKED = "(pause_holds OR unanswered = :ask_after)"
# The strongest word, as decide takes it: expire, then skip, then wait, then send; of waits the longest.
OUTCOME = """
    LEAST(last_wait, expires_at) AS next_at,
    CASE WHEN expiry = 'expire' THEN 'expire'
         WHEN suppression <> 'pass' OR 'skip' IN (allowlist, consent, confirmation) OR pause_skips
              OR left_alone THEN 'skip'
         WHEN last_wait IS NOT NULL THEN 'wait'
         ELSE 'send' END AS outcome,
    CASE WHEN expiry = 'expire' THEN :over
         WHEN everything THEN :suppressed
         WHEN unsubscribed THEN :unsubscribed
         WHEN allowlist = 'skip' THEN :unlisted
         WHEN consent = 'skip' THEN :not_agreed
         WHEN confirmation = 'skip' THEN :unconfirmed
         WHEN pause_skips THEN :paused
         WHEN left_alone THEN :left_alone
         WHEN pause_wait = last_wait THEN :on_hold
         WHEN silence_wait = last_wait THEN :to_be_asked
         WHEN rank_wait = last_wait THEN :outranked
         WHEN budget_wait = last_wait AND day_taken THEN :day_taken
         WHEN budget_wait = last_wait THEN :week_taken
         WHEN window_wait = last_wait THEN :bad_hour
         ELSE :sent END AS reason,
    ARRAY['expiry:' || expiry, 'suppression:' || suppression, 'allowlist:' || allowlist,
          'consent:' || consent, 'confirmation:' || confirmation, 'daily_cap:pass',
          CASE WHEN pause_holds
               THEN 'pause:wait|'
                    || coalesce(to_char(pause_until AT TIME ZONE time_zone, 'YYYY-MM-DD'), 'open')
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
LAST_WAIT = "GREATEST(pause_wait, silence_wait, rank_wait, budget_wait, window_wait) AS last_wait"
