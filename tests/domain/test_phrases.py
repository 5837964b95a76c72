"""The phrases that go into letters: one line each, and nothing in them that a stranger may have typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coaching.domain.phrases import greeting, one_line, shows, sign_off


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Ana", "Hello Ana,"),
        ("Ana Silva", "Hello Ana,"),
        ("  Ana\tSilva ", "Hello Ana,"),
        ("O'Brien", "Hello O'Brien,"),
        ("O\u2019Brien", "Hello O\u2019Brien,"),
        ("Anne-Marie Roux", "Hello Anne-Marie,"),
        ("محمد علی", "Hello محمد,"),
        ("李 明", "Hello 李,"),
        ("Ms Ana Silva", "Hello Ana,"),
        ("Dr. Ana Silva", "Hello Ana,"),
        ("prof dr Ana Silva", "Hello Ana,"),
        ("Dr. Silva", "Hello Dr Silva,"),
        ("Ms", "Hello,"),
        ("Missy Elliott", "Hello Missy,"),
        ("\u3164 Ana", "Hello Ana,"),
        ("\u200b", "Hello,"),
        ("\u3164", "Hello,"),
        ("A\u0301gnes", "Hello A\u0301gnes,"),
        ("Ana\r\nBcc: everyone@example.test", "Hello Ana,"),
        ("\u202eanA", "Hello anA,"),
        ("", "Hello,"),
        ("   ", "Hello,"),
        ("'-'", "Hello,"),
        ("Robert; DROP TABLE", "Hello,"),
        ("evil.example win a prize", "Hello,"),
        ("https://evil.example", "Hello,"),
        ("me@evil.example", "Hello,"),
        ("{{7*7}}", "Hello,"),
        ("[%why%]", "Hello,"),
        ("<b>Ana</b>", "Hello,"),
        ("12345", "Hello,"),
        ("A" * 41, "Hello,"),
    ],
)
def test_greeting_takes_a_first_name_and_nothing_else(name: str, said: str) -> None:
    """A first name is greeted; anything that can't be one never reaches a stranger's letter."""
    assert greeting(name) == said


@given(st.text())
def test_greeting_never_carries_a_way_out(name: str) -> None:
    """Whatever is typed as a name, the greeting holds no address, markup, tag or second line."""
    said = greeting(name)
    assert said.startswith("Hello")
    assert said.endswith(",")
    assert not set(said[5:-1]) & set('./:@<>&[]{}%;\r\n"0123456789')


def test_sign_off_names_coach_or_firm() -> None:
    """A client with a coach hears from the coach, anyone else from the firm."""
    assert sign_off("Jo", "The firm") == "Jo, your coach"
    assert sign_off(None, "The firm") == "The firm"
    for nothing in (" \n", "\u200b", "\u3164"):
        assert sign_off(nothing, "The firm") == "The firm"


def test_what_shows_nothing_is_noticed() -> None:
    """Blanks, marks of no width, controls and fillers are nothing to see, however many."""
    for nothing in (
        "",
        " ",
        "\u200b",
        "\u00ad\u2060",
        "\ufeff",
        "\u3164\uffa0",
        "\u2800",
        "\u180e",
        "\u0301",
    ):
        assert not shows(nothing)
        assert shows(f"{nothing}a")
    for seen in ("-", "李", "عل", "👩\u200d💻", "A\u0301"):
        assert shows(seen)


@given(st.text(alphabet=st.characters()) | st.text(alphabet="a \r\n\t\x00\x85\u2028\u2029\u00a0\u202e\ud800"))
def test_one_line_is_one_line_whatever_comes(value: str) -> None:
    """The result has no line ends, controls, turning marks, half characters or double spaces."""
    line = one_line(value)
    assert line == one_line(line)
    assert len(line.splitlines()) <= 1
    assert "  " not in line
    assert line == line.strip()
    assert not set(line) & set("\x00\t\x7f\x85\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u2069")
    assert line.encode("utf-8").decode("utf-8") == line


def test_one_line_keeps_what_people_write() -> None:
    """Marks, joined emoji and right-to-left letters pass unchanged."""
    for value in ("Ana Silva", "👩‍💻", "عليرضا", "Đặng", "zero\u200cwidth", "a & <b> \"c\" 'd'"):
        assert one_line(value) == value
