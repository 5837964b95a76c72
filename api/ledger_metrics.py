"""How the ledger and the events stand, for Prometheus; what should wake somebody is among it."""

from collections.abc import Iterable, Iterator, Sequence

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.database import Database, now
from coaching.domain.ledger import TROUBLES
from coaching.usecases.brake import mail_stopped_at
from coaching.usecases.heartbeat import last_heard

_OPEN = ("ready", "claimed", "posting", "uncertain", "parked")


class LedgerCollector(Collector):
    """How many rows stand in each state; asked of the database, so any web process gives the same answer."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def describe(self) -> list[Metric]:
        """Nothing is asked of the database before a scrape."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield the gauges."""
        with self._database.transaction() as session:
            gauges = [*_mail(session), *_webhook(session), *_letters(session), *_events(session)]
        yield from gauges


def _mail(session: Session) -> Iterator[Metric]:
    stopped = mail_stopped_at(session) is not None
    yield GaugeMetricFamily("waypoint_mail_stopped", "1 while the brake on all mail is on.", value=stopped)
    held = session.execute(
        select(tables.Sender.held_for, func.count())
        .where(tables.Sender.held_for.is_not(None))
        .group_by(tables.Sender.held_for)
    ).all()
    yield _by_word("waypoint_senders_held", "Senders that nothing leaves from.", "trouble", TROUBLES, held)


def _webhook(session: Session) -> Iterator[Metric]:
    family = GaugeMetricFamily(
        "waypoint_webhook_heard_seconds", "Since our webhook was reached from outside last.", labels=[]
    )
    heard = last_heard(session, "webhook")
    if heard is not None:  # an age that nobody knows is no number
        family.add_metric([], (now(session) - heard).total_seconds())
    yield family


def _letters(session: Session) -> Iterator[Metric]:
    batches = session.execute(
        select(tables.Batch.state, func.count())
        .where(tables.Batch.state.in_(_OPEN))
        .group_by(tables.Batch.state)
    ).all()
    yield _by_word("waypoint_batches", "Batches not yet done, by state.", "state", _OPEN, batches)
    due = session.scalar(
        select(func.count()).where(tables.Message.state == "planned", tables.Message.look_at <= func.now())
    )
    yield GaugeMetricFamily("waypoint_letters_due", "Letters due and not decided yet.", value=due or 0)


def _events(session: Session) -> Iterator[Metric]:
    waiting, oldest = session.execute(
        select(func.count(), func.extract("epoch", func.now() - func.min(tables.Event.next_at))).where(
            tables.Event.handled_at.is_(None), tables.Event.parked_at.is_(None)
        )
    ).one()
    yield GaugeMetricFamily("waypoint_events_waiting", "Facts not followed up yet.", value=waiting)
    yield GaugeMetricFamily("waypoint_events_oldest_seconds", "Age of the oldest.", value=float(oldest or 0))
    parked = session.scalar(select(func.count()).where(tables.Event.parked_at.is_not(None)))
    yield GaugeMetricFamily("waypoint_events_parked", "Facts that need a person.", value=parked or 0)


def _by_word(
    name: str, about: str, label: str, words: Sequence[str], counts: Iterable[tuple[str | None, int]]
) -> Metric:
    """Return a gauge with a value for every word, since an alarm needs the zeros too."""
    family = GaugeMetricFamily(name, about, labels=[label])
    found = dict(counts)
    for word in words:
        family.add_metric([word], found.get(word, 0))
    return family
