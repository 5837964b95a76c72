"""A real Chromium, and the application served to it."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, Request, ViewportSize
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.pages.caseload import Caseload

PHONE: ViewportSize = {"width": 360, "height": 740}
DESKTOP: ViewportSize = {"width": 1280, "height": 800}


class _Quiet(WSGIRequestHandler):
    """Serves without a line of log for each request."""

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002  (the parent's name)
        """Say nothing."""


@pytest.fixture
def site(app: Flask) -> Iterator[str]:
    """The application at an address of this machine."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def caseload(app: Flask) -> Caseload:
    """What has been sent in, and what the workers made of it."""
    return Caseload(app.extensions["waypoint"])


@dataclass
class Watched:
    """What a page did that it must not do: complaints in its console, requests to other hosts."""

    site: str
    complaints: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        """Listen to a page from now on."""
        page.on("console", lambda message: self._complain(message.type, message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._request)

    def _complain(self, kind: str, text: str) -> None:
        # A page that tells a fault has its status in the console too; that is what it should have.
        if kind in {"error", "warning"} and "the server responded with a status of" not in text:
            self.complaints.append(text)

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.site, "data:", "about:")):
            self.complaints.append(f"asked {request.url}")


Visit = Callable[..., Page]


@pytest.fixture
def visit(chromium: Browser, site: str) -> Iterator[Visit]:
    """Opens a page of the site in a context of its own; after the test nothing may have been amiss."""
    contexts: list[BrowserContext] = []
    watched = Watched(site)

    def open_page(path: str, **wishes: object) -> Page:
        context = chromium.new_context(**({"viewport": PHONE, "base_url": site} | wishes))  # type: ignore[arg-type]
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        watched.watch(page)
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert watched.complaints == []
