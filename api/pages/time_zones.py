"""The zones that the form offers, by region, as the time-zone database names them."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from zoneinfo import available_timezones

_REGIONS = (
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
)


@cache
def zones_by_region() -> Mapping[str, tuple[tuple[str, str], ...]]:
    """Return (name, label) pairs by region. Older names stay in: some browsers still report them."""
    names = sorted(name for name in available_timezones() if name.split("/")[0] in _REGIONS)
    return MappingProxyType(
        {
            region: tuple((name, _label(name)) for name in names if name.startswith(f"{region}/"))
            for region in _REGIONS
        }
        | {"Without a place": (("UTC", "UTC"),)}
    )


@cache
def offered() -> frozenset[str]:
    """Return every name that can be chosen."""
    return frozenset(name for zones in zones_by_region().values() for name, _ in zones)


def _label(name: str) -> str:
    return name.split("/", 1)[1].replace("_", " ").replace("/", ", ")
