"""Faults on request: refusals, slowness, cut connections, and webhooks that misbehave.

`{"status": 429, "times": 3}` refuses the next three requests in SendGrid's words: 400 names nobody, 401 the
key, 401 with `"quota": true` credits that are used up, 403 the sender, 413 the size; also 429, 500, 503.
`{"refuse": "+bad"}` answers 400, naming nobody, whenever an address holds the text; `""` ends that.
`{"delay_ms": 500}` answers late, `{"drop_after_accept": 2}` accepts and then cuts the connection,
`{"webhook": "off|duplicate|shuffle|late"}` spoils the reports. `{}` or `"none"` ends everything.
"""

import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, get_args

WebhookMode = Literal["on", "off", "duplicate", "shuffle", "late"]
Status = Literal[400, 401, 403, 413, 429, 500, 503]

STATUSES: tuple[Status, ...] = get_args(Status)
WEBHOOK_MODES: tuple[WebhookMode, ...] = get_args(WebhookMode)
MOST_TIMES = 1_000_000
LONGEST_DELAY_MS = 600_000
LONGEST_REFUSED = 320


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
    quota: bool = False
    refuse: str = ""

    def as_json(self) -> dict[str, object]:
        """Return what is in force; what is seldom wished for stands there only while it is."""
        return {
            name: value for name, value in asdict(self).items() if value or name not in ("quota", "refuse")
        }


@dataclass(frozen=True)
class Refusal:
    """A request is answered with this; `quota`: because the credits are used up."""

    status: Status
    quota: bool = False


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


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise FaultError("quota is true or false.")
    return value


def _part_of_address(value: Any) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_REFUSED:
        raise FaultError("refuse is a part of an address.")
    return value.lower()


_FIELDS: dict[str, Callable[[Any], Any]] = {
    "status": _one_of("status", STATUSES),
    "times": _number("times", 1, MOST_TIMES),
    "delay_ms": _number("delay_ms", 0, LONGEST_DELAY_MS),
    "drop_after_accept": _number("drop_after_accept", 0, MOST_TIMES),
    "webhook": _webhook,
    "quota": _flag,
    "refuse": _part_of_address,
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
    if wish.get("quota") and wish.get("status") != 401:
        raise FaultError("quota goes with status 401.")
    if "status" in wish:
        wish = {"times": 1, "quota": False, **wish}
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

    def take_refusal(self) -> Refusal | None:
        """What to refuse this request with, if anything."""
        with self._lock:
            plan = self._plan
            if plan.status is None:
                return None
            left = plan.times - 1
            self._plan = replace(
                plan, times=left, status=plan.status if left else None, quota=plan.quota and left > 0
            )
            return Refusal(plan.status, plan.quota)

    def take_drop(self) -> bool:
        """Whether to cut the connection of this accepted request."""
        with self._lock:
            drop = self._plan.drop_after_accept > 0
            if drop:
                self._plan = replace(self._plan, drop_after_accept=self._plan.drop_after_accept - 1)
            return drop
