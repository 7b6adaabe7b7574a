"""Runs our programs in a frozen program, which has the only interpreter that there is.

``lift --telemetry-hook never lift`` is ``telemetry-hook never lift``. The sender starts alike.
"""

import sys

from telemetry_hook._frozen_arguments import COMMAND, SENDER

PROGRAMS = {COMMAND: "telemetry_hook", SENDER: "telemetry_hook._sender"}


def serve() -> None:
    """Run what the first argument names and exit, if it is one of ours. Otherwise do nothing."""
    program = PROGRAMS.get(sys.argv[1]) if len(sys.argv) > 1 else None
    if program is not None:
        import runpy

        del sys.argv[1]
        runpy.run_module(program, run_name="__main__")
        sys.exit()
