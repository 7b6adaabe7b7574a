"""Recognizes the frames of compiled functions, which mypyc and Cython make for tracebacks alone.

Their C code makes a code object for each entry of a traceback (`PyCode_NewEmpty`). It has a file
name, a function's name and a line. It has no constants, names or variables, and none of it has run.
"""

import sys

from telemetry_hook._crash import guarded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable
    from types import CodeType, TracebackType

CO_OPTIMIZED = 1
MAX_CODE = 8  # bytes: the instructions that raise an AssertionError, should somebody run the code


def is_made_up(code: "CodeType") -> bool:
    """Return whether C code made a code object for a traceback. None of a function's code is so empty."""
    if code.co_consts or code.co_names or code.co_varnames or code.co_cellvars or code.co_freevars:
        return False
    return not code.co_flags & CO_OPTIMIZED and len(code.co_code) <= MAX_CODE


def module(entry: "TracebackType") -> "str | None":
    """Return the name of the loaded module whose compiled code made a traceback's entry, or None.

    The frame's global names are the very dictionary of that module.
    """
    frame = entry.tb_frame
    if entry.tb_lasti > 0 or not is_made_up(frame.f_code):
        return None
    names = frame.f_globals
    name = names.get("__name__") if guarded.is_plain(names) else None
    if type(name) is not str or not guarded.is_module_of(sys.modules.get(name), names):
        return None
    return name


def function(code: "CodeType") -> "Hashable":
    """Return a key for the function of a code object. C code makes one object a call, or one a line."""
    if is_made_up(code) and type(code.co_filename) is type(code.co_name) is str:
        return code.co_filename, code.co_name
    return id(code)
