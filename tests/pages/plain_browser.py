"""A browser without script: reads a page's form as a browser would, and sends what it would send."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Self

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

_TYPED = {"hidden", "text", "email"}


class _Reader(HTMLParser):
    """Collects what the page's form would send, and what it says."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.fields: dict[str, str] = {}
        self.offered: dict[str, list[str]] = {}
        self.said: list[str] = []
        self._select: str | None = None
        self._textarea: str | None = None
        self._silent = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a field, as far as a browser would send it."""
        given = dict(attrs)
        name, value = given.get("name") or "", given.get("value") or ""
        self._silent = tag in {"script", "style", "title"} or (self._silent and tag != "body")
        if tag == "input":
            self._input(given.get("type") or "text", name, value, checked="checked" in given)
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select is not None:
            self.offered.setdefault(self._select, []).append(value)
            if "selected" in given or self._select not in self.fields:
                self.fields[self._select] = value
        elif tag == "textarea":
            self._textarea = name
            self.fields[name] = ""

    def handle_endtag(self, tag: str) -> None:
        """Leave a field."""
        if tag == "select":
            self._select = None
        elif tag == "textarea" and self._textarea is not None:
            self.fields[self._textarea] = self.fields[self._textarea].removeprefix("\n").replace("\n", "\r\n")
            self._textarea = None
        elif tag in {"script", "style", "title"}:
            self._silent = False

    def handle_data(self, data: str) -> None:
        """Note text."""
        if self._textarea is not None:
            self.fields[self._textarea] += data
        if not self._silent:
            self.said.append(data)

    def _input(self, kind: str, name: str, value: str, *, checked: bool) -> None:
        if kind in _TYPED:
            self.fields[name] = value
        else:
            self.offered.setdefault(name, []).append(value)
            if checked:
                self.fields[name] = value


@dataclass(frozen=True)
class Page:
    """One page as it was shown: `fields` is what its form would send, `offered` what can be picked."""

    response: TestResponse
    fields: Mapping[str, str]
    offered: Mapping[str, list[str]]
    text: str

    @classmethod
    def of(cls, response: TestResponse) -> Self:
        """Read an answer."""
        reader = _Reader()
        reader.feed(response.get_data(as_text=True))
        return cls(response, reader.fields, reader.offered, " ".join(" ".join(reader.said).split()))

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.response.status_code

    @property
    def html(self) -> str:
        """The page's source."""
        return self.response.get_data(as_text=True)


@dataclass
class PlainBrowser:
    """Opens pages and presses buttons; redirects are followed."""

    http: FlaskClient
    page: Page = field(init=False)

    def open(self, path: str) -> Page:
        """Go to an address of ours."""
        self.page = Page.of(self.http.get(path, follow_redirects=True))
        return self.page

    def press(self, button: str, fields: Mapping[str, str] | None = None, *, without: str = "") -> Page:
        """Press the button of that value in the page's form, with some fields filled in or unticked."""
        sent = {name: value for name, value in self.page.fields.items() if name != without}
        data = sent | dict(fields or {}) | {"go": button}
        path = self.page.response.request.path
        self.page = Page.of(self.http.post(path, data=data, follow_redirects=True))
        return self.page
