"""How late letters leave that fall due one by one, five hundred a second."""

from dataclasses import dataclass

from sqlalchemy import text

from bench.stage import Stage, settle_down, until

A_SECOND = 500
_PLAN = text(
    """
    INSERT INTO message (recipient_kind, recipient_id, family, template, slot_key, due_at, look_at,
                         expires_at, rank, detail, why)
    SELECT 'client', id, 'drip', 'look-again', 'drip:bench:1', due_at, due_at, due_at + interval '1 day',
           50, '{"ignore_window": true}', 'A benchmark wants to know how late it comes.'
    FROM (
        SELECT id, now() + interval '5 seconds'
                   + (row_number() OVER (ORDER BY id) - 1) * interval '1 second' / :a_second AS due_at
        FROM client ORDER BY id LIMIT :number
    ) AS planned
    """
)
_LEFT = text(
    """
    SELECT count(*) FROM message LEFT JOIN batch ON batch.id = message.batch_id
    WHERE message.slot_key = 'drip:bench:1'
      AND (message.state = 'planned' OR batch.state NOT IN ('accepted', 'closed'))
    """
)
_LATE = text(
    """
    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY late),
           percentile_cont(0.99) WITHIN GROUP (ORDER BY late), max(late), count(*)
    FROM (
        SELECT extract(epoch FROM batch.accepted_at - message.due_at)::float AS late
        FROM message JOIN batch ON batch.id = message.batch_id
        WHERE message.slot_key = 'drip:bench:1' AND batch.state = 'accepted'
    ) AS sent
    """
)


@dataclass(frozen=True)
class Lateness:
    """Seconds from due to accepted, over so many letters."""

    letters: int
    median_s: float
    p99_s: float
    worst_s: float


def run(one: Stage, seconds: int) -> Lateness:
    """Plan 500 letters for each of the next seconds, and see when each has been accepted."""
    with one.database.transaction() as session:
        # Whoever has had a campaign today would have no attention left.
        session.execute(text("TRUNCATE message, batch, attempt, attention_slot CASCADE"))
        session.execute(_PLAN, {"a_second": A_SECOND, "number": A_SECOND * seconds})
    settle_down(one)
    until(lambda: _left(one) == 0, "the last letter")
    with one.database.transaction() as session:
        median, p99, worst, letters = session.execute(_LATE).one()
    return Lateness(letters, median, p99, worst)


def _left(one: Stage) -> int:
    with one.database.transaction() as session:
        return session.scalar(_LEFT) or 0
