"""The real terminal, whatever the program has done to `sys.stdin` and `sys.stderr`."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import stat
import sys
from typing import TYPE_CHECKING

if sys.platform != "win32":
    import termios

if TYPE_CHECKING:
    from collections.abc import Iterator

STDIN, STDOUT, STDERR = 0, 1, 2
SILENCE = 60.0
MAX_LINE = 1024


def why_unaskable() -> str | None:
    """Return why nobody can be asked here, or None where somebody can."""
    try:
        if not os.isatty(STDIN):
            return "stdin is no terminal"
        if not os.isatty(STDERR):
            return "stderr is no terminal"
        if stat.S_ISFIFO(os.fstat(STDOUT).st_mode):
            return "stdout is a pipe"
    except OSError:
        pass  # stdout is closed, which hinders nobody
    try:
        if sys.platform != "win32" and os.tcgetpgrp(STDIN) != os.getpgrp():
            return "the program is in the background"
    except OSError:
        return "the terminal is gone"
    return None


def say(text: str) -> None:
    """Write to the error output, past whatever the program has put in its place."""
    encoding = getattr(sys.__stderr__, "encoding", None) or "utf-8"
    data = text.encode(encoding, "backslashreplace")
    with contextlib.suppress(OSError):
        while data:
            data = data[os.write(STDERR, data) :]


@contextlib.contextmanager
def ready() -> Iterator[None]:
    """Make the terminal read lines and show them, and Ctrl-C a `KeyboardInterrupt`."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with _reading_lines():
            yield
    finally:
        signal.signal(signal.SIGINT, before if before is not None else signal.SIG_DFL)


def read_line() -> str | None:
    """Return the next line that is typed from now on; None at its end, and after a minute of silence.

    What was typed or pasted before is dropped: it was no answer to a question that nobody had seen.
    """
    if sys.platform == "win32":
        line = sys.__stdin__.readline(MAX_LINE) if sys.__stdin__ is not None else ""
        return line or None
    try:
        termios.tcflush(STDIN, termios.TCIFLUSH)
        readable, _, _ = select.select([STDIN], [], [], SILENCE)
        data = os.read(STDIN, MAX_LINE) if readable else b""
    except (OSError, termios.error):
        return None
    return data.decode("utf-8", "replace") if data.endswith(b"\n") else None


@contextlib.contextmanager
def _reading_lines() -> Iterator[None]:
    if sys.platform == "win32":
        yield
        return
    try:
        before = termios.tcgetattr(STDIN)
    except termios.error:
        yield
        return
    sane = before[:]
    sane[0] = before[0] & ~termios.IGNCR | termios.ICRNL
    sane[1] = before[1] | termios.OPOST | termios.ONLCR
    sane[3] = before[3] | termios.ICANON | termios.ECHO | termios.ISIG | termios.IEXTEN
    try:
        termios.tcsetattr(STDIN, termios.TCSAFLUSH, sane)
        yield
    finally:
        with contextlib.suppress(termios.error):
            termios.tcsetattr(STDIN, termios.TCSADRAIN, before)
