"""What a report closes by itself, and when soft bounces are too many."""

from datetime import UTC, datetime, timedelta

import pytest

from coaching.domain.closings import closing, is_soft_bounce, is_worn_out

DAY_0 = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "detail", "closes"),
    [
        ("bounce", {}, ("all", "bounced")),
        ("bounce", {"type": "bounce"}, ("all", "bounced")),
        ("bounce", {"type": "blocked"}, None),
        ("bounce", {"type": "expired"}, None),
        ("spamreport", {}, ("all", "complained")),
        ("unsubscribe", {}, ("letters", "unsubscribed")),
        ("group_unsubscribe", {}, ("letters", "unsubscribed")),
        ("group_resubscribe", {}, None),
        ("dropped", {}, None),
        ("dropped", {"reason": "Bounced Address"}, ("all", "bounced")),
        ("dropped", {"reason": "Invalid"}, ("all", "bounced")),
        ("dropped", {"reason": "Spam Reporting Address"}, ("all", "complained")),
        ("dropped", {"reason": " unsubscribed address "}, ("letters", "unsubscribed")),
        ("dropped", {"reason": "Invalid SMTPAPI header"}, None),
        ("dropped", {"reason": "Spam Content (if Spam Checker app enabled)"}, None),
        ("dropped", {"reason": "Recipient List over Package Quota"}, None),
        ("deferred", {"reason": "Bounced Address"}, None),
        ("delivered", {}, None),
    ],
)
def test_what_a_report_closes(kind: str, detail: dict[str, str], closes: tuple[str, str] | None) -> None:
    """Dead mailboxes and complaints close everything, a word of the reader's letters, the rest nothing."""
    found = closing(kind, detail)
    assert (found and (found.scope, found.reason)) == closes


def test_only_bounces_are_soft() -> None:
    """What passes by itself is a bounce of a certain kind."""
    assert is_soft_bounce("bounce", {"type": "blocked"})
    assert not is_soft_bounce("bounce", {})
    assert not is_soft_bounce("deferred", {"type": "blocked"})


@pytest.mark.parametrize(
    ("bounced", "delivered", "worn_out"),
    [
        ([], [], False),
        ([0, 1], [], False),
        ([0, 1, 2], [], True),
        ([2, 0, 1], [], True),
        ([0, 1, 1, 1], [], False),
        ([0, 15, 30], [], True),
        ([0, 15, 31], [], False),
        ([0, 15, 31, 32], [], True),
        ([0, 2, 4], [3], False),
        ([0, 2, 4], [1], False),
        ([1, 2, 4], [0, 5], True),
        ([0, 2, 4, 6], [1], True),
        ([0, 2, 4, 6], [3], False),
        ([0, 2, 4], [4], False),
    ],
)
def test_three_soft_bounces_in_a_row_within_a_month(
    bounced: list[int], delivered: list[int], worn_out: bool
) -> None:
    """Three within 30 days close an address, unless something reached it between them."""
    bounces, deliveries = ([DAY_0 + timedelta(days=day) for day in days] for days in (bounced, delivered))
    assert is_worn_out(bounces, deliveries) is worn_out
