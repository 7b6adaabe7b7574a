"""Crash reports of alembic: what they may say and where they go. Only telemetry-hook imports this."""

from __future__ import annotations

import os
from importlib.metadata import version
from typing import TYPE_CHECKING

from telemetry_hook import FileReceiver, SentryReceiver, Tool, hookimpl

from alembic_telemetry.attributes import ATTRIBUTES

if TYPE_CHECKING:
    from telemetry_hook import Crash

# Yours is a constant; here, examples and tests can point it at a receiver on this machine.
DSN = "https://0123456789abcdef0123456789abcdef@errors.example-org.example/7"


def _receiver() -> SentryReceiver | FileReceiver:
    if directory := os.environ.get("ALEMBIC_TELEMETRY_DIR"):
        return FileReceiver(directory)
    return SentryReceiver(os.environ.get("ALEMBIC_TELEMETRY_DSN", DSN))


@hookimpl
def telemetry_tool() -> Tool:
    """Declare who asks, for what, and all that a report may carry."""
    return Tool(
        name="alembic",
        publisher="Example Org",
        receiver=_receiver(),
        purpose="to find and fix bugs in alembic",
        phase="preview",
        privacy_url="https://example-org.example/alembic-telemetry",
        issues_url="https://example-org.example/alembic-telemetry/new",
        attributes=ATTRIBUTES,
    )


@hookimpl
def telemetry_attributes(crash: Crash) -> dict[str, bool | int | str]:
    """Describe the project that was being worked on.

    SQLAlchemy's version is told in any case: its frames are not on each stack.
    """
    facts: dict[str, bool | int | str] = {"sqlalchemy.version": version("sqlalchemy")}
    try:
        from alembic_telemetry.project import describe
    except Exception:  # alembic could not be imported, which is what it has died of
        return facts
    return facts | describe(crash.exception)


@hookimpl
def telemetry_is_expected(crash: Crash) -> bool:
    """Leave out what alembic's maintainers can do nothing about."""
    try:
        from alembic_telemetry.mistakes import is_expected
    except Exception:  # as above
        return False
    return is_expected(crash.exception)
