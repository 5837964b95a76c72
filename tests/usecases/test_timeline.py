"""Past and coming letters in order, each with what was decided, what the rules saw, and what was reported."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.secrets import Secrets
from coaching.domain.allowlist import Allowlist
from coaching.domain.engine import said
from coaching.domain.errors import NotFound
from coaching.domain.events import EventKind
from coaching.usecases.facts import record
from coaching.usecases.pauses import pause_client
from coaching.usecases.sweep import sweep
from coaching.usecases.timeline import Entry, Place, read_timeline
from tests.support.ledger import agree, put_client, put_letter

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def ana(session: Session, secrets: Secrets, now: datetime) -> UUID:
    """A confirmed client who agreed to letters."""
    client_id = put_client(session, secrets, confirmed_at=now - 30 * DAY)
    agree(session, client_id, now - 30 * DAY)
    return client_id


def put_batch(session: Session, **changes: Any) -> UUID:
    """Add a batch of one."""
    values = {"template": "report", "sender": "a@firm.example.test", "family": "transactional", "size": 1}
    row = tables.Batch(**{**values, **changes})
    session.add(row)
    session.flush()
    return row.id


def only(session: Session, client_id: UUID, **asked: Any) -> Entry:
    """Return the client's only letter."""
    (entry,), following = read_timeline(session, client_id, **asked)
    assert following is None
    return entry


def look(session: Session, now: datetime) -> None:
    """Let the sweep decide what is due."""
    sweep(session, sender="a@firm.example.test", may_write_to=Allowlist(), now=now)


def test_letters_stand_in_order_of_their_due_times(
    session: Session, secrets: Secrets, ana: UUID, now: datetime
) -> None:
    """Past and coming alike, also those with one due time; nobody else's, nor a coach's of the same id."""
    dues = [now + DAY, now - DAY, now, now, now - 90 * DAY]
    rows = [put_letter(session, ana, due, slot_key=f"s:{place}") for place, due in enumerate(dues)]
    put_letter(session, put_client(session, secrets, "bo@example.test"), now)
    put_letter(session, ana, now, slot_key="digest", recipient_kind="coach")
    page, following = read_timeline(session, ana)
    assert following is None
    assert [one.message.id for one in page] == [
        row.id for row in sorted(rows, key=lambda row: (row.due_at, row.id))
    ]


def test_pages_hold_every_letter_once(session: Session, ana: UUID, now: datetime) -> None:
    """Following the cursor gives all of them, also where many are due at one moment."""
    for place in range(7):
        put_letter(session, ana, now + (place // 4) * DAY, slot_key=f"s:{place}")
    seen: list[UUID] = []
    sizes = []
    after: Place | None = None
    while True:
        page, after = read_timeline(session, ana, after=after, limit=3)
        seen += [one.message.id for one in page]
        sizes.append(len(page))
        if after is None:
            break
    assert (len(set(seen)), sizes) == (7, [3, 3, 1])
    assert seen == [one.message.id for one in read_timeline(session, ana)[0]]


def test_who_is_not_there_has_no_timeline(session: Session, ana: UUID) -> None:
    """An unknown client is not found; one without letters has an empty page."""
    with pytest.raises(NotFound):
        read_timeline(session, uuid4())
    assert read_timeline(session, ana) == ([], None)


def test_a_letter_to_come_says_when_and_that_it_waits(session: Session, ana: UUID, now: datetime) -> None:
    """Nobody has looked at it, so no rule is named; the time is that of the client's clock."""
    put_letter(session, ana, now + DAY, why="Its day comes in 7 days.")
    entry = only(session, ana)
    assert (entry.sent_at, entry.message.why) == (None, "Its day comes in 7 days.")
    decision = entry.decision
    assert (decision.outcome, decision.rules, decision.next_at) == ("wait", (), now + DAY)
    assert decision.reason == decision.for_coach
    assert decision.reason == (
        "It waits until it is due, on Tuesday 24 November at 10:00 where the client is, "
        "and is looked at then."
    )
    assert decision.for_client == (
        "It comes on Tuesday 24 November at 10:00 at the earliest, unless something changes before."
    )


@pytest.mark.parametrize(
    ("ending", "said"),
    [
        ("skip", "this one falls due meanwhile and is left out."),
        ("shift", "this one moves by as many days as that takes, or waits until then."),
        ("hold", "this one waits until then."),
    ],
)
def test_a_letter_to_come_in_a_pause_says_what_becomes_of_it(
    session: Session, ana: UUID, now: datetime, ending: str, said: str
) -> None:
    """What falls due before the pause ends doesn't come as if there were none; what comes later does."""
    about = {"family": "milestone", "template": "milestone-ahead"}
    put_letter(session, ana, now + DAY, **about)
    put_letter(session, ana, now + 20 * DAY, slot_key="later", **about)
    pause_client(session, ana, until=(now + 10 * DAY).date(), ending=ending, actor="key:1", now=now)
    (first, later), _ = read_timeline(session, ana)
    assert first.decision.reason == f"Letters are paused until Thursday 3 December; {said}"
    assert first.decision.for_client == f"Your letters are paused until Thursday 3 December; {said}"
    assert later.decision.for_client.startswith("It comes on")


def test_what_the_sweep_decided_reads_back(session: Session, ana: UUID, now: datetime) -> None:
    """Every rule with what it saw and said; one that waits says until when."""
    at_night = now.replace(hour=22)
    put_letter(session, ana, at_night, family="campaign", template="look-again", slot_key="campaign:1")
    look(session, at_night)
    decision = only(session, ana).decision
    assert (decision.outcome, decision.reason) == ("wait", said.BAD_HOUR)
    assert decision.next_at == (now + DAY).replace(hour=7, minute=30)
    rules = {one.rule: (one.said, one.saw) for one in decision.rules}
    assert len(rules) == len(decision.rules) == 14
    assert rules["window"] == ("wait", said.BAD_HOUR)
    assert rules["consent"] == ("pass", "The client agreed to letters.")


def test_a_letter_is_sent_once_its_batch_was_accepted(session: Session, ana: UUID, now: datetime) -> None:
    """On its way it has a decision and no time; then both, as the view of sent letters has it."""
    put_letter(session, ana, now)
    look(session, now)
    entry = only(session, ana)
    assert (entry.decision.outcome, entry.decision.reason, entry.sent_at) == ("send", said.SENT, None)
    assert entry.decision.next_at is None
    batch = session.get_one(tables.Batch, entry.message.batch_id)
    batch.state, batch.accepted_at = "accepted", now + HOUR
    session.flush()
    sent_at = session.scalar(text("SELECT sent_at FROM sent_letter"))
    assert only(session, ana).sent_at == sent_at == now + HOUR


def test_why_a_letter_did_not_go(session: Session, ana: UUID, now: datetime) -> None:
    """A pause left it out; client and operator each read it in their own words."""
    put_letter(session, ana, now, family="campaign", template="look-again", slot_key="campaign:1")
    pause_client(session, ana, until=now + DAY, actor="key:1", now=now)
    look(session, now)
    entry = only(session, ana)
    assert (entry.message.state, entry.decision.outcome) == ("skipped", "skip")
    assert entry.decision.reason == said.PAUSED
    assert entry.decision.for_coach == said.PAUSED
    assert entry.decision.for_client == "Your letters were paused, and what fell due meanwhile was left out."


@pytest.mark.parametrize(
    ("state", "outcome"),
    [("skipped", "skip"), ("expired", "expire"), ("cancelled", "cancel"), ("failed", "fail")],
)
def test_each_end_has_its_outcome_and_the_sentence_that_was_kept(
    session: Session, ana: UUID, now: datetime, state: str, outcome: str
) -> None:
    """Where no rule brought it about, the rules of an earlier look are not given as its reason."""
    kept = {"outcome": "What called for it is gone.", "decided_at": now}
    codes = ["expiry:pass", "window:wait"]
    put_letter(session, ana, now, state=state, rule_codes=codes, **kept)
    decision = only(session, ana).decision
    assert (decision.outcome, decision.reason) == (outcome, "What called for it is gone.")
    assert (decision.rules, decision.next_at) == ((), None)


def test_a_letter_that_failed_shows_what_let_it_pass(session: Session, ana: UUID, now: datetime) -> None:
    """The rules agreed; what went wrong came after them."""
    kept = {"outcome": "The mail provider refused it.", "decided_at": now}
    put_letter(session, ana, now, state="failed", rule_codes=["expiry:pass"], **kept)
    decision = only(session, ana).decision
    assert decision.reason == "The mail provider refused it."
    assert [(one.rule, one.said) for one in decision.rules] == [("expiry", "pass")]


def test_what_rides_in_another_names_it(session: Session, ana: UUID, now: datetime) -> None:
    """It has no time of its own: the letter that carries it was sent, or wasn't."""
    host = put_letter(session, ana, now, family="milestone", template="week", slot_key="week:2026-W48")
    batch = put_batch(session, state="accepted", accepted_at=now, not_before=now)
    host.state, host.batch_id, host.decided_at = "queued", batch, now
    rider = put_letter(
        session,
        ana,
        now + HOUR,
        slot_key="m",
        state="merged",
        merged_into=host.id,
        outcome=said.RIDES,
        rule_codes=["expiry:pass", "merge:merge|week:2026-W48"],
        decided_at=now,
    )
    page, _ = read_timeline(session, ana)
    entry = page[1]
    assert (entry.message.id, entry.message.merged_into, entry.sent_at) == (rider.id, host.id, None)
    assert page[0].sent_at == now
    assert entry.decision.outcome == "merge"
    assert entry.decision.reason == f"{said.RIDES} That is the letter of the week from Monday 23 November."


def test_a_letter_that_moved_on_waits_for_its_new_day(session: Session, ana: UUID, now: datetime) -> None:
    """What was decided about the old one is not told any more."""
    row = put_letter(session, ana, now, outcome=said.BAD_HOUR, rule_codes=["window:wait"], decided_at=now)
    assert only(session, ana).decision.reason == said.BAD_HOUR
    row.due_at, row.look_at, row.expires_at = now + DAY, now + DAY, now + 2 * DAY
    session.flush()
    assert only(session, ana).decision.reason.startswith("It waits until it is due, on Tuesday 24 November")


def test_receipts_stand_with_their_letter(session: Session, ana: UUID, now: datetime) -> None:
    """In the order of their times, machines' clicks marked; another letter's are not among them."""
    letter = put_letter(session, ana, now)
    other = put_letter(session, ana, now + DAY, slot_key="other")
    for message_id, kind, at, machine in (
        (letter.id, "click", now + 2 * HOUR, False),
        (letter.id, "processed", now, False),
        (letter.id, "open", now + HOUR, True),
        (other.id, "delivered", now, False),
    ):
        session.add(tables.Receipt(message_id=message_id, kind=kind, at=at, machine=machine))
    session.flush()
    page, _ = read_timeline(session, ana)
    assert [(one.kind, one.at, one.machine) for one in page[0].receipts] == [
        ("processed", now, False),
        ("open", now + HOUR, True),
        ("click", now + 2 * HOUR, False),
    ]
    assert [one.kind for one in page[1].receipts] == ["delivered"]


def test_what_called_a_letter_off_is_told(session: Session, ana: UUID, now: datetime) -> None:
    """The record says only that nothing called for it any more; the facts say what had changed."""
    step, other = uuid4(), uuid4()
    kept = {"state": "cancelled", "outcome": said.NOT_CALLED_FOR, "created_at": now - DAY, "decided_at": now}
    put_letter(session, ana, now + DAY, detail={"milestone": str(step)}, family="milestone", **kept)
    put_letter(session, ana, now + 2 * DAY, detail={"milestone": str(other)}, family="milestone", **kept)
    record(session, EventKind.MILESTONE_REACHED, step, client_id=ana, now=now - HOUR)
    (explained, unexplained), _ = read_timeline(session, ana)
    reached = "The step was reached on Monday 23 November."
    assert explained.decision.reason == explained.decision.for_coach == f"{said.NOT_CALLED_FOR} {reached}"
    assert explained.decision.for_client == (
        "You reached this step on Monday 23 November, so this letter was called off."
    )
    assert unexplained.decision.reason == said.NOT_CALLED_FOR
