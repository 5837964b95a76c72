"""Random lives of the ledger: whatever happens in whatever order, no letter is lost, repeated or revived."""

import os
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import insert, select, text

from coaching.adapters import tables
from coaching.adapters.mailer import PostResult
from coaching.adapters.secrets import Secrets
from coaching.usecases.brake import let_mail_go, stop_mail
from coaching.usecases.conclude import conclude
from coaching.usecases.deliver import FRESH_S, begin_attempt
from coaching.usecases.fill_batch import Parcel, fill_batch
from coaching.usecases.moves.batches import Held
from coaching.usecases.next_batch import claim_next
from coaching.usecases.read_reports import Report
from coaching.usecases.receipts import record_receipts
from coaching.usecases.record_answer import record_answer
from coaching.usecases.settle import expire_leases, settle_from_receipts
from coaching.usecases.suppressions import close_fence, suppress
from coaching.usecases.sweep import sweep
from coaching.usecases.troubled_batches import settle_by_hand
from tests.conftest import empty_tables
from tests.support.drain import LEASE, SENDER, HandHeldDatabase, everyone, post_room
from tests.support.ledger import agree, put_client, put_letter
from tests.support.mailers import RecordingMailer

pytestmark = pytest.mark.long

WINDOW = timedelta(minutes=15)
# SendGrid reports within this time while our webhook answers, in the order in which it accepted.
REPORTS_WITHIN = timedelta(minutes=5)
# On a bad day it takes its time, and keeps to the order all the same.
SLOW_REPORTS_WITHIN = timedelta(hours=3)
# What it could not report it repeats, and some repeat gets through within a day of the webhook's return.
REPEATS_WITHIN = timedelta(hours=23)
START = datetime.fromisoformat("2026-11-23T09:00:00+00:00")
# Whatever came of them, all batches end within two quiet days; no decent hour comes on a weekend.
_SETTLED_WITHIN_H = 60
_A_WEEKEND_H = 64
ENDED = {"skipped", "expired", "cancelled", "failed"}
ANSWERS = {
    "accepted": (True, PostResult("accepted", 202, "id")),
    "accepted but cut": (True, PostResult("unknown", detail="cut")),
    "cut before": (False, PostResult("unknown", detail="cut")),
    "500 accepted": (True, PostResult("unknown", 500)),
    "500": (False, PostResult("unknown", 500)),
    "429": (False, PostResult("later", 429, retry_after_s=3.0)),
    "503": (False, PostResult("later", 503)),
    "no key": (False, PostResult("later", 401, trouble="key")),
    "first is bad": (False, PostResult("refused", 400, detail="bad", members=(0,))),
    "bad": (False, PostResult("refused", 400, detail="bad")),
}


@dataclass
class Worker:
    """A worker with what it has in hand; each step may be its last."""

    held: Held | None = None
    parcel: Parcel | None = None
    began_at: datetime | None = None
    result: PostResult | None = None


@dataclass
class Office:
    """SendGrid as it really is: what it accepted, and what it has still to report."""

    taken: Counter[UUID] = field(default_factory=Counter)
    pending: list[tuple[datetime, UUID, tuple[UUID, ...]]] = field(default_factory=list)


class Ledger(RuleBasedStateMachine):
    """Two workers, one office, a webhook that comes and goes, and people who change their minds."""

    url: str
    secrets: Secrets

    @initialize()
    def begin(self) -> None:
        """Open an empty ledger on a Monday morning."""
        self.database = HandHeldDatabase(self.url, START)
        self.office = Office()
        self.workers = [Worker(), Worker()]
        self.webhook = True
        self.slow = False
        self.gap_ended = START
        self.numbers = 0
        self.ended: dict[UUID, str] = {}
        self.planned: set[UUID] = set()
        self.stopped: dict[UUID, bool] = {}
        self.late_posts: list[UUID] = []
        self.beat()

    def beat(self) -> None:
        """Show that the webhook is there."""
        with self.database.transaction() as session:
            session.add(tables.Heartbeat(part="webhook", at=self.database.at, well=True))

    # letters

    @rule(number=st.integers(1, 3), drip=st.booleans())
    def plan(self, number: int, drip: bool) -> None:
        """Somebody is to be written to."""
        with self.database.transaction() as session:
            for _ in range(number):
                self.numbers += 1
                client = put_client(
                    session, self.secrets, f"c{self.numbers}@example.test", confirmed_at=START
                )
                agree(session, client, START)
                family = "drip" if drip else "transactional"
                row = put_letter(
                    session,
                    client,
                    self.database.at,
                    family=family,
                    slot_key=f"{family}:1",
                    expires_at=self.database.at + timedelta(days=30),
                )
                self.planned.add(row.id)

    @rule()
    def sweep(self) -> None:
        """Due letters are decided and put into batches."""
        with self.database.transaction() as session:
            sweep(session, sender=SENDER.address, may_write_to=everyone, now=self.database.at)

    @rule(which=st.integers(0, 100))
    def unsubscribe(self, which: int) -> None:
        """Somebody says no, through the door's own fence."""
        with self.database.transaction() as session:
            close_fence(session)
            in_hand = [
                one for worker in self.workers if worker.parcel for one in worker.parcel.address_hashes
            ]
            everybody = select(tables.Client.address_hash).order_by(tables.Client.id)
            hashes = sorted(in_hand) or session.scalars(everybody).all()
            if hashes:
                suppress(
                    session,
                    hashes[which % len(hashes)],
                    "letters",
                    reason="unsubscribed",
                    source="link",
                    now=self.database.at,
                )

    # workers, one step at a time

    @rule(
        who=st.integers(0, 1),
        steps=st.integers(1, 5),
        how=st.sampled_from(sorted(ANSWERS)),
        fresh=st.booleans(),
    )
    def work(self, who: int, steps: int, how: str, fresh: bool) -> None:
        """A worker goes some steps of its way, with or without a new letter to begin with."""
        if fresh:
            self.plan(number=2, drip=True)
            self.sweep()
        for step in (self.claim, self.fill, self.write_attempt)[:steps]:
            step(who=who)
        if steps > 3:
            self.post(who=who, how=how)
        if steps > 4:
            self.record(who=who)

    @rule(who=st.integers(0, 1))
    def send_another(self, who: int) -> None:
        """A later letter goes well and is reported on, in order of acceptance where none was missed."""
        self.crash(who=who)
        self.work(who=who, steps=5, how="accepted", fresh=True)
        self.hear_newest()

    @rule(who=st.integers(0, 1), which=st.integers(0, 1))
    def unsubscribe_in_hand(self, who: int, which: int) -> None:
        """Somebody says no just after a worker looked at them, and the worker goes on."""
        self.crash(who=who)
        self.work(who=who, steps=2, how="accepted", fresh=True)
        self.unsubscribe(which=which)
        self.go_on(who=who)

    @rule(who=st.integers(0, 1))
    def lose_on_a_slow_day(self, who: int) -> None:
        """An answer is lost, and SendGrid takes longer with its reports than we wait."""
        self.crash(who=who)
        self.slow = True
        self.work(who=who, steps=5, how="accepted but cut", fresh=True)
        self.wait_long(minutes=20)
        self.settle()

    def claim(self, who: int) -> None:
        """An idle worker takes the next batch."""
        worker = self.workers[who]
        if worker.held is None:
            with self.database.transaction() as session:
                worker.held = claim_next(session, lease=LEASE, per_minute=100_000, now=self.database.at)

    def fill(self, who: int) -> None:
        """A worker rechecks its batch and fills in the letters."""
        worker = self.workers[who]
        if worker.held is not None and worker.parcel is None:
            room = post_room(RecordingMailer(clock=lambda: self.database.at), self.secrets)
            with self.database.transaction() as session:
                worker.parcel = fill_batch(session, room, worker.held, self.database.at)
            if worker.parcel is None:
                self.workers[who] = Worker()

    def write_attempt(self, who: int) -> None:
        """A worker writes its attempt down, if it still may."""
        worker = self.workers[who]
        if worker.parcel is None or worker.began_at is not None:
            return
        with self.database.transaction() as session:
            may_post = begin_attempt(session, worker.parcel, self.database.at)
        if not may_post:
            self.workers[who] = Worker()
            return
        worker.began_at = self.database.at
        self.check_nobody_who_said_no(worker.parcel)

    def post(self, who: int, how: str) -> None:
        """A worker posts; one that stalled since it wrote the attempt down posts nothing."""
        worker = self.workers[who]
        if worker.parcel is None or worker.began_at is None or worker.result is not None:
            return
        if (self.database.at - worker.began_at).total_seconds() > FRESH_S:
            worker.result = PostResult("later", detail="late", retry_after_s=0.0)
            return
        accepted, worker.result = ANSWERS[how]
        if accepted:
            self.office.taken.update(worker.parcel.members)
            self.office.pending.append((self.database.at, worker.parcel.attempt_id, worker.parcel.members))

    def record(self, who: int) -> None:
        """A worker writes down what came of it, however late."""
        worker = self.workers[who]
        if worker.parcel is None or worker.result is None:
            return
        with self.database.transaction() as session:
            record_answer(session, worker.parcel, worker.result, chance=0.0, now=self.database.at)
        self.workers[who] = Worker()

    @rule(who=st.integers(0, 1))
    def go_on(self, who: int) -> None:
        """A worker that had stalled takes its next steps, however late."""
        for step in (self.fill, self.write_attempt):
            step(who=who)
        self.post(who=who, how="accepted")
        self.record(who=who)

    @rule(who=st.integers(0, 1))
    def crash(self, who: int) -> None:
        """A worker is killed, whatever it had in hand."""
        self.workers[who] = Worker()

    # time, receipts, people

    @rule(seconds=st.sampled_from([1, 5, 31, 61]))
    def wait(self, seconds: int) -> None:
        """Time passes."""
        self.pass_time(timedelta(seconds=seconds))

    @rule(minutes=st.sampled_from([6, 20, 60 * 25]))
    def wait_long(self, minutes: int) -> None:
        """Much time passes; workers that live do their work meanwhile or never will."""
        self.workers = [Worker(), Worker()]
        self.pass_time(timedelta(minutes=minutes))

    def pass_time(self, time: timedelta) -> None:
        """Move the clock in steps; SendGrid reports in time what it has to report."""
        until = self.database.at + time
        beats = []
        while self.database.at < until:
            self.database.at = min(until, self.database.at + timedelta(seconds=60))
            beats.append({"part": "webhook", "at": self.database.at, "well": True})
            if self.webhook:
                self.report_in_time()
        if self.webhook:
            with self.database.transaction() as session:
                session.execute(insert(tables.Heartbeat), beats)

    def report_in_time(self) -> None:
        """Deliver what SendGrid would have delivered by now."""
        due = []
        for accepted_at, attempt_id, _ in self.office.pending:
            missed = self.was_missed(accepted_at)
            within = REPEATS_WITHIN if missed else SLOW_REPORTS_WITHIN if self.slow else REPORTS_WITHIN
            if self.database.at >= max(accepted_at, self.gap_ended if missed else accepted_at) + within:
                due.append(attempt_id)
        for accepted_at, attempt_id, _ in list(self.office.pending):
            # Nothing that wasn't missed is overtaken.
            if due and (attempt_id in due or not self.was_missed(accepted_at)):
                self.deliver_receipts(attempt_id)
            if attempt_id in due:
                due.remove(attempt_id)

    @precondition(lambda self: self.webhook and self.office.pending)
    @rule()
    def hear_newest(self) -> None:
        """The newest report comes, and before it all that it can't have overtaken."""
        if not self.webhook:
            return
        for accepted_at, attempt_id, _ in list(self.office.pending):
            if not self.was_missed(accepted_at):
                self.deliver_receipts(attempt_id)

    @precondition(lambda self: self.webhook and self.office.pending)
    @rule()
    def hear_oldest(self) -> None:
        """The report that has waited longest comes."""
        self.deliver_receipts(self.office.pending[0][1])

    def was_missed(self, accepted_at: datetime) -> bool:
        """Was it tried while our webhook was away? Then it is repeated at some time or other."""
        return self.gap_ended > START and accepted_at <= self.gap_ended

    @rule(slow=st.booleans())
    def office_slows_down(self, slow: bool) -> None:
        """SendGrid has a bad day, or a good one again."""
        self.slow = slow

    @precondition(lambda self: self.webhook)
    @rule()
    def webhook_goes(self) -> None:
        """Our webhook is away from now on."""
        self.webhook = False

    @precondition(lambda self: not self.webhook)
    @rule()
    def webhook_comes(self) -> None:
        """Our webhook is back, and says that it was away."""
        self.webhook = True
        self.gap_ended = self.database.at
        with self.database.transaction() as session:
            session.add(tables.Heartbeat(part="webhook", at=self.database.at, well=False))
        self.beat()

    def deliver_receipts(self, attempt_id: UUID) -> None:
        """Bring the reports of one accepted request, in order of acceptance where none was missed."""
        mine = next(one for one in self.office.pending if one[1] == attempt_id)
        self.office.pending.remove(mine)
        reports = [
            Report(message_id, attempt_id, None, "processed", self.database.at, {}) for message_id in mine[2]
        ]
        with self.database.transaction() as session:
            record_receipts(session, reports, now=self.database.at)

    @rule()
    def settle(self) -> None:
        """The sweep's other half: leases end, and silence is weighed."""
        with self.database.transaction() as session:
            expire_leases(session, now=self.database.at)
            settle_from_receipts(session, now=self.database.at)
            conclude(session, sender=SENDER.address, window=WINDOW, now=self.database.at)

    @rule(stop=st.booleans())
    def brake(self, stop: bool) -> None:
        """Somebody pulls the brake or lets it go."""
        with self.database.transaction() as session:
            if stop:
                stop_mail(session, actor="operator", now=self.database.at)
            else:
                let_mail_go(session, actor="operator", sender=SENDER.address, now=self.database.at)

    @precondition(lambda self: self.numbers > 8)
    @rule(give_up=st.booleans())
    def person(self, give_up: bool) -> None:
        """Somebody looked at SendGrid's own records and settles what is in doubt, truthfully."""
        with self.database.transaction() as session:
            doubtful = session.scalars(
                select(tables.Batch).where(tables.Batch.state.in_(("uncertain", "parked")))
            ).all()
        for batch in doubtful:
            went = batch.state == "uncertain" and self.went(batch.id)
            verdict: Any = "accepted" if went else "giveup" if give_up else "resend"
            with self.database.transaction() as session:
                settle_by_hand(session, batch.id, verdict, actor="operator", now=self.database.at)

    def went(self, batch_id: UUID) -> bool:
        """Did SendGrid accept the letters of this batch?"""
        with self.database.transaction() as session:
            members = session.scalars(
                select(tables.Message.id).where(tables.Message.batch_id == batch_id)
            ).all()
        return any(self.office.taken[one] for one in members)

    # what must always hold

    @invariant()
    def nothing_is_repeated(self) -> None:
        """SendGrid never accepts a letter twice."""
        if hasattr(self, "office"):
            assert not [one for one, times in self.office.taken.items() if times > 1]

    @invariant()
    def nothing_is_lost_or_revived(self) -> None:
        """Every letter is there, and one that has ended stays ended; what counts as sent was accepted."""
        if not hasattr(self, "office"):
            return
        with self.database.transaction() as session:
            rows = {
                row.id: row.state for row in session.execute(select(tables.Message.id, tables.Message.state))
            }
            sent = set(session.scalars(text("SELECT id FROM sent_letter")))
            homeless = session.scalar(
                text(
                    "SELECT count(*) FROM message JOIN batch ON batch.id = message.batch_id"
                    " WHERE message.state = 'queued' AND batch.state = 'closed'"
                )
            )
        assert self.planned <= rows.keys()
        for message_id, state in self.ended.items():
            assert rows[message_id] == state
        self.ended |= {one: state for one, state in rows.items() if state in ENDED}
        assert sent <= set(self.office.taken)
        assert homeless == 0

    def check_nobody_who_said_no(self, parcel: Parcel) -> None:
        """No attempt begins with somebody who has unsubscribed from its family."""
        with self.database.transaction() as session:
            refused = session.scalar(
                select(tables.Message.id)
                .join(tables.Client, tables.Client.id == tables.Message.recipient_id)
                .join(tables.Suppression, tables.Suppression.address_hash == tables.Client.address_hash)
                .where(tables.Message.id.in_(parcel.members), tables.Message.family == "drip")
            )
        assert refused is None

    def teardown(self) -> None:
        """In the end everything is well again: every letter was accepted once, or ended with a reason."""
        if not hasattr(self, "office"):
            return
        try:
            self.come_to_rest()
        finally:
            empty_tables(self.database)
            self.database.close()

    def come_to_rest(self) -> None:
        """Let the workers work through two quiet days, and over a weekend if letters wait for one; count."""
        self.workers = [Worker(), Worker()]
        if not self.webhook:
            self.webhook_comes()
        self.brake(stop=False)
        for hours in range(_SETTLED_WITHIN_H + _A_WEEKEND_H):
            if hours == _SETTLED_WITHIN_H:
                assert not self.has_open_batches()
            self.pass_time(timedelta(hours=1))
            self.settle()
            if hours > 50:
                self.person(give_up=False)
            self.sweep()
            self.work_off()
            if self.at_rest():
                break
        self.nothing_is_repeated()
        self.nothing_is_lost_or_revived()
        with self.database.transaction() as session:
            sent = set(session.scalars(text("SELECT id FROM sent_letter WHERE recipient_kind = 'client'")))
            rows = {row.id: row for row in session.scalars(select(tables.Message))}
        for message_id in self.planned:
            row = rows[message_id]
            if row.state in ENDED:
                assert row.outcome
            else:
                assert message_id in sent, (row.state, row.outcome)

    def work_off(self) -> None:
        """Deliver whatever is ready, with a SendGrid that works."""
        for _ in range(200):
            self.claim(who=0)
            if self.workers[0].held is None:
                return
            self.fill(who=0)
            self.write_attempt(who=0)
            self.post(who=0, how="accepted")
            self.record(who=0)

    def at_rest(self) -> bool:
        """Is nothing left to be done?"""
        with self.database.transaction() as session:
            waiting = session.scalar(
                select(tables.Message.id).where(tables.Message.state == "planned").limit(1)
            )
        return waiting is None and not self.has_open_batches() and not self.office.pending

    def has_open_batches(self) -> bool:
        """Is there a batch whose end isn't known?"""
        with self.database.transaction() as session:
            open_batch = session.scalar(
                select(tables.Batch.id).where(tables.Batch.state.not_in(("accepted", "closed"))).limit(1)
            )
        return open_batch is not None


@pytest.mark.timeout(300)
def test_the_ledger_through_random_lives(postgres_url: str, secrets: Secrets) -> None:
    """Claim, stall, crash, post, receipt, gap, unsubscribe, brake, retry and settle in random order."""
    machine = Ledger
    machine.url, machine.secrets = postgres_url, secrets
    machine.TestCase.settings = settings(
        max_examples=100 if os.environ.get("FAULTS") == "full" else 20,
        phases=[Phase.generate],
        stateful_step_count=30,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    machine.TestCase("runTest").runTest()
