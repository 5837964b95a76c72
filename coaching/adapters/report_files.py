"""Reads the words of a report and of its form, and holds them against the instrument they speak of."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from coaching.adapters.instrument_files import dimension_keys
from coaching.adapters.yaml_files import Fault, YamlFile, placeholder_fault
from coaching.domain.clients import RHYTHMS, STAGES
from coaching.domain.instruments import Instrument
from coaching.domain.words import Choice, ReportWords

_OTHER = frozenset({"other"})
_STATUSES = frozenset({"prorated", "provisional", "none"})


def load_report_words(path: Path, instruments: Sequence[Instrument] = ()) -> ReportWords:
    """One file of report words, checked against every version of its instrument that is given.

    Raises ContentError naming file, line and reason.
    """
    file = YamlFile(path)
    words = file.read_as(ReportWords)
    for where, reason in _faults(words, path.stem):
        file.fault(where, reason)
    if instruments:
        for where, reason in _dimension_faults(words, dimension_keys(instruments)):
            file.fault(where, reason)
    file.refuse_faults()
    return words


def _faults(words: ReportWords, stem: str) -> Iterable[Fault]:
    if words.name != stem:
        yield ("name",), f"name must be that of the file, {stem}"
    for profile, by_certainty in words.summaries.items():
        for certainty, sentence in by_certainty.items():
            if reason := placeholder_fault(sentence, frozenset() if certainty == "clear" else _OTHER):
                yield ("summaries", profile, certainty), reason
    if set(words.statuses) != _STATUSES:
        yield ("statuses",), f"statuses must be {', '.join(sorted(_STATUSES))}"
    closing = words.closing
    yield from _choice_faults("stages", closing.stages, STAGES)
    yield from _choice_faults("rhythms", closing.rhythms, RHYTHMS)
    yield from _choice_faults("importance_points", closing.importance_points, ("1", "2", "3", "4", "5"))


def _choice_faults(name: str, choices: Sequence[Choice], wanted: Sequence[str]) -> Iterable[Fault]:
    """The form offers exactly what can be stored, in the order in which it is written here."""
    if sorted(choice.value for choice in choices) != sorted(wanted):
        yield ("closing", name), f"{name} must have the values {', '.join(wanted)}, each once"


def _dimension_faults(words: ReportWords, keys: Sequence[str]) -> Iterable[Fault]:
    spoken = [dimension.key for dimension in words.dimensions]
    for key in keys:
        if key not in spoken:
            yield ("dimensions",), f"there are no words for {key}"
    for n, key in enumerate(spoken):
        if key not in keys:
            yield ("dimensions", n, "key"), f"there is no dimension {key}"
        elif key in spoken[:n]:
            yield ("dimensions", n, "key"), f"there are words for {key} already"
