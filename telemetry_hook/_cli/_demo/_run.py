"""Runs the sample on the user's terminal, or on a terminal of our own with a typed answer."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS = 30.0
QUESTION = b"Send this report?"
# The child takes the terminal before it becomes the tool. A preexec_fn could hang, because the
# receiver runs in another thread.
TAKE_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
    "os.execv(sys.argv[1], sys.argv[1:])"
)


def run(command: list[str], environment: dict[str, str]) -> int:
    # Ctrl-C is an answer to the tool's question, so this process ignores it.
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        return subprocess.call(command, env=environment, cwd=environment["HOME"])  # noqa: S603 - no shell
    finally:
        signal.signal(signal.SIGINT, before)


def run_and_type(answer: str, command: list[str], environment: dict[str, str]) -> int:
    if sys.platform == "win32":
        raise OSError("there are no pseudo-terminals")
    deadline = time.monotonic() + SECONDS
    ours, theirs = os.openpty()
    process = subprocess.Popen(  # noqa: S603 - no shell
        [command[0], "-ISc", TAKE_TERMINAL, *command],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**environment, "NO_COLOR": "1"},
        cwd=environment["HOME"],
        start_new_session=True,
    )
    os.close(theirs)
    shown, typed = b"", False
    try:
        for data in _shown_on(ours, deadline):
            click.echo(data.replace(b"\r", b""), nl=False)
            shown += data
            if QUESTION in shown and not typed:
                os.write(ours, f"{answer}\n".encode())
                typed = True
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(max(0, deadline - time.monotonic()))
    finally:
        process.kill()
        os.close(ours)
    return process.wait()


def _shown_on(terminal: int, deadline: float) -> Iterator[bytes]:
    while select.select([terminal], [], [], max(0, deadline - time.monotonic()))[0]:
        try:
            data = os.read(terminal, 4096)
        except OSError:  # raised on Linux when no process has the terminal open any more
            return
        if not data:
            return
        yield data
