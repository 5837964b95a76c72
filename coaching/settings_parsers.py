"""Turns the text of one environment variable into its value, or says in a few words what is wrong with it.

Each takes a text that isn't empty and raises ValueError whose text a person reads after the variable's name.
Texts about secrets never repeat them.
"""

import base64
import binascii
import re
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key
from email_validator import EmailNotValidError, validate_email
from limits import RateLimitItem
from limits import parse as parse_rate

MAIL_MODES = ("sandbox", "allowlist", "live")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
LOG_FORMATS = ("json", "text")
SHORTEST_SECRET = 16  # characters; the ones we make have 43
MOST = 1_000_000
LONGEST_S = 7 * 24 * 3600
_HOST_NAME = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def text(value: str) -> str:
    """One line of text."""
    if _CONTROL.search(value):
        raise ValueError("has a line break or control character in it")
    return value


def port(value: str) -> int:
    """A port number that leaves room for the sandbox's, one higher."""
    if not re.fullmatch(r"[0-9]{1,5}", value) or not 1 <= int(value) <= 65534:
        raise ValueError(f"{value!r} is not a port from 1 to 65534")
    return int(value)


def seconds(value: str) -> int:
    """Whole seconds, one at least, a week at most."""
    if not re.fullmatch(r"[0-9]{1,7}", value) or not 1 <= int(value) <= LONGEST_S:
        raise ValueError(f"{value!r} is not a whole number of seconds from 1 to {LONGEST_S}")
    return int(value)


def count(value: str) -> int:
    """A whole number, one at least, a million at most."""
    if not re.fullmatch(r"[0-9]{1,7}", value) or not 1 <= int(value) <= MOST:
        raise ValueError(f"{value!r} is not a whole number from 1 to {MOST}")
    return int(value)


def yes_or_no(value: str) -> bool:
    """True or false, written so."""
    return _one_of(value.lower(), ("true", "false")) == "true"


def folder(value: str) -> Path:
    """A folder, `~` meaning one's own."""
    try:
        return Path(text(value)).expanduser()
    except RuntimeError:
        raise ValueError(f"{value!r} names the home of nobody on this machine") from None


def database_url(value: str) -> str:
    """postgresql://user:password@host/database, the host perhaps as ?host=/socket/folder."""
    parts = _split(value)
    if parts.scheme not in {"postgresql", "postgres", "postgresql+psycopg"}:
        raise ValueError("must begin with postgresql://")
    if not parts.path.strip("/"):
        raise ValueError("names no database: postgresql://user:password@host:5432/database")
    return value


def redis_url(value: str) -> str:
    """redis:// or rediss:// with a host."""
    parts = _split(value)
    if parts.scheme not in {"redis", "rediss"} or not parts.hostname:
        raise ValueError("must look like redis://:password@host:6379/0 (or rediss://)")
    if not re.fullmatch(r"/?[0-9]*", parts.path):
        raise ValueError("must end with the number of a database, as in redis://host:6379/0")
    return value


def _split(value: str) -> SplitResult:
    """Take an address apart without ever repeating it: it may hold a password."""
    try:
        parts = urlsplit(text(value))
        _ = parts.port, parts.hostname
    except ValueError:
        raise ValueError("is not an address (URL)") from None
    return parts


def web_address(value: str) -> str:
    """An http(s) address of a host, perhaps with a path, without the slash at its end."""
    parts = _split(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must look like https://host")
    if parts.username is not None or parts.query or parts.fragment or " " in value:
        raise ValueError("must be a plain address, without user name, question mark or #")
    return value.rstrip("/")


def is_loopback(address: str) -> bool:
    """Does this web address lead to this machine and nowhere else?"""
    host = urlsplit(address).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def secret(value: str) -> str:
    """A text that can't be guessed, as far as length tells."""
    if len(text(value)) < SHORTEST_SECRET:
        raise ValueError(f"is too short: at least {SHORTEST_SECRET} characters")
    return value


def secret_ring(value: str) -> tuple[str, ...]:
    """Secrets with commas between; the first signs, all verify."""
    ring = _list(value)
    if not ring:
        raise ValueError("holds no key")
    if len(set(ring)) != len(ring):
        raise ValueError("holds the same key twice")
    return tuple(secret(key) for key in ring)


def mail_mode(value: str) -> str:
    """Where letters may go."""
    return _one_of(value, MAIL_MODES)


def log_level(value: str) -> str:
    """How much is logged."""
    return _one_of(value.upper(), LOG_LEVELS)


def log_format(value: str) -> str:
    """How a log line looks."""
    return _one_of(value, LOG_FORMATS)


def _one_of(value: str, choices: tuple[str, ...]) -> str:
    if value not in choices:
        raise ValueError(f"{value!r} is none of {', '.join(choices)}")
    return value


def mail_address(value: str) -> str:
    """One e-mail address."""
    try:
        return validate_email(value, check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError:
        raise ValueError(f"{value!r} is not an e-mail address") from None


def sender_name(value: str) -> str:
    """A name that SendGrid takes: it refuses ; and , in names."""
    if re.search(r"[;,<>\"]", text(value)):
        raise ValueError('must do without ; , < > and "')
    return value


def allowlist(value: str) -> tuple[str, ...]:
    """Addresses, or @domain for everyone there, in lower case."""
    allowed = tuple(_allowed(one) for one in _list(value.lower()))
    if value and not allowed:
        raise ValueError("holds no address")
    return allowed


def _allowed(value: str) -> str:
    if value.startswith("@"):
        return "@" + domain(value[1:])
    return mail_address(value).lower()


def domain(value: str) -> str:
    """A host name with a dot in it, in lower case."""
    if not _HOST_NAME.fullmatch(value.lower()):
        raise ValueError(f"{value!r} is not a domain")
    return value.lower()


def api_key(value: str) -> str:
    """A SendGrid API key."""
    if not re.fullmatch(r"SG\.[\x21-\x7e]+", value):
        raise ValueError("doesn't look like a SendGrid key: they begin with SG.")
    return value


def webhook_key(value: str) -> str:
    """SendGrid's verification key: a P-256 public key in base64, on one line."""
    try:
        key = load_der_public_key(base64.b64decode(value, validate=True))
    except (binascii.Error, ValueError, UnsupportedAlgorithm):
        raise ValueError("is not a verification key as SendGrid shows it (base64)") from None
    if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
        raise ValueError("is not a verification key as SendGrid shows it (ECDSA P-256)")  # noqa: TRY004 - a reader of settings raises ValueError
    return value


def rate(value: str) -> RateLimitItem:
    """So many in a time, as in 60/minute."""
    try:
        item = parse_rate(value)
    except ValueError:
        item = None
    if item is None or item.amount < 1:
        raise ValueError(f"{value!r} is not a rate such as 60/minute")
    return item


def networks(value: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Addresses or networks (10.0.0.0/8) with commas between."""
    try:
        return tuple(ip_network(one) for one in _list(value))
    except ValueError:
        raise ValueError(f"{value!r} is not a list of addresses such as 127.0.0.1, 10.0.0.0/8") from None


def origins(value: str) -> tuple[str, ...]:
    """Origins of web sites, https://host, with commas between."""
    found = tuple(web_address(one) for one in _list(value))
    for one in found:
        if urlsplit(one).path or "*" in one or ";" in one:
            raise ValueError(f"{one!r} is not an origin such as https://www.firm.example")
    return found


def time_zone(value: str) -> str:
    """The IANA name of a zone."""
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{value!r} is not a time zone such as Europe/Paris") from None
    return value


def _list(value: str) -> list[str]:
    return [part.strip() for part in text(value).split(",") if part.strip()]
