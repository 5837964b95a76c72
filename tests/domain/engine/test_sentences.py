"""The record of a decision reads back as what was decided, for whoever reads it."""

import ast
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coaching.domain.engine import rules, said
from coaching.domain.engine.decide import Decision, decide
from coaching.domain.engine.said import RuleSaid
from coaching.domain.engine.sentence_words import WORDS
from coaching.domain.engine.sentences import Reader, explains, saw, sentence
from coaching.domain.engine.state import ClientState, LetterFacts, Pause
from tests.support.states import NOON, client, letter, milestone, plan

DAY = timedelta(days=1)
READERS: tuple[Reader, ...] = ("client", "coach", "operator")
STOPS = [word for word in WORDS if ":pass" not in word]


def test_every_word_that_a_rule_can_say_has_its_sentence() -> None:
    """Whatever stands in the sources of the rules is known here, and nothing else is."""
    folder = Path(rules.__file__).parent
    written = {word for name in folder.glob("*rule*.py") for word in _words_in(name.read_text())}
    assert written == set(WORDS)


def _words_in(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "RuleSaid":
            given = dict(zip(("rule", "saw", "said", "until", "variant", "facts"), node.args, strict=False))
            given |= {one.arg: one.value for one in node.keywords if one.arg is not None}
            for variant in _constants(given.get("variant")):
                rule, word = (next(_constants(given[name])) for name in ("rule", "said"))
                yield f"{rule}:{word}:{variant}" if variant else f"{rule}:{word}"


def _constants(node: ast.expr | None) -> Iterator[str]:
    if node is None:
        yield ""
    elif isinstance(node, ast.IfExp):
        yield from (*_constants(node.body), *_constants(node.orelse))
    else:
        assert isinstance(node, ast.Constant)
        yield str(node.value)


@st.composite
def cases(draw: st.DrawFn) -> tuple[LetterFacts, ClientState]:
    """A letter and a client with any of what rules look at."""
    family = draw(st.sampled_from(["transactional", "milestone", "campaign", "mentoring"]))
    template = draw(st.sampled_from(["report", "report-reminder", "milestone-ahead", "week", "look-again"]))
    step = milestone()
    one = letter(
        family=family,
        template=template,
        slot_key=draw(st.sampled_from([f"milestone:ahead:{step.id}:{step.due_on}", "report:1", "x"])),
        expires_at=NOON + draw(st.sampled_from([0, 1, 9])) * DAY,
        ignore_window=draw(st.booleans()),
        ignore_budget=draw(st.booleans()),
        content=draw(st.sampled_from(["", "same"])),
    )
    others = [
        letter(
            family="milestone",
            template=draw(st.sampled_from(["report", "week", "decision-day"])),
            slot_key=f"week:2026-W{48 + place}",
            state=draw(st.sampled_from(["planned", "queued", "failed"])),
            rank=20,
            due_at=NOON + draw(st.integers(-6, 6)) * timedelta(hours=11),
            queued_at=NOON - DAY,
            slot_on=draw(st.sampled_from([None, NOON.date() - place * DAY])),
            content=draw(st.sampled_from(["", "same"])),
        )
        for place in range(draw(st.integers(0, 5)))
    ]
    ending = draw(st.sampled_from([None, "skip", "shift", "hold"]))
    until = draw(st.sampled_from([None, NOON + 3 * DAY]))
    state = client(
        confirmed_at=draw(st.sampled_from([None, NOON])),
        letters_agreed=draw(st.booleans()),
        suppressed=draw(st.sampled_from([frozenset(), frozenset({"all"}), frozenset({"milestone"})])),
        address_allowed=draw(st.booleans()),
        unanswered=draw(st.sampled_from([0, 6, 7])),
        pauses=() if ending is None else (Pause(NOON - DAY, until, ending),),
        plan=draw(st.sampled_from([None, plan()])),
        milestones=(step,),
        letters=(one, *others),
    )
    return one, draw(st.sampled_from([state, _in_good_standing(state)]))


def _in_good_standing(state: ClientState) -> ClientState:
    """Nothing that outweighs all the rest stands against it."""
    return replace(
        state,
        confirmed_at=NOON,
        letters_agreed=True,
        suppressed=frozenset(),
        address_allowed=True,
        plan=plan(),
    )


HOURS = st.integers(0, 23).map(lambda hour: NOON + timedelta(hours=hour))


@given(case=cases(), now=HOURS)
def test_what_is_read_back_is_what_the_rules_said(case: tuple[LetterFacts, ClientState], now: object) -> None:
    """Rule by rule, and as a whole: the operator reads what was decided, with the facts that were kept."""
    decision: Decision = decide(*case, now)  # type: ignore[arg-type]
    for rule in decision.rules:
        assert saw(rule.code).startswith(rule.saw)
    codes = decision.rule_codes
    assert explains(codes, decision.outcome)
    read = sentence(codes, decision.outcome, "operator", stored=decision.reason)
    assert read.startswith(decision.reason)


@given(case=cases(), now=HOURS)
def test_every_decision_can_be_told_to_everybody(case: tuple[LetterFacts, ClientState], now: object) -> None:
    """Whole sentences without blanks to fill, and the client is spoken to, not of."""
    decision: Decision = decide(*case, now)  # type: ignore[arg-type]
    for reader in READERS:
        read = sentence(decision.rule_codes, decision.outcome, reader, stored=decision.reason)
        assert read.endswith(".")
        assert not set("{}|!") & set(read)
    told = sentence(decision.rule_codes, decision.outcome, "client", stored=decision.reason)
    assert "client" not in told.lower()


CODES = ["expiry:pass", "suppression:pass"]


@pytest.mark.parametrize(
    ("code", "stored", "reader", "read"),
    [
        (
            "budget:wait:week|2026-12-04",
            said.WEEK_TAKEN,
            "client",
            "You have had as many letters in seven days as you should. "
            "This one comes on Friday 4 December at the earliest.",
        ),
        (
            "budget:wait:week|2026-12-04",
            said.WEEK_TAKEN,
            "coach",
            "The client has had as many letters in seven days as they should. "
            "There is room again on Friday 4 December.",
        ),
        (
            "pause:wait|open",
            said.ON_HOLD,
            "operator",
            "Letters to this client are paused, and this one waits until that is over. "
            "The pause has no end yet.",
        ),
        (
            "pause:wait|2026-12-10",
            said.ON_HOLD,
            "client",
            "Your letters are paused, and this one waits until that is over. "
            "The pause ends on Thursday 10 December.",
        ),
        (
            "rank:wait|decision-day",
            said.OUTRANKED,
            "operator",
            "Another letter that matters more comes first. That is the letter on the day of the decision.",
        ),
        ("rank:wait|decision-day", said.OUTRANKED, "client", "Another letter to you comes first."),
        ("window:wait", said.BAD_HOUR, "operator", said.BAD_HOUR),
    ],
)
def test_why_a_letter_waits(code: str, stored: str, reader: Reader, read: str) -> None:
    """Each reader gets their own words, with the day where it is known."""
    assert sentence([*CODES, code], "wait", reader, stored=stored) == read


def test_of_several_waits_the_longest_is_told() -> None:
    """The sentence that was kept says which it was, whatever stands first."""
    codes = ["rank:wait|week", "budget:wait:day|2026-11-24", "window:wait"]
    assert sentence(codes, "wait", "operator", stored=said.BAD_HOUR) == said.BAD_HOUR
    assert sentence(codes, "wait", "client", stored=said.DAY_TAKEN).startswith("You have had a letter today.")
    assert sentence(codes, "wait", "client", stored="?").startswith("Another letter")


def test_what_rides_says_where() -> None:
    """The firm's people read in which letter, the client that it comes."""
    codes = ["expiry:pass", "merge:merge|week:2026-W48", "budget:wait:day|2026-11-24"]
    told = {reader: sentence(codes, "merge", reader, stored=said.RIDES) for reader in READERS}
    assert told == {
        "operator": f"{said.RIDES} That is the letter of the week from Monday 23 November.",
        "coach": f"{said.RIDES} That is the letter of the week from Monday 23 November.",
        "client": "It comes inside another letter, so that you get one instead of two.",
    }


def test_a_skip_beats_what_else_was_said() -> None:
    """A letter that is left out doesn't read as one that waits."""
    codes = ["suppression:skip", "budget:wait:day|2026-11-24"]
    assert sentence(codes, "skip", "client") == "You asked not to get letters of this kind."
    assert sentence(codes, "skip", "operator") == said.UNSUBSCRIBED


@pytest.mark.parametrize(
    ("codes", "reader", "read"),
    [
        (["consent:pass"], "operator", said.SENT),
        (["consent:pass"], "coach", "Nothing stood against it."),
        (["consent:pass"], "client", "Nothing stood against it."),
        (["consent:pass:asked"], "coach", "It was asked for."),
        (["consent:pass:asked"], "client", "You asked for it."),
    ],
)
def test_why_a_letter_went(codes: list[str], reader: Reader, read: str) -> None:
    """What was asked for says so."""
    assert sentence([*CODES, *codes], "send", reader, stored=said.SENT) == read


@pytest.mark.parametrize("codes", [[], ["moon:skip:new|x"], ["expiry:pass"], ["nonsense"]])
@pytest.mark.parametrize("outcome", ["wait", "skip", "cancel", "fail"])
def test_what_no_rule_explains_reads_as_it_was_kept(codes: list[str], outcome: str) -> None:
    """Coach and operator read the sentence that was kept, a client one that suits them."""
    stored = "The mail provider refused it."
    for reader in READERS[1:]:
        assert sentence(codes, outcome, reader, stored=stored) == stored
    told = sentence(codes, outcome, "client", stored=stored)
    assert told.endswith(".")
    assert "provider" not in told


@pytest.mark.parametrize(
    ("codes", "outcome", "explained"),
    [
        (["expiry:pass", "consent:pass"], "send", True),
        (["expiry:pass", "consent:pass"], "fail", True),
        (["expiry:pass", "window:wait"], "wait", True),
        (["expiry:pass", "window:wait"], "cancel", False),  # of an earlier look
        (["expiry:pass", "window:wait"], "send", False),
        (["expiry:pass"], "expire", False),
        ([], "send", False),
        ([], "skip", False),
    ],
)
def test_an_earlier_look_explains_nothing(codes: list[str], outcome: str, explained: bool) -> None:
    """A letter that waited and was called off later keeps the codes of its waiting."""
    assert explains(codes, outcome) is explained


@pytest.mark.parametrize("word", STOPS)
def test_codes_without_their_facts_still_read(word: str) -> None:
    """Older records held no facts: nothing is left open in the words for anybody."""
    outcome = word.split(":")[1]
    for reader in READERS:
        assert not set("{}") & set(sentence([word], outcome, reader))
    assert not set("{}") & set(saw(word))


def test_a_code_that_no_rule_knows_is_shown_as_it_is() -> None:
    """Nobody is told words that were never meant."""
    assert saw("moon:wait:full|2026") == "It was recorded as 'moon:wait:full|2026'."
    assert RuleSaid("moon", "x", "wait", None, "full", ("2026",)).code == "moon:wait:full|2026"
