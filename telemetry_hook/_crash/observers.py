"""Who watches this process: a person at an interactive interpreter, a debugger, tracers.

Imports nothing but what the interpreter has loaded, because tracers written in Python would see it.
"""

import os
import sys


def is_interactive() -> bool:
    """Tell whether a person types at this interpreter, or will when the program has ended."""
    return bool(sys.flags.interactive or sys.flags.inspect or hasattr(sys, "ps1"))


def is_setuid() -> bool:
    """Tell whether the program runs with another user's rights: its files would be that user's."""
    return hasattr(os, "geteuid") and (os.geteuid(), os.getegid()) != (os.getuid(), os.getgid())


def is_debugged() -> bool:
    """Tell whether a debugger watches this program: somebody is at work on it."""
    if "pydevd" in sys.modules:  # PyCharm's, and within debugpy that of many editors
        return True
    monitoring = getattr(sys, "monitoring", None)
    if monitoring is not None and monitoring.get_tool(monitoring.DEBUGGER_ID) is not None:
        return True
    bdb = sys.modules.get("bdb")
    return bdb is not None and isinstance(getattr(sys.gettrace(), "__self__", None), bdb.Bdb)


def stop_tracing() -> None:
    """Remove tracers that are written in Python: what they print would be about our code."""
    if hasattr(sys.gettrace(), "__code__"):
        sys.settrace(None)
    if hasattr(sys.getprofile(), "__code__"):
        sys.setprofile(None)
