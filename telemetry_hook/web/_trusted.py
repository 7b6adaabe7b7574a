"""Imports that see the standard library and the site directories only, beside a running program.

At a program's end `sys.path` itself can be cut. Here other threads go on, and import what they need
from wherever they find it: so it is a finder that looks at which thread asks. It stays in
`sys.meta_path`, since one that comes and goes would make others miss what comes after it.
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
    """Finds what threads of ours import."""

    def __init__(self) -> None:
        self._path = [*standard_library(), *site_directories()]
        self._threads: set[int] = set()

    def install(self) -> None:
        """Come before all other finders."""
        if self not in sys.meta_path:
            sys.meta_path.insert(0, self)

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find a top-level module for a thread of ours; others' imports are for other finders.

        Raises:
            ModuleNotFoundError: it is nowhere where we look.
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
        """Run something in a thread of ours; None when it fails, or takes longer.

        Its failure is noted. What takes longer is left alone: no thread can be ended.

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
        """Note a failure of ours; never raise."""
        with contextlib.suppress(RuntimeError):
            self.run(lambda: _write(failure), NOTING)


def _write(failure: BaseException) -> None:
    try:
        from telemetry_hook import _failures

        _failures.write(failure, telemetry_hook._started_with)  # noqa: SLF001
    except Exception:
        pass


trusted = TrustedFinder()
