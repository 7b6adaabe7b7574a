"""First arguments of a frozen program that make it run something of ours instead of itself."""

import sys

COMMAND = "--telemetry-hook"  # then what follows `telemetry-hook` elsewhere
SENDER = "--telemetry-hook-sender"  # then the id of a report


def are_served() -> bool:
    """Return whether this program looks at these arguments, which it does if it starts with us."""
    return "telemetry_hook._frozen" in sys.modules
