"""What Prometheus may count: requests of this door, and how the ledger stands."""

import os
import time
from pathlib import Path

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import REGISTRY

from api.ledger_metrics import LedgerCollector
from coaching.adapters.database import Database

_SHARED = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
if _SHARED:
    Path(_SHARED).mkdir(parents=True, exist_ok=True)

_REQUESTS = Counter("waypoint_http_requests_total", "Requests answered.", ["route", "method", "status"])
_SECONDS = Histogram(
    "waypoint_http_request_seconds",
    "Time to answer.",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0),
)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def measure(app: Flask) -> None:
    """Count and time every request by route, never by address: addresses can hold tokens."""
    app.before_request(_start)
    app.after_request(_count)


def _start() -> None:
    g.started = time.perf_counter()


def _count(response: Response) -> Response:
    route = request.url_rule.rule if request.url_rule else "none"
    # Anybody can make up a method; every new one would be a counter for good.
    method = request.method if request.method in _METHODS else "other"
    _REQUESTS.labels(route, method, str(response.status_code)).inc()
    started = g.get("started")
    if started is not None:
        _SECONDS.labels(route).observe(time.perf_counter() - started)
    return response


def exposition(database: Database) -> bytes:
    """Return all metrics as text; counts of all web processes where they share a folder."""
    registry = REGISTRY
    if _SHARED:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    ledger = CollectorRegistry()
    ledger.register(LedgerCollector(database))
    return generate_latest(registry) + generate_latest(ledger)
