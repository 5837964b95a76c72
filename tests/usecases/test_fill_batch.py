"""A week from the plan to the request: what it carries is part of the version that is written down."""

from datetime import datetime
from typing import Any

from coaching.adapters import tables
from coaching.adapters.mailer import PostResult
from coaching.usecases.schedule import schedule_client
from coaching.usecases.sweep import sweep
from tests.support.drain import SENDER, Firm, everyone, stationery
from tests.support.ledger import agree, put_client, put_letter
from tests.support.ledger_room import attempts, post
from tests.support.mailers import RecordingMailer
from tests.support.mornings import put_coach
from tests.support.underway import put_underway


class OneAtATime(RecordingMailer):
    """Refuses every request that goes to more than one person."""

    def post(self, body: dict[str, Any], *, not_after: float | None = None) -> PostResult:
        """Refuse or take a request."""
        many = len(body["personalizations"]) > 1
        self.answers[:] = [PostResult("refused", 400, detail="something is wrong")] if many else []
        return super().post(body, not_after=not_after)


def test_a_week_goes_with_what_rides_in_it(firm: Firm, now: datetime) -> None:
    """One request with the section in it, under the version of the week and its section together."""
    with firm.database.transaction() as session:
        one = put_underway(session, firm.secrets, now)
        one.milestone(session, title="A map")
        one.relationship(session, name="Marie", last_note="ask about her team")
        schedule_client(session, one.client_id, may_write_to=everyone, now=now)
    with firm.database.transaction() as session:
        sweep(session, sender=SENDER.address, may_write_to=everyone, now=now)
    assert post(firm) is not None
    (letter,) = firm.mailer.letters
    assert letter.subject == "Your week"
    assert letter.text.index("A map\n") < letter.text.index("A word with Marie\n")
    (attempt,) = attempts(firm)
    assert attempt.template_version == stationery().version("week", ["mentor-nudge"])
    assert attempt.template_version != stationery().version("week")


def test_an_answer_reaches_the_clients_coach(firm: Firm, now: datetime) -> None:
    """Letters alike go in one request for each coach; who has none answers to the sender."""
    with firm.database.transaction() as session:
        people = [
            put_client(session, firm.secrets, f"{name}@example.test", confirmed_at=now)
            for name in ("ana", "bo", "chi", "dan")
        ]
        jo, kim = put_coach(session, "jo@firm.example.test"), put_coach(session, "kim@firm.example.test")
        for client_id, coach_id in zip(people, (jo, kim, None, jo), strict=True):
            session.get_one(tables.Client, client_id).coach_id = coach_id
            agree(session, client_id, now)
            put_letter(session, client_id, now, template="look-again", family="campaign", rank=80)
        sweep(session, sender=SENDER.address, may_write_to=everyone, now=now)
    # A refusal that names nobody splits a batch; its halves answer to the same coach.
    firm.mailer = OneAtATime(clock=lambda: firm.database.at)
    while post(firm) is not None:
        pass
    assert {one.address[:3]: one.reply_to for one in firm.mailer.letters} == {
        "ana": "jo@firm.example.test",
        "bo@": "kim@firm.example.test",
        "chi": None,
        "dan": "jo@firm.example.test",
    }
