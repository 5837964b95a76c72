"""Who asks for a talk stands on the morning list until somebody has answered; wishes are told once."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from coaching.adapters.secrets import Secrets
from coaching.domain import digest_phrases as say
from coaching.usecases.contact_requests import answer_request
from coaching.usecases.digests import write_digests
from tests.support.mornings import digests, listed, put_caseload, put_coach, went_out

DAY = timedelta(days=1)


def test_a_request_is_told_until_it_is_answered(session: Session, secrets: Secrets, now: datetime) -> None:
    """Morning after morning, though the list before went out; then it is gone, and no list comes."""
    coach = put_coach(session)
    one = put_caseload(session, secrets, coach, now - 20 * DAY)
    request = one.asked(now - DAY)
    line = ("Ana Silva", "Asked on Sunday 22 November: \u201cHow do I ask for a raise?\u201d")
    for days in range(3):
        assert write_digests(session, now=now + days * DAY) == 1
        assert listed(session, coach, now + days * DAY)["asked"] == [line]
        went_out(session, digests(session)[-1])
    answer_request(session, request, actor="key:wp_1", now=now + 2 * DAY)
    assert listed(session, coach, now + 3 * DAY) == {}
    assert write_digests(session, now=now + 3 * DAY) == 0


def test_it_comes_first(session: Session, secrets: Secrets, now: datetime) -> None:
    """A person waits: nothing stands above that."""
    coach = put_coach(session)
    one = put_caseload(session, secrets, coach, now - 20 * DAY)
    one.draft(now - DAY)
    one.asked(now - DAY)
    assert next(iter(listed(session, coach, now))) == "asked" == next(iter(say.HEADINGS))


def test_without_a_coach_every_admin_is_told(session: Session, secrets: Secrets, now: datetime) -> None:
    """And nobody else; a client's own coach is told alone."""
    admins = [put_coach(session, f"{name}@firm.example.test", admin=True) for name in ("maren", "tomas")]
    other = put_coach(session, "priya@firm.example.test")
    put_caseload(session, secrets, None, now).asked(now - DAY)
    put_caseload(session, secrets, other, now, name="Bo", email="bo@example.test").asked(now - DAY)
    for admin in admins:
        assert [client for client, _ in listed(session, admin, now)["asked"]] == ["Ana Silva"]
    assert [client for client, _ in listed(session, other, now)["asked"]] == ["Bo"]


def test_one_line_a_client(session: Session, secrets: Secrets, now: datetime) -> None:
    """The newest request, and how often they asked before; without words it is a sentence, too."""
    coach = put_coach(session)
    one = put_caseload(session, secrets, coach, now - 20 * DAY)
    one.asked(now - 3 * DAY)
    one.asked(now - 2 * DAY, "A move")
    assert listed(session, coach, now)["asked"] == [
        ("Ana Silva", "Asked on Saturday 21 November: \u201cA move\u201d They have asked once before.")
    ]
    one.asked(now - DAY, "")
    assert listed(session, coach, now)["asked"] == [
        ("Ana Silva", "Asked on Sunday 22 November. They have asked two times before.")
    ]


def test_a_wish_is_told_once(session: Session, secrets: Secrets, now: datetime) -> None:
    """With its topic, and in their own words where they gave some."""
    coach = put_coach(session)
    one = put_caseload(session, secrets, coach, now - 20 * DAY)
    one.suggested(now - DAY)
    one.suggested(now - 2 * DAY, "")
    assert listed(session, coach, now)["suggested"] == [
        (
            "Ana Silva",
            "R\u00e9sum\u00e9s: \u201cWriting to someone famous\u201d, suggested on Sunday 22 November.",
        ),
        ("Ana Silva", "R\u00e9sum\u00e9s, suggested on Saturday 21 November."),
    ]
    write_digests(session, now=now)
    went_out(session, digests(session)[-1])
    assert "suggested" not in listed(session, coach, now + DAY)
