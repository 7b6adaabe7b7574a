"""The command `telemetry-hook`, for users, administrators and authors.

The exit status is 0 if the command succeeded, 1 if it failed, and 2 if its usage was wrong.
"""

from __future__ import annotations

import io
import sys

import click

from telemetry_hook import _invocation
from telemetry_hook._cli._answers import always, ask, never, status
from telemetry_hook._cli._dictionary import dictionary
from telemetry_hook._cli._doctor import doctor
from telemetry_hook._cli._reports import discard, list_, review, send, show
from telemetry_hook._cli._wipe import wipe
from telemetry_hook._errors import TelemetryHookError
from telemetry_hook._installed.isolation import isolated
from telemetry_hook._started import __version__


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="telemetry-hook")
def cli() -> None:
    """See and decide what crash reports may leave this machine."""


@cli.command()
@click.option(
    "--answer",
    type=click.Choice(["yes", "no", "always", "never", "later"]),
    help="The answer to type, where there is no terminal.",
)
def demo(answer: str | None) -> None:
    """Crash a sample tool, ask, and show what arrives in a receiver on this machine."""
    from telemetry_hook._cli import _demo

    sys.exit(_demo.run(answer))


for command in (
    *(status, ask, always, never, dictionary),
    *(list_, show, review, send, discard, wipe),
    doctor,
):
    cli.add_command(command)


def main() -> None:
    """Run the command line. On an error, print one line and exit with status 1."""
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
        # Some texts cannot be encoded, such as the path of a directory with a name in Latin-1.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        _run()
    except KeyboardInterrupt:  # click handles the first one, and another may follow
        sys.exit(1)


def _run() -> None:
    try:
        with isolated():
            cli(prog_name=_invocation.command())
    except (TelemetryHookError, OSError, ImportError) as error:  # a drive may fail at any import
        click.echo(f"telemetry-hook: {error}", err=True)
        sys.exit(1)
