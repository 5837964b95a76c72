"""Instrument files: any instrument loads, and whatever is wrong is named with file and line."""

import re
from pathlib import Path

import pytest

from coaching.adapters.content import ContentError, load_instrument
from coaching.domain.instruments import Item, MissingRules, Norm
from coaching.domain.scoring import score_answers

SMALL = """\
name: small
version: 3
scale: {min: 1, max: 4, labels: [never, rarely, often, always]}
missing: {full: 2}
composite: {at_least: 1}
bands: [40, 60]
norms: {version: n-1, kind: prior, n: 0, default: {sd: 18, alpha: 0.7}}
dimensions:
  - {key: calm, name: Calm, low: stirred, high: still}
  - {key: care, name: Care, low: light, high: deep}
items:
  - {id: C1, dimension: calm, key: 1, page: 1, order: 1, text: First.}
  - {id: C2, dimension: calm, key: -1, page: 2, order: 3, text: Second.}
  - {id: K1, dimension: care, key: 1, page: 1, order: 2, text: Third.}
  - {id: K2, dimension: care, key: -1, page: 2, order: 4, text: Fourth.}
checks:
  - {id: AC, expect: 1, page: 2, text: Choose never.}
"""


def written(folder: Path, text: str, name: str = "small.3.yaml") -> Path:
    """A file with that text."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def small_with(folder: Path, old: str, new: str) -> Path:
    """The small instrument with one thing changed."""
    assert SMALL.count(old) == 1, old
    return written(folder, SMALL.replace(old, new))


def test_a_small_instrument_loads_with_everything_it_says(tmp_path: Path) -> None:
    """Scale, rules, norms and items come as written; title and minutes may be left out."""
    instrument = load_instrument(written(tmp_path, SMALL))
    assert (instrument.name, instrument.version, instrument.title, instrument.minutes) == (
        "small",
        3,
        "Small",
        1,
    )
    assert instrument.scale.labels == ("never", "rarely", "often", "always")
    assert instrument.missing == MissingRules(full=2, prorated=None, provisional=None)
    assert instrument.norms.by_dimension == {"calm": Norm(18, 0.7), "care": Norm(18, 0.7)}
    assert instrument.items[1] == Item("C2", "calm", -1, 2, 3.0, "Second.")
    assert [question.id for question in instrument.page(2)] == ["C2", "AC", "K2"]


def test_norms_may_be_given_by_dimension(tmp_path: Path) -> None:
    """A dimension's own norm goes before the default, and the default may be absent if all have one."""
    both = "default: {sd: 18, alpha: 0.7}, dimensions: {care: {sd: 21.5, alpha: 0.81}}"
    instrument = load_instrument(small_with(tmp_path, "default: {sd: 18, alpha: 0.7}", both))
    assert instrument.norms.by_dimension == {"calm": Norm(18, 0.7), "care": Norm(21.5, 0.81)}
    own = "dimensions: {calm: {sd: 20, alpha: 0.6}, care: {sd: 21, alpha: 0.8}}"
    instrument = load_instrument(small_with(tmp_path, "default: {sd: 18, alpha: 0.7}", own))
    assert instrument.norms.by_dimension["calm"] == Norm(20, 0.6)


def test_without_orders_the_file_decides(tmp_path: Path) -> None:
    """Items without an order are presented as they stand in the file, page by page."""
    instrument = load_instrument(written(tmp_path, re.sub(r" order: \d,", "", SMALL)))
    assert [question.id for question in instrument.page(1)] == ["C1", "K1"]
    assert [question.id for question in instrument.page(2)] == ["C2", "AC", "K2"]


@pytest.mark.parametrize(
    ("dimensions", "each", "low", "high"),
    [(5, 5, 1, 4), (10, 5, 1, 7), (1, 1, 0, 1), (3, 8, 0, 100), (2, 4, -3, 3)],
)
def test_any_size_and_scale_loads_and_scores(
    tmp_path: Path, dimensions: int, each: int, low: int, high: int
) -> None:
    """Other instruments than ours load from their file, without labels, pages, orders or checks."""
    lines = [
        "name: other",
        "version: 1",
        f"scale: {{min: {low}, max: {high}}}",
        f"missing: {{full: {each}}}",
        f"composite: {{at_least: {dimensions}}}",
        "bands: [33.3, 66.6]",
        "norms: {version: n, kind: sample, n: 400, default: {sd: 20, alpha: 0.8}}",
        "dimensions:",
        *(f"  - {{key: d{d}, name: D {d}, low: l, high: h}}" for d in range(dimensions)),
        "items:",
        *(
            f"  - {{id: d{d}_{n}, dimension: d{d}, key: {1 if n % 2 else -1}, text: T}}"
            for n in range(each)
            for d in range(dimensions)
        ),
    ]
    instrument = load_instrument(written(tmp_path, "\n".join(lines), "any-name.yaml"))
    answers: dict[str, int | None] = {i.id: high if i.key == 1 else low for i in instrument.items}
    score = score_answers(instrument, answers)
    assert [dimension.score for dimension in score.dimensions] == [100.0] * dimensions
    assert score.composite == 100.0
    assert len(instrument.scale.labels) == high - low + 1


def test_uneven_dimensions_load(tmp_path: Path) -> None:
    """Dimensions may differ in length; the rule for full is measured against the longest."""
    more = "{id: K2, dimension: care, key: -1, page: 2, order: 4, text: Fourth.}\n"
    extra = more + "  - {id: K3, dimension: care, key: 1, page: 2, order: 5, text: Fifth.}\n"
    path = written(tmp_path, SMALL.replace(more, extra).replace("full: 2", "full: 3"))
    score = score_answers(load_instrument(path), {"C1": 2, "C2": 2, "K1": 2, "K2": 2, "K3": 2})
    assert [dimension.status for dimension in score.dimensions] == ["full", "full"]


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ("name: small", "name: Small One", 1, "name must be small letters"),
        ("name: small\n", "", 1, "name is missing"),
        ("version: 3", "version: three", 2, "version must be a whole number, not 'three'"),
        ("version: 3", "version: true", 2, "version must be a whole number, not True"),
        ("version: 3", "version: 0", 2, "version must be 1 or more"),
        ("version: 3", "version: 3\nversion: 4", 3, 'found duplicate key "version"'),
        ("version: 3", "version: 3\ncolour: red", 3, "unknown key 'colour'"),
        ("version: 3", "version: 3\nminutes: 0", 3, "minutes must be 1 or more"),
        ("version: 3", "version: [3", 3, ""),
        ("max: 4", "max: 1", 3, "max must be 2 to 101, not 1"),
        ("max: 4", "max: 5", 3, "5 points need 5 labels, not 4"),
        ("min: 1", "min: 1.5", 3, "min must be a whole number, not 1.5"),
        ("scale: {min: 1, max: 4,", "scale: {min: 1,", 3, "max is missing"),
        ("{full: 2}", "{full: 3}", 4, "full must be from 1 to 2"),
        ("{full: 2}", "{full: 2, prorated: 2}", 4, "prorated must be from 1 to below full, 2"),
        ("{full: 2}", "{full: 2, provisional: 1}", 4, "provisional must be from 2"),
        ("{full: 2}", "2", 4, "missing must be a mapping, not 2"),
        ("at_least: 1", "at_least: 3", 5, "at_least must be from 1 to 2"),
        ("[40, 60]", "[60, 40]", 6, "the lower one first"),
        ("[40, 60]", "[40, 101]", 6, "from 0 to 100"),
        ("[40, 60]", "[40]", 6, "bands must be a list of 2"),
        ("[40, 60]", "[40, .nan]", 6, "this must be a number, not nan"),
        ("[40, 60]", "40 to 60", 6, "bands must be a list, not '40 to 60'"),
        ("kind: prior", "kind: guess", 7, "kind must be one of prior, sample, not 'guess'"),
        ("n: 0", "n: -1", 7, "n must be 0 or more"),
        ("sd: 18", "sd: 0", 7, "sd must be above 0"),
        ("alpha: 0.7", "alpha: 1", 7, "alpha must be from 0 to below 1"),
        ("alpha: 0.7", "alpha: high", 7, "alpha must be a number, not 'high'"),
        (", default: {sd: 18, alpha: 0.7}", "", 9, "calm has no norm"),
        (
            "default: {sd",
            "dimensions: {joy: {sd: 1, alpha: 0.5}}, default: {sd",
            7,
            "there is no dimension joy",
        ),
        ("key: care, name", "key: calm, name", 10, "there are two dimensions calm"),
        ("key: calm, name", "key: my calm, name", 9, "a key is letters"),
        ("high: deep}", "high: deep}\n  - {key: joy, name: J, low: l, high: h}", 11, "joy has no items"),
        ("name: Care", "name: ''", 10, "name must be text"),
        ("id: C2, dimension: calm", "id: C2, dimension: clam", 13, "there is no dimension clam"),
        ("id: C2,", "id: C1,", 13, "there are two items C1"),
        ("id: AC,", "id: K2,", 17, "there are two items K2"),
        ("id: C2,", "id: 12,", 13, "id must be text, not 12"),
        ("id: C2,", "id: C 2,", 13, "an id is letters"),
        ("key: -1, page: 2, order: 3", "key: 0, page: 2, order: 3", 13, "key must be one of 1, -1, not 0"),
        (
            "key: 1, page: 1, order: 1",
            "key: true, page: 1, order: 1",
            12,
            "key must be one of 1, -1, not True",
        ),
        (
            "key: -1, page: 2, order: 3",
            "key: '-1', page: 2, order: 3",
            13,
            "key must be one of 1, -1, not '-1'",
        ),
        ("page: 2, order: 4", "page: 4, order: 4", 15, "page 4 follows no page 3"),
        ("page: 1, order: 2", "page: 0, order: 2", 14, "pages are counted from 1, not 0"),
        ("page: 2, order: 4", "page: 2, order: 3", 15, "K2 has the order of C2"),
        ("page: 2, order: 4", "page: 2", 15, "K2 has no order, though other items have one"),
        ("expect: 1, page: 2", "expect: 9, page: 2", 17, "expect must be from 1 to 4"),
        ("expect: 1, page: 2", "expect: 1, page: 3", 17, "page 3 has no items"),
        ("text: Choose never.", "text: Choose never., key: 1", 17, "unknown key 'key'"),
        (", text: Choose never.", "", 17, "text is missing"),
    ],
)
def test_a_faulty_instrument_is_refused_with_its_line(
    tmp_path: Path, old: str, new: str, line: int, reason: str
) -> None:
    """Whatever is wrong, the error names the file, the line and the reason."""
    path = small_with(tmp_path, old, new)
    with pytest.raises(ContentError) as refusal:
        load_instrument(path)
    assert any(
        fault.startswith(f"{path}:{line}: {reason}")
        or (fault.startswith(f"{path}:{line}: ") and reason in fault)
        for fault in refusal.value.faults
    ), refusal.value.faults


def test_all_faults_of_a_file_come_at_once(tmp_path: Path) -> None:
    """Whoever edits a file needs one look, not one a fault; the lines come in order."""
    path = written(tmp_path, SMALL.replace("id: C2", "id: C1").replace("[40, 60]", "[60, 40]"))
    with pytest.raises(ContentError) as refusal:
        load_instrument(path)
    assert [fault.split(":")[1] for fault in refusal.value.faults] == ["6", "13"]
    assert str(refusal.value).count("\n") == 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty"),
        (b"{not: " * 3000 + b"{}" + b"}" * 3000, "this is nested too deeply"),
        (b"# nothing here\n", "the file is empty"),
        (b"- a\n- b\n", "this must be a mapping, not a list of 2"),
        (b"just words", "this must be a mapping"),
        (b"name: \xff\xfe", "is not UTF-8 text"),
        (b"name: a\x07b", ""),
        (b"name: {a: b", ""),
        (b"name: " + b"9" * 5000, ""),
        (b"name: *nobody", ""),
    ],
)
def test_what_is_no_such_file_at_all_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    """Broken, empty and binary files are faults with a line, never a traceback of the YAML library."""
    path = tmp_path / "broken.1.yaml"
    path.write_bytes(content)
    with pytest.raises(ContentError, match=re.escape(f"{path}:") + r"\d+: .*" + re.escape(reason)):
        load_instrument(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """A file that isn't there is a content error, too."""
    with pytest.raises(ContentError, match=r"nowhere\.yaml:1: can't be read: No such file"):
        load_instrument(tmp_path / "nowhere.yaml")
