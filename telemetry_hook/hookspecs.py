"""The hooks that a tool's plugin implements."""

from collections.abc import Mapping

import pluggy

from telemetry_hook._ask.question import Question
from telemetry_hook._crash.crash import Crash
from telemetry_hook._report import RedactedReport
from telemetry_hook.declare import Tool

PROJECT = "telemetry_hook"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec(firstresult=True)
def telemetry_tool() -> Tool | None:
    """Return the tool's declaration."""


@hookspec(firstresult=True)
def telemetry_attributes(crash: Crash) -> Mapping[str, object] | None:
    """Return values for declared attributes. Undeclared attributes are dropped."""


@hookspec(firstresult=True)
def telemetry_is_expected(crash: Crash) -> bool | None:
    """Return whether the exception is the user's own mistake, and not a crash."""


@hookspec(firstresult=True)
def telemetry_ask(report: RedactedReport, tool: Tool, question: Question) -> str | None:
    """Ask the user by other means than the terminal.

    `question` contains the texts to show: `title`, `sentence`, `rows` (pairs of a title and a text)
    and `view` (everything that a *yes* would send). Return ``yes``, ``no``, ``always``, ``never``
    or ``later``. If you return None, the question is asked on the terminal.
    """
