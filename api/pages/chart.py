"""The geometry of one bar of the report: positions in percent, so one drawing fits every width."""

from dataclasses import dataclass

from coaching.domain.scoring import shown

GRID = (0, 20, 40, 60, 80, 100)


@dataclass(frozen=True)
class GridLine:
    """A line across the bar; `dashed` where one profile ends and the next begins."""

    at: str
    dashed: bool


@dataclass(frozen=True)
class Bar:
    """Where the dot and the ends of its band stand, as SVG lengths."""

    at: str
    start: str
    end: str


def bar(score: float, low: float, high: float) -> Bar:
    """Place a score and its 80% band on the axis from 0 to 100; what reaches beyond is cut at its ends.

    The dot stands at the whole number that is written beside it, the band at a tenth of a percent.
    """
    return Bar(at=_percent(shown(score)), start=_percent(low), end=_percent(high))


def grid(limits: tuple[float, float]) -> tuple[GridLine, ...]:
    """Return lines at every twentieth and, dashed, at the two limits between the bands."""
    places = sorted({float(place) for place in GRID} | set(limits))
    return tuple(GridLine(_percent(place), dashed=place in limits) for place in places)


def _percent(value: float) -> str:
    return f"{min(100.0, max(0.0, value)):.1f}".removesuffix(".0") + "%"
