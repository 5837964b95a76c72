"""Reads the HTML of a letter as a person and a mail program do."""

from dataclasses import dataclass
from html.parser import HTMLParser

_VOID = {"meta", "br", "img", "link", "hr", "input"}
_NEVER_SEEN = {"head", "style", "title"}


@dataclass(frozen=True)
class Element:
    """One element, with those that it stands in, the outermost first."""

    tag: str
    given: dict[str, str | None]
    around: tuple["Element", ...]

    @property
    def styles(self) -> dict[str, str]:
        """What its own style says."""
        pairs = (rule.partition(":") for rule in (self.given.get("style") or "").split(";"))
        return {name.strip(): value.strip() for name, _, value in pairs if value}

    @property
    def hides(self) -> bool:
        """Whether nothing of it is seen."""
        return self.tag in _NEVER_SEEN or self.styles.get("display") == "none"

    def is_a(self, selector: str) -> bool:
        """Tell whether a simple selector, 'h1' or '.ink', means this element."""
        return selector.removeprefix(".") in (
            (self.given.get("class") or "").split() if "." in selector else [self.tag]
        )


class Reader(HTMLParser):
    """What a person sees of a letter, and what a mail program finds in it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self.hidden: list[str] = []
        self._seen: list[str] = []
        self._open: list[Element] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the element and where it stands."""
        element = Element(tag, dict(attrs), tuple(self._open))
        self.elements.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        """Leave the element."""
        if tag not in _VOID:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        """Sort the words into what is seen and what is not."""
        (self.hidden if any(element.hides for element in self._open) else self._seen).append(data)

    @property
    def words(self) -> list[str]:
        """What is seen, word by word."""
        return " ".join(self._seen).split()

    @property
    def seen(self) -> str:
        """What is seen, with single spaces."""
        return " ".join(self.words)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """Give the attributes of every element of this kind."""
        return [element.given for element in self.elements if element.tag == tag]
