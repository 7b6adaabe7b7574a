"""Runs a program on its own pseudo-terminal, with a time limit. POSIX only."""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from telemetry_hook._ask import prompt as _prompt
from telemetry_hook._ask.question import ASK

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

LETTERS = _prompt.letters(tuple(_prompt.KEYS))
PROMPT = f"{LETTERS}\n{ASK} (no) "
ANSWER = b"later\n"
# The prompt drops what was typed before it reads. So wait a moment before typing the answer, and
# type it again if the program has not ended.
BEFORE_ANSWER, AGAIN = 0.05, 1.0
TICK = 0.05
END_OF_INPUT = "\x04"  # Ctrl-D, which ends the input at the beginning of a line
CHUNK = 65536
TAIL = 1024  # until it is answered, a prompt is within the last bytes of the output
ROWS, COLUMNS = 40, 80
# The child becomes the terminal's foreground process before it runs the program. (With a
# preexec_fn, Python would fork, and it warns about a fork in a process with threads.)
START = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
    "os.execv(sys.argv[1], sys.argv[1:])"
)


@dataclass(frozen=True, slots=True)
class Ended:
    """The result of a program that has ended. `status` is None if the time limit was reached."""

    status: int | None
    screen: str

    @property
    def question(self) -> str | None:
        """The question with its keys, or None if the question was not asked."""
        before, prompt, _ = self.screen.partition(PROMPT)
        # The question has two paragraphs: a sentence, and a list of what is in the report.
        return "\n\n".join([*before.rstrip().split("\n\n")[-2:], LETTERS]) if prompt else None


def run(
    command: list[str],
    environment: Mapping[str, str],
    directory: Path,
    *,
    typed: str = "",
    seconds: float,
) -> Ended:
    """Run a program by its absolute path. Type `typed` and the end of input, and answer *later*."""
    if sys.platform == "win32":
        raise OSError("there are no pseudo-terminals")
    deadline = time.monotonic() + seconds
    with _terminal() as (terminal, end):
        process = subprocess.Popen(  # noqa: S603 - the author's own tool
            [sys.executable, "-I", "-S", "-c", START, *command],
            stdin=end,
            stdout=end,
            stderr=end,
            env=dict(environment),
            cwd=directory,
            start_new_session=True,
        )
        try:
            lines = f"{typed}\n" if typed and not typed.endswith("\n") else typed
            screen = _Screen(terminal, f"{lines}{END_OF_INPUT}".encode())
            while process.poll() is None and time.monotonic() < deadline:
                screen.step()
            status = process.poll()
        finally:
            with contextlib.suppress(OSError):  # all processes in the group have ended
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        while screen.read():
            pass
        return Ended(status, screen.text)


@contextlib.contextmanager
def _terminal() -> Iterator[tuple[int, int]]:
    if sys.platform == "win32":
        raise OSError("there are no pseudo-terminals")
    terminal, end = os.openpty()
    try:
        fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        settings = termios.tcgetattr(end)
        settings[3] &= ~termios.ECHO  # typed input must not appear in the program's output
        termios.tcsetattr(end, termios.TCSANOW, settings)
        os.set_blocking(terminal, False)
        yield terminal, end
    finally:
        os.close(terminal)
        os.close(end)


class _Screen:
    """The output on a terminal, and the user who types on it."""

    def __init__(self, terminal: int, typed: bytes) -> None:
        self._terminal = terminal
        self._typed = typed
        self._output = bytearray()
        self._answer_at: float | None = None

    @property
    def text(self) -> str:
        return _decoded(self._output)

    def step(self) -> None:
        """Wait for at most `TICK` seconds, then type and read what is possible."""
        writing = [self._terminal] if self._typed else []
        _, writable, _ = select.select([self._terminal], writing, [], TICK)
        if writable:
            with contextlib.suppress(BlockingIOError):
                self._typed = self._typed[os.write(self._terminal, self._typed) :]
        self.read()
        now = time.monotonic()
        if self._answer_at is None:
            if PROMPT in _decoded(self._output[-TAIL:]):
                self._answer_at = now + BEFORE_ANSWER
        elif now >= self._answer_at:
            self._typed = ANSWER
            self._answer_at = now + AGAIN

    def read(self) -> bool:
        """Read the available output. Return whether there was any."""
        try:
            chunk = os.read(self._terminal, CHUNK)
        except OSError:  # no output yet
            return False
        self._output += chunk
        return bool(chunk)


def _decoded(output: bytearray) -> str:
    return output.decode("utf-8", "replace").replace("\r\n", "\n")
