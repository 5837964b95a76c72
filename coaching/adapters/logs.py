"""Structured logs without personal data: ids and counts only, one line an event.

At DEBUG only our own code says more: what libraries tell at that level holds parameters, addresses, keys.
"""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any

import structlog

from coaching.adapters.redaction import without_secrets

OURS = ("api", "workers", "cli", "coaching")
# Values under these names never reach a log, whoever logs them; celery puts arguments and errors into data.
_PERSONAL = frozenset(
    {"email", "address", "name", "answers", "question", "authorization", "token", "body", "to", "data"}
)
# These have nothing to say below a warning that an operator needs.
_QUIET = ("celery.redirected", "kombu", "alembic", "sqlalchemy", "urllib3", "python_http_client")
_PLAIN = (bool, int, float, type(None))


def set_up_logs(level: str, form: str) -> None:
    """Send every log line to standard output, as JSON or as text for people."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last = (
        structlog.processors.JSONRenderer() if form == "json" else structlog.dev.ConsoleRenderer(colors=False)
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, leave_out_personal, last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    _set_levels(level)
    # Whoever logs through structlog itself goes the same way and is held to the same rules.
    structlog.configure(
        processors=[
            structlog.stdlib.PositionalArgumentsFormatter(),
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
    )


def _set_levels(level: str) -> None:
    wanted = logging.getLevelNamesMapping()[level]
    logging.getLogger().setLevel(max(wanted, logging.INFO))
    for name in OURS:
        logging.getLogger(name).setLevel(wanted)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(wanted, logging.WARNING))


def leave_out_personal(_logger: object, _method: str, event: MutableMapping[str, Any]) -> dict[str, Any]:
    """Replace whatever could name a person or open a door; an exception keeps its type and place only."""
    for key in _PERSONAL & event.keys():
        event[key] = "left out"
    error = _exception(event.pop("exc_info", None))
    if error:
        event["event"] = _without_words_of(error, str(event.get("event", "")))
    cleaned = {key: _clean(value) for key, value in event.items()}
    if error:
        cleaned |= {"error": type(error).__name__, "where": _place(error.__traceback__)}
    return cleaned


def _exception(info: Any) -> BaseException | None:
    """Return the exception, in whichever of the three ways it was handed over."""
    if isinstance(info, BaseException):
        return info
    found: BaseException | None = info[1] if isinstance(info, tuple) else sys.exc_info()[1] if info else None
    return found


def _without_words_of(error: BaseException, text: str) -> str:
    """Return the text without what the exception says: that can quote a row of the database."""
    for words in (repr(error), str(error)):
        if words:
            text = text.replace(words, type(error).__name__)
    return text


def _clean(value: Any) -> Any:
    """Return a value as it may be shown, whatever holds it."""
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, dict):
        return {without_secrets(str(key)): _clean(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(one) for one in value]
    return without_secrets(str(value))


def _place(trace: Any) -> list[str]:
    """Return file, line and function of the last frames that are ours, and of the last two of all."""
    frames = traceback.extract_tb(trace)
    ours = [frame for frame in frames if "site-packages" not in frame.filename]
    shown = ours[-4:] + [frame for frame in frames[-2:] if frame not in ours[-4:]]
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in shown]
