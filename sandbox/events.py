"""What SendGrid would report about a letter: the events of its fate, in its own words."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, cast

Event = dict[str, Any]
Fate = Literal["bounce", "spam", "drop", "defer"]
Engagement = Literal["open", "click", "unsubscribe", "group_unsubscribe", "spamreport"]

_FATED = re.compile(r"(bounce|spam|drop|defer)(?:\+[^@]*)?@", re.IGNORECASE)
_KINDS: dict[str, tuple[str, ...]] = {
    "": ("processed", "delivered"),
    "bounce": ("processed", "bounce"),
    "spam": ("processed", "delivered", "spamreport"),
    "drop": ("dropped",),
    "defer": ("processed", "deferred"),
}
_BROWSER = {"useragent": "Mozilla/5.0 (a reader of the sandbox)", "ip": "192.0.2.1"}
_DETAILS: dict[str, Event] = {
    "delivered": {"response": "250 OK"},
    "bounce": {
        "reason": "550 5.1.1 no such mailbox",
        "status": "5.1.1",
        "type": "bounce",
        "bounce_classification": "Invalid Address",
    },
    "dropped": {"reason": "Bounced Address", "status": "5.0.0"},
    "deferred": {"response": "451 4.3.0 try again later", "attempt": "1"},
    "open": {**_BROWSER, "sg_machine_open": False},
    "click": _BROWSER,
    "group_unsubscribe": {**_BROWSER, "asm_group_id": 1},
}


def fate_of(address: str) -> Fate | None:
    """The fate an address asks for by how it begins: bounce@, spam@, drop@, defer@, also bounce+1@."""
    found = _FATED.match(address)
    return cast(Fate, found.group(1).lower()) if found else None


@dataclass(frozen=True)
class Report:
    """The events of one accepted request, kept small until they are sent.

    `recipients` is JSON: `[[position, address, custom_args], ...]`. `kinds` None: by each address's fate.
    """

    mail_id: str
    at: int
    categories: list[str]
    recipients: str
    kinds: tuple[str, ...] | None = None
    more: Event = field(default_factory=dict)

    def events(self) -> Iterator[Event]:
        """One event after another, in the order in which things happened."""
        for position, address, arguments in json.loads(self.recipients):
            kinds = self.kinds if self.kinds is not None else _KINDS[fate_of(address) or ""]
            for kind in kinds:
                yield self._event(kind, position, address, arguments)

    def _event(self, kind: str, position: int, address: str, arguments: dict[str, str]) -> Event:
        # Custom arguments come back as top-level keys; SendGrid's own win where names meet.
        event = {
            **arguments,
            "email": address,
            "timestamp": self.at,
            "event": kind,
            "smtp-id": f"<{self.mail_id}.{position}@sandbox.invalid>",
            "sg_event_id": f"{kind}-{self.mail_id}-{position}",
            "sg_message_id": f"{self.mail_id}.sandbox.{position}",
            **_DETAILS.get(kind, {}),
            **self.more,
        }
        if self.categories:
            event["category"] = self.categories
        return event
