"""The letters that the tests go through: those that are shipped, and a host with two guests of its own.

The letters in tests/email/letters/ stay as they are, whatever becomes of the shipped ones.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from coaching.adapters.rendering import Carried, Frame, Letter, Stationery
from coaching.domain.letter_values import ClientValues
from coaching.domain.letters import LETTERS, LetterTemplate
from coaching.settings import TEMPLATES

FRAME = Frame("Northlight", "1 Example Street, 00000 Town", "https://firm.example.test")


@dataclass(frozen=True, kw_only=True)
class GatheringValues(ClientValues):
    """A host's own values."""

    greeting: str = "Hello Ana,"
    why: str = "You get this because you chose one letter a week."
    sign_off: str = "Jo, your coach"
    unsubscribe_url: str = "https://firm.example.test/unsubscribe/gathering"
    day: str = "Thursday"
    step: str = "Ask Marie how she told her team."
    step_url: str = "https://firm.example.test/act/step"


@dataclass(frozen=True, kw_only=True)
class TouchValues(ClientValues):
    """One person to write to."""

    greeting: str = "Hello Ana,"
    why: str = "You get this because Marie is in your network."
    sign_off: str = "Jo, your coach"
    unsubscribe_url: str = "https://firm.example.test/unsubscribe/touch"
    person: str = "Marie"
    touched_url: str = "https://firm.example.test/act/touched"


@dataclass(frozen=True, kw_only=True)
class AheadValues(ClientValues):
    """One date that is near."""

    greeting: str = "Hello Ana,"
    why: str = "You get this because you set yourself a date."
    sign_off: str = "Jo, your coach"
    unsubscribe_url: str = "https://firm.example.test/unsubscribe/ahead"
    milestone: str = "Your route map is due on Thursday 3 December."
    done_url: str = "https://firm.example.test/act/done"


_DAY = timedelta(days=1)
_OWN = (
    LetterTemplate(
        "gathering", "milestone", GatheringValues, _DAY, GatheringValues(), hosts=True, body="own"
    ),
    LetterTemplate("touch", "networking", TouchValues, _DAY, TouchValues(), mergeable=True),
    LetterTemplate("ahead", "milestone", AheadValues, _DAY, AheadValues(), mergeable=True),
)


@dataclass(frozen=True)
class Paper:
    """A folder of letters with its registry."""

    folder: Path
    letters: Mapping[str, LetterTemplate]
    stationery: Stationery

    @classmethod
    def of(cls, folder: Path, letters: Mapping[str, LetterTemplate]) -> "Paper":
        """Read a folder of letters."""
        return cls(folder, letters, Stationery(folder, FRAME, letters))

    def folders(self) -> list[str]:
        """Name the folders that hold letters."""
        return sorted(path.name for path in self.folder.iterdir() if path.is_dir() and path.name != "_base")

    def carried(self, name: str) -> tuple[Carried, ...]:
        """Give a host everything that may ride in it, with sample values; any other letter nothing."""
        host = self.letters[name]
        guests = [one for one in self.letters.values() if one.mergeable and one.reader == host.reader]
        return tuple((one.name, one.sample) for one in guests) if host.hosts else ()

    def sample(self, name: str) -> Letter:
        """Render a letter with sample values, a host with all that may ride in it."""
        return self.stationery.render(name, self.letters[name].sample, self.carried(name))

    def part(self, name: str, part: str) -> str:
        """Read one part of a letter as it is written."""
        return (self.folder / name / part).read_text(encoding="utf-8")

    def laid_out(self, name: str, part: str) -> list[str]:
        """Read one part of a letter and every layout that it stands in, the frame last."""
        texts = [self.part(name, part)]
        while layout := re.search(r'{% extends "(.+?)" %}', texts[-1]):
            texts.append((self.folder / layout[1]).read_text(encoding="utf-8"))
        return texts

    def sources(self, name: str, *endings: str) -> dict[str, str]:
        """Read the parts of a letter and of the frame, those with an ending where one is given."""
        paths = [*(self.folder / name).iterdir(), *(self.folder / "_base").iterdir()]
        return {
            f"{path.parent.name}/{path.name}": path.read_text(encoding="utf-8")
            for path in paths
            if path.name.endswith(endings or "")
        }


SHIPPED = Paper.of(TEMPLATES / "email", LETTERS)
OF_TESTS = Paper.of(Path(__file__).parent / "letters", {one.name: one for one in _OWN})
PAPERS = (SHIPPED, OF_TESTS)
# The letters of sequences have one layout and one set of values, and differ in words alone: where looking at
# one takes long, these stand for all, that with the most words among them.
STAND_FOR_SEQUENCES = ("welcome-rhythm", "welcome-report-transition", "identity-see")


def is_looked_at(template: LetterTemplate) -> bool:
    """Tell whether a letter is gone through where that takes long."""
    return template.family != "drip" or template.name in STAND_FOR_SEQUENCES


@dataclass(frozen=True)
class Case:
    """One letter on its paper."""

    paper: Paper
    template: LetterTemplate

    @property
    def name(self) -> str:
        """The letter's name."""
        return self.template.name

    @property
    def sample(self) -> Letter:
        """The letter with sample values."""
        return self.paper.sample(self.name)


CASES = {template.name: Case(paper, template) for paper in PAPERS for template in paper.letters.values()}
