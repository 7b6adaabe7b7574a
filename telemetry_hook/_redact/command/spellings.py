"""The names of commands and options that click and Typer make of a Python name."""

from __future__ import annotations

# What newer versions of click leave off a function's name.
SUFFIXES = ("-command", "-cmd", "-group", "-grp")


def command_names(function: str) -> set[str]:
    """Return what a function's command may be called: ``list_cmd`` → ``list-cmd``, ``list``."""
    name = function.lower().replace("_", "-")
    return {name, next((name.removesuffix(end) for end in SUFFIXES if name.endswith(end)), name)}


def option_names(parameter: str) -> set[str]:
    """Return what a parameter's option may be called: ``dry_run`` → ``--dry-run``, ``--no-dry-run``."""
    name = parameter.replace("_", "-")
    return {
        f"{prefix}{spelling}" for prefix in ("--", "--no-") for spelling in (name, name.lower())
    }
