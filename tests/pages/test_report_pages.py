"""The report and the thank-you page: what they say, when, and to whom."""

import re
from html import unescape

import pytest
from flask.testing import FlaskClient

from coaching.domain.links import Purpose
from tests.pages.caseload import Caseload
from tests.pages.plain_browser import Page, PlainBrowser

THANK_YOU = "/intake/job-career/thank-you/"


@pytest.fixture
def report(caseload: Caseload, browser: PlainBrowser) -> Page:
    """Ana's report."""
    return browser.open(f"/report/{caseload.reported().report_token}")


def test_the_question_opens_the_report(report: Page) -> None:
    """The client's own question stands before everything else, then their first name."""
    asked = report.text.index("You asked: “Do I stay and push for the team lead role, or go?”")

    assert asked < report.text.index("Where you stand, Ana")


def test_without_a_question_or_name(caseload: Caseload, browser: PlainBrowser) -> None:
    """Who gave neither is greeted without them."""
    page = browser.open(f"/report/{caseload.reported(question=None, name='').report_token}")

    assert "You asked" not in page.text
    assert "<h1>Where you stand</h1>" in page.html


def test_seven_dimensions_as_chart_and_table(report: Page, caseload: Caseload) -> None:
    """Each dimension has a bar with its numbers read out, and a line of the table with the same numbers."""
    instrument = caseload.house.content.instrument("job-career")
    spoken = [unescape(label) for label in re.findall(r'<svg role="img" aria-label="([^"]+)"', report.html)]
    lines = re.findall(r'<tr><th scope="row">(.+?)</th><td>(\d+)</td><td>(\d+) and (\d+)</td>', report.html)

    assert "Seven dimensions" in report.text
    assert spoken == [
        f"{name}: {number} of 100, probably between {low} and {high}" for name, number, low, high in lines
    ]
    assert [name for name, *_ in lines] == [dimension.name for dimension in instrument.dimensions]
    assert all(int(low) <= int(number) <= int(high) for _, number, low, high in lines)


def test_a_dimension_without_a_number_says_so(
    caseload: Caseload, browser: PlainBrowser, words_for_none: str
) -> None:
    """Too few answers give no bar and no number, but a sentence, in chart, table and words."""
    instrument = caseload.house.content.instrument("job-career")
    answers = {item: None if item.startswith("N") else 5 for item in instrument.item_ids}

    page = browser.open(f"/report/{caseload.reported(answers=answers).report_token}")

    assert page.text.count(words_for_none) == 2
    assert "<td>no number</td>" in page.html
    assert page.html.count('class="mark"') == 6


@pytest.fixture
def words_for_none(caseload: Caseload) -> str:
    """What is said of a dimension without a number."""
    return caseload.house.content.report_words("job-career").statuses["none"]


def test_nothing_answered_at_all(caseload: Caseload, browser: PlainBrowser) -> None:
    """A form sent in empty still gives a report, which says that there is no profile."""
    words = caseload.house.content.report_words("job-career")

    page = browser.open(f"/report/{caseload.reported(answers={}).report_token}")

    assert page.status == 200
    assert words.no_profile in page.text
    assert "Your profile" not in page.text


def test_the_plan_has_days_and_whys(report: Page) -> None:
    """Every card of the plan says why it is there, and every milestone its day in words."""
    cards = re.findall(r'<article class="card focus-area">(.+?)</article>', report.html, re.DOTALL)

    assert len(cards) >= 3
    for card in cards:
        milestones = card.count("<li>")
        assert milestones >= 1
        days = re.findall(r"by (?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day \d{1,2} [A-Z][a-z]+", card)
        assert len(days) == milestones
        assert card.count('class="why"') in {1, milestones}


def test_the_report_says_what_it_cannot_tell(report: Page, caseload: Caseload) -> None:
    """Its limits, how the numbers are made and how to object stand in every report."""
    words = caseload.house.content.report_words("job-career")

    assert all(paragraph in report.text for paragraph in words.cannot_tell)
    assert all(paragraph in report.text for paragraph in words.consent.logic)
    assert words.consent.objection in report.text
    assert "rules scoring-1" in report.text


def test_nobody_else_is_told(caseload: Caseload, http: FlaskClient) -> None:
    """A report stays out of caches, search engines and referrers."""
    answer = http.get(f"/report/{caseload.reported().report_token}")

    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert '<meta name="robots" content="noindex, nofollow">' in answer.get_data(as_text=True)


def test_what_was_typed_is_only_text(caseload: Caseload, browser: PlainBrowser) -> None:
    """Markup and template signs in the question come out as they were typed."""
    asked = '<script>alert(1)</script>{{7*7}}\n"&amp;'

    page = browser.open(f"/report/{caseload.reported(question=asked).report_token}")

    assert "<script>alert" not in page.html
    assert "<script>alert(1)</script>{{7*7}}" in page.text


def test_waiting_then_there(caseload: Caseload, browser: PlainBrowser) -> None:
    """Until it is scored the page waits, by itself with and without script; then it is the report."""
    address = THANK_YOU + caseload.submitted().report_token

    waiting = browser.open(address)
    assert waiting.status == 200
    assert "being worked out" in waiting.text
    assert '<noscript><meta http-equiv="refresh"' in waiting.html
    assert "data-waiting" in waiting.html
    assert "X-Report-State" not in waiting.response.headers

    caseload.worked_out()
    ready = browser.open(address)
    assert ready.response.headers["X-Report-State"] == "ready"
    assert "Where you stand, Ana" in ready.text
    assert 'http-equiv="refresh"' not in ready.html


@pytest.mark.parametrize(
    ("letters", "said", "unsaid"),
    [
        (True, "A letter is on its way", "no letters"),
        (False, "You asked for no letters", "on its way"),
    ],
)
def test_what_happens_next(
    caseload: Caseload, browser: PlainBrowser, letters: bool, said: str, unsaid: str
) -> None:
    """Who agreed to letters is told of the one that confirms; who did not, to keep the link."""
    done = caseload.reported(consent_email=letters)

    page = browser.open(THANK_YOU + done.report_token)

    assert said in page.text
    assert unsaid not in page.text
    assert f'href="/report/{done.report_token}"' in page.html


def test_a_known_address_is_not_given_away(caseload: Caseload, browser: PlainBrowser) -> None:
    """Who types somebody else's address reads the same as for a new one."""
    caseload.reported(name="Ana")
    new = browser.open(THANK_YOU + caseload.reported(name="Ana", email="bo@example.test").report_token)
    known = browser.open(THANK_YOU + caseload.reported(name="Ana").report_token)

    def told(page: Page) -> str:
        return page.text.partition("What happens next")[2].partition("The link to your report")[0]

    assert told(known) == told(new) != ""


def test_confirmed_afterwards(caseload: Caseload, browser: PlainBrowser) -> None:
    """Once the letter's button was pressed, the thank-you page says so."""
    done = caseload.reported()
    browser.open(f"/act/{caseload.link(Purpose.CONFIRM, done)}")
    browser.press("")

    assert "is confirmed" in browser.open(THANK_YOU + done.report_token).text


@pytest.mark.parametrize("path", ["/report/{}", "/intake/job-career/thank-you/{}"])
@pytest.mark.parametrize("token", ["x", "%00", "A" * 47, "é", "A" * 5000, "..%2f..%2fetc"])
def test_bad_links(http: FlaskClient, caseload: Caseload, path: str, token: str) -> None:
    """A token that isn't ours gets a plain page with 404, whatever is wrong with it."""
    answer = http.get(path.format(token))

    assert answer.status_code == 404
    assert "There is nothing here" in answer.get_data(as_text=True)


def test_links_for_something_else(http: FlaskClient, caseload: Caseload) -> None:
    """A good token opens only what it was made for."""
    done = caseload.reported()
    unsubscribe = caseload.link(Purpose.UNSUBSCRIBE, done)

    assert http.get(f"/report/{unsubscribe}").status_code == 404
    assert http.get(f"/act/{done.report_token}").status_code == 404
    assert http.get(f"/unsubscribe/{done.report_token}").status_code == 404
    assert http.get(f"/console/sign-in/{done.report_token}").status_code == 404
