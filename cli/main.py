"""The `waypoint` command; each group of commands has a file of its own, read when it is called."""

import importlib
import sys
from pathlib import Path

import click
from dotenv import load_dotenv

from coaching.settings import SettingsError

COMMANDS = {
    "up": "cli.up:up",
    "migrate": "cli.migrate:migrate",
    "doctor": "cli.doctor:doctor",
    "keys": "cli.keys:keys",
    "coach": "cli.coach:coach",
    "preview": "cli.preview:preview",
}


class Commands(click.Group):
    """Imports a command when it is asked for: `waypoint --help` needn't wait for the whole house."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the table above."""
        return [*COMMANDS, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, or None."""
        if cmd_name not in COMMANDS:
            return super().get_command(ctx, cmd_name)
        module, _, attribute = COMMANDS[cmd_name].partition(":")
        command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command


@click.group(cls=Commands)
@click.version_option(package_name="waypoint")
def waypoint() -> None:
    """Run and look after Waypoint. Settings come from the environment and from .env; see .env.example."""


def main() -> None:
    """Where the `waypoint` command begins. A setting that is wrong ends it with exit code 2."""
    load_dotenv(Path(".env"), override=False)
    try:
        waypoint()
    except SettingsError as fault:
        click.echo(str(fault), err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
