"""Exit handler. Decides whether the process crashed and hands the crash to the pipeline.

The hooks in `telemetry_hook` note uncaught exceptions while the program runs. This handler runs
after all other exit functions, when the program has cleaned up.
"""

import os
import sys

from telemetry_hook._crash import observers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from telemetry_hook._crash.crash import Crash


def at_exit(
    process: "int | None",
    uncaught: "int | None",
    noted: "list[Crash]",
    environment: "Mapping[object, object]",
) -> None:
    """Find the crash that ended this process, if any, and pass it to the pipeline.

    `process` is the id of the process that installed the hooks. `uncaught` is the `id()` of the
    last exception that ended the program. `noted` contains other exceptions, in the order in which
    they happened. `environment` is the content of ``os.environ._data`` at the start of the process.
    """
    if process != os.getpid() or observers.is_setuid() or observers.is_interactive():
        return
    if not hasattr(sys, "excepthook"):
        sys.excepthook = sys.__excepthook__  # Python 3.10 cannot import threading without it
    if observers.is_debugged():
        return
    observers.stop_tracing()
    # Imported only now, because a tracer would see these imports.
    from telemetry_hook import _notes
    from telemetry_hook._consent.environment import restore
    from telemetry_hook._crash import ending
    from telemetry_hook._installed.isolation import isolated

    try:
        with isolated():
            crash = ending.find_crash(uncaught, noted)
            if crash is not None:
                restore(environment)
                from telemetry_hook import _pipeline

                attributed = _pipeline.attribute(crash)
                if attributed is not None:
                    from telemetry_hook._terminal_asker import handle_at_exit

                    handle_at_exit(attributed, _notes.features)
    except (KeyboardInterrupt, SystemExit):
        pass  # caused by the user, or by a signal handler of the tool
