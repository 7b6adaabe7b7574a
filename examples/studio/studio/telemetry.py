"""Studio's crash reports: what they may say and where they go. Only telemetry-hook imports this."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from photon import project
from telemetry_hook import (
    Choice,
    Count,
    Features,
    FileReceiver,
    Flag,
    SentryReceiver,
    Tool,
    hookimpl,
)

from studio.errors import MISTAKES

if TYPE_CHECKING:
    from telemetry_hook import Crash

# Yours is a constant; here, examples and tests can point it at a receiver on this machine.
DSN = "https://0123456789abcdef0123456789abcdef@errors.acme.example/3"


def _receiver() -> SentryReceiver | FileReceiver:
    if directory := os.environ.get("STUDIO_TELEMETRY_DIR"):
        return FileReceiver(directory)
    return SentryReceiver(os.environ.get("STUDIO_TELEMETRY_DSN", DSN))


@hookimpl
def telemetry_tool() -> Tool:
    """Declare who asks, for what, and all that a report may carry."""
    return Tool(
        name="studio",
        publisher="Acme Ltd",
        receiver=_receiver(),
        purpose="to find and fix bugs in Studio",
        family=("acme-lift", "acme-photon", "acme-studio"),
        phase="preview",
        privacy_url="https://acme.example/telemetry",
        issues_url="https://github.com/acme/studio/issues/new",
        attributes=(
            Count("schema.models", "How many models the schema has"),
            Flag("schema.has_enums", "Whether the schema uses enums"),
            Choice("schema.provider", "Kind of database", ("sqlite", "postgresql", "mysql")),
            Features(
                "studio.features",
                "Parts of Studio that were used",
                ("sorting", "filtering", "editing", "api"),
            ),
        ),
    )


@hookimpl
def telemetry_attributes(crash: Crash) -> Mapping[str, int | bool | str]:
    """Describe the project that was being looked at."""
    return project.current


@hookimpl
def telemetry_is_expected(crash: Crash) -> bool:
    """Leave the user's own mistakes out."""
    return isinstance(crash.exception, MISTAKES)
