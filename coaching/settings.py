"""Everything that can be set, in one frozen object that only the doors read from the environment."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, get_type_hints

from limits import RateLimitItem

from coaching import settings_parsers as parse

ROOT = Path(__file__).resolve().parent.parent
CONTENT = ROOT / "content"
TEMPLATES = ROOT / "templates"
MIGRATIONS = ROOT / "migrations"

SANDBOX, ALLOWLIST, LIVE = parse.MAIL_MODES
ALWAYS = frozenset(parse.MAIL_MODES)
OUTSIDE = frozenset({ALLOWLIST, LIVE})  # the modes in which letters leave the machine


class SettingsError(Exception):
    """Something set is missing or malformed: one line a fault, each beginning with the variable's name."""


@dataclass(frozen=True)
class Variable:
    """How one environment variable is read.

    `default` is what an absent one means, with `{port}` and `{sandbox_port}` filled in; `outside` the same
    where letters leave the machine. Absent without default in a mode of `needed` is a fault.
    """

    name: str
    read: Callable[[str], Any]
    default: str | None = None
    outside: str | None = None
    needed: frozenset[str] = frozenset()

    def default_in(self, mode: str, port: int) -> str | None:
        """The text that stands for an absent variable, or None."""
        text = self.default if mode == SANDBOX else self.outside
        return text and text.replace("{port}", str(port)).replace("{sandbox_port}", str(port + 1))


def _plain(name: str, read: Callable[[str], Any], default: str) -> Variable:
    return Variable(name, read, default, outside=default)


def _needed_outside(name: str, read: Callable[[str], Any], default: str) -> Variable:
    return Variable(name, read, default, needed=OUTSIDE)


@dataclass(frozen=True)
class Settings:
    """What is set. `.env.example` says what each variable means; a test holds the two together."""

    database_url: Annotated[str, Variable("DATABASE_URL", parse.database_url, needed=ALWAYS)] = field(
        repr=False
    )
    redis_url: Annotated[str, Variable("REDIS_URL", parse.redis_url, needed=ALWAYS)] = field(repr=False)
    port: Annotated[int, _plain("PORT", parse.port, "8000")]
    public_url: Annotated[str, _plain("PUBLIC_URL", parse.web_address, "http://127.0.0.1:{port}")]
    home: Annotated[Path, _plain("WAYPOINT_HOME", parse.folder, ".waypoint")]
    secret_keys: Annotated[tuple[str, ...], Variable("SECRET_KEYS", parse.secret_ring, needed=ALWAYS)] = (
        field(repr=False)
    )
    hash_pepper: Annotated[str, Variable("HASH_PEPPER", parse.secret, needed=ALWAYS)] = field(repr=False)

    mail_mode: Annotated[str, _plain("MAIL_MODE", parse.mail_mode, SANDBOX)]
    mail_allowlist: Annotated[
        tuple[str, ...], Variable("MAIL_ALLOWLIST", parse.allowlist, "", needed=frozenset({ALLOWLIST}))
    ]
    mail_from: Annotated[
        str, _needed_outside("MAIL_FROM", parse.mail_address, "coaching@waypoint.example.test")
    ]
    mail_from_name: Annotated[str, _needed_outside("MAIL_FROM_NAME", parse.sender_name, "Waypoint Coaching")]
    mail_postal_address: Annotated[
        str, _needed_outside("MAIL_POSTAL_ADDRESS", parse.text, "12 Example Street, 1000 Exampletown")
    ]

    sendgrid_api_key: Annotated[str, _needed_outside("SENDGRID_API_KEY", parse.api_key, "SG.sandbox")] = (
        field(repr=False)
    )
    sendgrid_host: Annotated[
        str,
        Variable(
            "SENDGRID_HOST", parse.web_address, "http://127.0.0.1:{sandbox_port}", "https://api.sendgrid.com"
        ),
    ]
    sendgrid_webhook_public_key: Annotated[
        str | None, Variable("SENDGRID_WEBHOOK_PUBLIC_KEY", parse.webhook_key, needed=frozenset({LIVE}))
    ]
    settle_window_s: Annotated[int, _plain("SETTLE_WINDOW_S", parse.seconds, "900")]
    rate_sendgrid: Annotated[RateLimitItem, _plain("RATE_SENDGRID", parse.rate, "100/second")]
    resume_per_minute: Annotated[int, _plain("RESUME_PER_MINUTE", parse.count, "6000")]
    lease_s: Annotated[int, _plain("LEASE_S", parse.seconds, "30")]
    inbound_domain: Annotated[str | None, Variable("INBOUND_DOMAIN", parse.domain)]
    inbound_secret: Annotated[str | None, Variable("INBOUND_SECRET", parse.secret)] = field(repr=False)

    rate_intake_per_address: Annotated[
        RateLimitItem, _plain("RATE_INTAKE_PER_ADDRESS", parse.rate, "60/minute")
    ]
    rate_intake_per_key: Annotated[RateLimitItem, _plain("RATE_INTAKE_PER_KEY", parse.rate, "6000/minute")]
    rate_manage_per_key: Annotated[RateLimitItem, _plain("RATE_MANAGE_PER_KEY", parse.rate, "6000/minute")]
    trusted_proxies: Annotated[
        tuple[IPv4Network | IPv6Network, ...], _plain("TRUSTED_PROXIES", parse.networks, "")
    ]
    embed_origins: Annotated[tuple[str, ...], _plain("EMBED_ORIGINS", parse.origins, "")]

    plans_start_unapproved: Annotated[bool, _plain("PLANS_START_UNAPPROVED", parse.yes_or_no, "true")]

    default_time_zone: Annotated[str, _plain("DEFAULT_TIME_ZONE", parse.time_zone, "UTC")]
    log_level: Annotated[str, _plain("LOG_LEVEL", parse.log_level, "INFO")]
    log_format: Annotated[str, _plain("LOG_FORMAT", parse.log_format, "json")]

    @property
    def sqlalchemy_url(self) -> str:
        """The database's address with the driver named, as SQLAlchemy wants it."""
        return "postgresql+psycopg://" + self.database_url.partition("://")[2]

    @property
    def firm_name(self) -> str:
        """The firm's name as people read it: the name letters come from."""
        return self.mail_from_name


VARIABLES: Mapping[str, Variable] = {
    attribute: next(mark for mark in hint.__metadata__ if isinstance(mark, Variable))
    for attribute, hint in get_type_hints(Settings, include_extras=True).items()
}


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Read every variable; an empty one counts as absent. Raises SettingsError that names each fault."""
    given = {name: value.strip() for name, value in environ.items() if value.strip()}
    first: list[str] = []
    mode = _read("mail_mode", given, first)
    port = _read("port", given, first)
    if first:  # other defaults depend on these two
        raise SettingsError("\n".join(first))
    faults: list[str] = []
    values = {attribute: _read(attribute, given, faults, mode, port) for attribute in VARIABLES}
    faults += _guards(values, mode) + _pairs(given)
    if faults:
        raise SettingsError("\n".join(faults))
    return Settings(**values)


def _read(
    attribute: str, given: Mapping[str, str], faults: list[str], mode: str = SANDBOX, port: int = 0
) -> Any:
    """One value; None, with a line added to the faults, when it is malformed or missing."""
    variable = VARIABLES[attribute]
    try:
        return _value(variable, given, mode, port)
    except ValueError as fault:
        faults.append(f"{variable.name}: {fault}")
        return None


def _value(variable: Variable, given: Mapping[str, str], mode: str, port: int) -> Any:
    text = given.get(variable.name, variable.default_in(mode, port))
    if text is not None:
        return variable.read(text)
    if variable.needed == ALWAYS:
        raise ValueError("is not set")
    if mode in variable.needed:
        raise ValueError(f"is not set, and MAIL_MODE {mode} needs it")
    return () if variable.default == "" else None


def _guards(values: Mapping[str, Any], mode: str) -> list[str]:
    """What only holds together: a real key alone sends nothing, and no letter leaves in the clear."""
    faults = []
    host, public = values.get("sendgrid_host"), values.get("public_url")
    if host and mode == SANDBOX and not parse.is_loopback(host):
        faults.append(
            f"SENDGRID_HOST: MAIL_MODE sandbox sends to this machine only (127.0.0.1), not to {host};"
            " set MAIL_MODE to allowlist or live to send letters"
        )
    if host and mode != SANDBOX and not host.startswith("https://"):
        faults.append(f"SENDGRID_HOST: MAIL_MODE {mode} sends over https:// only, not to {host}")
    if public and mode == LIVE and not public.startswith("https://"):
        faults.append(f"PUBLIC_URL: letters of MAIL_MODE live need an https:// address, not {public}")
    return faults


def _pairs(given: Mapping[str, str]) -> list[str]:
    """What is set together or not at all."""
    missing = {"INBOUND_DOMAIN", "INBOUND_SECRET"} - set(given)
    if len(missing) != 1:
        return []
    return [f"{missing.pop()}: INBOUND_DOMAIN and INBOUND_SECRET are set together or not at all"]
