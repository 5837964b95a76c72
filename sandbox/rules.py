"""Small checks that the fields of a request share: text, whole numbers, flags, addresses, maps of text."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.refusals import Refusals

Check = Callable[[Refusals, str, Any], None]

LONGEST_ADDRESS = 320
MOST_BYTES = 10_000

# Deliberately plainer than RFC 5322: what mail providers really accept, ASCII only.
ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])"
)
HEADER_NAME = re.compile(r"[!-9;-~]+")
RESERVED_HEADERS = frozenset(
    {"x-sg-id", "x-sg-eid", "received", "dkim-signature", "content-type", "content-transfer-encoding"}
    | {"to", "from", "subject", "reply-to", "cc", "bcc"}
)


def one_line(value: str) -> bool:
    """Whether the text can stand in a mail header."""
    return "\n" not in value and "\r" not in value


def text(*, shortest: int = 0, longest: int | None = None, without: str = "") -> Check:
    """A check for a string of so many characters that holds none of those in `without`."""

    def check(refusals: Refusals, field: str, value: Any) -> None:
        if not isinstance(value, str):
            refusals.wrong_type(field, str, value)
        elif len(value) < shortest or (longest is not None and len(value) > longest):
            bounds = f"at least {shortest}" if longest is None else f"{shortest} to {longest}"
            refusals.add(field, f"Must be {bounds} characters long.")
        elif any(mark in value for mark in without):
            refusals.add(field, "Holds a character that can't stand here (;, a comma or a line break).")

    return check


subject = text(shortest=1, without="\r\n")


def whole_number(refusals: Refusals, field: str, value: Any) -> None:
    """An integer; JSON's true and 1.0 are none."""
    if type(value) is not int:
        refusals.wrong_type(field, int, value)


def flag(refusals: Refusals, field: str, value: Any) -> None:
    """True or false."""
    if not isinstance(value, bool):
        refusals.wrong_type(field, bool, value)


def list_of(check: Check, *, most: int | None = None) -> Check:
    """A check for an array whose every member passes `check`."""

    def check_list(refusals: Refusals, field: str, value: Any) -> None:
        if not isinstance(value, list):
            refusals.wrong_type(field, list, value)
            return
        if most is not None and len(value) > most:
            refusals.add(field, f"At most {most} are allowed, {len(value)} were given.")
        for index, member in enumerate(value):
            check(refusals, f"{field}.{index}", member)

    return check_list


def record(checks: Mapping[str, Check], *, required: tuple[str, ...] = ()) -> Check:
    """A check for an object with these properties and no others."""

    def check(refusals: Refusals, field: str, value: Any) -> None:
        if not isinstance(value, dict):
            refusals.wrong_type(field, dict, value)
            return
        for name in required:
            if name not in value:
                refusals.add(f"{field}.{name}", f"{name} is required.")
        for name, member in value.items():
            if name in checks:
                checks[name](refusals, f"{field}.{name}", member)
            else:
                refusals.unknown(field, name)

    return check


def _address(refusals: Refusals, field: str, value: Any) -> None:
    if not isinstance(value, str):
        refusals.wrong_type(field, str, value)
    elif len(value) > LONGEST_ADDRESS:
        refusals.add(field, f"An address is at most {LONGEST_ADDRESS} characters long.")
    elif not ADDRESS.fullmatch(value):
        refusals.add(field, "Does not contain a valid address.")


party = record({"email": _address, "name": text(without=";,\r\n")}, required=("email",))


def mapping(refusals: Refusals, field: str, value: Any) -> None:
    """An object of any shape."""
    if not isinstance(value, dict):
        refusals.wrong_type(field, dict, value)


def texts(refusals: Refusals, field: str, value: Any) -> bool:
    """An object whose values are all strings; says whether it is."""
    if not isinstance(value, dict):
        refusals.wrong_type(field, dict, value)
        return False
    wrong = {name: member for name, member in value.items() if not isinstance(member, str)}
    for name, member in wrong.items():
        refusals.wrong_type(f"{field}.{name}", str, member)
    return not wrong


def size(values: Mapping[str, str]) -> int:
    """Bytes of all names and values together, in UTF-8."""
    return len("".join(values).encode()) + len("".join(values.values()).encode())


def small_texts(refusals: Refusals, field: str, value: Any) -> None:
    """Strings only, 10,000 bytes together."""
    if texts(refusals, field, value) and (bytes_ := size(value)) > MOST_BYTES:
        refusals.add(field, f"{bytes_} bytes; all names and values together may have {MOST_BYTES:,}.")


def custom_args(refusals: Refusals, field: str, value: Any) -> None:
    """Strings only, at least one, 10,000 bytes together."""
    if value == {}:
        refusals.add(field, "custom_args cannot be empty.")
    else:
        small_texts(refusals, field, value)


def headers(refusals: Refusals, field: str, value: Any) -> None:
    """Headers a sender may set: ASCII names that are not SendGrid's own, values of one line."""
    if not texts(refusals, field, value):
        return
    if len({name.lower() for name in value}) < len(value):
        refusals.add(field, "A header may be given only once.")
    for name, member in value.items():
        if not HEADER_NAME.fullmatch(name):
            refusals.add(field, f"{name!r} is no header name: ASCII without spaces or colon.")
        elif name.lower() in RESERVED_HEADERS:
            refusals.add(f"{field}.{name}", f"{name} is reserved; SendGrid sets it itself.")
        if not one_line(member):
            refusals.add(f"{field}.{name}", "A header value is one line: no CR, no LF.")
