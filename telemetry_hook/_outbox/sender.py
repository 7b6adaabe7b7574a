"""The child process that delivers reports, isolated from the program and its directory."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

from telemetry_hook import _environment
from telemetry_hook._outbox import store

if TYPE_CHECKING:
    from telemetry_hook._outbox.entry import Entry

POLL_SECONDS = 0.02


class Sender:
    """A running child process: ``python -I _sender.py REPORT_ID``, in the root directory."""

    def __init__(self, report_id: str) -> None:
        if not sys.executable or getattr(sys, "frozen", False):
            raise OSError("there is no Python interpreter to run the sender")
        import subprocess

        package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        script = os.path.join(package, "_sender.py")
        self._process: subprocess.Popen[bytes] | None = subprocess.Popen(  # noqa: S603 - no shell
            [sys.executable, "-I", script, report_id],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=os.path.abspath(os.sep),
            env=_environment.variables(),
            start_new_session=True,
        )

    def wait(self, report_id: str, seconds: float) -> Entry | None:
        """Return the report once it was attempted or the process ended, or None after `seconds`."""
        deadline = time.monotonic() + seconds
        process = self._process
        while process is not None:
            ended = process.poll() is not None
            entry = store.find(report_id)
            if entry.state != "pending" or entry.attempts or entry.reason or ended:
                return entry
            if time.monotonic() > deadline:
                return None
            time.sleep(POLL_SECONDS)
        return None

    def release(self) -> None:
        """Let the process continue alone, without Python's warning that it is still running."""
        if self._process is not None:
            self._process.returncode = 0
            self._process = None
