"""Reads the first argument of a tool whose parser is its own, or was not found.

Nothing before the first argument can have it for a value. So if it begins with a dash, and the tool's
source declares an option of this name, it is this option. The arguments after it may be values.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from telemetry_hook._installed.candidates import main_name
from telemetry_hook._redact.command import own_options
from telemetry_hook._report import Command

if TYPE_CHECKING:
    from collections.abc import Sequence

    from telemetry_hook._redact.command.declarations import Declarations


def given(declarations: Declarations, arguments: Sequence[str]) -> Command | None:
    """Return the option that comes first, or None if there is none."""
    spelling = arguments[0].partition("=")[0] if arguments else ""
    bare = spelling.removeprefix("-").removeprefix("-")
    if bare == spelling or bare[:1] in ("", "-") or not _are_whole(arguments):
        return None
    name = own_options.declared(declarations, spelling)
    path = None if len(arguments) > 1 else ()
    return None if name is None else Command(None, path, (name,))


def _are_whole(arguments: Sequence[str]) -> bool:
    """Return whether these are the arguments that Python was started with for the program."""
    started, count = [*sys.orig_argv], len(arguments) + 1
    if len(started) < count or started[1 - count :] != [*arguments]:
        return False
    program = started[-count]
    is_module = started[-count - 1 : -count] == ["-m"]
    names = (program, f"{program}.__main__")
    return program == sys.argv[0] or (is_module and main_name() in names)
