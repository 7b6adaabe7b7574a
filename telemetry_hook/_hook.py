"""Exit handler. Decides whether the process crashed and hands the crash to the pipeline.

The hooks in `telemetry_hook` note uncaught exceptions while the program runs. This handler runs
after all other exit functions, when the program has cleaned up. But daemon threads go on, and
finalizers follow. So each context below undoes what it has changed, on every way out.
"""

import os
import sys

from telemetry_hook._crash import capture, ending, observers
from telemetry_hook._installed import candidates, changes
from telemetry_hook._installed.isolation import isolated
from telemetry_hook._suspended import suspended

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from telemetry_hook._crash.crash import Crash


def at_exit(
    process: "int | None",
    uncaught: "int | None",
    noted: "list[Crash]",
    started_with: "Mapping[object, object]",
    tracers: "list[object]",
) -> None:
    """Find the crash that ended this process, if any, and pass it to the pipeline.

    `process` is the id of the process that installed the hooks. `uncaught` is the `id()` of the
    last exception that ended the program. `noted` contains other exceptions, in the order in which
    they happened. `started_with` is the content of ``os.environ._data`` at the start of the process.
    `tracers` were removed, and will be put back.
    """
    try:
        if process != os.getpid() or observers.is_setuid() or observers.is_interactive():
            return
        if observers.is_debugged(*tracers):
            return
        with suspended(), isolated():
            crash = ending.find_crash(uncaught, noted)
            if crash is not None and candidates.may_be_a_tools(type(crash.exception)):
                _handle(crash, started_with)
    except (KeyboardInterrupt, SystemExit, Exception):
        pass  # caused by the user, by a signal handler, or by a program that is no tool's
    finally:
        for crash in noted:
            capture.release(crash)


def _handle(crash: "Crash", started_with: "Mapping[object, object]") -> None:
    """Handle a crash that may be a tool's. Log a failure, unless the program is out of memory."""
    try:
        _attribute_and_ask(crash, started_with)
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as failure:
        from telemetry_hook import _failures

        _failures.note(failure, started_with)


def _attribute_and_ask(crash: "Crash", started_with: "Mapping[object, object]") -> None:
    from telemetry_hook import _notes, _pipeline

    attributed = _pipeline.attribute(crash)
    removed = None if attributed is not None else changes.removed_program()
    if attributed is None and removed is None:
        return
    from telemetry_hook._installed.originals import originals

    with originals(), _excepthook():
        from telemetry_hook import _terminal_asker

        if attributed is not None:
            _terminal_asker.handle_at_exit(attributed, {*_notes.features}, started_with)
        elif removed is not None:
            _terminal_asker.check_removed(removed, started_with)


class _excepthook:  # noqa: N801 - reads as the statement that it makes
    """Context with a `sys.excepthook`, without which threading cannot be imported."""

    def __enter__(self) -> None:
        self._is_missing = not hasattr(sys, "excepthook")
        self._is_needed = self._is_missing or sys.excepthook is None
        if self._is_needed:
            sys.excepthook = sys.__excepthook__

    def __exit__(self, *_: object) -> None:
        if self._is_missing:
            del sys.excepthook
        elif self._is_needed:
            sys.excepthook = None  # type: ignore[assignment]
