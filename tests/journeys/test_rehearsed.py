"""A rehearsal tells the truth: what it foresees for random clients is what then comes, at the same times."""

import os
from datetime import timedelta

import pytest

from tests.support.drain import Firm
from tests.support.reckoned import Reckoned, reckoned_in_memory, reckoned_live
from tests.support.rehearsed import Town
from tests.support.rehearsed_deeds import told

FEW = range(2)
# REHEARSED=100-149 lives through more: a minute or so for each ten.
_FIRST, _LAST = map(int, os.environ.get("REHEARSED", "100-103").split("-"))
MANY = range(_FIRST, _LAST + 1)


def live_through_both(firm: Firm, seed: int, clients: int) -> None:
    """Rehearse some weeks of some clients, live through them, and compare."""
    town = Town(firm, seed)
    town.settle_in(clients)
    days = town.chance.randrange(14, 61)
    since = town.now
    deeds = town.deeds(days)
    foreseen: dict[object, Reckoned] = {}
    for client_id, life in town.lives().items():
        life.ahead += [told(deed, life.state) for deed in deeds[client_id]]
        life.begin()
        life.run_until(since + timedelta(days=days))
        foreseen[client_id] = reckoned_in_memory(life, since)
    town.live(deeds, days)
    for client_id in town.clients:
        lived = reckoned_live(firm, client_id, since)
        said = "\n".join(apart(foreseen[client_id], lived))
        assert not said, f"{said}\n{deeds[client_id]}"


def apart(foreseen: Reckoned, lived: Reckoned) -> list[str]:
    """Return in words what only one of the two has, in the order of time."""
    one, other = set(foreseen.lines()), set(lived.lines())
    assert len(foreseen.lines()) == len(one)
    return sorted(
        [f"{line} (only foreseen)" for line in one - other] + [f"{line} (only lived)" for line in other - one]
    )


@pytest.mark.long
@pytest.mark.parametrize("seed", FEW)
def test_what_is_foreseen_comes(firm: Firm, seed: int) -> None:
    """The same letters and riders at the same times, the same skips, and the same waits at the end."""
    live_through_both(firm, seed, 2)


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", MANY)
def test_what_is_foreseen_comes_to_many(firm: Firm, seed: int) -> None:
    """The same for many more, some of whom are on a pause or held out while others go on."""
    live_through_both(firm, seed, 3)
