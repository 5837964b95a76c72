"""Tells the opens and clicks of scanners and mail programs from those of people."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from uuid import UUID

ACTS = ("open", "click")
ARRIVALS = ("delivered", "processed")

# Nobody has noticed a letter, opened it and found its link this soon after it arrived; people who wait for
# one do need a little longer. SendGrid's times are whole seconds.
SOON = timedelta(seconds=5)
# Two links of one letter this close to each other were followed by something that follows every link.
AT_ONCE = timedelta(seconds=2)
# What names itself. Proxies that fetch pictures when a person opens a letter are not among them, and a bare
# 'bot' would be: there are telephones of that name.
SCANNERS = (
    "barracuda",
    "bingbot",
    "bingpreview",
    "curl/",
    "forcepoint",
    "go-http-client",
    "googlebot",
    "headlesschrome",
    "libwww-perl",
    "mimecast",
    "phantomjs",
    "proofpoint",
    "python-requests",
    "python-urllib",
    "wget/",
)


@dataclass(frozen=True, slots=True)
class Trace:
    """One report about a letter. `link` stands for what was clicked; `told`: it came as a machine's."""

    id: UUID
    kind: str
    at: datetime
    link: bytes | None = None
    agent: str = ""
    told: bool = False


def machine_made(traces: Collection[Trace]) -> frozenset[UUID]:
    """Return the ids of a letter's opens and clicks that no person made.

    `traces` is all that was reported about one letter, in any order. Before it was delivered nobody can have
    it: where that is not known yet, the time at which SendGrid took it stands in.
    """
    acts = [trace for trace in traces if trace.kind in ACTS]
    arrived_at = _arrival(traces)
    found = {trace.id for trace in acts if trace.told or _is_scanner(trace.agent)}
    if arrived_at is not None:
        found.update(trace.id for trace in acts if trace.at - arrived_at <= SOON)
    found.update(_followed_at_once([trace for trace in acts if trace.kind == "click"]))
    return frozenset(found)


def _arrival(traces: Collection[Trace]) -> datetime | None:
    for kind in ARRIVALS:
        times = [trace.at for trace in traces if trace.kind == kind]
        if times:
            return min(times)
    return None


def _is_scanner(agent: str) -> bool:
    agent = agent.casefold()
    return any(name in agent for name in SCANNERS)


def _followed_at_once(clicks: list[Trace]) -> Iterator[UUID]:
    clicks = sorted((click for click in clicks if click.link is not None), key=lambda click: click.at)
    for place, first in enumerate(clicks):
        soon_after = takewhile(lambda click: click.at - first.at <= AT_ONCE, clicks[place + 1 :])  # noqa: B023 - used at once
        for other in soon_after:
            if other.link != first.link:
                yield first.id
                yield other.id
