"""What is put in the place of a letter's tags: each value escaped for HTML, and bare for subject and text."""

from collections.abc import Iterator, Mapping

from coaching.domain.letter_values import LetterValues
from coaching.domain.letters import LetterError, LetterTemplate
from coaching.domain.phrases import one_line

MOST_SUBSTITUTION_BYTES = 10_000  # SendGrid's limit for one personalization, tags and values together
_MOST_BYTES_A_CHARACTER = 4

Values = LetterValues | Mapping[str, str]


class Filler:
    """Fills in one letter for client after client; what doesn't change between them is made ready once."""

    def __init__(self, template: LetterTemplate) -> None:
        self._template = template
        self._tags = tuple((name, bare_tag(name), html_tag(name)) for name in template.variable_names)
        self._tag_bytes = sum(len(bare) + len(html) for _, bare, html in self._tags)

    def fill(self, values: Values) -> dict[str, str]:
        """Return what SendGrid puts in place of the tags of one recipient.

        Raises LetterError for a missing or unknown value, and beyond SendGrid's 10,000 bytes a recipient.
        """
        given = checked(self._template, values)
        filled: dict[str, str] = {}
        characters = self._tag_bytes
        for name, bare, html in self._tags:
            value = plain(given[name])
            filled[bare] = value
            filled[html] = escaped = escape(value)
            characters += len(value) + len(escaped)
        if characters * _MOST_BYTES_A_CHARACTER > MOST_SUBSTITUTION_BYTES:  # else there is nothing to count
            self._check_size(filled)
        return filled

    def _check_size(self, filled: Mapping[str, str]) -> None:
        size = self._tag_bytes + sum(len(value.encode()) for value in filled.values())
        if size > MOST_SUBSTITUTION_BYTES:
            raise LetterError(
                f"letter {self._template.name!r}: the values take {size} bytes, "
                f"at most {MOST_SUBSTITUTION_BYTES} can be sent"
            )


def bare_tag(variable: str) -> str:
    """Return the tag that stands for a value in subject and text."""
    return f"[%{variable}%]"


def html_tag(variable: str) -> str:
    """Return the tag that stands for a value, escaped, in the HTML."""
    return f"[%{variable}.h%]"


def plain(value: str) -> str:
    """Return a value as mere data: one line, so it can add no header, and no tag that would be filled."""
    return one_line(value).replace("[%", "[ %")


def escape(value: str) -> str:
    """Return what markupsafe's `escape` gives, as Jinja writes values, without making an object of it."""
    return (
        value.replace("&", "&amp;")
        .replace(">", "&gt;")
        .replace("<", "&lt;")
        .replace("'", "&#39;")
        .replace('"', "&#34;")
    )


def plain_values(template: LetterTemplate, values: Values) -> dict[str, str]:
    """Return the values of a letter as mere data, by name. Raises LetterError."""
    given = checked(template, values)
    return {name: plain(given[name]) for name in template.variable_names}


def checked(template: LetterTemplate, values: Values) -> Mapping[str, str]:
    """Return the values by name, each of them there and text, and none too many. Raises LetterError."""
    given = vars(values) if isinstance(values, LetterValues) else values
    for fault in _faults(template, given):
        raise LetterError(f"letter {template.name!r}: {fault}")
    return given


def _faults(template: LetterTemplate, given: Mapping[str, object]) -> Iterator[str]:
    for name in template.variable_names:
        if not isinstance(given.get(name), str):
            yield f"variable {name!r} is missing or not text"
    for name in given:
        if name not in template.variable_names:
            yield f"variable {name!r} is unknown"
