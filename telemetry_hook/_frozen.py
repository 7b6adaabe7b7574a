"""Runs our programs in a frozen program, which has the only interpreter that there is.

``lift --telemetry-hook never lift`` is ``telemetry-hook never lift``. The sender starts alike.
"""

import sys

from telemetry_hook._frozen_arguments import COMMAND, SENDER

PROGRAMS = {COMMAND: "telemetry_hook", SENDER: "telemetry_hook._sender"}


def serve() -> None:
    """Run what the first argument names and exit, if it is one of ours. Otherwise do nothing."""
    arguments = sys.__dict__.get("argv")  # the program may have replaced it
    first = arguments[1] if type(arguments) is list and len(arguments) > 1 else None
    program = PROGRAMS.get(first) if type(first) is str else None
    if program is not None:
        import runpy

        del sys.argv[1]
        runpy.run_module(program, run_name="__main__")
        sys.exit()
