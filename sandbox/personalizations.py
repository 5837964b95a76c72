"""The part of a request that comes a thousand times over: who gets the letter and what is theirs alone.

Ordinary entries pass a quick check of a few microseconds; only what isn't ordinary meets the full one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox import rules
from sandbox.refusals import Refusals

MOST_PERSONALIZATIONS = 1_000
MOST_RECIPIENTS = 1_000
FURTHEST_S = 72 * 3600

Recipient = tuple[int, str]
"""The index of a personalization, and an address in it."""

PLAIN = frozenset({"to", "headers", "substitutions", "custom_args"})
ABSENT: dict[str, str] = {}


@dataclass(frozen=True)
class Shared:
    """What the whole request says that its personalizations build upon."""

    subject: str
    custom_args: Mapping[str, str]
    now: float


def check_personalizations(refusals: Refusals, value: Any, shared: Shared) -> list[Recipient]:
    """Every recipient in order; faults go to `refusals`."""
    field = "personalizations"
    if not isinstance(value, list):
        refusals.wrong_type(field, list, value)
        return []
    if not 1 <= len(value) <= MOST_PERSONALIZATIONS:
        refusals.add(field, f"1 to {MOST_PERSONALIZATIONS:,} are allowed, {len(value):,} were given.")
        return []
    recipients: list[Recipient] = []
    quick = QuickCheck(shared)
    for index, one in enumerate(value):
        address = quick(one)
        if address is not None:
            recipients.append((index, address))
        else:
            recipients += ((index, found) for found in _check_one(refusals, index, one, shared))
    if len(recipients) > MOST_RECIPIENTS:
        refusals.add(
            field, f"{MOST_RECIPIENTS:,} recipients at most with cc and bcc, not {len(recipients):,}."
        )
    return recipients


class QuickCheck:
    """Says yes (the address) only to what the full check would pass too; None means 'look closer'."""

    def __init__(self, shared: Shared) -> None:
        self._subject = shared.subject
        self._shared_bytes = rules.size(shared.custom_args)
        self._header_names: set[frozenset[str]] = set()
        self._tags: list[str] = []
        self._in_subject: list[str] = []

    def __call__(self, one: Any) -> str | None:
        """The one address of an ordinary personalization."""
        try:
            if not one.keys() <= PLAIN:
                return None
            (to,) = one["to"]
            address: str = to["email"]
            ordinary = (
                len(address) <= rules.LONGEST_ADDRESS
                and rules.ADDRESS.fullmatch(address)
                and self._name_is_plain(to)
                and self._headers_are_plain(one.get("headers", ABSENT))
                and self._substitutions_are_plain(one.get("substitutions", ABSENT))
                and self._arguments_are_plain(one.get("custom_args", ABSENT))
            )
        except (TypeError, KeyError, ValueError, AttributeError):
            return None
        return address if ordinary else None

    @staticmethod
    def _name_is_plain(to: dict[str, str]) -> bool:
        if len(to) == 1:
            return True
        name = to["name"]
        plain = isinstance(name, str) and ";" not in name and "," not in name
        return plain and len(to) == 2 and rules.one_line(name)

    def _headers_are_plain(self, headers: Any) -> bool:
        names = frozenset(headers)
        if names not in self._header_names:
            refusals = Refusals()
            rules.headers(refusals, "headers", headers)
            if refusals.items:
                return False
            self._header_names.add(names)
        return rules.one_line("".join(headers.values()))

    def _substitutions_are_plain(self, substitutions: Any) -> bool:
        tags = list(substitutions)
        if tags != self._tags:
            self._tags, self._in_subject = tags, [tag for tag in tags if tag in self._subject]
        return _short(substitutions) and all(rules.one_line(substitutions[tag]) for tag in self._in_subject)

    def _arguments_are_plain(self, arguments: Any) -> bool:
        if arguments is ABSENT:
            return True
        return len(arguments) > 0 and _short(arguments, beside=self._shared_bytes)


def _short(values: Any, *, beside: int = 0) -> bool:
    """Whether names and values, all strings, stay within 10,000 bytes; four bytes a character at most."""
    joined = "".join(values) + "".join(values.values())
    if beside + 4 * len(joined) <= rules.MOST_BYTES:
        return True
    return beside + len(joined.encode()) <= rules.MOST_BYTES


def _check_one(refusals: Refusals, index: int, one: Any, shared: Shared) -> list[str]:
    field = f"personalizations.{index}"
    if not isinstance(one, dict):
        refusals.wrong_type(field, dict, one)
        return []
    before = refusals.count
    _CHECK(refusals, field, one)
    if not one.get("to", True):
        refusals.add(f"{field}.to", "At least one recipient is needed.")
    if refusals.count > before:
        return []
    check_send_at(refusals, f"{field}.send_at", one.get("send_at"), shared.now)
    _check_sizes(refusals, field, one, shared)
    _check_subject(refusals, field, one, shared)
    return _addresses(refusals, field, one)


_PARTIES = rules.list_of(rules.party)
_CHECK = rules.record(
    {
        "from": rules.party,
        "to": _PARTIES,
        "cc": _PARTIES,
        "bcc": _PARTIES,
        "subject": rules.subject,
        "headers": rules.headers,
        "substitutions": rules.small_texts,
        "custom_args": rules.custom_args,
        "send_at": rules.whole_number,
        "dynamic_template_data": rules.mapping,
    },
    required=("to",),
)


def check_send_at(refusals: Refusals, field: str, value: Any, now: float) -> None:
    """At most 72 hours ahead; the past means at once."""
    if type(value) is int and value > now + FURTHEST_S:
        refusals.add(field, "A letter can be scheduled 72 hours ahead at most.")


def _check_sizes(refusals: Refusals, field: str, one: dict[str, Any], shared: Shared) -> None:
    merged = {**shared.custom_args, **one.get("custom_args", {})}
    if (bytes_ := rules.size(merged)) > rules.MOST_BYTES:
        refusals.add(
            f"{field}.custom_args",
            f"{bytes_} bytes with those of the request; {rules.MOST_BYTES:,} are allowed.",
        )


def _check_subject(refusals: Refusals, field: str, one: dict[str, Any], shared: Shared) -> None:
    subject = one.get("subject", shared.subject)
    for tag, value in one.get("substitutions", {}).items():
        if tag in subject and not rules.one_line(value):
            refusals.add(
                f"{field}.substitutions.{tag}", "Stands in the subject, which is one line: no CR, no LF."
            )


def _addresses(refusals: Refusals, field: str, one: dict[str, Any]) -> list[str]:
    """To, cc and bcc; an address may stand there once, whatever its case."""
    found: list[str] = []
    seen: set[str] = set()
    for kind in ("to", "cc", "bcc"):
        for index, entry in enumerate(one.get(kind, [])):
            address = entry["email"]
            if address.lower() in seen:
                refusals.add(
                    f"{field}.{kind}.{index}.email",
                    f"Each address may stand only once in to, cc and bcc of a personalization: {address}",
                )
            seen.add(address.lower())
            found.append(address)
    return found
