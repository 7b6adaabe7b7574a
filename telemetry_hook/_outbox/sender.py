"""The child process that delivers reports, isolated from the program and its directory."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from typing import TYPE_CHECKING, Any

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
        command = [sys.executable, "-I", script, report_id]
        options: dict[str, Any] = {
            **dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL),
            "cwd": os.path.abspath(os.sep),
            "env": _environment.variables(),
        }
        self._process: subprocess.Popen[bytes] | None = None
        *others, last = _ways_to_detach()
        for way in others:
            with contextlib.suppress(PermissionError):
                self._process = subprocess.Popen(command, **options, **way)  # noqa: S603 - no shell
                return
        self._process = subprocess.Popen(command, **options, **last)  # noqa: S603 - no shell

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


def _ways_to_detach() -> list[dict[str, Any]]:
    """Return options for a process that outlives this one and its terminal, the best ones first.

    If the first options are refused, the next ones are used. On Windows, a job may kill all its
    processes at its end, and may refuse to let one out. Without a window, the process has a console
    of its own, so that Ctrl-C and closing ours do not end it.
    """
    if sys.platform == "win32":
        import subprocess

        flags = subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
        outside = flags | subprocess.CREATE_BREAKAWAY_FROM_JOB
        return [{"creationflags": outside}, {"creationflags": flags}]
    return [{"start_new_session": True}]
