"""`wipe`: removes all files of telemetry-hook on this machine."""

from __future__ import annotations

import shutil

import click

from telemetry_hook._disk import paths
from telemetry_hook._errors import StorageError


@click.command()
def wipe() -> None:
    """Remove all files of telemetry-hook: answers, stored reports, its log.

    Reports that were sent stay with their receivers. Run the command `list` first to see their
    receipts; you need these to ask about them.
    """
    removed = False
    for directory in dict.fromkeys(paths.directories()):
        if not directory.is_symlink() and not directory.exists():
            continue
        try:
            if directory.is_symlink():
                directory.unlink()
            else:
                shutil.rmtree(directory)
        except OSError as error:
            raise StorageError(
                f"{error.filename or directory} cannot be removed: {error.strerror or error}"
            ) from error
        click.echo(f"Removed {directory}")
        removed = True
    if removed:
        click.echo("Your answers are gone too: each tool asks again at its next crash.")
    else:
        click.echo("There are no files of telemetry-hook here.")
