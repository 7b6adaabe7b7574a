"""Swatch's crash reports: what they may say and where they go. Only telemetry-hook imports this."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from telemetry_hook import Count, FileReceiver, Flag, SentryReceiver, Tool, hookimpl

from swatch import palette

if TYPE_CHECKING:
    from telemetry_hook import Question

# Yours is a constant; here, examples and tests can point it at a receiver on this machine.
DSN = "https://0123456789abcdef0123456789abcdef@errors.acme.example/5"


def _receiver() -> SentryReceiver | FileReceiver:
    if directory := os.environ.get("SWATCH_TELEMETRY_DIR"):
        return FileReceiver(directory)
    return SentryReceiver(os.environ.get("SWATCH_TELEMETRY_DSN", DSN))


@hookimpl
def telemetry_tool() -> Tool:
    """Declare who asks, for what, and all that a report may carry."""
    return Tool(
        name="swatch",
        publisher="Acme Ltd",
        receiver=_receiver(),
        purpose="to find and fix bugs in Swatch",
        privacy_url="https://acme.example/telemetry",
        attributes=(
            Count("palette.colours", "How many colours the palette has"),
            Count("palette.columns", "How many of them the palette wants side by side"),
            Flag("palette.has_names", "Whether any of its colours has a name"),
        ),
    )


@hookimpl
def telemetry_attributes() -> Mapping[str, int | bool]:
    """Describe the palette that was being looked at."""
    latest = palette.latest
    if latest is None:
        return {}
    return {
        "palette.colours": len(latest.colours),
        "palette.columns": latest.columns,
        "palette.has_names": any(each.name for each in latest.colours),
    }


@hookimpl
def telemetry_ask(question: Question) -> str | None:
    """Ask in a window."""
    # Imported when it is needed: after an "always", it never is.
    from swatch.window import ask

    return ask(question)
