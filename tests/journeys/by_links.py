"""A client who does nothing but read letters and press what stands in them, on the real pages."""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from api import create_app
from coaching.adapters import tables
from coaching.adapters.house import House
from coaching.domain.events import EventKind
from coaching.settings import Settings
from coaching.usecases.compose_week import ANSWER
from tests.pages.desk import UNDO
from tests.pages.plain_browser import Page, PlainBrowser
from tests.support.drain import PUBLIC_URL, Firm
from tests.support.journeys import Came, came

_WAY = re.compile(r'<li><a class="quiet" href="(/act/[\w-]{47})">([^<]+)</a></li>')
NOTHING: Mapping[str, str] = {}


def pages(firm: Firm, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """Return a client of the pages and the API, which go by the firm's clock."""
    for module in ("acts", "links", "reports"):
        monkeypatch.setattr(f"api.pages.{module}.database_now", firm.database.now)
    house = House(settings, firm.database, firm.content, firm.secrets)
    return create_app(settings, house).test_client()


def link_in(text: str, label: str, *, under: str = "") -> tuple[str, str]:
    """Return the label and path of the link that bears this label; `under`: the first one after these words.

    Where a section's one link comes before it, that is the way to what the section is about.
    """
    rest = text[text.index(under) :]
    either = "|".join(map(re.escape, (label, ANSWER)))
    found = re.search(rf"^({either}):\s{re.escape(PUBLIC_URL)}(/\S+)$", rest, re.MULTILINE)
    assert found is not None, f"no {label!r} in:\n{rest}"
    return found[1], found[2]


@dataclass(frozen=True)
class Mailbox:
    """One client's letters, and the pages behind their links. `key` is the firm's, for its programs."""

    firm: Firm
    http: FlaskClient
    key: str
    client_id: UUID

    @property
    def came(self) -> list[Came]:
        """What came, in order."""
        return came(self.firm, self.client_id)

    def press(self, label: str, fields: Mapping[str, str] = NOTHING, *, under: str = "") -> Page:
        """Follow a link of the newest letter in which these words stand, and press the page's button.

        Where they stand in a section, its one link leads to the list that the link is chosen from.
        """
        letter = next(one for one in reversed(self.came) if under in one.text)
        browser = PlainBrowser(self.http)
        found, path = link_in(letter.text, label, under=under)
        page = browser.open(path)
        if found == ANSWER:
            ways = {unescape(said): way for way, said in _WAY.findall(page.html)}
            page = browser.open(ways[label])
        assert page.status == 200
        assert self.acted_at() != self.firm.database.at, "one act at a time: this one must be told apart"
        page = browser.press("", fields)
        assert page.status == 200, page.text
        assert self.acted_at() == self.firm.database.at
        self.firm.work()
        return page

    def undo(self, page: Page) -> None:
        """Press the page's undo."""
        [address] = UNDO.findall(page.html)
        back = Page.of(self.http.post(address, follow_redirects=True))
        assert "It is as it was" in back.text
        self.firm.work()

    def step(self, kind: str) -> tables.Milestone:
        """Return the newest milestone of this kind."""
        with self.firm.database.transaction() as session:
            found = session.scalars(
                select(tables.Milestone)
                .where(tables.Milestone.client_id == self.client_id, tables.Milestone.kind == kind)
                .order_by(tables.Milestone.id.desc())
            ).first()
        assert found is not None
        return found

    def steps(self) -> dict[str, str]:
        """Return the state of every step by its kind."""
        with self.firm.database.transaction() as session:
            query = select(tables.Milestone).where(tables.Milestone.client_id == self.client_id)
            return {row.kind: row.state for row in session.scalars(query)}

    def tie(self, name: str) -> tables.Relationship:
        """Return somebody of the client's network."""
        with self.firm.database.transaction() as session:
            return session.scalars(
                select(tables.Relationship).where(
                    tables.Relationship.client_id == self.client_id, tables.Relationship.name == name
                )
            ).one()

    def acted_at(self) -> datetime | None:
        """Return when the client acted last."""
        with self.firm.database.transaction() as session:
            return session.get_one(tables.Client, self.client_id).last_acted_at

    def facts(self, kind: EventKind) -> list[datetime]:
        """Return when facts of a kind came to be."""
        query = select(tables.Event.at).where(
            tables.Event.client_id == self.client_id, tables.Event.kind == kind
        )
        with self.firm.database.transaction() as session:
            return list(session.scalars(query.order_by(tables.Event.at)))

    def timeline(self) -> list[dict[str, Any]]:
        """Return what the firm's programs are told of the letters, page by page."""
        path, items, query = f"/v1/clients/{self.client_id}/timeline", [], "limit=7"
        while True:
            answer = self.http.get(f"{path}?{query}", headers={"Authorization": f"Bearer {self.key}"})
            assert answer.status_code == 200, answer.get_data(as_text=True)
            page: dict[str, Any] = answer.get_json()
            items += page["items"]
            if page["next"] is None:
                return items
            query = f"limit=7&after={page['next']}"


def told_as_sent(items: list[dict[str, Any]]) -> list[str]:
    """Return the letters that went, and what rode in each, as lines like those of what came."""
    riders: dict[str, list[str]] = defaultdict(list)
    for one in items:
        if one["merged_into"] is not None:
            riders[one["merged_into"]].append(one["template"])
    return [
        str(
            Came(
                datetime.fromisoformat(one["local_at"]),
                one["template"],
                tuple(sorted(riders.get(one["message_id"], ()))),
                "",
            )
        )
        for one in items
        if one["sent_at"] is not None
    ]


def told_as_kept_back(items: list[dict[str, Any]]) -> list[str]:
    """Return the letters that met another end, each with the day that it was for."""
    kept = [one for one in items if one["state"] not in {"planned", "queued", "merged"}]
    return [f"{one['local_at'][:10]} {one['template']} {one['state']}" for one in kept]


def reasons_told(items: list[dict[str, Any]]) -> dict[str, set[str]]:
    """Return the sentences that are told of letters past, by state, without what follows to explain them."""
    told: dict[str, set[str]] = defaultdict(set)
    for one in items:
        assert one["why"].endswith("."), one
        if one["state"] != "planned":
            first = one["decision"]["reason"].partition(". ")[0]
            told[one["state"]].add(f"{first.rstrip('.')}.")
    return told
