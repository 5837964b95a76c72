"""One made-up client's way from the form to today, step by step through the real use cases."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.content import Content
from coaching.adapters.secrets import Secrets
from coaching.domain import links
from coaching.domain.links import Purpose
from coaching.usecases.confirm import act_on_link
from coaching.usecases.draft_plan import draft_plan_for_score
from coaching.usecases.receipts import record_receipts
from coaching.usecases.sample.caseload import INSTRUMENT, Person, filled_in, moment_of
from coaching.usecases.sample.past_post import PastPost, anyone
from coaching.usecases.schedule import schedule_client
from coaching.usecases.score import score_submission
from coaching.usecases.submit import submit_assessment
from coaching.usecases.unsubscribe import unsubscribe

_WORKED_OUT_AFTER = timedelta(milliseconds=400)
_BOUNCED_AFTER = timedelta(minutes=1)
_REPORT_LETTERS = ("report", "report-reminder")
_CLAIM_LETTERS = ("was-this-you",)
_ANY_LETTERS = (*_REPORT_LETTERS, *_CLAIM_LETTERS, "report-known")

Step = Callable[[datetime], None]


@dataclass
class Life:
    """Everything that this client and the house did before `now`."""

    session: Session
    content: Content
    secrets: Secrets
    post: PastPost
    person: Person
    now: datetime
    client_id: UUID | None = None

    def __post_init__(self) -> None:
        self._ahead = deque(sorted(self._steps(), key=lambda one: one[0]))

    @property
    def next_at(self) -> datetime:
        """When the next step comes; today once all are taken."""
        return self._ahead[0][0] if self._ahead else self.now

    @property
    def lived(self) -> bool:
        """Whether today is reached."""
        return not self._ahead

    def take_step(self) -> None:
        """Take the next step and have planned what follows from it; the post before it must have gone."""
        at, step = self._ahead.popleft()
        step(at)
        schedule_client(self.session, self.id, may_write_to=anyone, now=at + _WORKED_OUT_AFTER)

    @property
    def id(self) -> UUID:
        """The client's id; there is none before the first step."""
        assert self.client_id is not None
        return self.client_id

    def _steps(self) -> Iterator[tuple[datetime, Step]]:
        person = self.person
        began = moment_of(person, person.mail, self.now)
        yield began, self._send_form
        if person.bounced:
            yield began + _BOUNCED_AFTER, self._bounce
        if person.opened is not None:
            yield began + timedelta(hours=person.opened), self._confirm
        if person.unsubscribed is not None:
            yield self.now - timedelta(days=person.unsubscribed), self._unsubscribe
        if person.again is not None and person.again.days is not None:
            again_at = moment_of(person.again, person.mail, self.now)
            yield again_at, self._send_again
            if person.again.answered is not None:
                yield again_at + timedelta(hours=person.again.answered), self._answer

    def _send_form(self, at: datetime) -> None:
        self._send(at, again=False)

    def _send_again(self, at: datetime) -> None:
        self._send(at, again=True)

    def _send(self, at: datetime, *, again: bool) -> None:
        form = filled_in(self.person, self.content.instrument(INSTRUMENT), again=again)
        done = submit_assessment(self.session, self.content, self.secrets, form, now=at)
        self.client_id = done.client_id
        worked_out_at = at + _WORKED_OUT_AFTER
        score_submission(self.session, self.content, done.submission_id, now=worked_out_at)
        score_id = self.session.scalars(
            select(tables.Score.id).where(tables.Score.submission_id == done.submission_id)
        ).one()
        draft_plan_for_score(self.session, self.content, score_id, now=worked_out_at)

    def _confirm(self, at: datetime) -> None:
        act_on_link(self.session, self.secrets, self._link(Purpose.CONFIRM, _REPORT_LETTERS), now=at)
        self.session.flush()

    def _answer(self, at: datetime) -> None:
        mine = self.person.again is not None and self.person.again.mine
        purpose = Purpose.MINE if mine else Purpose.NOT_MINE
        act_on_link(self.session, self.secrets, self._link(purpose, _CLAIM_LETTERS), now=at)
        self.session.flush()

    def _unsubscribe(self, at: datetime) -> None:
        unsubscribe(self.session, self.secrets, self._link(Purpose.UNSUBSCRIBE, _ANY_LETTERS), now=at)

    def _bounce(self, at: datetime) -> None:
        message_id = self._newest(_REPORT_LETTERS)
        bounced = self.post.report("bounce", message_id, None, self.person.email, at)
        record_receipts(self.session, [bounced], now=at)

    def _link(self, purpose: Purpose, templates: tuple[str, ...]) -> str:
        """Return the token that stood in the newest letter of that kind."""
        return links.sign(self.secrets.keys, purpose, self._newest(templates))

    def _newest(self, templates: tuple[str, ...]) -> UUID:
        return self.session.scalars(
            select(tables.Message.id)
            .where(
                tables.Message.recipient_id == self.id,
                tables.Message.template.in_(templates),
                tables.Message.state == "queued",
            )
            .order_by(tables.Message.due_at.desc())
            .limit(1)
        ).one()
