"""Runs every benchmark, prints one table, and writes it to bench/RESULTS.md."""

import os
import platform
import statistics
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench import campaign, first_letter, lateness, rehearsal, replanning, sweeping, webhook
from bench.stage import Stage, stage
from sandbox.signing import SigningKey

RESULTS = Path(__file__).with_name("RESULTS.md")
RUNS = 3
MANY, VERY_MANY = 100_000, 1_000_000
FIRST_LETTERS = 200
LATE_SECONDS = 60
RECEIPT_LETTERS = 20_000
FEW_PLANNED = 10_000
# Ten million take six minutes and 9 GB to write.
MANY_PLANNED = int(os.environ.get("BENCH_PLANNED", "10000000"))
REPLANNED = 10_000
REHEARSED, DAYS = 1000, 90


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    what: str
    ours: str
    reference: str
    to_reach: str
    reached: bool

    def __str__(self) -> str:
        mark = "yes" if self.reached else "NO"
        return f"| {self.what} | {self.ours} | {self.reference} | {self.to_reach} | {mark} |"


def main() -> None:
    """Run all; `python -m bench quick` leaves the millions out."""
    quick = "quick" in sys.argv[1:]
    key = SigningKey()
    with stage(web=True, extra={"SENDGRID_WEBHOOK_PUBLIC_KEY": key.public_key}) as one:
        rows = [_first_letter(one), *_campaigns(one, quick=quick), _webhook(one, key), _lateness(one)]
    with stage(workers=0) as one:
        rows += [_replanning(one), _rehearsal(one)]
        rows.append(_sweeping(one, FEW_PLANNED * 10 if quick else MANY_PLANNED))
    table = _table(rows)
    print(table)  # noqa: T201 - what a terminal is for
    if not quick:
        RESULTS.write_text(table, encoding="utf-8")


def _first_letter(one: Stage) -> Row:
    done = first_letter.run(one, FIRST_LETTERS)
    return Row(
        f"submission to accepted letter, idle, {done.tries} tries",
        f"p50 {done.median_s * 1000:.0f} ms, p99 {done.p99_s * 1000:.0f} ms",
        "none",
        "p50 <= 250 ms, p99 <= 1 s",
        done.median_s <= 0.25 and done.p99_s <= 1.0,
    )


def _campaigns(one: Stage, *, quick: bool) -> Iterable[Row]:
    many = [campaign.run(one, MANY) for _ in range(RUNS)]
    ratio = statistics.median(run.rate / run.reference_rate for run in many)
    rate = statistics.median(run.rate for run in many)
    memory = statistics.median(run.worker_mib for run in many)
    reference = statistics.median(run.reference_rate for run in many)
    yield Row(
        f"campaign of {MANY:,}, launch to last batch accepted, 2 workers, median of {RUNS}",
        f"{rate:,.0f} letters/s, {ratio:.3f} of the reference",
        f"INSERT ... SELECT of as many rows: {reference:,.0f}/s",
        ">= 0.15 of it",
        ratio >= 0.15,
    )
    if quick:
        return
    million = campaign.run(one, VERY_MANY)
    yield Row(
        f"the same with {VERY_MANY:,}",
        f"{million.rate:,.0f} letters/s, {million.rate / rate:.2f} of the reference",
        f"the run of {MANY:,}: {rate:,.0f}/s",
        ">= 0.8 of it",
        million.rate >= 0.8 * rate,
    )
    yield Row(
        "resident memory of a worker during it",
        f"{million.worker_mib:.0f} MiB, {million.worker_mib / memory:.2f} of the reference",
        f"the run of {MANY:,}: {memory:.0f} MiB",
        "<= 150 MiB and <= 1.2 times",
        million.worker_mib <= 150 and million.worker_mib <= 1.2 * memory,
    )


def _webhook(one: Stage, key: SigningKey) -> Row:
    campaign.run(one, MANY)
    done = webhook.run(one, key, RECEIPT_LETTERS)
    return Row(
        f"receipts through the webhook, signed, posts of {webhook.POST}",
        f"{done.rate:,.0f} receipts/s, {done.rate / done.reference_rate:.2f} of the reference",
        f"INSERT ... SELECT of as many rows: {done.reference_rate:,.0f}/s",
        ">= 5,000/s",
        done.rate >= 5000,
    )


def _lateness(one: Stage) -> Row:
    done = lateness.run(one, LATE_SECONDS)
    return Row(
        f"lateness at {lateness.A_SECOND} due a second for {LATE_SECONDS} s, {done.letters:,} letters",
        f"p50 {done.median_s:.2f} s, p99 {done.p99_s:.2f} s, worst {done.worst_s:.2f} s",
        "none",
        "p99 <= 3 s",
        done.p99_s <= 3.0,
    )


def _replanning(one: Stage) -> Row:
    runs = [replanning.run(one, REPLANNED) for _ in range(RUNS)]
    ratio = statistics.median(run.last_s / run.first_s for run in runs)
    rate = statistics.median(run.rate for run in runs)
    first = statistics.median(run.first_s for run in runs)
    return Row(
        f"re-planning {REPLANNED:,} clients after a rule change: the last thousand, median of {RUNS}",
        f"{rate:,.0f} clients/s, {ratio:.2f} of the reference",
        f"the first thousand: {first:.2f} s",
        "<= 1.2 times",
        ratio <= 1.2,
    )


def _rehearsal(one: Stage) -> Row:
    done = rehearsal.run(one, REHEARSED, DAYS)
    return Row(
        f"rehearsal of {REHEARSED:,} clients x {DAYS} days, all of whom act, {done.letters:,} letters",
        f"{done.seconds:.1f} s",
        "none",
        "<= 20 s",
        done.seconds <= 20,
    )


def _sweeping(one: Stage, planned: int) -> Row:
    few = sweeping.run(one, FEW_PLANNED)
    many = sweeping.run(one, planned)
    return Row(
        f"sweep: 1,000 due letters of plans among {planned:,} planned, median of {sweeping.RUNS}",
        f"{many.seconds:.2f} s, {many.seconds / few.seconds:.2f} of the reference",
        f"among {FEW_PLANNED:,}: {few.seconds:.2f} s",
        "<= 1.5 times",
        many.seconds <= 1.5 * few.seconds,
    )


def _table(rows: Iterable[Row]) -> str:
    head = (
        f"# What `make bench` showed\n\n{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, "
        f"{platform.machine()}, Python {platform.python_version()}. "
        "Each reference was measured in the same run.\n\n"
        "| what | ours | reference | to reach | reached |\n|---|---|---|---|---|\n"
    )
    return head + "\n".join(map(str, rows)) + "\n"


if __name__ == "__main__":
    main()
