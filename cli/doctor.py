"""`waypoint doctor`: looks at everything the system leans on, and says what is wrong and the mend."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import click
import redis
import urllib3
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from cli.attach import attached_database, attached_settings, reason
from cli.faults import CommandError
from coaching.adapters.content import Content
from coaching.adapters.migrate import alembic_config
from coaching.adapters.yaml_files import ContentError
from coaching.settings import CONTENT, SANDBOX, Settings, SettingsError
from coaching.usecases.heartbeat import last_heard
from coaching.usecases.troubled_batches import list_troubles

CLOCK_S = 2.0
TIMEOUT = urllib3.Timeout(connect=3.0, read=10.0)
OLDEST_POSTGRES = 18


class Ill(Exception):
    """What is wrong and the mend, in one line."""


@click.command("doctor")
def doctor() -> None:
    """Check settings, database, broker, SendGrid, sender, clock and content; exit 1 if one is wrong."""
    try:
        settings = attached_settings()
    except SettingsError as fault:
        for line in str(fault).splitlines():
            _show("settings", line, well=False)
        raise SystemExit(1) from fault
    except CommandError as fault:
        _show("settings", fault.message, well=False)
        raise SystemExit(1) from fault
    _show("settings", f"MAIL_MODE {settings.mail_mode}, PUBLIC_URL {settings.public_url}", well=True)
    passed = [
        _passes(name, check, settings) for name, check in CHECKS.items()
    ]  # all, also after one that fails
    if not all(passed):
        raise SystemExit(1)


def _show(name: str, said: str, *, well: bool) -> None:
    click.echo(f"{'well ' if well else 'WRONG'}  {name:9}  {said}")


def _passes(name: str, check: Callable[[Settings], str], settings: Settings) -> bool:
    try:
        said, well = check(settings), True
    except Ill as finding:
        said, well = str(finding), False
    except CommandError as finding:
        said, well = finding.message, False
    _show(name, said, well=well)
    return well


def check_database(settings: Settings) -> str:
    """It answers, is new enough, and its schema is there."""
    with _database(settings) as ask:
        version = int(ask("SHOW server_version_num")) // 10_000
        if version < OLDEST_POSTGRES:
            raise Ill(
                f"PostgreSQL {version} is too old: DATABASE_URL has to lead to {OLDEST_POSTGRES} or newer"
            )
        if ask("SELECT to_regclass('alembic_version')") is None:
            raise Ill("the database has no tables yet: run waypoint migrate")
        there = ask("SELECT version_num FROM alembic_version")
    newest = ScriptDirectory.from_config(alembic_config(settings.sqlalchemy_url)).get_current_head()
    if there != newest:
        raise Ill(f"the database's schema is {there}, this program's {newest}: run waypoint migrate")
    return f"PostgreSQL {version}, schema {there}"


def check_broker(settings: Settings) -> str:
    """It answers with its password."""
    try:
        with redis.Redis.from_url(settings.redis_url, socket_timeout=3, socket_connect_timeout=3) as client:
            client.ping()
            found = client.info("server")
            return f"version {found.get('valkey_version', found['redis_version'])}"
    except redis.AuthenticationError:
        raise Ill("the broker refuses the password in REDIS_URL: correct it") from None
    except (redis.RedisError, OSError):
        raise Ill("the broker doesn't answer: start it, or correct REDIS_URL") from None


def check_key(settings: Settings) -> str:
    """SendGrid, or the sandbox, takes the key, and the key may send."""
    scopes = _sendgrid(settings, "/v3/scopes").get("scopes", [])
    if "mail.send" not in scopes:
        raise Ill("SENDGRID_API_KEY may not send mail: give it the right 'Mail Send' in SendGrid's settings")
    return f"{settings.sendgrid_host} takes the key"


def check_sender(settings: Settings) -> str:
    """SendGrid knows the sender's address or its domain; the sandbox takes anyone."""
    sender = f"{settings.mail_from_name} <{settings.mail_from}>"
    if settings.mail_mode == SANDBOX:
        return f"{sender}; nothing leaves this machine"
    domain = settings.mail_from.rpartition("@")[2].lower()
    domains = _sendgrid(settings, "/v3/whitelabel/domains?limit=500").get("items", [])
    if any(
        one.get("valid") and domain in {one.get("domain"), f"{one.get('subdomain')}.{one.get('domain')}"}
        for one in domains
    ):
        return f"{sender}; the domain is authenticated"
    people = _sendgrid(settings, "/v3/verified_senders").get("results", [])
    if any(
        one.get("verified") and str(one.get("from_email")).lower() == settings.mail_from.lower()
        for one in people
    ):
        return f"{sender}; verified, but authenticate {domain} too, or big mailboxes will refuse letters"
    raise Ill(f"SendGrid doesn't know MAIL_FROM {settings.mail_from}: authenticate the domain {domain} there")


def check_clock(settings: Settings) -> str:
    """The machine and the database agree on the time."""
    with _database(settings) as ask:
        before = datetime.now(UTC)
        there = ask("SELECT clock_timestamp()")
        after = datetime.now(UTC)
    apart = (there - before - (after - before) / 2).total_seconds()
    if abs(apart) > CLOCK_S:
        raise Ill(f"the database's clock is {apart:+.1f} s from this machine's: set both by NTP")
    return f"{abs(apart) * 1000:.0f} ms from the database's"


def check_content(_settings: Settings) -> str:
    """Every content file can be read."""
    try:
        Content.load(CONTENT)
    except ContentError as fault:
        raise Ill(f"mend what the line names: {fault}") from fault
    return str(CONTENT)


def check_letters(settings: Settings) -> str:
    """Nothing keeps letters back that a person would have to mend."""
    with attached_database(settings) as database, database.transaction() as session:
        troubles, heard = list_troubles(session), last_heard(session, "webhook")
    faults = [f"{held.address} is held ({held.trouble}): mend that" for held in troubles.held]
    if troubles.mail_stopped_at is not None:
        faults.append("all mail is stopped: waypoint mail go")
    parked = [batch for batch in troubles.batches if batch.state == "parked"]
    if parked:
        faults.append(f"parked batches: {len(parked)}; see waypoint batches")
    if faults:
        raise Ill("; ".join(faults))
    uncertain = len(troubles.batches)
    reports = f"the webhook was reached at {heard:%H:%M:%S} UTC" if heard else "the webhook was never reached"
    return f"{troubles.ready} batches ready, {uncertain} waiting for reports; {reports}"


CHECKS: dict[str, Callable[[Settings], str]] = {
    "database": check_database,
    "broker": check_broker,
    "SendGrid": check_key,
    "sender": check_sender,
    "clock": check_clock,
    "content": check_content,
    "letters": check_letters,
}


@contextmanager
def _database(settings: Settings) -> Iterator[Callable[[str], Any]]:
    engine = create_engine(settings.sqlalchemy_url, connect_args={"connect_timeout": 5})
    try:
        with engine.connect() as connection:
            yield lambda statement: connection.execute(text(statement)).scalar()
    except SQLAlchemyError as fault:
        raise Ill(
            f"the database doesn't answer ({reason(fault)}): start it, or correct DATABASE_URL"
        ) from fault
    finally:
        engine.dispose()


def _sendgrid(settings: Settings, path: str) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {settings.sendgrid_api_key}"}
    try:
        with urllib3.PoolManager(retries=False, timeout=TIMEOUT) as pool:
            answer = pool.request("GET", settings.sendgrid_host + path, headers=headers, redirect=False)
    except urllib3.exceptions.HTTPError as fault:
        raise Ill(
            f"{settings.sendgrid_host} doesn't answer ({type(fault).__name__}): look at SENDGRID_HOST"
        ) from fault
    if answer.status in {401, 403}:
        raise Ill(
            f"{settings.sendgrid_host} refuses SENDGRID_API_KEY for {path} ({answer.status}): make a new key"
        )
    try:
        found = json.loads(answer.data)
    except ValueError:
        found = None
    if answer.status != 200 or found is None:
        raise Ill(f"{settings.sendgrid_host}{path} answers {answer.status}: look at SENDGRID_HOST")
    return found if isinstance(found, dict) else {"items": found}
