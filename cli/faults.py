"""What the operator reads when a command can't do its work: one line, exit code 1."""

from typing import IO, Any

import click


class CommandError(click.ClickException):
    """The text names what is wrong and what to do about it."""

    exit_code = 1

    def show(self, file: IO[Any] | None = None) -> None:
        """Write the line to the terminal's error side, without ornament."""
        click.echo(self.format_message(), file=file, err=True)
