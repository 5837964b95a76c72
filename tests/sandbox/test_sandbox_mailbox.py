"""The mailbox page shows letters as their readers see them, and keeps them in their frame."""

import re

import pytest
from flask.testing import FlaskClient

from tests.sandbox.sandbox_support import mail, many, new_app, post_mail

NASTY = '<script>alert(1)</script>"&'


@pytest.fixture
def client() -> FlaskClient:
    """A sandbox of its own."""
    return new_app().test_client()


def page(client: FlaskClient, path: str) -> str:
    """A page that must be there."""
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_says_what_will_stand_here(client: FlaskClient) -> None:
    """An empty mailbox explains itself and offers nothing to clear."""
    text = page(client, "/")
    assert "Here will stand every letter" in text
    assert "Clear the mailbox" not in text


def test_lists_the_newest_first(client: FlaskClient) -> None:
    """Subject, address and time of every letter, each a link."""
    post_mail(client, mail("ana@example.test", subject="First"))
    post_mail(client, mail("bounce+1@example.test", subject="Second"))
    text = page(client, "/")
    assert text.index("Second") < text.index("First")
    assert "ana@example.test" in text
    assert "bounced" in text
    assert "2 letters" in text


def test_finds_by_address_or_subject(client: FlaskClient) -> None:
    """One field searches both; no match says so."""
    post_mail(client, mail("ana@example.test", subject="Your week"))
    post_mail(client, mail("bea@example.test", subject="Your report"))
    assert "bea@" not in page(client, "/?q=ANA@")
    assert "ana@" not in page(client, "/?q=report")
    assert "No letter matches" in page(client, "/?q=nobody")


def test_turns_pages(client: FlaskClient) -> None:
    """Fifty letters a page, with ways to older and newer ones that keep the search."""
    post_mail(client, many(101))
    first, last = page(client, "/?q=example"), page(client, "/?q=example&page=3")
    assert first.count('class="open"') == 50
    assert "c100@" in first
    assert re.search(r'rel="next" href="/\?page=2&amp;q=example"', first)
    assert 'rel="prev"' not in first
    assert (last.count('class="open"'), 'rel="next"' in last, "c0@" in last) == (1, False, True)


@pytest.mark.parametrize("number", ["0", "-3", "x", "9"])
def test_an_odd_page_number_is_no_error(client: FlaskClient, number: str) -> None:
    """Whatever stands in the address, there is a page."""
    page(client, f"/?page={number}")


def test_refreshes_only_on_request(client: FlaskClient) -> None:
    """The page reloads itself, without scripts, when asked to, and can be stopped."""
    assert "http-equiv" not in page(client, "/")
    text = page(client, "/?refresh=1")
    assert '<meta http-equiv="refresh" content="5">' in text
    assert "Stop refreshing" in text


def first_letter(client: FlaskClient) -> str:
    """The path of the newest letter."""
    found = re.search(r'class="open" href="([^"]+)"', page(client, "/"))
    assert found
    return found.group(1)


def test_shows_a_letter_three_ways(client: FlaskClient) -> None:
    """HTML in a frame without scripts, the text as it is, and the headers."""
    personalizations = [
        {
            "to": [{"email": "ana@example.test", "name": "Ana"}],
            "headers": {"List-Unsubscribe": "<https://x.example.test/u>"},
            "custom_args": {"message_id": "m1"},
        }
    ]
    post_mail(client, mail(personalizations=personalizations, reply_to={"email": "mara@example.test"}))
    path = first_letter(client)
    framed = page(client, path)
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in framed
    assert f'src="{path}/html"' in framed
    assert "<pre" in page(client, f"{path}?view=text")
    headers = page(client, f"{path}?view=headers")
    for shown in ("Ana &lt;ana@example.test&gt;", "List-Unsubscribe", "mara@example.test", "m1"):
        assert shown in headers


def test_a_letter_without_html_opens_as_text(client: FlaskClient) -> None:
    """Text alone is shown at once; the HTML view says what is missing."""
    post_mail(client, mail(content=[{"type": "text/plain", "value": "Only text"}]))
    path = first_letter(client)
    assert "Only text" in page(client, path)
    assert "no HTML part" in page(client, f"{path}?view=html")


def test_the_letters_html_is_bound_by_a_policy(client: FlaskClient) -> None:
    """No scripts, no forms, nothing loaded; links open in a new tab; the doctype stays first."""
    html = "<!DOCTYPE html><html><head></head><body><a href='https://x.example.test'>x</a></body></html>"
    post_mail(client, mail(content=[{"type": "text/html", "value": html}]))
    answer = client.get(first_letter(client) + "/html")
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'")
    assert "script" not in policy
    assert answer.get_data(as_text=True).startswith('<!DOCTYPE html><base target="_blank"><html>')


def test_what_senders_write_stays_text(client: FlaskClient) -> None:
    """Subjects, names, arguments and searches never become markup of the page."""
    personalizations = [
        {
            "to": [{"email": "ana@example.test", "name": NASTY.replace(";", "")}],
            "headers": {"X-A": NASTY},
            "custom_args": {"message_id": NASTY},
        }
    ]
    content = [{"type": "text/plain", "value": NASTY}]
    post_mail(client, mail(personalizations=personalizations, subject=NASTY, content=content))
    path = first_letter(client)
    for address in ("/", "/?q=" + NASTY, path, f"{path}?view=headers", f"{path}?view=html"):
        assert "<script" not in client.get(address).get_data(as_text=True)


def test_pages_load_nothing_from_elsewhere(client: FlaskClient) -> None:
    """The policy allows our own style sheet and no scripts, and there are none."""
    post_mail(client, mail())
    answer = client.get("/")
    assert "default-src 'none'; style-src 'self'" in answer.headers["Content-Security-Policy"]
    text = answer.get_data(as_text=True)
    assert "<script" not in text
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', text)
    with client.get("/static/mailbox.css") as style:
        assert style.status_code == 200
        assert "url(" not in style.get_data(as_text=True)


def test_clears_by_a_button(client: FlaskClient) -> None:
    """A POST empties the mailbox and comes back to it; a GET does nothing."""
    post_mail(client, mail())
    assert client.get("/clear").status_code == 405
    assert "Clear the mailbox" in page(client, "/")
    answer = client.post("/clear")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert "Here will stand" in page(client, "/")


@pytest.mark.parametrize("path", ["/messages/none.0", "/messages/none", "/messages/x.9/html"])
def test_a_letter_that_has_gone_says_so(client: FlaskClient, path: str) -> None:
    """Old links lead to a sentence, not to a blank page."""
    post_mail(client, mail())
    answer = client.get(path)
    assert answer.status_code == 404
    assert "not here" in answer.get_data(as_text=True)


def test_an_unknown_view_is_not_found(client: FlaskClient) -> None:
    """Only the three views exist."""
    post_mail(client, mail())
    assert client.get(first_letter(client) + "?view=raw").status_code == 404
