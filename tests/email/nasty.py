"""Values that have broken letters elsewhere, and any others."""

from hypothesis import strategies as st

from coaching.domain.letters import LetterTemplate

NASTY = (
    "",
    " ",
    "Robert; DROP TABLE client",
    "{{ 7*7 }}{% raw %}${7*7}#{7*7}",
    "[%greeting%] [%why.h%] [%%] [[%%why%]%]",
    "[",
    "%why%]",
    "<script>alert(1)</script>",
    "</mj-text></mjml><!-- ]]> --> <![endif]-->",
    "\" onclick='x' &amp; &lt; & &#39; &nbsp;",
    "Ana\r\nBcc: everyone@example.test\u2028\x85\x0b\x00",
    "محمد علی \u202egnihtyna\u202c \u200f\u200e\u061c",
    "👩‍💻 🇫🇷 e\u0301 \ud800",
    "\\1 \\g<0> $1 %s %(why)s 100 %",
)
LONG = ("é & <b> " * 100, "x" * 2_000, "\"'" * 300, "\u2067ש" * 400)

a_value = (
    st.text(max_size=60)
    | st.sampled_from(NASTY)
    | st.lists(st.sampled_from("[%].h why&<>\"'"), max_size=9).map("".join)
)


def values_of(template: LetterTemplate) -> st.SearchStrategy[dict[str, str]]:
    """Give any text for any variable of a letter, and for one of them perhaps a very long one."""
    names = template.variable_names
    short = st.fixed_dictionaries(dict.fromkeys(names, a_value))
    longer = st.dictionaries(st.sampled_from(names), st.sampled_from(LONG), max_size=1)
    return st.builds(lambda values, long: {**values, **long}, short, longer)
