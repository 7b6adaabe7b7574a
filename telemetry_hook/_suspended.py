"""Suspends what a program has set up to watch or interrupt running code, while our code runs.

Everything is put back when the context ends. For other threads, nothing changes: warnings are
ignored in our thread alone, and events are watched on if there are other threads.
"""

import gc
import sys
from _thread import get_ident

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Undo = tuple[Callable[..., object], tuple[Any, ...]]

TOOLS = 6  # the number of tools that can use `sys.monitoring`: its ids are 0 to 5


def is_alone() -> bool:
    """Return whether this thread is the only one."""
    return len(sys._current_frames()) == 1  # noqa: SLF001 - a documented function


class unwarned:  # noqa: N801 - reads as the statement that it makes
    """Context in which this thread gives no warnings."""

    def __enter__(self) -> None:
        self._ignored = ("ignore", None, Warning, _ThisThread(), 0)
        self._filters = _filters()
        self._filters.insert(0, self._ignored)

    def __exit__(self, *_: object) -> None:
        for filters in (self._filters, _filters()):  # another thread may have copied them
            if self._ignored in filters:
                filters.remove(self._ignored)  # in one step: another thread may change them too


class suspended(unwarned):  # noqa: N801 - reads as the statement that it makes
    """Context without warnings in this thread, garbage collection and monitoring.

    Cyclic garbage of the program is collected, and its finalizers run, when they would without us.
    """

    def __enter__(self) -> None:
        super().__enter__()
        self._undo: list[Undo] = []
        if not is_alone():
            return
        monitoring: Any = getattr(sys, "monitoring", None)
        for tool in range(TOOLS) if monitoring is not None else ():
            is_printing = monitoring.get_tool(tool) is not None and tool != monitoring.COVERAGE_ID
            if is_printing and (events := monitoring.get_events(tool)):
                monitoring.set_events(tool, 0)
                self._undo.append((monitoring.set_events, (tool, events)))
        if gc.isenabled():
            gc.disable()
            self._undo.append((gc.enable, ()))

    def __exit__(self, *_: object) -> None:
        super().__exit__()
        for put, values in reversed(self._undo):
            put(*values)


class _ThisThread:
    """Stands for the pattern in a warning filter. Matches every module in one thread."""

    def __init__(self) -> None:
        self._ident = get_ident()

    def match(self, *_: object) -> bool:
        return get_ident() == self._ident


def _filters() -> "list[Any]":
    module: Any = sys.modules.get("warnings")
    if module is None:
        import _warnings as module  # the interpreter's own list, until warnings is imported
    filters = vars(module).get("filters") if type(module) is type(sys) else None
    return filters if type(filters) is list else []
