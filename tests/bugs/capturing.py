"""Runs inside the tool's process: writes the three accounts of the exception that ends it.

A `.pth` file of the tool's environment imports this module when the interpreter starts, after
telemetry-hook has set its hook. sentry-sdk is initialized there, as a tool does at its start, with
its default options. This module is copied into the environment and imports nothing of the tests.
"""

from __future__ import annotations

import atexit
import json
import os
import sys
import traceback
from types import TracebackType
from typing import Any

OUTPUT = "BUGS_OUTPUT"
EVENTS: list[dict[str, Any]] = []


def start(file: str) -> None:
    """Initialize sentry-sdk, and have the accounts written to a file when the program crashes."""
    import sentry_sdk

    def keep(event: Any, _: Any) -> None:
        EVENTS.append(event)  # it is complete, and not sent

    sentry_sdk.init("https://key@tracker.example/1", before_send=keep)
    process, previous = os.getpid(), sys.excepthook

    def write_accounts(
        kind: type[BaseException], exception: BaseException, entry: TracebackType | None
    ) -> None:
        if sys.excepthook is write_accounts:
            previous(kind, exception, entry)
        if os.getpid() != process:
            return
        report, failure = _report(exception)
        stack = "".join(traceback.format_exception(kind, exception, entry))
        event = EVENTS[-1] if EVENTS else {}
        values = {"report": report, "failure": failure, "stack": stack, "event": event}
        with open(file, "w", encoding="utf-8", errors="backslashreplace") as output:
            json.dump(values, output, default=str, indent=1)

    def write_at_the_end() -> None:
        """Write the accounts of an exception that a hook of the tool's own has handled."""
        error: BaseException | None = getattr(sys, "last_value", None)
        if error is not None and not os.path.exists(file):
            write_accounts(type(error), error, error.__traceback__)

    sys.excepthook = write_accounts
    atexit.register(write_at_the_end)


def _report(exception: BaseException) -> tuple[dict[str, Any], str]:
    """Return the report that would be asked about, or nothing and the traceback of a failure."""
    from telemetry_hook import _pipeline
    from telemetry_hook._crash import capture
    from telemetry_hook._installed.isolation import isolated
    from telemetry_hook._installed.originals import originals

    try:
        with isolated(), originals():
            crash = capture.capture(exception, "excepthook")
            attributed = _pipeline.attribute(crash)
            if attributed is None:
                return {}, "the crash was attributed to no tool"
            plugin = _pipeline.load_plugin(crash, attributed.registration, {})
            if plugin is None:
                return {}, "the plugin was not loaded"
            return dict(_pipeline.prepare(crash, set(), plugin).report.as_json()), ""
    except Exception:
        return {}, traceback.format_exc()


if OUTPUT in os.environ:
    start(os.environ[OUTPUT])
