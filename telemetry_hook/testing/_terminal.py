"""A program on a pseudo-terminal of its own, bounded in time; POSIX only."""

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
# What is typed before the prompt reads is dropped; so wait a moment, and type again if nothing came.
BEFORE_ANSWER, AGAIN = 0.05, 1.0
TICK = 0.05
END_OF_INPUT = "\x04"  # at the beginning of a line
CHUNK = 65536
TAIL = 1024  # a prompt is at the end of what there is, until it is answered
ROWS, COLUMNS = 40, 80
# The program becomes the terminal's foreground process before it runs. (A preexec_fn would fork, of
# which Python warns where there are threads.)
START = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
    "os.execv(sys.argv[1], sys.argv[1:])"
)


@dataclass(frozen=True, slots=True)
class Ended:
    """A program that has ended, with its status and screen; `status` is None if time was up."""

    status: int | None
    screen: str

    @property
    def question(self) -> str | None:
        """The question with its keys, None where it was not asked."""
        before, prompt, _ = self.screen.partition(PROMPT)
        # The question is a sentence and what is in the report, in paragraphs of their own.
        return "\n\n".join([*before.rstrip().split("\n\n")[-2:], LETTERS]) if prompt else None


def run(
    command: list[str],
    environment: Mapping[str, str],
    directory: Path,
    *,
    typed: str = "",
    seconds: float,
) -> Ended:
    """Run a program whose path is absolute, type lines and the end of input, answer *later*."""
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
            with contextlib.suppress(OSError):  # everything in it has ended
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        while screen.read():
            pass
        return Ended(status, screen.text)


@contextlib.contextmanager
def _terminal() -> Iterator[tuple[int, int]]:
    terminal, end = os.openpty()
    try:
        fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        settings = termios.tcgetattr(end)
        settings[3] &= ~termios.ECHO  # what is typed ahead is no output of the program's
        termios.tcsetattr(end, termios.TCSANOW, settings)
        os.set_blocking(terminal, False)
        yield terminal, end
    finally:
        os.close(terminal)
        os.close(end)


class _Screen:
    """The content of a terminal, and the user who types there."""

    def __init__(self, terminal: int, typed: bytes) -> None:
        self._terminal = terminal
        self._typed = typed
        self._output = bytearray()
        self._answer_at: float | None = None

    @property
    def text(self) -> str:
        return _decoded(self._output)

    def step(self) -> None:
        """Wait for a tick, read, and type."""
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
        """Read what there is; tell whether there was anything."""
        try:
            chunk = os.read(self._terminal, CHUNK)
        except OSError:  # nothing yet
            return False
        self._output += chunk
        return bool(chunk)


def _decoded(output: bytearray) -> str:
    return output.decode("utf-8", "replace").replace("\r\n", "\n")
