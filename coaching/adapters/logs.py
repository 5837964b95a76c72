"""Structured logs without personal data: ids and counts only, one line an event."""

import logging
import sys
import traceback
from typing import Any

import structlog

# Values under these names never reach a log, whoever logs them.
_PERSONAL = frozenset(
    {"email", "address", "name", "answers", "question", "authorization", "token", "body", "to"}
)
_LOUD = {"celery.redirected": logging.WARNING, "kombu": logging.WARNING, "alembic": logging.WARNING}


def set_up_logs(level: str, form: str) -> None:
    """Send every log line to standard output, as JSON or as text for people."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        leave_out_personal,
        structlog.processors.format_exc_info,
    ]
    last = (
        structlog.processors.JSONRenderer() if form == "json" else structlog.dev.ConsoleRenderer(colors=False)
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name, lowest in _LOUD.items():
        logging.getLogger(name).setLevel(lowest)


def leave_out_personal(_logger: object, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Replace whatever could name a person; an exception keeps its type and place, not its text."""
    for key in _PERSONAL & event.keys():
        event[key] = "left out"
    info = event.pop("exc_info", None)
    if info:
        kind = info[0] if isinstance(info, tuple) else sys.exc_info()[0]
        trace = info[2] if isinstance(info, tuple) else sys.exc_info()[2]
        event["error"] = getattr(kind, "__name__", "unknown")
        event["where"] = _place(trace)
    return event


def _place(trace: Any) -> list[str]:
    """Return file, line and function of the innermost frames: texts of exceptions can quote a row."""

    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)[-6:]]
