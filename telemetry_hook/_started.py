"""What the package itself knows: its version, and what it noted when the process started.

Modules read it here. If they imported the package, which imports them, imports would be circular.
"""

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_package = vars(sys.modules[__name__.partition(".")[0]])
__version__: str = _package["__version__"]


def environment() -> "Mapping[object, object]":
    """Return the content of ``os.environ._data`` at the start, or nothing if no hook is installed."""
    found: "Mapping[object, object]" = _package["_started_with"]
    return found


def other_interpreter() -> "str | None":
    """Return the name of this interpreter, such as ``PyPy``, or None if it is CPython.

    In others, no hook is installed and nobody is asked: what is known of how CPython keeps objects,
    code and frames is not true there, and without it no report is safe.
    """
    if sys.implementation.name == "cpython":
        return None
    import platform

    return platform.python_implementation()


def searched() -> "dict[str, set[str]]":
    """Return the names in each directory that the import system had searched before the crash."""
    found: "dict[str, set[str]]" = _package["_searched"]
    return found


def installer() -> "str | None":
    """Return the name of the module that called `install()`, or None if only our `.pth` file did."""
    name = _package["_installed_by"]
    return name if type(name) is str else None


def has_same_stderr() -> bool:
    """Return whether descriptor 2 is what it was at the start, and is the stream `sys.__stderr__`.

    If it was closed, it may be a file with the user's data now.
    """
    if sys.__stderr__ is None:
        return False
    if _package["_installed_in"] is None:
        return True
    before: "os.stat_result | None" = _package["_stderr"]
    try:
        return before is not None and os.path.samestat(os.fstat(2), before)
    except OSError:
        return False
