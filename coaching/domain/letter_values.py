"""What each letter needs to be written: whole phrases, since templates decide nothing about a client."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class LetterValues:
    """What every letter needs."""

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
