"""Whether this process may ask in its pages at all, as things are now."""

from __future__ import annotations

import os

import telemetry_hook

# Of Werkzeug's and Django's reloaders, in the process that serves.
RELOADED = ("WERKZEUG_RUN_MAIN", "RUN_MAIN")


def environment() -> dict[str, str]:
    """Return the environment as the user has set it; the program's own is left as it is."""
    from telemetry_hook._consent import environment as _environment

    return _environment.as_started(telemetry_hook._started_with)  # noqa: SLF001 - the package's


def why_not(found: dict[str, str]) -> str | None:
    """Return why nothing may be asked or sent, None where it may; `found` is that environment."""
    from telemetry_hook._consent import environment as _environment
    from telemetry_hook._consent import rules
    from telemetry_hook._crash import observers
    from telemetry_hook._installed import attribution
    from telemetry_hook._installed.isolation import shadows

    if (decision := rules.forbidden_here(found)) is not None:
        return decision.reason
    if (variable := _environment.moved(found)) is not None:
        return f"the program has changed {variable}, which leads to answers or to the receiver"
    # What it began with may be what its parent has read from a file of the project.
    if attribution.is_worker() or any(each in os.environ for each in RELOADED):
        return "this process is another one's worker"
    if observers.is_interactive() or observers.is_debugged():
        return "somebody is at work on the program"
    if observers.is_setuid():
        return "the program has another user's rights"
    if shadows():
        return "modules of ours are loaded from elsewhere"
    return None
