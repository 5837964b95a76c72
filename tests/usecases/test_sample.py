"""The sample caseload: a believable past, a quiet first start, and never twice or beside real clients."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import Session

from cli.faults import CommandError
from cli.sample import load_sample_once
from coaching.adapters import tables
from coaching.adapters.content import Content
from coaching.adapters.rendering import Frame, Stationery
from coaching.adapters.secrets import Secrets
from coaching.domain.errors import Refused
from coaching.domain.plan_words import FIND_A_MENTOR
from coaching.reactions import Reactions
from coaching.settings import CONTENT, TEMPLATES, Settings
from coaching.usecases.facts import drain
from coaching.usecases.publish_sequences import publish_first
from coaching.usecases.relationship_rows import MENTOR
from coaching.usecases.sample import Caseload, load_sample, read_caseload
from coaching.usecases.sweep import sweep

FIRST_START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
FRESH = {
    "keiko.tanaka@example.test": "report",
    "samuel.adeyemi@example.test": "report",
    "ravi.menon@example.test": "report",
    "isla.campbell@example.test": "report",
    "sofia.papadaki@example.test": "was-this-you",
}


class Loader:
    """Loads into one session, as `waypoint up --sample` does."""

    def __init__(self, session: Session, content: Content, secrets: Secrets) -> None:
        self.session, self.content, self.secrets = session, content, secrets
        frame = Frame("The firm", "1 Sample Street", "http://127.0.0.1:8000")
        self.stationery = Stationery(TEMPLATES / "email", frame)
        self.caseload = read_caseload(CONTENT / "sample")

    def load(self, now: datetime, caseload: Caseload | None = None) -> int:
        """Load everybody, or another caseload."""
        return load_sample(
            self.session,
            self.content,
            self.secrets,
            self.stationery,
            caseload or self.caseload,
            sender="coaches@firm.example",
            now=now,
        )

    def count(self, *where: object, of: type[tables.Base] = tables.Client) -> int:
        """Count rows."""
        query = select(func.count()).select_from(of).where(*where)  # type: ignore[arg-type]  # conditions
        return self.session.scalar(query) or 0

    def work(self, now: datetime) -> None:
        """Do what the workers do until nothing is left to do."""
        react = Reactions(self.content, lambda _: True)
        while drain(self.session, react, now=now):
            pass
        sweep(self.session, sender="coaches@firm.example", may_write_to=lambda _: True, now=now)
        self.session.expire_all()

    def waiting_letters(self) -> dict[str, str]:
        """Return address and template of every letter that was asked for and lies ready to be posted."""
        rows = self.session.execute(
            select(tables.Client.email, tables.Message.template)
            .join(tables.Message, tables.Message.recipient_id == tables.Client.id)
            .join(tables.Batch, tables.Batch.id == tables.Message.batch_id)
            .where(tables.Batch.state == "ready", tables.Batch.family == "transactional")
        )
        return dict(rows.all())

    def reminded(self) -> list[str]:
        """Return the addresses to which a letter of their plan lies ready to be posted."""
        rows = self.session.scalars(
            select(tables.Client.email)
            .join(tables.Message, tables.Message.recipient_id == tables.Client.id)
            .join(tables.Batch, tables.Batch.id == tables.Message.batch_id)
            .where(tables.Batch.state == "ready", tables.Batch.family != "transactional")
        )
        return list(rows)


@pytest.fixture
def loader(session: Session, content: Content, secrets: Secrets) -> Loader:
    """A loader on an empty database."""
    return Loader(session, content, secrets)


def test_loads_everybody_once(loader: Loader, now: datetime) -> None:
    """About forty clients under example.test are added, marked as made up, and a second call adds none."""
    assert loader.load(now) == 41
    emails = loader.session.scalars(select(tables.Client.email).where(tables.Client.sample)).all()
    assert len(emails) == 41
    assert all(email.endswith("@example.test") for email in emails)
    assert loader.session.scalar(select(tables.Installation.sample_loaded_at)) == now
    assert loader.load(now + timedelta(days=1)) == 0
    assert loader.count() == 41
    assert loader.count(of=tables.Coach) == 3


def test_first_start_sends_few_letters(loader: Loader, now: datetime) -> None:
    """Newcomers get what they asked for, clients with a plan one letter at most, and then there's no more."""
    loader.load(now)
    past = loader.count(tables.Message.state == "queued", of=tables.Message)
    assert loader.waiting_letters() == {}
    loader.work(now)
    assert loader.waiting_letters() == FRESH
    loader.work(now + timedelta(minutes=5))
    assert loader.waiting_letters() == FRESH
    reminded = loader.reminded()
    assert reminded
    assert len(reminded) == len(set(reminded))
    queued = loader.count(tables.Message.state == "queued", of=tables.Message)
    assert queued == past + len(FRESH) + len(reminded)
    assert loader.count(tables.Event.handled_at.is_(None), of=tables.Event) == 0
    assert (
        loader.count(tables.Message.state == "planned", tables.Message.look_at <= now, of=tables.Message) == 0
    )


def test_same_on_every_first_start(loader: Loader, now: datetime) -> None:
    """Two first starts differ in their dates only."""

    few = replace(loader.caseload, people=loader.caseload.people[::5])

    def loaded_at(start: datetime) -> list[object]:
        with loader.session.begin_nested() as savepoint:
            loader.load(start, few)
            rows = loader.session.execute(
                select(
                    tables.Client.email,
                    tables.Submission.answers,
                    tables.Submission.timing,
                    start - tables.Submission.at,
                    tables.Score.composite,
                    start - tables.Client.confirmed_at,
                )
                .join(tables.Submission, tables.Submission.client_id == tables.Client.id)
                .outerjoin(tables.Score, tables.Score.submission_id == tables.Submission.id)
                .order_by(tables.Client.email, tables.Submission.at)
            ).all()
            savepoint.rollback()
        loader.session.expunge_all()
        return list(rows)

    assert loaded_at(now) == loaded_at(now + timedelta(days=200, hours=5))


def test_never_beside_real_clients(loader: Loader, now: datetime) -> None:
    """A database that has clients is left as it is."""
    loader.session.add(
        tables.Client(
            email="real@example.test", email_key="real@example.test", address_hash=b"r", time_zone="UTC"
        )
    )
    loader.session.flush()
    assert loader.load(now) == 0
    assert loader.count() == 1
    assert loader.session.scalar(select(tables.Installation.sample_loaded_at)) is None


def test_a_fault_leaves_nothing(loader: Loader, now: datetime) -> None:
    """If one client can't be loaded, none is, and the next start tries again."""
    *others, last = loader.caseload.people
    broken = replace(loader.caseload, people=(*others[:2], replace(last, skipped=("no-such-item",))))
    with pytest.raises(Refused), loader.session.begin_nested():
        loader.load(now, broken)
    assert loader.count() == loader.count(of=tables.Coach) == 0
    assert loader.load(now, replace(loader.caseload, people=tuple(others[:2]))) == 2


@pytest.mark.parametrize("mode", ["allowlist", "live"])
def test_only_where_the_sandbox_takes_the_letters(settings: Settings, mode: str) -> None:
    """Where letters could reach people, sample data is refused before the database is touched."""
    with pytest.raises(CommandError, match="MAIL_MODE"):
        load_sample_once(replace(settings, mail_mode=mode, database_url="postgresql://127.0.0.1:1/none"))


@pytest.fixture(scope="class")
def loaded(postgres_url: str, content: Content, secrets: Secrets) -> Iterator[Loader]:
    """Everybody, loaded once for tests that only look."""
    engine = create_engine(postgres_url)
    try:
        with Session(engine, autoflush=False) as session:
            loader = Loader(session, content, secrets)
            loader.load(FIRST_START)
            yield loader
            session.rollback()
    finally:
        engine.dispose()


class TestLoaded:
    """What a look around finds."""

    def test_past_letters_are_whole(self, loaded: Loader) -> None:
        """Every letter of the past has its accepted batch and attempt, receipts, and times gone by."""
        letters = loaded.session.scalars(select(tables.Message).where(tables.Message.state == "queued")).all()
        batches = {row.id: row for row in loaded.session.scalars(select(tables.Batch))}
        attempts = {row.batch_id: row for row in loaded.session.scalars(select(tables.Attempt))}
        receipts: dict[object, set[str]] = {}
        for receipt in loaded.session.scalars(select(tables.Receipt)):
            receipts.setdefault(receipt.message_id, set()).add(receipt.kind)
            assert receipt.recorded_at <= FIRST_START
        assert len(letters) == len(batches) == len(attempts) > 30
        for letter in letters:
            assert letter.batch_id is not None
            batch, attempt = batches[letter.batch_id], attempts[letter.batch_id]
            assert (batch.state, batch.template, attempt.outcome) == ("accepted", letter.template, "accepted")
            assert letter.created_at <= letter.decided_at <= attempt.started_at < FIRST_START  # type: ignore[operator]
            told = "bounce" if letter.fate == "bounced" else "delivered"
            assert receipts[letter.id] == {"processed", told}

    def test_clients_stand_at_different_points(self, loaded: Loader) -> None:
        """Profiles, stages, plans, milestones, ties and refusals of every kind are there to be looked at."""
        session = loaded.session
        profiles = Counter(session.execute(select(tables.Score.profile, tables.Score.certainty)))
        assert {name for name, _ in profiles} == {"job-leaning", "in transition", "career-leaning", None}
        assert {certainty for _, certainty in profiles} == {"clear", "likely", "borderline", None}
        assert set(session.scalars(select(tables.Client.stage))) == {
            None,
            "starting",
            "pivoting",
            "growing",
            "undecided",
        }
        assert set(session.scalars(select(tables.Client.rhythm))) == {"weekly", "fortnightly", "monthly"}
        assert set(session.scalars(select(tables.Plan.state))) == {
            "draft",
            "active",
            "completed",
            "superseded",
        }
        milestones = set(session.scalars(select(tables.Milestone.state)))
        assert milestones == {"proposed", "active", "started", "reached", "dropped"}
        assert loaded.count(
            tables.Milestone.state == "active",
            tables.Milestone.due_on < FIRST_START.date(),
            of=tables.Milestone,
        )
        kinds = set(session.scalars(select(tables.Relationship.kind)))
        assert kinds == {"mentor", "peer", "leader", "group", "event"}
        scopes = Counter(session.execute(select(tables.Suppression.scope, tables.Suppression.reason)))
        assert scopes == {("letters", "unsubscribed"): 3, ("all", "bounced"): 1}
        assert loaded.count(tables.Submission.disowned_at.is_not(None), of=tables.Submission) == 1
        assert loaded.count(tables.Client.confirmed_at.is_(None)) == 11
        assert loaded.count(~tables.Submission.letters_wanted, of=tables.Submission) == 4

    def test_nothing_lies_in_the_future(self, loaded: Loader) -> None:
        """Nothing that has happened is dated after the first start."""
        for moment in (
            tables.Client.created_at,
            tables.Client.confirmed_at,
            tables.Submission.at,
            tables.Submission.accepted_at,
            tables.Submission.disowned_at,
            tables.Score.at,
            tables.Plan.approved_at,
            tables.Milestone.reached_at,
            tables.Event.at,
            tables.Event.handled_at,
            tables.Message.decided_at,
            tables.Consent.at,
            tables.Suppression.at,
        ):
            newest = loaded.session.scalar(select(func.max(moment)))
            assert newest is not None, moment
            assert newest < FIRST_START, moment
        assert (
            loaded.count(tables.Relationship.last_contact_on > FIRST_START.date(), of=tables.Relationship)
            == 0
        )


@pytest.mark.long
def test_who_has_a_plan_is_in_a_sequence(loader: Loader) -> None:
    """One sequence each, of a focus area, or left alone in one; the first letter is to come."""
    publish_first(loader.session, loader.content.sequences.values(), now=FIRST_START)
    loader.load(FIRST_START)
    loader.work(FIRST_START)
    way = tables.Enrollment
    ways = loader.session.execute(select(way.client_id, way.sequence, way.started_at)).all()
    assert len({one.sequence for one in ways}) >= 3
    assert {one.started_at for one in ways} == {FIRST_START}
    active = loader.session.scalars(select(way.client_id).where(way.state == "active")).all()
    assert len(active) >= 10
    assert len(set(active)) == len(active)
    letter = tables.Message
    letters = loader.session.execute(
        select(letter.recipient_id, letter.state, letter.due_at > FIRST_START).where(letter.family == "drip")
    ).all()
    assert Counter(tuple(one) for one in letters) == Counter((one, "planned", True) for one in active)


def test_who_has_a_mentor_has_found_one(loader: Loader) -> None:
    """Where a mentor is there, the plan that runs has reached that step, in the past."""
    loader.load(FIRST_START)
    step, tie = tables.Milestone, tables.Relationship
    mentored = select(tie.client_id).where(tie.kind == MENTOR, tie.state != "ended")
    steps = loader.session.execute(
        select(step.state, step.reached_at < FIRST_START)
        .join(tables.Plan, tables.Plan.id == step.plan_id)
        .where(tables.Plan.state == "active", step.kind == FIND_A_MENTOR, step.client_id.in_(mentored))
    ).all()
    assert {tuple(one) for one in steps if one.state != "dropped"} == {("reached", True)}
