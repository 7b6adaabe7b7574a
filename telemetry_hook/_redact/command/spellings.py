"""Names of commands and options that click and Typer make from Python names."""

from __future__ import annotations

# Endings that newer versions of click remove from a function's name.
SUFFIXES = ("-command", "-cmd", "-group", "-grp")


def command_names(function: str) -> set[str]:
    """Return the possible names of a function's command: ``list_cmd`` → ``list-cmd``, ``list``."""
    name = function.lower().replace("_", "-")
    return {name, next((name.removesuffix(end) for end in SUFFIXES if name.endswith(end)), name)}


def option_names(parameter: str) -> set[str]:
    """Return the names an option may have: ``dry_run`` → ``--dry-run``, ``--no-dry-run``."""
    name = parameter.replace("_", "-")
    return {
        f"{prefix}{spelling}" for prefix in ("--", "--no-") for spelling in (name, name.lower())
    }
