"""Bounds on foreign code that runs in our process: its time, and what it prints."""

from __future__ import annotations

import contextlib
import io
import signal
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

AGAIN = 1.0


class DeadlineError(BaseException):
    """Time is up. No `Exception`, so that code which swallows those cannot swallow it."""


def stop_timers() -> None:
    """Stop the program's own timers: at the end, a profiler's signal would find no handler."""
    for name in ("ITIMER_REAL", "ITIMER_VIRTUAL", "ITIMER_PROF"):
        if hasattr(signal, name):
            signal.setitimer(getattr(signal, name), 0)


@contextlib.contextmanager
def contained(seconds: float) -> Iterator[None]:
    """Let foreign code run for so many seconds, and print nothing.

    In a thread beside a program that goes on, neither is to be had: signals are the main thread's,
    and its output is the program's. Who starts such a thread bounds it.

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
    """Ring an alarm.

    At interpreter exit no thread can be started, so this is the alarm signal's work; where the
    system has none (Windows), there is no bound.
    """
    if not hasattr(signal, "setitimer"):
        yield
        return

    def ring(_signal: int, _frame: FrameType | None) -> None:
        raise DeadlineError

    before = signal.signal(signal.SIGALRM, ring)
    mask = signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGALRM})
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        signal.signal(signal.SIGALRM, before if before is not None else signal.SIG_DFL)
