"""Process-level checks that forbid asking in a web page."""

from __future__ import annotations

import os
import sys

# The reloaders of Werkzeug and Django set these variables in the process that serves requests.
RELOADED = ("WERKZEUG_RUN_MAIN", "RUN_MAIN")


def started_environment() -> dict[str, str]:
    """Return the environment as the user set it. `os.environ` itself is not changed."""
    from telemetry_hook import _started
    from telemetry_hook._consent.environment import as_started

    return as_started(_started.environment())


def why_forbidden(environment: dict[str, str]) -> str | None:
    """Return why nothing may be asked or sent in this process, or None if it may.

    `environment` is what `started_environment` returned.
    """
    from telemetry_hook import _started
    from telemetry_hook._consent import rules
    from telemetry_hook._crash import observers
    from telemetry_hook._disk import paths
    from telemetry_hook._installed import attribution
    from telemetry_hook._installed.originals import shadows

    if (decision := rules.forbidden_here(environment)) is not None:
        return decision.reason
    if (variable := paths.moved(environment)) is not None:
        return f"the program has changed {variable}, which decides where our files are"
    # A worker's environment may come from a project file that its parent has read.
    if attribution.is_worker() or any(name in os.environ for name in RELOADED):
        return "this process is a worker of another process"
    if observers.is_interactive() or observers.is_debugged(sys.gettrace()):
        return "the program is run interactively or under a debugger"
    if observers.is_setuid():
        return "the program has another user's rights"
    if (name := _started.other_interpreter()) is not None:
        return f"this is {name}, where no crash is noted"
    if shadows():
        return "modules of ours are loaded from elsewhere"
    return None
