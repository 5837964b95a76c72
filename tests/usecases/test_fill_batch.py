"""A week from the plan to the request: what it carries is part of the version that is written down."""

from datetime import datetime

from coaching.usecases.schedule import schedule_client
from coaching.usecases.sweep import sweep
from tests.support.drain import SENDER, Firm, everyone, stationery
from tests.support.ledger_room import attempts, post
from tests.support.underway import put_underway


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
    assert letter.text.index("A map\n") < letter.text.index("A word to Marie\n")
    (attempt,) = attempts(firm)
    assert attempt.template_version == stationery().version("week", ["mentor-nudge"])
    assert attempt.template_version != stationery().version("week")
