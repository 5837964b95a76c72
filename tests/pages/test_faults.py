"""What goes wrong is told to people by a page, and to programs by a problem document."""

from dataclasses import replace

import pytest
from flask import abort
from flask.testing import FlaskClient
from limits import parse

from api import create_app
from api.pages.faults import SAID, page_group
from coaching.adapters.database import Database
from coaching.domain.links import Purpose
from tests.pages.caseload import Caseload
from tests.pages.plain_browser import PlainBrowser


@pytest.fixture
def without_database(caseload: Caseload) -> FlaskClient:
    """A client of an application whose database doesn't answer."""
    nowhere = Database("postgresql+psycopg://nobody@127.0.0.1:9/nothing")
    return create_app(caseload.house.settings, replace(caseload.house, database=nowhere)).test_client()


@pytest.fixture
def faulty(caseload: Caseload) -> FlaskClient:
    """A client of an application with pages that fail in every way."""
    app = create_app(caseload.house.settings, caseload.house)
    group = page_group("faulty")

    @group.get("/faulty/<int:status>")
    def fail(status: int) -> str:
        abort(status)

    @group.get("/faulty/by-accident")
    def stumble() -> str:
        raise LookupError("something nobody thought of")

    app.register_blueprint(group)
    return app.test_client()


@pytest.mark.parametrize("status", sorted(SAID))
def test_each_fault_has_a_page(faulty: FlaskClient, status: int) -> None:
    """A fault keeps its status and says in the house's words what to do."""
    answer = faulty.get(f"/faulty/{status}")

    assert answer.status_code == status
    assert answer.mimetype == "text/html"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Content-Security-Policy" in answer.headers


def test_an_accident_tells_nothing(faulty: FlaskClient) -> None:
    """A fault of our own says that it is ours, and nothing of what it was."""
    answer = faulty.get("/faulty/by-accident")

    assert answer.status_code == 500
    assert "It is our fault" in answer.get_data(as_text=True)
    assert "LookupError" not in answer.get_data(as_text=True)


def test_words_never_exclaim() -> None:
    """No page for a fault shouts or says Oops."""
    assert not [words for words in SAID.values() if "!" in "".join(words) or "oops" in "".join(words).lower()]


@pytest.mark.parametrize(
    ("method", "path"),
    [("PUT", "/"), ("DELETE", "/intake/job-career"), ("POST", "/report/x"), ("GET", "/console/sign-out")],
)
def test_wrong_method(http: FlaskClient, method: str, path: str) -> None:
    """A method that a page doesn't know is refused by a page that names those it does."""
    answer = http.open(path, method=method)

    assert answer.status_code == 405
    assert answer.mimetype == "text/html"
    assert answer.headers["Allow"]


@pytest.mark.parametrize("path", ["/v1/nope", "/v1", "/hooks/nope"])
def test_programs_get_problem_documents(http: FlaskClient, path: str) -> None:
    """The pages leave the addresses of programs alone."""
    answer = http.get(path)

    assert answer.status_code == 404
    assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize("path", ["/nope", "/v1x", "/report", "/intake", "/.env", "/%ff%fe"])
def test_addresses_that_nobody_serves(http: FlaskClient, path: str) -> None:
    """People who mistype an address get a page."""
    answer = http.get(path)

    assert answer.status_code == 404
    assert answer.mimetype == "text/html"


def test_the_form_without_a_database(without_database: FlaskClient, browser: PlainBrowser) -> None:
    """The form can be filled in; sending it says that nothing is lost, and the page holds it all."""
    away = PlainBrowser(without_database)
    page = away.open("/intake/job-career")
    away.press("next", {"consent": page.offered["consent"][0]})
    for _ in range(4):
        away.press("next", {"answer.H1": "4"})
        away.press("next")

    page = away.press("send", {"email": "ana@example.test", "name": "Ana", "question": "Stay?\nGo?"})
    assert page.status == 503
    assert "Nothing is lost" in page.text
    assert "send it again" in page.text
    assert page.response.headers["Retry-After"] == "30"

    browser.page = page
    later = browser.press("again")
    assert later.response.request.path.startswith("/intake/job-career/thank-you/")


def test_looking_through_it_first(without_database: FlaskClient) -> None:
    """From the page that says so, one can go back to the last questions with everything in place."""
    away = PlainBrowser(without_database)
    page = away.open("/intake/job-career")
    away.press("stay", {"consent": page.offered["consent"][0], "step": "about"})
    away.press("send", {"email": "ana@example.test", "name": "Ana"})

    page = away.press("stay")

    assert "Page 6 of 6" in page.text
    assert page.fields["name"] == "Ana"


def test_links_without_a_database(without_database: FlaskClient, caseload: Caseload) -> None:
    """While the database is away, links say to try again, and don't say that they are bad."""
    done = caseload.reported()
    token = caseload.link(Purpose.UNSUBSCRIBE, done)

    for answer in (
        without_database.get(f"/report/{done.report_token}"),
        without_database.get(f"/unsubscribe/{token}"),
        without_database.post(f"/unsubscribe/{token}", data={"List-Unsubscribe": "One-Click"}),
    ):
        assert answer.status_code == 503
        assert "Nothing is lost" in answer.get_data(as_text=True)
        assert answer.headers["Retry-After"]


def test_too_many_at_an_unknown_form(caseload: Caseload) -> None:
    """A robot at a form that doesn't exist is refused like any other."""
    settings = replace(caseload.house.settings, rate_intake_per_address=parse("1/minute"))
    robot = create_app(settings, replace(caseload.house, settings=settings)).test_client()

    assert [robot.post("/intake/nope").status_code for _ in range(2)] == [404, 404]


def test_too_many_forms(caseload: Caseload) -> None:
    """A visitor who sends too many forms is asked to wait, and keeps what was typed."""
    settings = replace(caseload.house.settings, rate_intake_per_address=parse("2/minute"))
    visitor = PlainBrowser(create_app(settings, replace(caseload.house, settings=settings)).test_client())
    page = visitor.open("/intake/job-career")
    visitor.press("stay", {"consent": page.offered["consent"][0], "step": "about"})
    filled_in = visitor.page
    assert visitor.press("send", {"email": "ana@example.test"}).status == 200

    visitor.page = filled_in
    page = visitor.press("send", {"email": "ana@example.test"})

    assert page.status == 429
    assert "Nothing is lost" in page.text
    assert int(page.response.headers["Retry-After"]) >= 1
    assert page.fields["email"] == "ana@example.test"
    assert page.fields["step"] == "about"
