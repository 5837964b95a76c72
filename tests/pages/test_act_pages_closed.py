"""What pages behind action links keep to themselves: one plain page for every link that opens nothing."""

from dataclasses import replace
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete
from werkzeug.test import TestResponse

from api import create_app
from coaching.adapters import tables
from coaching.adapters.secrets import Secrets
from coaching.domain import links
from coaching.domain.deeds import DEEDS
from coaching.domain.links import Purpose
from tests.pages.caseload import Caseload
from tests.pages.desk import UNDO, Desk
from tests.pages.test_link_pages import contents


@pytest.fixture
def desk(caseload: Caseload) -> Desk:
    """Ana, whose plan is under way."""
    return Desk.of(caseload)


def test_pages_are_kept_to_their_reader(desk: Desk, http: FlaskClient) -> None:
    """No cache, search engine or next site learns of these pages, and no cookie is set or asked for."""
    for purpose in sorted(DEEDS):
        address = desk.address(purpose)
        for answer in (http.get(address), http.post(address, data={"decision": "stay"}), http.get(address)):
            private(answer)


def private(answer: TestResponse) -> None:
    """Hold an answer to what pages behind tokens promise."""
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert "Set-Cookie" not in answer.headers


def test_links_that_open_nothing(desk: Desk, http: FlaskClient, secrets: Secrets) -> None:
    """Bad, foreign, retired, gone: one and the same page with 404, whether looked at or pressed."""
    step = desk.step(title="Something private")
    letter = desk.add(lambda session: desk.ana.letter(session, "milestone-ahead", milestone=step))
    good = desk.ana.token(Purpose.DONE, letter)
    gone = desk.link(Purpose.DONE, "milestone-overdue", milestone=uuid4()).removeprefix("/act/")
    tokens = [
        "x",
        good[:-1],
        good[:25] + ("A" if good[25] != "A" else "B") + good[26:],
        gone,
        desk.ana.token(Purpose.DONE, uuid4()),
        desk.ana.token(Purpose.MET, letter),
        desk.ana.token(Purpose.UNDO, letter),
        links.sign(("a-key-that-was-retired-long-ago-000001",), Purpose.DONE, letter),
    ]
    before = contents(desk.caseload)
    for token in tokens:
        for method in ("GET", "POST", "HEAD"):
            answer = http.open(f"/act/{token}", method=method, data={})
            assert answer.status_code == 404, token
            private(answer)
    said = {http.open(f"/act/{token}", method=way).data for token in tokens for way in ("GET", "POST")}
    assert len(said) == 1
    assert b"There is nothing here" in said.pop()
    assert contents(desk.caseload) == before


def test_a_client_who_is_gone(desk: Desk, http: FlaskClient) -> None:
    """After erasure their links and their undo open the same page as any that never was."""
    address = desk.address(Purpose.MET)
    found = UNDO.search(http.post(address, follow_redirects=True).get_data(as_text=True))
    assert found is not None
    with desk.caseload.house.database.transaction() as session:
        session.execute(delete(tables.Client))
    for path in (address, found[1]):
        for method in ("GET", "POST"):
            answer = http.open(path, method=method)
            assert answer.status_code == 404
            assert "Bo" not in answer.get_data(as_text=True)


def test_after_a_rotation(desk: Desk) -> None:
    """A key that no longer signs still opens; once it has left the ring, its links open nothing."""
    house, address = desk.caseload.house, desk.address(Purpose.DONE)
    new = "a-new-key-that-signs-from-now-on-00001"
    for keys, status in (((new, *house.secrets.keys), 200), ((new,), 404)):
        rotated = replace(house, secrets=replace(house.secrets, keys=keys))
        client = create_app(house.settings, rotated).test_client()
        assert client.get(address).status_code == status
        assert client.post(address, follow_redirects=True).status_code == status
    assert len(desk.stored(tables.Deed)) == 1
