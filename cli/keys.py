"""`waypoint keys`: API keys for the firm's site and programs."""

import click

from cli.attach import attached_database, attached_settings
from coaching.adapters.database import now
from coaching.usecases.keys import Scope, create_key, list_keys, revoke_key


@click.group("keys")
def keys() -> None:
    """Make, list and revoke API keys."""


@keys.command("create")
@click.option(
    "--scope", type=click.Choice(["intake", "manage"]), required=True, help="intake may only submit."
)
@click.option(
    "--origin", "origins", multiple=True, metavar="URL", help="A site whose pages may use it; repeat it."
)
def create(scope: Scope, origins: tuple[str, ...]) -> None:
    """Make a key and show it once: only its hash is kept."""
    with attached_database(attached_settings()) as database:
        with database.transaction() as session:
            key = create_key(session, scope=scope, origins=origins, now=now(session))
        click.echo(key)


@keys.command("list")
def list_all() -> None:
    """Show every key by its beginning, never whole."""
    with attached_database(attached_settings()) as database, database.transaction() as session:
        rows = list_keys(session)
        for row in rows:
            state = f"revoked {row.revoked_at:%Y-%m-%d}" if row.revoked_at else "in use"
            parts = (row.prefix, f"{row.scope:6}", f"{row.created_at:%Y-%m-%d}", f"{state:18}", *row.origins)
            click.echo("  ".join(parts).rstrip())
        if not rows:
            click.echo("no keys yet: waypoint keys create --scope intake")


@keys.command("revoke")
@click.argument("prefix")
def revoke(prefix: str) -> None:
    """End the key that begins with PREFIX, as `keys list` shows it, at once and for good."""
    with attached_database(attached_settings()) as database:
        with database.transaction() as session:
            revoke_key(session, prefix, now=now(session))
        click.echo(f"{prefix} is revoked")
