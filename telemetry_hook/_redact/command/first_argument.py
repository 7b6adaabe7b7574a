"""Reads the first argument of a tool whose parser is its own, or was not found.

Nothing before the first argument can have it for a value. So if it begins with a dash, and the tool's
source declares an option of this name, it is this option. The arguments after it may be values.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from telemetry_hook._installed.candidates import main_name
from telemetry_hook._redact.command.own_options import OwnOptions
from telemetry_hook._report import Command

if TYPE_CHECKING:
    from telemetry_hook._redact.command.declarations import Declarations


def given(declarations: Declarations) -> Command | None:
    """Return the option that comes first, or None if there is none."""
    arguments = _started_with()
    spelling = arguments[0].partition("=")[0] if arguments else ""
    bare = spelling.removeprefix("-").removeprefix("-")
    if bare == spelling or bare[:1] in ("", "-"):
        return None
    name = OwnOptions(declarations).declared(spelling)
    path = None if len(arguments) > 1 else ()
    return None if name is None else Command(None, path, (name,))


def _started_with() -> list[str]:
    """Return the program's arguments when Python started. The program may have changed its own list."""
    started = [*sys.orig_argv]
    program = sys.argv[0] if type(sys.argv) is list and sys.argv else None
    for at, argument in enumerate(started):
        is_module = started[at - 1 : at] == ["-m"]
        names = (argument, f"{argument}.__main__")
        if argument == program or (is_module and main_name() in names):
            return started[at + 1 :]
    return []
