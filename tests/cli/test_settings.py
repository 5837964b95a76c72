"""The settings: every malformed variable is named in one line, and a real key alone sends nothing."""

import base64
from ipaddress import ip_network
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from coaching.settings import SettingsError, read_settings

LEAST = {
    "DATABASE_URL": "postgresql://waypoint:pw@db:5432/waypoint",
    "REDIS_URL": "redis://:pw@broker:6379/0",
    "SECRET_KEYS": "a-first-secret-of-some-length, an-older-secret-of-some-length",
    "HASH_PEPPER": "a-pepper-of-some-length",
}


def public_key(curve: ec.EllipticCurve) -> str:
    """A verification key as SendGrid shows it."""
    key = ec.generate_private_key(curve).public_key()
    return base64.b64encode(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


SENDER = {
    "MAIL_FROM": "coach@firm.example",
    "MAIL_FROM_NAME": "The Firm",
    "MAIL_POSTAL_ADDRESS": "1 High Street, Town",
    "SENDGRID_API_KEY": "SG.real.key",
}
ALLOWLIST = (
    LEAST | SENDER | {"MAIL_MODE": "allowlist", "MAIL_ALLOWLIST": "me@firm.example, @Test.Firm.example"}
)
LIVE = (
    LEAST
    | SENDER
    | {
        "MAIL_MODE": "live",
        "PUBLIC_URL": "https://coach.firm.example",
        "SENDGRID_WEBHOOK_PUBLIC_KEY": public_key(ec.SECP256R1()),
    }
)

MALFORMED = {
    "DATABASE_URL": ["mysql://x/y", "postgresql://host", "postgresql://h:port/db", "x", "postgresql://[h/db"],
    "REDIS_URL": ["http://x", "redis://", "redis://h:x/0", "redis://h/zero"],
    "PORT": ["x", "0", "65535", "-1", "80.5", "٨٠٠٠", "99999999"],
    "PUBLIC_URL": [
        "firm.example",
        "ftp://firm.example",
        "https://",
        "https://u:p@h",
        "https://h/?q",
        "https://a b",
    ],
    "PLANS_START_UNAPPROVED": ["yes", "1"],
    "WAYPOINT_HOME": ["~nobody-of-that-name/x", "a\nb"],
    "SECRET_KEYS": [
        "short",
        ",",
        "twice-the-same-secret,twice-the-same-secret",
        "long-enough-a-secret,short",
    ],
    "HASH_PEPPER": ["short"],
    "MAIL_MODE": ["Live", "on", "production"],
    "MAIL_ALLOWLIST": ["nobody", "a@b.example, @", ","],
    "MAIL_FROM": ["firm.example", "a@b@c", "Coach <a@firm.example>"],
    "MAIL_FROM_NAME": ["Firm; Co", "Firm, Co", "Firm\r\nBcc: x@y.z", '"Firm"'],
    "MAIL_POSTAL_ADDRESS": ["1 High Street\nTown"],
    "SENDGRID_API_KEY": ["abc", "SG.with space", "SG."],
    "SENDGRID_HOST": ["127.0.0.1", "http://u@127.0.0.1", "https://api.sendgrid.com"],
    "SENDGRID_WEBHOOK_PUBLIC_KEY": ["x", "eHl6", public_key(ec.SECP384R1())],
    "SETTLE_WINDOW_S": ["0", "-1", "1.5", "15m", "99999999"],
    "LEASE_S": ["0", "half", "30s"],
    "INBOUND_DOMAIN": ["http://in.firm.example", "nodot", "a_b.example", "in.firm.example/x"],
    "INBOUND_SECRET": ["short"],
    "RATE_INTAKE_PER_ADDRESS": ["60", "sixty/minute", "60/fortnight", "0/minute", "60 per"],
    "RATE_INTAKE_PER_KEY": ["x"],
    "RATE_MANAGE_PER_KEY": ["x"],
    "TRUSTED_PROXIES": ["proxy.example", "10.0.0.1/8", "10.0.0.0/33"],
    "EMBED_ORIGINS": ["*", "https://*.firm.example", "firm.example", "https://firm.example/page"],
    "DEFAULT_TIME_ZONE": ["Mars/Olympus", "../../etc/passwd", "/etc/localtime", "utc+2", "Europe"],
    "LOG_LEVEL": ["LOUD", "1"],
    "LOG_FORMAT": ["xml"],
}
SECRET = {"DATABASE_URL", "REDIS_URL", "SECRET_KEYS", "HASH_PEPPER", "SENDGRID_API_KEY", "INBOUND_SECRET"}


def faults(environ: dict[str, str]) -> list[str]:
    """The lines that reading these variables gives."""
    with pytest.raises(SettingsError) as caught:
        read_settings(environ)
    return str(caught.value).splitlines()


@pytest.mark.parametrize(
    ("name", "value"), [(name, bad) for name, all_bad in MALFORMED.items() for bad in all_bad]
)
def test_a_malformed_value_is_one_line_that_names_it(name: str, value: str) -> None:
    """Each malformed value gives exactly one line, which begins with the variable and repeats no secret."""
    both = {"INBOUND_DOMAIN": "in.firm.example", "INBOUND_SECRET": "an-inbound-secret"}
    [line] = faults(LEAST | both | {name: value})
    assert line.startswith(f"{name}: ")
    if name in SECRET and len(value) > 8:
        assert value not in line.removeprefix(name)


@pytest.mark.parametrize("name", LEAST)
def test_what_has_no_default_is_missed(name: str) -> None:
    """An absent or empty variable that is needed gives one line that names it."""
    for environ in ({key: LEAST[key] for key in LEAST if key != name}, LEAST | {name: "  "}):
        [line] = faults(environ)
        assert line == f"{name}: is not set"


def test_every_fault_is_told_at_once() -> None:
    """Several faults give several lines, so that one round of mending is enough."""
    lines = faults(LEAST | {"LEASE_S": "x", "LOG_LEVEL": "x", "HASH_PEPPER": ""})
    assert [line.partition(":")[0] for line in lines] == ["HASH_PEPPER", "LEASE_S", "LOG_LEVEL"]


def test_defaults_follow_the_port() -> None:
    """The public address and the sandbox's follow the port."""
    found = read_settings(LEAST | {"PORT": "9000"})
    assert found.public_url == "http://127.0.0.1:9000"
    assert found.sendgrid_host == "http://127.0.0.1:9001"
    assert found.home == Path(".waypoint")
    assert (found.mail_mode, found.lease_s, found.settle_window_s) == ("sandbox", 30, 900)


def test_lists_and_rates_are_taken_apart() -> None:
    """Values with parts arrive as their parts."""
    found = read_settings(
        LEAST
        | {
            "TRUSTED_PROXIES": "127.0.0.1, 10.0.0.0/8, ::1",
            "EMBED_ORIGINS": "https://a.example,http://localhost:3000/",
            "RATE_INTAKE_PER_KEY": "5 per 2 seconds",
            "PUBLIC_URL": "https://firm.example/coach/",
        }
    )
    assert found.secret_keys == ("a-first-secret-of-some-length", "an-older-secret-of-some-length")
    assert found.trusted_proxies == (ip_network("127.0.0.1"), ip_network("10.0.0.0/8"), ip_network("::1"))
    assert found.embed_origins == ("https://a.example", "http://localhost:3000")
    assert (found.rate_intake_per_key.amount, found.rate_intake_per_key.get_expiry()) == (5, 2)
    assert found.public_url == "https://firm.example/coach"


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_the_driver_is_named_for_sqlalchemy(scheme: str) -> None:
    """However people write the database's address, SQLAlchemy gets the driver's name."""
    found = read_settings(LEAST | {"DATABASE_URL": f"{scheme}://u:p@/waypoint?host=/run/x"})
    assert found.sqlalchemy_url == "postgresql+psycopg://u:p@/waypoint?host=/run/x"


def test_secrets_dont_show_in_a_repr() -> None:
    """Printing the settings shows no secret."""
    shown = repr(
        read_settings(LIVE | {"INBOUND_DOMAIN": "in.firm.example", "INBOUND_SECRET": "an-inbound-secret"})
    )
    for secret in ("pw@", "a-first-secret", "a-pepper", "SG.real", "an-inbound"):
        assert secret not in shown


@pytest.mark.parametrize(
    "host", ["http://127.0.0.1:9", "https://127.0.0.1:9", "http://localhost:9", "http://[::1]:9"]
)
def test_in_the_sandbox_any_loopback_host_will_do(host: str) -> None:
    """In sandbox mode another stand-in on this machine may be named."""
    assert read_settings(LEAST | {"SENDGRID_HOST": host}).sendgrid_host == host


@pytest.mark.parametrize(
    "host",
    [
        "https://api.sendgrid.com",
        "http://10.0.0.1",
        "http://127.0.0.1.evil.example",
        "http://localhost.evil.example",
        "http://0.0.0.0:9",
        "http://2130706433",
    ],
)
def test_a_real_key_alone_sends_nothing(host: str) -> None:
    """In sandbox mode a host beyond this machine is refused, whatever key is set."""
    [line] = faults(LEAST | {"SENDGRID_API_KEY": "SG.real.key", "SENDGRID_HOST": host})
    assert line.startswith("SENDGRID_HOST: ")
    assert read_settings(LEAST | {"SENDGRID_API_KEY": "SG.real.key"}).sendgrid_host == "http://127.0.0.1:8001"


@pytest.mark.parametrize("name", [*SENDER, "MAIL_ALLOWLIST"])
def test_allowlist_needs_a_sender_and_a_list(name: str) -> None:
    """Allowlist mode takes no sandbox default for who sends and to whom."""
    [line] = faults({key: value for key, value in ALLOWLIST.items() if key != name})
    assert line == f"{name}: is not set, and MAIL_MODE allowlist needs it"


@pytest.mark.parametrize("name", [*SENDER, "SENDGRID_WEBHOOK_PUBLIC_KEY"])
def test_live_needs_a_sender_and_a_webhook_key(name: str) -> None:
    """Live mode takes no sandbox default for who sends and who signs."""
    [line] = faults({key: value for key, value in LIVE.items() if key != name})
    assert line == f"{name}: is not set, and MAIL_MODE live needs it"


def test_outside_the_sandbox_sendgrid_is_the_default() -> None:
    """Complete allowlist and live settings go to SendGrid; the allowlist is held in lower case."""
    assert read_settings(LIVE).sendgrid_host == "https://api.sendgrid.com"
    found = read_settings(ALLOWLIST)
    assert found.sendgrid_host == "https://api.sendgrid.com"
    assert found.mail_allowlist == ("me@firm.example", "@test.firm.example")
    assert found.firm_name == "The Firm"


@pytest.mark.parametrize("environ", [ALLOWLIST, LIVE])
@pytest.mark.parametrize("host", ["http://api.sendgrid.com", "http://127.0.0.1:9"])
def test_no_letter_leaves_in_the_clear(environ: dict[str, str], host: str) -> None:
    """Allowlist and live refuse plain HTTP, also to this machine."""
    [line] = faults(environ | {"SENDGRID_HOST": host})
    assert line.startswith("SENDGRID_HOST: ")


def test_live_links_are_https() -> None:
    """Live letters with links to a plain address are refused: one-click unsubscribe wants https."""
    [line] = faults({key: value for key, value in LIVE.items() if key != "PUBLIC_URL"})
    assert line.startswith("PUBLIC_URL: ")


def test_inbound_is_set_whole_or_not_at_all() -> None:
    """A domain for replies without its secret, or the other way round, names what is missing."""
    [line] = faults(LEAST | {"INBOUND_DOMAIN": "in.firm.example"})
    assert line.startswith("INBOUND_SECRET: ")
    [line] = faults(LEAST | {"INBOUND_SECRET": "a-secret-of-some-length"})
    assert line.startswith("INBOUND_DOMAIN: ")
