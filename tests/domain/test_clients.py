"""What can be a person's name: names of all the world, and nothing that carries instructions."""

import pytest

from coaching.domain.clients import name_fault


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Ana",
        "Ana Silva",
        "O'Brien",
        "Anne-Marie Müller",
        "Ngũgĩ wa Thiong'o",
        "李小龍",
        "محمد علي",
        "x" * 120,
    ],
)
def test_names_of_people_pass(name: str) -> None:
    """Apostrophes, accents, other scripts and no name at all are fine."""
    assert name_fault(name) is None


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("x" * 121, "120 characters"),
        ("\u200b", "can be seen"),
        ("\u3164 \u2060", "can be seen"),
        ("Ana\nBcc: all@example.test", "one line"),
        ("Ana\r", "one line"),
        ("Ana\0", "one line"),
        ("Ana\u2028Silva", "one line"),
        ("Ana\ud800", "one line"),
        ("{{ 7*7 }}", "just the name"),
        ("{% raw %}", "just the name"),
        ("${HOME}", "just the name"),
        ("<b>Ana</b>", "just the name"),
        ("[%greeting%]", "just the name"),
        ("see https://spam.test", "just the name"),
        ("WWW.spam.test", "just the name"),
    ],
)
def test_what_is_no_name_is_told_why(name: str, said: str) -> None:
    """Lines, templates, markup and web addresses are refused with a sentence that says what to do."""
    fault = name_fault(name)
    assert fault is not None
    assert said in fault
