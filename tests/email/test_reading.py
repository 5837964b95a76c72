"""What the reader of a letter gets: the same in HTML and text, small, whole, quiet, and with a way out."""

import re

import pytest

from coaching.adapters.filling import MOST_SUBSTITUTION_BYTES
from coaching.domain.engine.crowding_rules import MOST_RIDERS
from coaching.domain.plan_phrases import LONGEST_NAME, LONGEST_NOTE, LONGEST_SENTENCE, LONGEST_TITLE
from tests.email.papers import CASES, FRAME, Case
from tests.email.reader import Reader

GMAIL_CUTS_AT = 102 * 1024
# A title, a sentence, a reason, a name and a note at their longest, in characters that take four bytes each,
# and the links; signs that are escaped take more, but nobody writes nothing else.
MOST_OF_A_SECTION = 4 * (LONGEST_TITLE + 2 * LONGEST_SENTENCE + LONGEST_NAME + LONGEST_NOTE) + 1_000
# Beside what rides: whom to write to, what to look for, something to read.
MOST_SECTIONS = MOST_RIDERS + 3
FETCHED = {"img", "picture", "svg", "video", "link", "iframe", "object"}
ASKS_FOR_NOTHING = {"event-eve", "farewell"}
UNWANTED = {*FETCHED, "script", "form", "input", "base"}

every_letter = pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))


@every_letter
def test_the_text_says_the_same(case: Case) -> None:
    """HTML and text have the same words in the same order; the text adds the addresses of the links.

    In a coach's list every name leads to one address, which the text gives once, at its end.
    """
    letter = case.sample
    links = re.findall(r"https?://\S+", letter.text)
    text = re.sub(r":\s+https?://\S+", " ", letter.text).replace("* * *", " ")
    reader = Reader(letter.html)
    assert text.split() == reader.words
    pressed = [given["href"] for given in reader.all("a")]
    assert links == (list(dict.fromkeys(pressed)) if case.template.reader == "coach" else pressed)


@every_letter
def test_no_letter_shouts(case: Case) -> None:
    """No exclamation mark and no 'Oops' in anything that is read."""
    letter = case.sample
    assert "!" not in letter.subject + letter.text
    assert "oops" not in letter.text.lower()


@every_letter
def test_the_footer_says_why_and_who(case: Case) -> None:
    """The reason and the firm with its postal address stand in HTML and text."""
    letter, values = case.sample, case.template.sample
    seen = Reader(letter.html).seen
    for part in (values.why, values.sign_off, f"{FRAME.firm_name}, {FRAME.postal_address}"):
        assert part in letter.text
        assert part in seen


@every_letter
def test_the_footer_says_how_to_stop(case: Case) -> None:
    """In HTML and text, with the address in the text; not at all in a letter to the firm or a coach.

    Where a letter asks whether to go on, its other link stops letters too.
    """
    letter = case.sample
    stops = [given for given in Reader(letter.html).all("a") if "/unsubscribe/" in (given["href"] or "")]
    if case.template.reader != "client":
        assert not stops
        assert "nsubscribe" not in letter.text
        return
    url = case.template.sample.as_mapping()["unsubscribe_url"]
    assert [given["href"] for given in stops] == [url] * (2 if case.name == "still-useful" else 1)
    assert letter.text.count(f"\nChoose fewer letters, or unsubscribe: {url}\n") == 1


@every_letter
def test_one_letter_asks_for_one_act(case: Case) -> None:
    """Exactly one link is a button, also in a host with all its guests; some letters ask for nothing."""
    buttons = [given for given in Reader(case.sample.html).all("a") if given.get("class") == "button"]
    assert len(buttons) == (0 if case.template.reader == "firm" or case.name in ASKS_FOR_NOTHING else 1)


@every_letter
def test_links_are_not_tracked(case: Case) -> None:
    """SendGrid rewrites no link: each acts, unsubscribes or opens something personal."""
    links = Reader(case.sample.html).all("a")
    assert links or case.template.reader == "firm"
    assert all(given.get("clicktracking") == "off" for given in links)


@every_letter
def test_the_preheader_is_hidden_and_first(case: Case) -> None:
    """The preheader is the first thing a list shows, and the letter doesn't run on behind it.

    A client doesn't read it twice; a coach's begins with how much there is, as the letter does.
    """
    reader = Reader(case.sample.html)
    preheader = case.paper.stationery.preheader(case.name, case.template.sample)
    hidden = "".join(reader.hidden)
    behind = hidden[hidden.index(preheader) + len(preheader) :]
    assert (preheader in reader.seen) is (case.name == "coach-digest")
    assert len(behind) >= 100
    assert not re.search(r"\w", behind)


@every_letter
def test_the_html_is_well_under_what_gmail_cuts(case: Case) -> None:
    """With the most that values may add, wherever they stand, the letter stays under 102 KB.

    A letter of one's own takes no substitutions: its values are phrases that plan_phrases.py keeps short.
    """
    stationery, guests = case.paper.stationery, case.paper.carried(case.name)
    if case.template.body == "shared":
        html = stationery.compile_letter(case.name).html
        most = html.count(".h%]") * MOST_SUBSTITUTION_BYTES // 2
    else:
        html = case.sample.html
        most = (1 + min(len(guests), MOST_SECTIONS)) * MOST_OF_A_SECTION
    assert len(html.encode()) + most < GMAIL_CUTS_AT


@every_letter
def test_nothing_is_fetched_or_run(case: Case) -> None:
    """No picture that wants a description, no SVG, script or form, no font or style from another host."""
    letter = case.sample
    reader = Reader(letter.html)
    assert not UNWANTED & {element.tag for element in reader.elements}
    assert "\\" not in letter.html  # mrml writes backslashes into attributes that it can't spell
    assert not re.search(r"@import|url\(|expression\(|javascript:|\bsrc=|\bon\w+=\"", letter.html)
    for element in reader.elements:
        outside = [
            name for name, value in element.given.items() if "://" in (value or "") and name[:5] != "xmlns"
        ]
        assert element.tag == "a" or not outside


@every_letter
def test_the_letter_can_be_heard(case: Case) -> None:
    """Language, direction, title and one heading are given; tables for layout say that they are."""
    letter = case.sample
    reader = Reader(letter.html)
    assert (reader.all("html")[0].get("lang"), reader.all("html")[0].get("dir")) == ("en", "ltr")
    assert f"<title>{letter.subject}</title>" in letter.html
    assert len(reader.all("h1")) == 1
    assert all(given.get("role") == "presentation" for given in reader.all("table"))
