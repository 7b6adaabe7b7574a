"""The sample's crash reports: what they may contain and where they are sent."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from telemetry_hook import Count, Flag, SentryReceiver, Tool, hookimpl

from . import seating

if TYPE_CHECKING:
    from telemetry_hook import Crash


@hookimpl
def telemetry_tool() -> Tool:
    """Declare who asks, for what purpose, and everything that the plugin may add to a report."""
    return Tool(
        name="sample",
        publisher="the telemetry-hook demo",
        receiver=SentryReceiver(os.environ["TELEMETRY_HOOK_DEMO_DSN"]),
        purpose="to show you what a report looks like",
        attributes=(
            Count("list.guests", "How many guests are on the list"),
            Flag("list.has_wishes", "Whether a guest wishes to sit beside another"),
        ),
    )


@hookimpl
def telemetry_attributes(crash: "Crash") -> Mapping[str, int | bool]:  # noqa: ARG001 - the hook's
    """Describe the list of guests that was being processed."""
    return {
        "list.guests": len(seating.guests),
        "list.has_wishes": any(" beside " in line for line in seating.guests),
    }
