"""The form offers the zones that browsers report."""

import pytest

from api.pages.time_zones import zones_by_region
from coaching.domain.local_time import is_zone


def test_every_zone_on_offer_is_one() -> None:
    """Nothing can be chosen that the rest of the house doesn't know."""
    offered = [name for zones in zones_by_region().values() for name, _ in zones]

    assert [name for name in offered if not is_zone(name)] == []
    assert len(offered) == len(set(offered))


@pytest.mark.parametrize(
    "name", ["Europe/Paris", "Asia/Calcutta", "Asia/Kolkata", "America/Argentina/Salta", "UTC"]
)
def test_zones_that_browsers_report(name: str) -> None:
    """Old and new spellings are both there: browsers still report some old ones."""
    assert name in {zone for zones in zones_by_region().values() for zone, _ in zones}
