"""Isolates the imports of our threads while the program is running.

At exit, `sys.path` itself can be shortened. Here the program's other threads keep running, and may
import from anywhere. So a finder checks which thread is importing. The finder stays in
`sys.meta_path`: if it were added and removed, other threads that iterate over that list could skip
an entry.
"""

from __future__ import annotations

import contextlib
import sys
import threading
from importlib.machinery import ModuleSpec, PathFinder
from typing import TYPE_CHECKING, TypeVar

import telemetry_hook
from telemetry_hook._installed.isolation import site_directories, standard_library

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import ModuleType

T = TypeVar("T")

NOTING = 1.0


class TrustedFinder:
    """Finds modules for our threads in the standard library and site directories only."""

    def __init__(self) -> None:
        self._path = [*standard_library(), *site_directories()]
        self._threads: set[int] = set()

    def install(self) -> None:
        """Put this finder before all others."""
        if self not in sys.meta_path:
            sys.meta_path.insert(0, self)

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find a top-level module for one of our threads. Return None for other imports.

        Raises:
            ModuleNotFoundError: the module is not in the standard library or a site directory.
        """
        if path is not None or threading.get_ident() not in self._threads:
            return None
        for finder in sys.meta_path:
            if finder is not self and hasattr(finder, "find_spec"):
                where = self._path if finder is PathFinder else None
                if (found := finder.find_spec(name, where, target)) is not None:
                    return found
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    def run(self, call: Callable[[], T], seconds: float) -> T | None:
        """Run a function in a thread of ours. Return None if it fails or takes more than `seconds`.

        A failure is logged. A function that takes longer keeps running, because a thread cannot be
        ended.

        Raises:
            RuntimeError: no thread can be started.
        """
        results: list[T] = []

        def work() -> None:
            self._threads.add(threading.get_ident())
            try:
                results.append(call())
            except BaseException as failure:
                _write(failure)
            finally:
                self._threads.discard(threading.get_ident())

        thread = threading.Thread(target=work, name="telemetry-hook", daemon=True)
        thread.start()
        thread.join(seconds)
        return results[0] if results else None

    def note(self, failure: BaseException) -> None:
        """Log a failure of our own code. Never raises."""
        with contextlib.suppress(RuntimeError):
            self.run(lambda: _write(failure), NOTING)


def _write(failure: BaseException) -> None:
    try:
        from telemetry_hook import _failures

        _failures.write(failure, telemetry_hook._started_with)  # noqa: SLF001
    except Exception:
        pass


trusted = TrustedFinder()
