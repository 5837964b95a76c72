"""A host carries the sections of other letters: each with its own values, in HTML and text alike."""

import shutil
from collections.abc import Mapping
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coaching.adapters import rendering
from coaching.adapters.filling import escape, plain_values
from coaching.adapters.mjml import to_html
from coaching.adapters.rendering import Carried, Letter, Stationery
from coaching.domain.letters import LetterError
from tests.email.nasty import values_of
from tests.email.papers import FRAME, OF_TESTS, TouchValues
from tests.email.reader import Reader

PAPER = OF_TESTS.stationery
HOST = OF_TESTS.letters["gathering"]
TOUCH = OF_TESTS.letters["touch"].sample
AHEAD = OF_TESTS.letters["ahead"].sample
GUESTS = [name for name, template in OF_TESTS.letters.items() if template.mergeable]

some_guests = st.lists(
    st.sampled_from(GUESTS).flatmap(
        lambda name: values_of(OF_TESTS.letters[name]).map(lambda values: (name, values))
    ),
    max_size=4,
)


def hosted(*carried: Carried) -> Letter:
    """Render the host with its sample values and these guests."""
    return PAPER.render("gathering", HOST.sample, carried)


def fresh_stationery() -> Stationery:
    """Return paper on which nothing has been compiled yet."""
    return Stationery(OF_TESTS.folder, FRAME, OF_TESTS.letters)


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note the name of each letter whose MJML is compiled."""
    names: list[str] = []

    def noting(name: str, mjml: str) -> str:
        names.append(name)
        return to_html(name, mjml)

    monkeypatch.setattr(rendering, "to_html", noting)
    return names


def test_a_host_goes_alone_too() -> None:
    """Without guests there is no gap and no rule where they would stand."""
    letter = hosted()
    assert "on your list" not in letter.text
    assert "\n\n\n" not in letter.text
    assert len([one for one in Reader(letter.html).elements if one.is_a(".rule")]) == 1  # the footer's


def test_guests_stand_in_the_order_given() -> None:
    """What the engine puts first is read first."""
    for carried in permutations([("touch", TOUCH), ("ahead", AHEAD)]):
        letter = hosted(*carried)
        for words in (letter.text, Reader(letter.html).seen):
            places = [words.index({"touch": "A word with", "ahead": "Also on"}[name]) for name, _ in carried]
            assert places == sorted(places)


def test_the_same_letter_may_ride_twice() -> None:
    """Two people to write to are two sections, each with its own name and link."""
    second = TouchValues(person="Bo", touched_url="https://firm.example.test/act/bo")
    letter = hosted(("touch", TOUCH), ("touch", second))
    links = [given["href"] for given in Reader(letter.html).all("a")]
    assert links[1:3] == ["https://firm.example.test/act/touched", "https://firm.example.test/act/bo"]
    assert letter.text.index("with Marie") < letter.text.index("with Bo")


def test_a_guest_keeps_to_its_own_values() -> None:
    """A host's value doesn't reach a section of a letter that has one of the same name, nor the other way."""
    guest = TouchValues(why="Because of the guest.", unsubscribe_url="https://guest.test/")
    letter = hosted(("touch", guest))
    assert "Because of the guest." not in letter.text + letter.html
    assert "https://guest.test/" not in letter.text + letter.html


def marks(place: object, values: Mapping[str, str]) -> dict[str, str]:
    """Give for each value a mark that no value contains."""
    return {name: f"({place}.{name})" for name in values}


@given(values=values_of(HOST), carried=some_guests)
def test_nasty_values_stand_in_their_places(
    values: dict[str, str], carried: list[tuple[str, dict[str, str]]]
) -> None:
    """Values of host and guests stand as they are in subject and text, and escaped in the HTML."""
    marked = [(name, marks(place, own)) for place, (name, own) in enumerate(carried)]
    expected = PAPER.render("gathering", marks("host", values), marked)
    filled: list[tuple[object, dict[str, str]]] = [("host", plain_values(HOST, values))]
    filled += [
        (place, plain_values(OF_TESTS.letters[name], own)) for place, (name, own) in enumerate(carried)
    ]
    for at, plain in filled:
        for name, value in plain.items():
            mark = f"({at}.{name})"
            expected = Letter(
                expected.subject.replace(mark, value),
                expected.html.replace(mark, escape(value)),
                expected.text.replace(mark, value),
            )
    letter = PAPER.render("gathering", values, carried)
    assert letter == expected
    assert "[%" not in letter.subject + letter.html + letter.text


def test_mjml_is_compiled_once_for_each_company(compiled: list[str]) -> None:
    """The same letters in the same order are compiled once, whatever the values are."""
    stationery = fresh_stationery()
    for person in ("Marie", "Bo", "Kim"):
        touch = ("touch", TouchValues(person=person))
        for carried in ((), (touch,), (touch, ("ahead", AHEAD)), (touch, touch)):
            stationery.render("gathering", HOST.sample, carried)
    assert compiled == ["gathering"] * 4


def test_what_is_kept_ready_is_bounded(compiled: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the bound the company that was not seen for longest is compiled anew."""
    monkeypatch.setattr(rendering, "_MOST_READY", 2)
    stationery = fresh_stationery()
    touch: Carried = ("touch", TOUCH)
    for size in (0, 1, 0, 2, 0, 1):
        stationery.render("gathering", HOST.sample, [touch] * size)
    assert len(compiled) == 4


def test_only_hosts_carry() -> None:
    """A letter without room for sections is refused, not sent without them."""
    with pytest.raises(LetterError, match="letter 'ahead': it carries no other letters"):
        PAPER.render("ahead", AHEAD, [("touch", TOUCH)])


def test_only_what_has_a_section_is_carried() -> None:
    """A host in a host is refused."""
    with pytest.raises(LetterError, match="letter 'gathering': it has no section"):
        hosted(("gathering", HOST.sample))


def test_a_guests_values_are_checked_under_its_own_name() -> None:
    """What is missing in a section is named with the letter it belongs to."""
    with pytest.raises(LetterError, match="letter 'touch': variable 'person' is missing"):
        hosted(("touch", AHEAD))


def test_an_unknown_guest_is_named_with_the_known_letters() -> None:
    """The paper knows its own registry, not the shipped one."""
    with pytest.raises(LetterError, match="no letter 'report'; there are: gathering, touch, ahead"):
        hosted(("report", TOUCH))


@pytest.mark.parametrize("contrary", [{"body": "shared"}, {"mergeable": True}])
def test_a_host_has_a_body_of_its_own_and_rides_in_no_other(contrary: dict[str, Any]) -> None:
    """The registry refuses a host that is sent to a thousand at once, or that has a host of its own."""
    with pytest.raises(LetterError, match="letter 'gathering': a host has a body of its own"):
        replace(HOST, **contrary)


def test_the_version_is_that_of_the_whole_company(tmp_path: Path) -> None:
    """It changes with who rides along, in which order, and with every part of theirs."""
    companies = ((), ("touch",), ("ahead",), ("touch", "ahead"), ("ahead", "touch"), ("touch", "touch"))
    versions = {carried: PAPER.version("gathering", carried) for carried in companies}
    assert len(set(versions.values())) == len(companies)
    folder = tmp_path / "letters"
    shutil.copytree(OF_TESTS.folder, folder)
    with (folder / "touch" / "section.txt").open("a", encoding="utf-8") as section:
        section.write("More.\n")
    changed = Stationery(folder, FRAME, OF_TESTS.letters)
    for carried, version in versions.items():
        assert (changed.version("gathering", carried) == version) is ("touch" not in carried)
