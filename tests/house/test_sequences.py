"""Every letter is used by something, and every sequence of the firm's can be entered, one at a time."""

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import product
from uuid import UUID

import pytest
from ruamel.yaml import YAML

from coaching.adapters.content import Content
from coaching.domain import letters
from coaching.domain.audience_matching import matches
from coaching.domain.audiences import AllOf, Filter, NotOf
from coaching.domain.clients import STAGES
from coaching.domain.drip_letters import DRIP_LETTERS
from coaching.domain.engine.entering import is_let_in
from coaching.domain.engine.state import About, ClientState, EnrollmentFacts
from coaching.domain.events import EventKind
from coaching.domain.letters import LETTERS
from coaching.domain.scoring import PROFILES
from coaching.domain.sequence_documents import read_sequence
from coaching.domain.sequences import AWAITED, EXITS, Awaited, Branch, Part, Sequence, Step, WaitFor
from coaching.settings import CONTENT, ROOT
from tests.house.facts import nodes_of, recorded
from tests.support.states import NOON, client, milestone, plan

CODE = ROOT / "coaching"
PAPER = (ROOT / "docs" / "sequences.md").read_text(encoding="utf-8")
CONTENT_OF_THE_FIRM = Content.load(CONTENT)
SEQUENCES = CONTENT_OF_THE_FIRM.sequences
OF_SEQUENCES = {EventKind.SEQUENCE_STARTED, EventKind.SEQUENCE_HELD_OUT, EventKind.SEQUENCE_ENDED}
FOCUS = ("networks", "skills", "horizon")


every_sequence = pytest.mark.parametrize("sequence", SEQUENCES.values(), ids=list(SEQUENCES))


def called_for() -> set[str]:
    """Name the letters that the engine plans, and those that a use case has by a constant."""
    engine = CODE / "domain" / "engine"
    slots = nodes_of(*engine.glob("*_slots.py"), engine / "attention.py")
    said = {node.value for node in slots if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    imported = {
        str(getattr(letters, alias.name))
        for node in nodes_of(*(CODE / "usecases").rglob("*.py"))
        if isinstance(node, ast.ImportFrom) and node.module == letters.__name__
        for alias in node.names
        if alias.name.isupper() and alias.name != "LETTERS"
    }
    return said | imported


def in_sequences() -> set[str]:
    """Name the letters that stand in some sequence."""
    return {step.letter for sequence in SEQUENCES.values() for step in sequence.steps()}


@pytest.mark.parametrize("name", LETTERS)
def test_every_letter_is_used_by_something(name: str) -> None:
    """A sequence has it, the engine plans it or a use case sends it; for campaigns it is chosen."""
    family = LETTERS[name].family
    used = in_sequences() if name in DRIP_LETTERS else called_for()
    assert family == "campaign" or name in used


def test_every_letter_of_a_sequence_is_registered_as_one() -> None:
    """The letters that the sequences have are exactly those that are named for them."""
    assert in_sequences() == set(DRIP_LETTERS)


def facts_of(sequence: Sequence) -> set[str]:
    """Name the kinds of facts that a sequence has at its door, on its way and as its goal."""
    goal = sequence.goal.facts if sequence.goal else ()
    return {*sequence.trigger.events, *(fact.event for fact in (*goal, *waited_for(sequence.parts)))}


def waited_for(parts: tuple[Part, ...]) -> Iterator[Awaited]:
    """Yield every fact that these parts wait for."""
    for part in parts:
        if isinstance(part, WaitFor):
            yield part.fact
        elif isinstance(part, Branch):
            for way in part.ways:
                yield from waited_for(way.steps)


@every_sequence
def test_what_a_sequence_listens_to_happens(sequence: Sequence) -> None:
    """Each kind of fact that lets clients in, is waited for or is a goal is recorded somewhere."""
    assert facts_of(sequence) <= recorded()


@every_sequence
def test_no_chain_hangs_in_the_air(sequence: Sequence) -> None:
    """What only other sequences lead to has another one that a fact of a client's life leads to."""
    by_fact = {name for name, one in SEQUENCES.items() if set(one.trigger.events) - OF_SEQUENCES}
    assert by_fact
    assert sequence.name in by_fact or by_fact - {sequence.name}


@every_sequence
def test_what_lets_in_is_not_the_goal(sequence: Sequence) -> None:
    """A fact that opens the door at the very moment of the start would reach the goal before any letter."""
    goal = {fact.event for fact in sequence.goal.facts} if sequence.goal else set()
    assert not goal & set(sequence.trigger.events)


def lives() -> Iterator[ClientState]:
    """Yield clients who differ in what is asked of them: stage, profile, focus, and one step reached."""
    rules = CONTENT_OF_THE_FIRM.plan_rules("job-career").milestones
    reached = [()] + [
        (milestone(kind=one.kind, dimension=one.dimension, state="reached", reached_at=NOON),)
        for one in rules
    ]
    focuses = [(), *((one.dimension,) for one in SEQUENCES.values() if one.dimension)]
    for stage, focus, steps in product(STAGES, focuses, reached):
        yield client(plan=plan(), milestones=steps, about=About(stage=stage, focus=focus))
    for known, profile in product((*STAGES, None), (*PROFILES, None)):
        yield client(plan=plan(), about=About(stage=known, profile=profile))


def ways_to(parts: tuple[Part, ...], *before: Filter | None) -> Iterator[tuple[str, Filter]]:
    """Yield the key of each letter with what has to hold for it to come."""
    for part in parts:
        if isinstance(part, Step):
            yield part.key, _all(*before, part.when)
        elif isinstance(part, Branch):
            others: list[Filter] = []
            for way in part.ways:
                yield from ways_to(way.steps, *before, way.when, *others)
                others.append(NotOf(way.when or AllOf(())))


def _all(*filters: Filter | None) -> AllOf:
    return AllOf(tuple(one for one in filters if one is not None))


@every_sequence
def test_every_letter_of_a_sequence_comes_to_somebody(sequence: Sequence) -> None:
    """Each way of a branch is the way of some client whom the door lets in."""
    asked = dict(ways_to(sequence.parts))
    assert set(asked) == set(sequence.step_keys)
    inside = [state for state in lives() if is_let_in(state, sequence, NOON)]
    for key, what in asked.items():
        assert any(matches(what, state, NOON) for state in inside), key


@every_sequence
def test_somebody_is_let_in(sequence: Sequence) -> None:
    """No door asks for what nobody can be."""
    assert any(is_let_in(state, sequence, NOON) for state in lives())


def enrolled(number: int, name: str, state: str) -> EnrollmentFacts:
    """Return a way through a sequence that began some days ago, and ended today if it did."""
    began = NOON - timedelta(days=60 - number)
    one = EnrollmentFacts(UUID(int=number + 10), name, state, began, SEQUENCES[name])
    return replace(one, ended_at=NOON, end_reason="completed") if state == "ended" else one


def let_in(*enrollments: EnrollmentFacts, focus: tuple[str, ...] = FOCUS) -> set[str]:
    """Name the sequences of focus areas that take a client with these, three if nothing is said."""
    state = client(plan=plan(), about=About(focus=focus))
    state = replace(state, enrollments=enrollments)
    return {name for name, one in SEQUENCES.items() if one.dimension == name and is_let_in(state, one, NOON)}


def test_one_focus_area_follows_the_other() -> None:
    """They come in the order of the plan; whoever is left out of one goes on; then no more come."""
    assert let_in() == {"networks"}
    first = enrolled(0, "networks", "ended")
    assert let_in(first) == {"skills"}
    second = enrolled(1, "skills", "held_out")
    assert let_in(first, second) == {"horizon"}
    assert let_in(first, second, enrolled(2, "horizon", "ended")) == set()


@pytest.mark.parametrize("running", [name for name, one in SEQUENCES.items() if one.rank < 6])
def test_nobody_has_letters_of_two_focus_areas(running: str) -> None:
    """While the welcome or one focus area runs, none other begins."""
    for one in (name for name, one in SEQUENCES.items() if one.dimension == name):
        assert let_in(focus=(one,)) == {one}
        assert let_in(enrolled(0, running, "active"), focus=(one,)) == set()


def test_no_focus_area_without_a_plan_that_runs() -> None:
    """A plan that is completed, or hasn't begun, lets nobody in."""
    for theirs in (None, plan(state="completed", completed_at=NOON)):
        state = client(plan=theirs, about=About(focus=FOCUS))
        assert not any(
            is_let_in(state, one, NOON) for name, one in SEQUENCES.items() if name == one.dimension
        )


def test_services_wait_until_nothing_else_runs() -> None:
    """No letters of a service begin beside those of a focus area or the welcome."""
    services = [one for one in SEQUENCES.values() if one.rank >= 6]
    assert len(services) == 3
    for one, state in product(services, lives()):
        busy = replace(state, enrollments=(enrolled(0, "networks", "active"),))
        assert not is_let_in(busy, one, NOON)


def told(heading: str, until: str) -> set[str]:
    """Name what stands in the first column of the table between two lines of the paper."""
    between = PAPER[PAPER.index(heading) :].partition(until)[0]
    rows = re.findall(r"^\| (`[^|]+`) \|", between, re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row)}


def test_the_paper_tells_of_every_sequence() -> None:
    """`docs/sequences.md` names each, and none that isn't one."""
    assert told("## Those that there are", "## A file") == set(SEQUENCES)


def test_the_paper_tells_of_every_key_and_exit() -> None:
    """Whatever may stand in a file has its row, and so has each way out."""
    fields = set(Sequence.__dataclass_fields__) - {"parts", "document"} | {"steps"}
    assert told("## A file", "### Steps") == fields
    assert told("### Exits", "## Letters") == set(EXITS)


def test_the_paper_names_every_fact() -> None:
    """Whatever a sequence may wait for is named."""
    assert all(f"`{fact}`" in PAPER for fact in AWAITED)


def test_the_papers_example_is_a_sequence() -> None:
    """What coaches copy from the paper is without a fault."""
    example = PAPER.partition("```yaml\n")[2].partition("```")[0]
    assert read_sequence(YAML(typ="safe").load(example)).name == "networks"
