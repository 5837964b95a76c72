"""Clients with plans in any number, written set-wise: five milestones, three people, ten letters ahead.

Two of the milestones are reached. `_DUE` lets one letter of some of them fall due; all else is months off.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.orm import Session

from bench.stage import Stage
from coaching.domain.allowlist import Allowlist
from coaching.usecases.schedule import schedule_clients

LETTERS_EACH = 10
_AT_ONCE = 1000
_EMPTY = """
    TRUNCATE message, batch, attempt, receipt, attention_slot, client, consent, suppression, event, audit
    CASCADE
"""
_CLIENTS = """
    INSERT INTO client (email, email_key, address_hash, name, time_zone, confirmed_at)
    SELECT 'c' || n || '@example.test', 'c' || n || '@example.test', sha256(convert_to(n::text, 'UTF8')),
           'Client Number' || n,
           CASE WHEN n % :every = 0 THEN 'Europe/Paris'
                ELSE (ARRAY['Europe/Paris', 'America/New_York', 'Asia/Tokyo', 'Australia/Sydney',
                            'America/Sao_Paulo', 'Africa/Nairobi', 'Asia/Kolkata', 'UTC'])[1 + n % 8] END,
           CAST(:monday AS date) - interval '30 days'
    FROM generate_series(1, :number) AS n
"""
_CONSENTS = """
    INSERT INTO consent (client_id, purpose, granted, text_version, source, at)
    SELECT id, 'letters', true, '2026-11', 'bench', confirmed_at FROM client
"""
_SUBMISSIONS = """
    INSERT INTO submission (client_id, instrument, version, answers, claimed, letters_wanted, known_address,
                            source, trust, at)
    SELECT id, 'job-career', 1, '{}', '{}', false, false, 'bench', 'firm', confirmed_at FROM client
"""
_SCORES = """
    INSERT INTO score (submission_id, rule_version, norms_version, result) SELECT id, '1', '1', '{}'
    FROM submission
"""
# Approved so long ago that it has been told. The first week's letter comes in nine weeks.
_PLANS = """
    INSERT INTO plan (client_id, submission_id, score_id, rules, rules_version, coach_confirms_first, draft,
                      state, cadences, approved_at, approved_by, starts_on)
    SELECT submission.client_id, submission.id, score.id, 'job-career', 1, false, '{}', 'active',
           '[{"kind": "network", "every_days": 7, "count": 2}]', CAST(:monday AS date) - interval '20 days',
           'rule', CAST(:monday AS date) + 56
    FROM submission JOIN score ON score.submission_id = submission.id
"""
# Two are reached long ago; three are due on Wednesdays, from the fifteenth week on.
_MILESTONES = """
    INSERT INTO milestone (plan_id, client_id, kind, position, title, detail, why, state, due_on, reached_at)
    SELECT plan.id, plan.client_id, 'step-' || place, place, 'A step', 'What to do.', 'A benchmark wants it.',
           CASE WHEN place <= 2 THEN 'reached' ELSE 'active' END,
           CASE WHEN place <= 2 THEN CAST(:monday AS date) - 60
                ELSE CAST(:monday AS date) + 2 + 7 * (2 + 4 * place) END,
           CASE WHEN place <= 2 THEN CAST(:monday AS date) - interval '60 days' END
    FROM plan CROSS JOIN generate_series(1, 5) AS place
"""
_PEOPLE = """
    INSERT INTO relationship (client_id, kind, name, cadence_days, starts_on, last_contact_on)
    SELECT plan.client_id, kind, 'Somebody', days, CAST(:monday AS date) - 30, CAST(:monday AS date) - 10
    FROM plan CROSS JOIN (VALUES ('mentor', 90), ('peer', 100), ('leader', 110)) AS person (kind, days)
"""
# Of every so-manieth client something is due on that Monday: the week, a mentor, or what is overdue.
_DUE = (
    """
    UPDATE plan SET starts_on = CAST(:monday AS date) - CASE WHEN client.n / :every % 3 = 0 THEN 7 ELSE 0 END
    FROM (SELECT id, CAST(substr(split_part(email, '@', 1), 2) AS int) AS n FROM client) AS client
    WHERE client.id = plan.client_id AND client.n % :every = 0
    """,
    """
    UPDATE relationship SET last_contact_on = CAST(:monday AS date) - cadence_days
    FROM (SELECT id, CAST(substr(split_part(email, '@', 1), 2) AS int) AS n FROM client) AS client
    WHERE client.id = relationship.client_id AND client.n % :every = 0 AND client.n / :every % 3 = 1
      AND relationship.kind = 'mentor'
    """,
    """
    UPDATE milestone SET due_on = CAST(:monday AS date) - 2
    FROM (SELECT id, CAST(substr(split_part(email, '@', 1), 2) AS int) AS n FROM client) AS client
    WHERE client.id = milestone.client_id AND client.n % :every = 0 AND client.n / :every % 3 = 2
      AND milestone.position = 3
    """,
)
# What the engine would plan for all others, row by row.
_PLANNED = """
    INSERT INTO message (recipient_kind, recipient_id, family, template, slot_key, local_date, local_time,
                         time_zone, due_at, look_at, expires_at, rank, detail, why)
    SELECT 'client', client.id, slot.family, slot.template, slot.key, slot.day, '09:00', client.time_zone,
           due.at, due.at, due.at + interval '6 days', slot.rank, slot.detail, 'A benchmark plans it.'
    FROM client
    JOIN LATERAL (
        SELECT 'milestone', 'milestone-ahead', 'milestone:ahead:' || id || ':' || due_on, due_on - ahead_days,
               40, jsonb_build_object('milestone', id)
        FROM milestone WHERE client_id = client.id AND state = 'active'
        UNION ALL
        SELECT 'milestone', 'milestone-overdue', 'milestone:overdue:' || id || ':' || due_on, due_on + 2,
               40, jsonb_build_object('milestone', id)
        FROM milestone WHERE client_id = client.id AND state = 'active'
        UNION ALL
        SELECT CASE WHEN kind = 'mentor' THEN 'mentoring' ELSE 'networking' END,
               CASE WHEN kind = 'mentor' THEN 'mentor-nudge' ELSE 'keep-in-touch' END,
               CASE WHEN kind = 'mentor' THEN 'mentoring:' ELSE 'networking:' END || id || ':'
                    || last_contact_on || ':' || 1,
               last_contact_on + cadence_days, CASE WHEN kind = 'mentor' THEN 50 ELSE 65 END,
               jsonb_build_object('relationship', id, 'time', 1)
        FROM relationship WHERE client_id = client.id
        UNION ALL
        SELECT 'milestone', 'week', 'week:' || to_char(starts_on + 7, 'IYYY-"W"IW'), starts_on + 7, 35,
               jsonb_build_object('week', to_char(starts_on + 7, 'IYYY-"W"IW'), 'touches', '[]'::jsonb)
        FROM plan WHERE client_id = client.id
    ) AS slot (family, template, key, day, rank, detail) ON true
    CROSS JOIN LATERAL (SELECT (slot.day + time '09:00') AT TIME ZONE client.time_zone AS at) AS due
    WHERE CAST(substr(split_part(client.email, '@', 1), 2) AS int) % :every <> 0
"""
_WHOSE_IS_DUE = text("SELECT id FROM client WHERE substr(split_part(email, '@', 1), 2)::int % :every = 0")
_SOME_OTHERS = text(
    "SELECT id FROM client WHERE substr(split_part(email, '@', 1), 2)::int % :every = 1 LIMIT 100"
)


@dataclass(frozen=True)
class Crowd:
    """So many clients, of whom every so-manieth has one letter due on the morning of `monday`."""

    clients: int
    every: int
    monday: date

    @property
    def planned_at(self) -> datetime:
        """An hour at which the letters of that morning stand planned, and none is due."""
        return datetime.combine(self.monday, time(6), UTC)

    @property
    def due_at(self) -> datetime:
        """An hour at which they have come due in Paris, and may go."""
        return datetime.combine(self.monday, time(8, 5), UTC)

    @property
    def values(self) -> dict[str, object]:
        """What the statements take."""
        return {"number": self.clients, "every": self.every, "monday": self.monday}


def crowd(one: Stage, clients: int, *, due: int) -> Crowd:
    """Empty the tables and fill them with clients and plans; of `due` of them a letter is due on Monday."""
    with one.database.transaction() as session:
        today = one.database.now(session).date()
    # With nobody due, no number is divisible by what is more than all.
    made = Crowd(clients, clients // due if due else clients + 1, _next_monday(today))
    for statement in (
        _EMPTY,
        _CLIENTS,
        _CONSENTS,
        _SUBMISSIONS,
        _SCORES,
        _PLANS,
        _MILESTONES,
        _PEOPLE,
        *_DUE,
    ):
        _run(one, statement, made)
    return made


def plan_letters(one: Stage, made: Crowd) -> None:
    """Plan all letters: set-wise those that are months off, by the engine those of whom one is due.

    Raises AssertionError if the engine would plan others.
    """
    tidy(one)
    _run(one, _PLANNED, made)
    with one.database.transaction() as session:
        some = session.scalars(_SOME_OTHERS, made.values).all()
        changes = _schedule(session, some, made)
        if any(changes.values()):
            raise AssertionError(f"the engine plans other letters: {next(iter(changes.values()))}")
        due = session.scalars(_WHOSE_IS_DUE, made.values).all()
    for start in range(0, len(due), _AT_ONCE):
        with one.database.transaction() as session:
            _schedule(session, due[start : start + _AT_ONCE], made)


def tidy(one: Stage) -> None:
    """Do what the database does by itself in time, so that it doesn't do it while something is measured."""
    with plain(one) as connection:
        connection.execute(text("VACUUM ANALYZE"))
        connection.execute(text("CHECKPOINT"))


@contextmanager
def plain(one: Stage) -> Iterator[Connection]:
    """Give a connection that waits as long as it takes, and commits each statement."""
    engine = create_engine(one.settings.sqlalchemy_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def _schedule(session: Session, ids: Sequence[UUID], made: Crowd) -> dict[UUID, object]:
    return dict(schedule_clients(session, ids, may_write_to=Allowlist(), now=made.planned_at))


def _run(one: Stage, statement: str, made: Crowd) -> None:
    names = {name: value for name, value in made.values.items() if f":{name}" in statement}
    with plain(one) as connection:
        connection.execute(text(statement), names)


def _next_monday(today: date) -> date:
    return today + timedelta(days=7 - today.weekday())
