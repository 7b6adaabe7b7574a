"""Bounds foreign code that runs in our process: in time, and in what it prints."""

from __future__ import annotations

import contextlib
import io
import signal
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

REPEAT_SECONDS = 1.0


class DeadlineError(BaseException):
    """Time is up. Not an `Exception`, so that code which catches those does not catch it."""


def stop_timers() -> None:
    """Stop the program's own timers: at exit a profiler's signal has no handler any more."""
    for name in ("ITIMER_REAL", "ITIMER_VIRTUAL", "ITIMER_PROF"):
        if hasattr(signal, name):
            signal.setitimer(getattr(signal, name), 0)


@contextlib.contextmanager
def contained(seconds: float) -> Iterator[None]:
    """Context in which foreign code runs for at most so many seconds, and prints nothing.

    Does nothing in other threads than the main one: signals reach only the main thread, and the
    output belongs to the program, which goes on. Whoever starts such a thread bounds its time.

    Raises:
        DeadlineError: time is up; raised inside the foreign code, and again each second.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    nowhere = io.StringIO()
    with (
        contextlib.redirect_stdout(nowhere),
        contextlib.redirect_stderr(nowhere),
        _deadline(seconds),
    ):
        yield


@contextlib.contextmanager
def _deadline(seconds: float) -> Iterator[None]:
    """Raise `DeadlineError` in the code inside after so many seconds, by the alarm signal.

    At interpreter exit no thread can be started. On Windows there is no such signal and no bound.
    """
    if not hasattr(signal, "setitimer"):
        yield
        return

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise DeadlineError

    before = signal.signal(signal.SIGALRM, stop)
    mask = signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGALRM})
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds, REPEAT_SECONDS)
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        signal.signal(signal.SIGALRM, before if before is not None else signal.SIG_DFL)
