"""Limits foreign code that runs in our process: it has a deadline, and its output is discarded."""

from __future__ import annotations

import contextlib
import io
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

REPEAT_SECONDS = 1.0


class DeadlineError(BaseException):
    """The deadline has passed. Not an `Exception`, so ``except Exception`` does not catch it."""


@contextlib.contextmanager
def timers_stopped() -> Iterator[None]:
    """Context without the program's own timers. Afterwards, each has as long to go as before.

    The processor time that we used is added. The interpreter needs a part of it to tear our modules
    down, and by then a signal of a profiler has no handler and would kill the process.
    """
    if sys.platform == "win32":
        yield
        return
    names = ("ITIMER_REAL", "ITIMER_VIRTUAL", "ITIMER_PROF")
    timers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    start = time.process_time()
    before = [(timer, signal.setitimer(timer, 0)) for timer in timers]
    try:
        yield
    finally:
        for timer, (left, interval) in before:
            if left:
                signal.setitimer(timer, left + time.process_time() - start, interval)


@contextlib.contextmanager
def contained(seconds: float) -> Iterator[None]:
    """Context in which foreign code runs for at most `seconds`, and prints nothing.

    Outside the main thread, this does nothing: signals reach only the main thread, and the program,
    which is still running, needs its output. Code that starts such a thread must limit its time.

    Raises:
        DeadlineError: the time is over. It is raised inside the foreign code, again every second.
    """
    if threading.get_ident() != threading.main_thread().ident:
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
    """Raise `DeadlineError` in the enclosed code after `seconds`, by means of the alarm signal.

    A thread could not do this, because none can be started at interpreter exit. Windows does not
    have this signal, so there is no limit on Windows.
    """
    if sys.platform == "win32" or not hasattr(signal, "setitimer"):
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
