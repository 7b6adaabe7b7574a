"""`Report`: a crash with everything that is known about it. A `Report` never leaves the process."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, NamedTuple

from telemetry_hook._redact import origins

if TYPE_CHECKING:
    from collections.abc import Mapping

    from telemetry_hook._crash.crash import Crash
    from telemetry_hook._installed.attribution import Registration
    from telemetry_hook._report import PublicText
    from telemetry_hook.declare import Tool, Value


class Report(NamedTuple):
    """A crash with everything that is known about it, including live objects."""

    id: PublicText
    time: datetime
    crash: Crash
    registration: Registration
    tool: Tool
    attributes: Mapping[str, Value]


def build(
    crash: Crash, registration: Registration, tool: Tool, attributes: Mapping[str, Value]
) -> Report:
    """Return a report about a crash, with a new id and the current time without seconds."""
    now = datetime.now(timezone.utc).replace(second=0, microsecond=0)
    return Report(origins.random_id(), now, crash, registration, tool, attributes)
