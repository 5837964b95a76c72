"""Instruments for tests: the published one, and made-up ones of any size."""

from collections.abc import Sequence
from typing import Any

from coaching.adapters.content import load_instrument
from coaching.domain.instruments import Check, Dimension, Instrument, Item, MissingRules, Norm, Norms, Scale
from coaching.settings import CONTENT

JOB_CAREER = load_instrument(CONTENT / "instruments" / "job-career.1.yaml")


def made_up(sizes: Sequence[int] = (4, 4), scale: tuple[int, int] = (1, 6), **changes: Any) -> Instrument:
    """An instrument of dimensions d0, d1, ... with that many items each, keys in turn, and one check."""
    items = tuple(
        Item(f"d{d}i{n}", f"d{d}", 1 if n % 2 == 0 else -1, 1, float(d * 100 + n), f"Statement {n} on {d}.")
        for d, size in enumerate(sizes)
        for n in range(size)
    )
    keys = [f"d{d}" for d in range(len(sizes))]
    parts: dict[str, Any] = {
        "name": "made-up",
        "version": 1,
        "title": "Made up",
        "minutes": 1,
        "scale": Scale(*scale, labels=tuple(str(point) for point in range(scale[0], scale[1] + 1))),
        "missing": MissingRules(full=max(sizes), prorated=3, provisional=2),
        "composite_at_least": 1,
        "bands": (40.0, 60.0),
        "norms": Norms("test-1", "prior", 0, {key: Norm(18, 0.7) for key in keys}),
        "dimensions": tuple(Dimension(key, f"Dimension {key}", "one pole", "the other") for key in keys),
        "items": items,
        "checks": (Check("check", scale[0], 1, 1.5, "Choose the first."),),
    }
    return Instrument(**{**parts, **changes})
