"""The letters about a form that was sent in: what was asked for, and one reminder."""

from collections.abc import Iterator
from datetime import time, timedelta

from coaching.domain import local_time
from coaching.domain.engine.state import ClientState, LocalIntent, Slot, SubmissionFacts
from coaching.domain.ledger import TRANSACTIONAL
from coaching.domain.letters import LETTERS

REMIND_AFTER = timedelta(days=3)
REMIND_AT = time(9, 30)
_RANK_ASKED_FOR = 10


def submission_slots(state: ClientState) -> Iterator[Slot]:
    """Yield what should stand planned about each submission."""
    for submission in state.submissions:
        yield from _after_submission(state, submission)


def _after_submission(state: ClientState, submission: SubmissionFacts) -> Iterator[Slot]:
    if not submission.scored or not submission.letters_wanted or submission.disowned:
        return
    if submission.trust == "public" and submission.known_address:
        yield _was_this_you(submission)
    elif state.confirmed_at is not None and state.confirmed_at <= submission.at:
        yield _report(submission, "report-known", "Your answers are scored, and your report is ready.")
    else:
        yield _report(submission, "report", "Someone filled in the form with this address.")
        if _may_remind(state, submission):
            yield _reminder(state, submission)


def _may_remind(state: ClientState, submission: SubmissionFacts) -> bool:
    """One reminder in all: for the first submission, while nobody has confirmed or unsubscribed."""
    first = min(state.submissions, key=lambda one: (one.at, one.id))
    stopped = state.suppressed & {"all", "letters"}
    return state.confirmed_at is None and not stopped and submission.id == first.id


def _report(submission: SubmissionFacts, template: str, why: str) -> Slot:
    return Slot(
        key=f"report:{submission.id}",
        family=TRANSACTIONAL,
        template=template,
        due_at=submission.at,
        expires_at=submission.at + LETTERS[template].expires_after,
        rank=_RANK_ASKED_FOR,
        why=why,
        detail={"submission": str(submission.id)},
    )


def _was_this_you(submission: SubmissionFacts) -> Slot:
    return Slot(
        key=f"claim:{submission.id}",
        family=TRANSACTIONAL,
        template="was-this-you",
        due_at=submission.at,
        expires_at=submission.at + LETTERS["was-this-you"].expires_after,
        rank=_RANK_ASKED_FOR,
        why="The form was filled in again with this address; only its owner can say by whom.",
        detail={"submission": str(submission.id)},
    )


def _reminder(state: ClientState, submission: SubmissionFacts) -> Slot:
    day = local_time.local(submission.at + REMIND_AFTER, state.time_zone).date()
    intent = LocalIntent(day, REMIND_AT, state.time_zone)
    due_at = local_time.instant_of(intent.on, intent.at, intent.zone)
    return Slot(
        key=f"report-reminder:{submission.id}",
        family=TRANSACTIONAL,
        template="report-reminder",
        due_at=due_at,
        expires_at=due_at + LETTERS["report-reminder"].expires_after,
        rank=_RANK_ASKED_FOR + 10,
        why="The report was not opened within three days; this is the one reminder.",
        intent=intent,
        detail={"submission": str(submission.id)},
    )
