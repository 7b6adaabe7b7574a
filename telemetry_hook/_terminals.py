"""Finds out whether a descriptor is a terminal."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Literal


def is_terminal(descriptor: int, mode: Literal["r", "w"]) -> bool:
    """Return whether a descriptor is a terminal. On Windows, `isatty` is also true of ``NUL``.

    There, Python's own class for consoles refuses everything else.
    """
    console = getattr(io, "_WindowsConsoleIO", None)
    if console is None:
        return os.isatty(descriptor)
    try:
        console(descriptor, mode, closefd=False).close()
    except (OSError, ValueError):
        return False
    return True
