"""Which letters exist, what each of them needs to be written, and until when it makes sense.

The words stand in templates/email/<name>/; tests hold this registry and those folders together.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from functools import cached_property
from types import MappingProxyType
from typing import Literal

from coaching.domain.phrases import greeting, sign_off

Family = Literal["drip", "mentoring", "networking", "milestone", "campaign", "transactional"]
PROBE = "probe"


class LetterError(Exception):
    """A letter can't be written as asked; the text names the letter and what is wrong."""


@dataclass(frozen=True, kw_only=True)
class LetterValues:
    """What every letter needs: whole phrases, since templates decide nothing about a client."""

    greeting: str
    why: str
    sign_off: str

    def as_mapping(self) -> dict[str, str]:
        """Return the values by name."""
        return dict(vars(self))


@dataclass(frozen=True, kw_only=True)
class ClientValues(LetterValues):
    """What every letter to a client needs besides: the way to stop letters."""

    unsubscribe_url: str


@dataclass(frozen=True, kw_only=True)
class ReportValues(ClientValues):
    """To an unconfirmed address: `open_url` leads to 'this is me, open my report'."""

    why: str = "You get this because this address was given with a questionnaire on our site."
    open_url: str


@dataclass(frozen=True, kw_only=True)
class ReportKnownValues(ClientValues):
    """To a confirmed client: `report_url` opens the report itself."""

    why: str = "You get this because you filled in our questionnaire."
    report_url: str


@dataclass(frozen=True, kw_only=True)
class WasThisYouValues(ClientValues):
    """To a known address under which someone submitted; nothing of the submission is told."""

    why: str = "You get this because your address is known to us and was given with a questionnaire."
    mine_url: str
    not_mine_url: str


@dataclass(frozen=True, kw_only=True)
class LookAgainValues(ClientValues):
    """To a confirmed client who agreed to letters: `intake_url` opens the questionnaire."""

    why: str = "You get this because you filled in our questionnaire and said yes to letters from us."
    intake_url: str


@dataclass(frozen=True, kw_only=True)
class ProbeValues(LetterValues):
    """To the firm's own address, so from Waypoint itself; `batch_id` is the batch that waits for reports."""

    greeting: str = "Hello,"
    why: str = "You get this because letters to your clients are sent from this address."
    sign_off: str = "Waypoint"
    batch_id: str


@dataclass(frozen=True)
class LetterTemplate:
    """One letter: its folder, family and values, and how long after its due time it may still go.

    `reader`: a letter to the firm asks for nothing, and there is nothing to unsubscribe from.
    `mergeable`: it has a section beside its full body, and may ride in another letter.
    `hosts`: it carries the sections of others.
    `body`: 'shared' is one content with tags for up to a thousand people; 'own' is written for each client.
    """

    name: str
    family: Family
    variables: type[LetterValues]
    expires_after: timedelta
    sample: LetterValues
    reader: Literal["client", "firm"] = "client"
    mergeable: bool = False
    hosts: bool = False
    body: Literal["shared", "own"] = "shared"

    def __post_init__(self) -> None:
        """Refuse what contradicts itself."""
        if self.hosts and (self.mergeable or self.body == "shared"):
            raise LetterError(f"letter {self.name!r}: a host has a body of its own and rides in no other")
        if self.reader == "firm" and self.family != "transactional":
            raise LetterError(f"letter {self.name!r}: only transactional letters go to the firm")

    @cached_property
    def variable_names(self) -> tuple[str, ...]:
        """The names of the values this letter takes."""
        return tuple(field.name for field in fields(self.variables))


_SITE = "https://firm.example.test"
_SAMPLE_GREETING = greeting("Ana Silva")
_SAMPLE_UNSUBSCRIBE = f"{_SITE}/unsubscribe/sample"
_SAMPLE_REPORT = ReportValues(
    greeting=_SAMPLE_GREETING,
    sign_off=sign_off("Jo", "The firm"),
    unsubscribe_url=_SAMPLE_UNSUBSCRIBE,
    open_url=f"{_SITE}/act/sample",
)
_SAMPLE_KNOWN = ReportKnownValues(
    greeting=_SAMPLE_GREETING,
    sign_off=sign_off("Jo", "The firm"),
    unsubscribe_url=_SAMPLE_UNSUBSCRIBE,
    report_url=f"{_SITE}/report/sample",
)
_SAMPLE_ASKED = WasThisYouValues(
    greeting=_SAMPLE_GREETING,
    sign_off=sign_off(None, "The firm"),
    unsubscribe_url=_SAMPLE_UNSUBSCRIBE,
    mine_url=f"{_SITE}/act/sample-mine",
    not_mine_url=f"{_SITE}/act/sample-not-mine",
)
_SAMPLE_AGAIN = LookAgainValues(
    greeting=_SAMPLE_GREETING,
    sign_off=sign_off("Jo", "The firm"),
    unsubscribe_url=_SAMPLE_UNSUBSCRIBE,
    intake_url=f"{_SITE}/intake/job-career",
)
_SAMPLE_PROBE = ProbeValues(batch_id="019a9f3c-7d52-7c1e-9b60-3f5a2d8e4c17")
_ALL = (
    LetterTemplate("report", "transactional", ReportValues, timedelta(days=14), _SAMPLE_REPORT),
    LetterTemplate("report-reminder", "transactional", ReportValues, timedelta(days=7), _SAMPLE_REPORT),
    LetterTemplate("report-known", "transactional", ReportKnownValues, timedelta(days=14), _SAMPLE_KNOWN),
    LetterTemplate("was-this-you", "transactional", WasThisYouValues, timedelta(days=14), _SAMPLE_ASKED),
    LetterTemplate("look-again", "campaign", LookAgainValues, timedelta(days=3), _SAMPLE_AGAIN),
    LetterTemplate(PROBE, "transactional", ProbeValues, timedelta(days=1), _SAMPLE_PROBE, reader="firm"),
)
LETTERS: Mapping[str, LetterTemplate] = MappingProxyType({template.name: template for template in _ALL})


def letter(name: str, among: Mapping[str, LetterTemplate] = LETTERS) -> LetterTemplate:
    """Return a letter by name. Raises LetterError."""
    try:
        return among[name]
    except KeyError:
        raise LetterError(f"there is no letter {name!r}; there are: {', '.join(among)}") from None
