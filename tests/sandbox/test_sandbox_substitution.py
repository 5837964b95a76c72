"""Tags give way to values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.substitution import substitute


@pytest.mark.parametrize(
    ("text", "values", "wanted"),
    [
        ("Hello -name-", {"-name-": "Ana"}, "Hello Ana"),
        ("-a--a-", {"-a-": "x"}, "xx"),
        ("Hello", {"-name-": "Ana"}, "Hello"),
        ("Hello -name-", {}, "Hello -name-"),
        ("[%n%] [%n.h%]", {"[%n%]": "<Ana>", "[%n.h%]": "&lt;Ana&gt;"}, "<Ana> &lt;Ana&gt;"),
        ("-a- -b-", {"-a-": "-b-", "-b-": "x"}, "-b- x"),
        ("-a-long", {"-a-": "x", "-a-long": "y"}, "y"),
        (".*", {".*": r"\1 \g<0>"}, r"\1 \g<0>"),
        ("Hello", {"": "x"}, "Hello"),
    ],
)
def test_puts_values_in_the_place_of_tags(text: str, values: dict[str, str], wanted: str) -> None:
    """Every tag once, the longest first, and nothing in a value is taken for a tag or a pattern."""
    assert substitute(text, values) == wanted


@given(st.text(), st.text())
def test_a_value_is_never_read_again(name: str, greeting: str) -> None:
    """Whatever people call themselves stands in the letter as they wrote it."""
    values = {"[%name%]": name, "[%greeting%]": greeting}
    assert substitute("[%name%]|[%greeting%]", values) == f"{name}|{greeting}"
