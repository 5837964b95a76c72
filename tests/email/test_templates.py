"""Every folder is a whole letter, made as the registry says, in words that people can live with."""

import re

import pytest
from jinja2 import Environment, meta, nodes

from coaching.adapters.rendering import PARTS, SECTION_PARTS, Frame
from coaching.domain.letter_values import ClientValues
from tests.email.papers import CASES, PAPERS, SHIPPED, Case, Paper

FIXED = set(Frame.__dataclass_fields__) | {"folder"}
OF_EVERY_CLIENT = set(ClientValues.__dataclass_fields__)

# What a lock screen, a shared screen or a work calendar has no business knowing.
INDISCREET = re.compile(
    r"\b(quit\w*|leav\w*|resign\w*|notice|job\w*|career\w*|boss\w*|employ\w*|manager\w*|salar\w*|pay|fired|laid|"
    r"layoff\w*|recruit\w*|interview\w*|hir\w+|cv|r[ée]sum[ée]\w*|unhappy|stuck|burn\w*|transition\w*|scores?|"
    r"profile\w*|results?|assessment\w*|diagnos\w*|mentor\w*|coach\w*|decision\w*|decid\w*|network\w*|"
    r"promot\w*|sponsor\w*|commit\w*|stay\w*|shift\w*|redundan\w*|unemploy\w*|vacanc\w*|certificate\w*)\b",
    re.IGNORECASE,
)

TAG = re.compile(r"{%.*?%}")
# A value counts as one word.
WORD = re.compile(r"{{.*?}}|[\w']+")

every_letter = pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
every_mergeable = pytest.mark.parametrize(
    "case", [pytest.param(case, id=name) for name, case in CASES.items() if case.template.mergeable]
)


def asked_for(*texts: str) -> set[str]:
    """Name the variables that template texts ask for, leaving out the macros that they import."""
    asked: set[str] = set()
    for tree in (Environment(autoescape=True).parse(text) for text in texts):
        imported = {name for found in tree.find_all(nodes.FromImport) for name in found.names}
        asked |= meta.find_undeclared_variables(tree) - {str(name) for name in imported}
    return asked


def left_out(text: str) -> set[str]:
    """Name the blocks of the frame that a letter leaves empty."""
    return set(re.findall(r"{% block (\w+) %}{% endblock %}", text))


@pytest.mark.parametrize("paper", PAPERS, ids=["shipped", "of the tests"])
def test_folders_and_registry_agree(paper: Paper) -> None:
    """Every folder is a registered letter and every registered letter has a folder."""
    assert sorted(paper.letters) == paper.folders()
    assert all(name == template.name for name, template in paper.letters.items())


@every_letter
def test_all_parts_exist_and_say_something(case: Case) -> None:
    """A letter is exactly its four parts, and its section if it may ride in another one; none is empty."""
    parts = PARTS + (SECTION_PARTS if case.template.mergeable else ())
    assert sorted(path.name for path in (case.paper.folder / case.name).iterdir()) == sorted(parts)
    assert all(case.paper.part(case.name, part).strip() for part in parts)


@every_letter
def test_templates_ask_for_declared_values_only(case: Case) -> None:
    """No part asks for a value that the dataclass doesn't name; only a host has room for sections."""
    declared = set(case.template.variable_names) | FIXED
    if case.template.hosts:
        declared |= {"sections"}
    own = {
        path: text for path, text in case.paper.sources(case.name).items() if not path.startswith("_base/")
    }
    for path, text in own.items():
        assert asked_for(text) <= declared, path


@every_letter
@pytest.mark.parametrize("suffix", [".mjml", ".txt"])
def test_every_declared_value_is_used(case: Case, suffix: str) -> None:
    """HTML and text each use every value that must be given, and a host has room for sections in both.

    A value of the section alone is enough: it leads from there to what the body has links of its own for.
    """
    texts = [*case.paper.laid_out(case.name, f"body{suffix}"), case.paper.part(case.name, "subject.txt")]
    if case.template.mergeable:
        texts.append(case.paper.part(case.name, f"section{suffix}"))
    needed = set(case.template.variable_names) | ({"sections"} if case.template.hosts else set())
    assert needed <= asked_for(*texts)


@every_mergeable
def test_a_section_says_what_is_its_own(case: Case) -> None:
    """HTML and text of a section use the same values, none of which the host has, and a link to act by.

    In a coach's list every name leads to the console; the text names that address once, at its end.
    """
    own = set(case.template.variable_names) - OF_EVERY_CLIENT
    html, text = (asked_for(case.paper.part(case.name, part)) - FIXED for part in SECTION_PARTS)
    once = {"console_url"} if case.template.reader == "coach" else set()
    assert html - once == text <= own | {"why"}
    assert any(name.endswith("_url") for name in html)


@every_mergeable
def test_a_section_says_why(case: Case) -> None:
    """A step that rides in another letter has its reason with it, where its own letter has one."""
    for part in SECTION_PARTS:
        assert ("reason" in case.template.variable_names) is (
            "reason" in asked_for(case.paper.part(case.name, part))
        )


@pytest.mark.parametrize("name", SHIPPED.letters)
def test_a_lock_screen_is_told_a_day_at_most(name: str) -> None:
    """No name, title or note reaches subject, preheader or heading; a day, a time and a count may."""
    heading = re.search(r"{% block heading %}(.*?){% endblock %}", SHIPPED.part(name, "body.mjml"))
    assert heading is not None
    shown = [SHIPPED.part(name, "subject.txt"), SHIPPED.part(name, "preheader.txt"), heading[1]]
    assert asked_for(*shown) <= {"day", "period", "opening"}
    assert not INDISCREET.search(heading[1])


@pytest.mark.parametrize("name", [name for name, template in SHIPPED.letters.items() if template.mergeable])
def test_a_section_is_shorter_than_its_letter(name: str) -> None:
    """What rides in another letter takes fewer words than it would by itself, frame and footer left aside."""
    letter, section = (
        WORD.findall(TAG.sub("", SHIPPED.part(name, part))) for part in ("body.txt", "section.txt")
    )
    assert len(section) < len(letter)


@every_mergeable
def test_a_section_leaves_the_one_act_to_its_host(case: Case) -> None:
    """A section has quiet links, no button."""
    assert "button" not in case.paper.part(case.name, "section.mjml")


@every_letter
def test_templates_decide_nothing(case: Case) -> None:
    """No part branches or loops: what is sent with tags must not depend on a value."""
    environment = Environment(autoescape=True)
    for path, text in case.paper.sources(case.name).items():
        tree = environment.parse(text)
        assert not list(tree.find_all((nodes.If, nodes.For, nodes.CondExpr))), path


@every_letter
def test_what_a_lock_screen_shows_is_discreet(case: Case) -> None:
    """Subject and preheader are one short calm line each that betrays nothing."""
    preheader = case.paper.stationery.preheader(case.name, case.template.sample)
    for line, longest in ((case.sample.subject, 60), (preheader, 110)):
        assert len(line.splitlines()) == 1
        assert 0 < len(line) <= longest
        assert "!" not in line
        assert line[0].isupper()
        assert not line.isupper()
        assert not INDISCREET.search(line)


@pytest.mark.parametrize(
    "subject",
    [
        "Ready to quit?",
        "Your job-leaning profile",
        "Leaving well",
        "Your new résumé",
        "A word to your mentor",
        "The day of your decision",
        "Stay or go?",
    ],
)
def test_indiscreet_words_are_noticed(subject: str) -> None:
    """The list of words notices what it is there for."""
    assert INDISCREET.search(subject)


@every_letter
def test_only_the_firm_may_be_left_without_a_way_out(case: Case) -> None:
    """A letter to a client takes the address that stops letters; one to the firm does not."""
    to_client = case.template.reader == "client"
    assert ("unsubscribe_url" in case.template.variable_names) is to_client
    for part in ("body.mjml", "body.txt"):
        assert ("stop" in left_out(case.paper.part(case.name, part))) is not to_client


def test_something_is_shipped() -> None:
    """The rules of this file are held against real letters."""
    assert {"report", "look-again", "probe"} <= set(SHIPPED.letters)
