"""What the firm writes, loaded once and checked as a whole: instruments, rules, words, library, sequences."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from coaching.adapters.instrument_files import dimension_keys, load_instrument
from coaching.adapters.library_files import load_library
from coaching.adapters.plan_files import load_plan_rules
from coaching.adapters.report_files import load_report_words
from coaching.adapters.sequence_files import load_sequences
from coaching.adapters.yaml_files import ContentError
from coaching.domain.errors import NotFound
from coaching.domain.instruments import Instrument
from coaching.domain.library import Library
from coaching.domain.plan_rules import PlanRules
from coaching.domain.sequences import Sequence
from coaching.domain.words import ReportWords

__all__ = [
    "Content",
    "ContentError",
    "NotInContent",
    "load_instrument",
    "load_plan_rules",
    "load_report_words",
]


class NotInContent(NotFound):
    """There is no instrument of that name or version."""


@dataclass(frozen=True)
class Content:
    """Every instrument with its versions, for each its plan rules and report words; library and sequences."""

    instruments: Mapping[str, Mapping[int, Instrument]]
    plans: Mapping[str, PlanRules]
    reports: Mapping[str, ReportWords]
    library: Library
    sequences: Mapping[str, Sequence]

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Load and check every file of that folder; raises ContentError with what is wrong in all of them."""
        faults: list[str] = []
        instruments = _load_instruments(folder / "instruments", faults)
        plans, reports = {}, {}
        library: Library = {}
        sequences: Mapping[str, Sequence] = {}
        for name, versions in instruments.items():
            every = tuple(versions.values())
            with _collect(faults):
                plans[name] = load_plan_rules(folder / "plans" / f"{name}.yaml", every)
            with _collect(faults):
                reports[name] = load_report_words(folder / "reports" / f"{name}.yaml", every)
        published = [one for versions in instruments.values() for one in versions.values()]
        with _collect(faults):
            library = load_library(folder / "library", dimension_keys(published))
        with _collect(faults):
            sequences = load_sequences(folder / "sequences", dimension_keys(published))
        if faults:
            raise ContentError(faults)
        return cls(instruments, plans, reports, library, sequences)

    @property
    def dimensions(self) -> tuple[str, ...]:
        """The keys of the dimensions of all instruments."""
        return dimension_keys([one for versions in self.instruments.values() for one in versions.values()])

    def instrument(self, name: str, version: int | None = None) -> Instrument:
        """That version of an instrument, the newest if none is named; raises NotInContent."""
        versions = self.instruments.get(name, {})
        wanted = max(versions, default=None) if version is None else version
        if wanted is None or wanted not in versions:
            raise NotInContent(f"There is no instrument {name}{f' {version}' if version else ''}.")
        return versions[wanted]

    def plan_rules(self, instrument_name: str) -> PlanRules:
        """The rules that draft plans from this instrument; raises NotInContent."""
        if instrument_name not in self.plans:
            raise NotInContent(f"There are no plan rules for {instrument_name}.")
        return self.plans[instrument_name]

    def report_words(self, instrument_name: str) -> ReportWords:
        """The words of this instrument's report and form; raises NotInContent."""
        if instrument_name not in self.reports:
            raise NotInContent(f"There are no report words for {instrument_name}.")
        return self.reports[instrument_name]


def _load_instruments(folder: Path, faults: list[str]) -> Mapping[str, Mapping[int, Instrument]]:
    instruments: dict[str, dict[int, Instrument]] = {}
    for path in sorted(folder.glob("*.yaml")):
        with _collect(faults):
            instrument = load_instrument(path)
            if path.name != f"{instrument.name}.{instrument.version}.yaml":
                wanted = f"{instrument.name}.{instrument.version}.yaml"
                raise ContentError([f"{path}:1: name and version ask for the file name {wanted}"])
            instruments.setdefault(instrument.name, {})[instrument.version] = instrument
    if not instruments and not faults:
        faults.append(f"{folder}:1: there is no instrument here")
    return instruments


@contextmanager
def _collect(faults: list[str]) -> Iterator[None]:
    """Keep the faults of one file and go on to the next."""
    try:
        yield
    except ContentError as error:
        faults.extend(error.faults)
