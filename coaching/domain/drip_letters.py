"""Which letters the written sequences have, and what each is called in a sentence."""

from collections.abc import Iterator, Mapping
from itertools import chain
from types import MappingProxyType

# Each dimension's three letters: see it, try it, keep it.
_DIMENSIONS = {
    "horizon": "time focus",
    "skills": "skills",
    "commitment": "commitment",
    "purpose": "purpose",
    "progression": "progression",
    "identity": "identity",
    "networks": "networks",
}
_PLACES = {"see": "first", "try": "second", "keep": "third"}
# Those of the welcome, some of them in several versions: by profile, or by stage.
_WELCOME = {
    "hello": "the letter of welcome",
    **dict.fromkeys(
        ("report-job", "report-transition", "report-career", "report"), "the letter about the report in words"
    ),
    **dict.fromkeys(
        ("step-starting", "step-pivoting", "step-growing", "step"), "the letter about one small step"
    ),
    **dict.fromkeys(("people-job", "people-career", "people"), "the letter about who is beside one"),
    "rhythm": "the letter about more or fewer letters",
}
_OF_SERVICES = {
    "coaching-moved": "the letter about a step that was moved",
    "coaching-question": "the letter about a question for a coach",
    "skills-service-use": "the letter about using what was learned",
    "skills-service-next": "the letter about learning more",
    "job-search-look": "the letter about looking around",
    "job-search-tell": "the letter about telling what one does",
}


def _names() -> Iterator[tuple[str, str]]:
    yield from ((f"welcome-{name}", said) for name, said in _WELCOME.items())
    for key, said in _DIMENSIONS.items():
        yield from ((f"{key}-{name}", f"the {place} letter on {said}") for name, place in _PLACES.items())


DRIP_NAMES: Mapping[str, str] = MappingProxyType(dict(chain(_names(), _OF_SERVICES.items())))
DRIP_LETTERS = tuple(DRIP_NAMES)
