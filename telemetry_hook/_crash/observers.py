"""Detects what watches this process: a person at an interactive interpreter, a debugger, a tracer.

Imports only modules that the interpreter has loaded already, because tracers written in Python
would see other imports.
"""

import os
import sys


def is_interactive() -> bool:
    """Return whether this interpreter is interactive, or will be after the program has ended."""
    return bool(sys.flags.interactive or sys.flags.inspect or hasattr(sys, "ps1"))


def is_setuid() -> bool:
    """Return whether the program runs with another user's rights. That user would own our files."""
    if sys.platform == "win32" or not hasattr(os, "geteuid"):
        return False
    return (os.geteuid(), os.getegid()) != (os.getuid(), os.getgid())


def is_debugged(*tracers: object) -> bool:
    """Return whether a debugger watches this program, so that somebody is working on it.

    `tracers` are the functions that ``sys.settrace`` and ``sys.setprofile`` were called with.
    """
    if "pydevd" in sys.modules:  # PyCharm's debugger; many editors use debugpy, which includes it
        return True
    monitoring = getattr(sys, "monitoring", None)
    if monitoring is not None and monitoring.get_tool(monitoring.DEBUGGER_ID) is not None:
        return True
    bdb = sys.modules.get("bdb")
    return bdb is not None and any(
        isinstance(getattr(tracer, "__self__", None), bdb.Bdb) for tracer in tracers
    )
