"""What the tests of pages share."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from coaching.adapters.content import Content
from coaching.domain.instruments import Instrument
from coaching.domain.words import ReportWords
from tests.pages.caseload import Caseload
from tests.pages.plain_browser import PlainBrowser


@pytest.fixture(scope="session")
def instrument(content: Content) -> Instrument:
    """The first instrument."""
    return content.instrument("job-career")


@pytest.fixture(scope="session")
def words(content: Content) -> ReportWords:
    """The words of its form and report."""
    return content.report_words("job-career")


@pytest.fixture
def browser(http: FlaskClient) -> PlainBrowser:
    """A browser without script."""
    return PlainBrowser(http)


@pytest.fixture
def caseload(app: Flask) -> Caseload:
    """What has been sent in, and what the workers made of it."""
    return Caseload(app.extensions["waypoint"])
