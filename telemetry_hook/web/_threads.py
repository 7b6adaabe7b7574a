"""Runs our code in threads of its own while the program goes on, with a time limit."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, TypeVar

from telemetry_hook._installed.isolation import isolated
from telemetry_hook._suspended import unwarned

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

NOTING = 1.0


def run(call: Callable[[], T], seconds: float) -> T | None:
    """Run a function in a new thread. Return None if it fails or takes more than `seconds`.

    The thread's imports are isolated. A failure is logged. A function that takes longer keeps
    running, because a thread cannot be ended.

    Raises:
        RuntimeError: no thread can be started.
    """
    results: list[T] = []

    def work() -> None:
        with unwarned(), isolated():
            try:
                results.append(call())
            except BaseException as failure:
                _write(failure)

    thread = threading.Thread(target=work, name="telemetry-hook", daemon=True)
    thread.start()
    thread.join(seconds)
    return results[0] if results else None


def note(failure: BaseException) -> None:
    """Log a failure of our own code. Never raises."""
    with contextlib.suppress(RuntimeError):
        run(lambda: _write(failure), NOTING)


def _write(failure: BaseException) -> None:
    try:
        from telemetry_hook import _failures, _started

        _failures.write(failure, _started.environment())
    except Exception:
        pass
