"""Faults are told at the field that can mend them, in the order of the page."""

from api.pages.about import Problem, problems
from coaching.adapters.content import load_report_words
from coaching.settings import CONTENT

WORDS = load_report_words(CONTENT / "reports" / "job-career.yaml").closing
NAMES = {"horizon": "Time focus"}


def test_problems_follow_the_page() -> None:
    """Fields are known by their place in the page, whatever order the faults came in."""
    wrong = {"client.email": ["Type it again."], "question": ["Too long."], "importance.horizon": ["1 to 5."]}

    assert problems(wrong, WORDS, NAMES) == [
        Problem("importance.horizon", "importance.horizon.0", "Time focus", "1 to 5."),
        Problem("question", "question", WORDS.question, "Too long."),
        Problem("email", "email", WORDS.email, "Type it again."),
    ]


def test_what_the_page_has_no_field_for_comes_first() -> None:
    """A fault that no field can mend is still said, without a link."""
    found = problems({"client.name": ["One line."], "timing.pages": ["Four."]}, WORDS, NAMES)

    assert [(problem.field, problem.anchor) for problem in found] == [
        ("timing.pages", None),
        ("name", "name"),
    ]
