"""Faults on request: refusals, slowness, cut connections, and webhooks that misbehave."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

WebhookMode = Literal["on", "off", "duplicate", "shuffle", "late"]
Status = Literal[429, 500, 503]

STATUSES: tuple[Status, ...] = get_args(Status)
WEBHOOK_MODES: tuple[WebhookMode, ...] = get_args(WebhookMode)
MOST_TIMES = 1_000_000
LONGEST_DELAY_MS = 600_000


class FaultError(ValueError):
    """The wish for a fault can't be met; the text says why."""


@dataclass(frozen=True)
class Plan:
    """What goes wrong from now on."""

    status: Status | None = None
    times: int = 0
    delay_ms: int = 0
    drop_after_accept: int = 0
    webhook: WebhookMode = "on"


def _one_of(name: str, choices: tuple[Any, ...]) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if isinstance(value, bool) or value not in choices:
            raise FaultError(f"{name} is one of {', '.join(map(str, choices))}.")
        return value

    return read


def _number(name: str, least: int, most: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if type(value) is not int or not least <= value <= most:
            raise FaultError(f"{name} is a whole number from {least} to {most}.")
        return value

    return read


def _webhook(value: Any) -> WebhookMode:
    read: WebhookMode = _one_of("webhook", (*WEBHOOK_MODES, "none"))(value)
    return "on" if value == "none" else read


_FIELDS: dict[str, Callable[[Any], Any]] = {
    "status": _one_of("status", STATUSES),
    "times": _number("times", 1, MOST_TIMES),
    "delay_ms": _number("delay_ms", 0, LONGEST_DELAY_MS),
    "drop_after_accept": _number("drop_after_accept", 0, MOST_TIMES),
    "webhook": _webhook,
}


def change(plan: Plan, wish: Any) -> Plan:
    """The plan after a wish: named faults are set, others stay; `{}` or `"none"` ends them all.

    A status without times means once. Raises FaultError.
    """
    if wish in ({}, "none"):
        return Plan()
    if not isinstance(wish, dict):
        raise FaultError('A JSON object is needed, or "none".')
    unknown = sorted(wish.keys() - _FIELDS.keys())
    if unknown:
        raise FaultError(f"Unknown: {', '.join(unknown)}. Known: {', '.join(_FIELDS)}.")
    if "times" in wish and "status" not in wish:
        raise FaultError("times needs a status.")
    if "status" in wish:
        wish = {"times": 1, **wish}
    return replace(plan, **{name: _FIELDS[name](value) for name, value in wish.items()})


class Faults:
    """The plan in force, shared by all threads; what is counted down ends by itself."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._plan = Plan()

    @property
    def plan(self) -> Plan:
        """What is in force now."""
        return self._plan

    def wish(self, wish: Any) -> Plan:
        """Change the plan; raises FaultError and changes nothing if it can't be met."""
        with self._lock:
            self._plan = change(self._plan, wish)
            return self._plan

    def take_status(self) -> Status | None:
        """The status to refuse this request with, if any."""
        with self._lock:
            plan = self._plan
            if plan.status is None:
                return None
            left = plan.times - 1
            self._plan = replace(plan, times=left, status=plan.status if left else None)
            return plan.status

    def take_drop(self) -> bool:
        """Whether to cut the connection of this accepted request."""
        with self._lock:
            drop = self._plan.drop_after_accept > 0
            if drop:
                self._plan = replace(self._plan, drop_after_accept=self._plan.drop_after_accept - 1)
            return drop
