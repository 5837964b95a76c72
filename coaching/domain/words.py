"""What the report and the intake form say: the firm's own words, kept apart from the pages that show them."""

from collections.abc import Mapping
from dataclasses import dataclass

from coaching.domain.instruments import Band
from coaching.domain.scoring import Certainty, Profile, ProfileName


@dataclass(frozen=True)
class BandWords:
    """One dimension in one band: what it says about a stance, and the strength or next step in it."""

    says: str
    step: str


@dataclass(frozen=True)
class DimensionWords:
    """Short poles for the chart ('now', 'years ahead') and the words for each band."""

    key: str
    low: str
    high: str
    bands: Mapping[Band, BandWords]


@dataclass(frozen=True)
class Choice:
    """One answer that can be picked: the value that is stored and the label that is read."""

    value: str
    label: str


@dataclass(frozen=True)
class ConsentWords:
    """What is asked and explained before an answer is stored; text_version names this wording."""

    text_version: str
    heading: str
    logic: tuple[str, ...]
    objection: str
    profiling: str
    letters: str


@dataclass(frozen=True)
class ClosingWords:
    """The questions after the last page, each label with the hint under it."""

    importance: str
    importance_hint: str
    importance_points: tuple[Choice, ...]
    question: str
    question_hint: str
    name: str
    name_hint: str
    email: str
    email_hint: str
    time_zone: str
    time_zone_hint: str
    stage: str
    stages: tuple[Choice, ...]
    rhythm: str
    rhythms: tuple[Choice, ...]


@dataclass(frozen=True)
class ReportWords:
    """Everything that `content/reports/<instrument>.yaml` says.

    statuses has words for a dimension that is prorated, provisional or none; full needs none.
    """

    name: str
    introduction: str
    missing_label: str
    dimensions: tuple[DimensionWords, ...]
    summaries: Mapping[ProfileName, Mapping[Certainty, str]]
    no_profile: str
    profile_words: Mapping[ProfileName, str]
    statuses: Mapping[str, str]
    cannot_tell: tuple[str, ...]
    consent: ConsentWords
    closing: ClosingWords

    def dimension(self, key: str) -> DimensionWords:
        """The words of one dimension; KeyError if there are none."""
        for words in self.dimensions:
            if words.key == key:
                return words
        raise KeyError(key)

    def summary(self, profile: Profile | None) -> str:
        """The sentences that open the report, for this profile and certainty, or for none."""
        if profile is None:
            return self.no_profile
        other = next((name for name in profile.neighbours if name != profile.name), profile.name)
        return self.summaries[profile.name][profile.certainty].format(other=other)
