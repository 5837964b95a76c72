"""How late letters leave that fall due one by one, five hundred a second."""

from dataclasses import dataclass

from sqlalchemy import text

from bench.stage import Stage, settle_down, until
from coaching.adapters.content import Content
from coaching.adapters.database import now
from coaching.settings import CONTENT
from coaching.usecases.publish_sequences import publish_first

A_SECOND = 500
# A letter of a sequence goes only to clients whom that has let in, and takes its reason from there.
SEQUENCE = "welcome"
_PLAN = text(
    """
    WITH let_in AS (
        INSERT INTO enrollment (client_id, sequence, version, state, started_at, actor)
        SELECT id, :sequence, :version, 'active', now(), 'bench' FROM client ORDER BY id LIMIT :number
        RETURNING id, client_id
    )
    INSERT INTO message (recipient_kind, recipient_id, family, template, slot_key, due_at, look_at,
                         expires_at, rank, detail, why)
    SELECT 'client', client_id, 'drip', :letter, 'drip:' || id || ':' || :step, due_at, due_at,
           due_at + interval '1 day', 50,
           jsonb_build_object('ignore_window', true, 'enrollment', id, 'sequence', CAST(:sequence AS text),
                              'version', CAST(:version AS integer), 'step', CAST(:step AS text)),
           'A benchmark wants to know how late it comes.'
    FROM (
        SELECT id, client_id, now() + interval '5 seconds'
               + (row_number() OVER (ORDER BY client_id) - 1) * interval '1 second' / :a_second AS due_at
        FROM let_in
    ) AS planned
    """
)
_LEFT = text(
    """
    SELECT count(*) FROM message LEFT JOIN batch ON batch.id = message.batch_id
    WHERE message.template = :letter
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
        WHERE message.template = :letter AND batch.state = 'accepted'
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
        session.execute(text("TRUNCATE message, batch, attempt, attention_slot, enrollment CASCADE"))
        sequence = Content.load(CONTENT).sequences[SEQUENCE]
        publish_first(session, [sequence], now=now(session))
        first = next(sequence.steps())
        values = {"sequence": sequence.name, "version": sequence.version, "step": first.key}
        number = A_SECOND * seconds
        session.execute(_PLAN, {**values, "letter": first.letter, "a_second": A_SECOND, "number": number})
    settle_down(one)
    until(lambda: _left(one, first.letter) == 0, "the last letter")
    with one.database.transaction() as session:
        median, p99, worst, letters = session.execute(_LATE, {"letter": first.letter}).one()
    return Lateness(letters, median, p99, worst)


def _left(one: Stage, letter: str) -> int:
    with one.database.transaction() as session:
        return session.scalar(_LEFT, {"letter": letter}) or 0
