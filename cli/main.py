"""The `waypoint` command; each group of commands has a file of its own, read when it is called."""

import importlib
import sys
from pathlib import Path

import click
from dotenv import load_dotenv

from coaching.settings import SettingsError

# Each with the line that the help shows: to show it, the command itself needn't be read.
COMMANDS = {
    "up": ("cli.up:up", "Start everything on this machine and look after it until Ctrl-C."),
    "migrate": ("cli.migrate:migrate", "Bring the database's schema to its newest version."),
    "doctor": ("cli.doctor:doctor", "Say what is wrong with settings and surroundings, and the mend."),
    "keys": ("cli.keys:keys", "Make, list and revoke API keys."),
    "coach": ("cli.coach:coach", "Add coaches; say who gets a morning list, and where talks are booked."),
    "batches": ("cli.batches:batches", "Show letters that are uncertain, parked or held, and settle them."),
    "mail": ("cli.mail:mail", "Stop all letters, or let them go again."),
    "audience": ("cli.audience:audience", "Count the clients for whom a filter holds."),
    "sequences": ("cli.sequences:sequences", "Show the drips, and publish new versions of them."),
    "rehearse": ("cli.rehearse:rehearse_command", "Run the days ahead in memory; nothing is sent."),
    "replan": ("cli.replan:replan", "After a rule was changed, bring all planned letters in line."),
    "preview": ("cli.preview:preview", "Look at a letter with sample data."),
    "migration": ("cli.migration:migration", "Write the next migration (for developers)."),
}


class Commands(click.Group):
    """Imports a command when it is asked for: `waypoint --help` needn't wait for the whole house."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The names, in the order of the table above."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command of that name, or None."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The help's list of commands, from the table alone."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


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
