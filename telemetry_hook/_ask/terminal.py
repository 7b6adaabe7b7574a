"""Uses the process's real terminal, even if the program replaces `sys.stdin` or `sys.stderr`."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import stat
import sys
from typing import TYPE_CHECKING

from telemetry_hook import _environment, _started
from telemetry_hook._disk import locks
from telemetry_hook._terminals import is_terminal

if sys.platform == "win32":
    import msvcrt

    from telemetry_hook._ask import keyboard
else:
    import termios

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

SYSTEM = os.name
STDIN, STDOUT, STDERR = 0, 1, 2
SILENCE = 60.0
MAX_LINE = 1024
SIZE = (80, 24)
# Resets what a full-screen program has changed: colours off, cursor on, no reporting of the mouse
# or of pastes. The alternate screen stays, because the traceback is on it.
PLAIN = "\033[0m\033[?25h\033[?1000l\033[?1002l\033[?1003l\033[?1006l\033[?2004l"


class ResumedError(Exception):
    """The program was stopped (Ctrl-Z) and has continued. The question must be shown again."""


def why_unaskable() -> str | None:
    """Return why nobody can be asked here, or None if somebody can be asked."""
    if (name := _started.other_interpreter()) is not None:
        return f"this is {name}, where no crash is noted"
    if not _started.has_same_stderr():
        return "stderr was closed or replaced"
    try:
        if sys.__stdin__ is None or not is_terminal(STDIN, "r"):
            return "stdin is not a terminal"
        if not is_terminal(STDERR, "w"):
            return "stderr is not a terminal"
        if stat.S_ISFIFO(os.fstat(STDOUT).st_mode):
            return "stdout is a pipe"
    except OSError:
        pass  # a closed stdout does not prevent asking
    try:
        if sys.platform != "win32" and os.tcgetpgrp(STDIN) != os.getpgrp():
            return "the program is in the background"
    except OSError:
        return "the terminal is gone"
    return None


def say(text: str) -> None:
    """Write to the real stderr, even if the program has replaced `sys.stderr`.

    Write nothing if descriptor 2 is not the one that the program was started with. It may be a
    file with the user's data.
    """
    data = _encoded(text) if _started.has_same_stderr() else b""
    with contextlib.suppress(OSError):
        while data:
            data = data[os.write(STDERR, data) :]


def _encoded(text: str) -> bytes:
    try:
        return text.encode(_encoding(), "backslashreplace")
    except LookupError:
        return text.encode("ascii", "backslashreplace")


def _encoding() -> str:
    """Return the encoding of bytes on stderr.

    On a console of Windows, this is the console's code page. Python's stream says UTF-8, because it
    passes characters to the console, and not bytes.
    """
    page = os.device_encoding(STDERR) if SYSTEM == "nt" else None
    return page or getattr(sys.__stderr__, "encoding", None) or "utf-8"


def size() -> tuple[int, int]:
    """Return the terminal's columns and lines."""
    try:
        columns, lines = os.get_terminal_size(STDERR)
    except OSError:
        return SIZE
    return columns or SIZE[0], lines or SIZE[1]


def page(text: str) -> None:
    """Write a text, or show it in the user's pager if it is longer than the screen."""
    command = _pager() if text.count("\n") >= size()[1] else None
    if command is None:
        say(text)
        return
    import subprocess

    # From now on, the pager handles Ctrl-C.
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        # Unless the user has set LESS: quit if the text is short, and leave it on the screen.
        environment = {"LESS": "FX", **_environment.at_start(), "LESSHISTFILE": "-"}
        shown = subprocess.run(  # noqa: S603 - the user's own
            command, input=_encoded(text), stdout=STDERR, env=environment, check=False
        )
        is_shown = shown.returncode == 0
    except OSError:
        is_shown = False
    finally:
        signal.signal(signal.SIGINT, before)
    if not is_shown:
        say(text)


def _pager() -> list[str] | None:
    environment = _environment.at_start()
    if sys.platform == "win32" or environment.get("TERM", "dumb") in ("", "dumb"):
        return None
    import shlex
    import shutil

    try:
        command = shlex.split(environment.get("PAGER") or "less")
    except ValueError:
        return None
    path = environment.get("PATH", os.defpath)  # without one, `which` takes the program's
    program = shutil.which(command[0], path=path) if command else None
    return [program, *command[1:]] if program else None


@contextlib.contextmanager
def ready() -> Iterator[bool]:
    """Context in which the terminal reads and echoes lines, and Ctrl-C raises `KeyboardInterrupt`.

    Yields False if another of our questions is open on this terminal. We must not read its answer.
    """
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with _alone() as is_alone:
            if not is_alone:
                yield False
                return
            with _reading_lines():
                yield True
    finally:
        signal.signal(signal.SIGINT, before if before is not None else signal.SIG_DFL)


@contextlib.contextmanager
def _alone() -> Iterator[bool]:
    """Lock this terminal, so that none of our other questions uses it. Yield whether that worked.

    The lock ends with the context, or at the latest with the process.
    """
    if sys.platform == "win32":
        yield True
        return
    try:
        # Opened again, because an inherited descriptor is shared with the processes to lock out.
        descriptor = os.open(os.ttyname(STDIN), os.O_RDONLY | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        yield True
        return
    try:
        yield locks.try_lock(descriptor)
    finally:
        os.close(descriptor)


def forget_typed() -> None:
    """Discard text typed or pasted so far. It cannot answer a question that is not yet shown."""
    if sys.platform == "win32":
        while msvcrt.kbhit():
            msvcrt.getwch()
    else:
        with contextlib.suppress(termios.error):
            termios.tcflush(STDIN, termios.TCIFLUSH)


def read_line() -> str | None:
    """Return the next typed line, or None at the end of input or after a minute without input.

    Raises:
        ResumedError: the program was stopped while it waited, and has continued.
    """
    line: str | None = None
    if sys.platform == "win32":
        line = keyboard.read_line(msvcrt, SILENCE)
    else:
        with contextlib.suppress(OSError, termios.error), _noticing_resumption():
            readable, _, _ = select.select([STDIN], [], [], SILENCE)
            data = os.read(STDIN, MAX_LINE) if readable else b""
            line = data.decode("utf-8", "replace") if data.endswith(b"\n") else None
    return line


@contextlib.contextmanager
def _noticing_resumption() -> Iterator[None]:
    if sys.platform == "win32":
        yield
        return

    def resumed(_signal: int, _frame: FrameType | None) -> None:
        _make_sane()  # the shell may have restored the modes that the program had set
        raise ResumedError

    before = signal.signal(signal.SIGCONT, resumed)
    try:
        yield
    finally:
        signal.signal(signal.SIGCONT, before if before is not None else signal.SIG_DFL)


@contextlib.contextmanager
def _reading_lines() -> Iterator[None]:
    if sys.platform == "win32":
        yield
    else:
        try:
            before = termios.tcgetattr(STDIN)
        except termios.error:
            yield
            return
        was_raw = not before[3] & termios.ICANON
        try:
            _make_sane()
            if was_raw and _environment.variables().get("TERM", "dumb") != "dumb":
                say(PLAIN)
            yield
        finally:
            with contextlib.suppress(termios.error):
                # Discard input that was not read. Otherwise the shell would run it as a command.
                termios.tcsetattr(STDIN, termios.TCSAFLUSH, before)


def _make_sane() -> None:
    if sys.platform != "win32":
        with contextlib.suppress(termios.error):
            sane = termios.tcgetattr(STDIN)
            sane[0] = sane[0] & ~termios.IGNCR | termios.ICRNL
            sane[1] |= termios.OPOST | termios.ONLCR
            sane[3] |= termios.ICANON | termios.ECHO | termios.ISIG | termios.IEXTEN
            termios.tcsetattr(STDIN, termios.TCSAFLUSH, sane)
