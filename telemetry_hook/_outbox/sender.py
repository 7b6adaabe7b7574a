"""The child process that delivers reports, isolated from the program and its directory."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from typing import TYPE_CHECKING, Any

from telemetry_hook import _environment
from telemetry_hook._errors import StorageError
from telemetry_hook._frozen_arguments import SENDER
from telemetry_hook._installed import places
from telemetry_hook._outbox import store
from telemetry_hook._outbox.entry import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from telemetry_hook._outbox.entry import Entry

POLL_SECONDS = 0.02
MAX_COMPLAINT = 1024
# The sender of a bundle whose files Python cannot run by their path, or that has several directories.
IN_BUNDLE = "import sys; sys.path += {}; from telemetry_hook._sender import main; main()"


class Sender:
    """A running child process: ``python -I _sender.py REPORT_ID``, in the root directory."""

    def __init__(self, report_id: str) -> None:
        if not sys.executable or ("frozen" in sys.__dict__ and not places.is_frozen()):
            raise OSError("there is no Python interpreter to run the sender")
        import subprocess

        command = [sys.executable, *_arguments(), report_id]
        options: dict[str, Any] = {
            **dict.fromkeys(("stdin", "stderr"), subprocess.DEVNULL),
            "stdout": subprocess.PIPE,
            "cwd": os.path.abspath(os.sep),
            "env": _variables(),
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
            entry = None
            with contextlib.suppress(StorageError):  # it may be readable a moment later
                entry = store.stored(report_id)
            is_attempted = entry is not None and _is_attempted(entry)
            if ended or is_attempted or time.monotonic() > deadline:
                return entry if ended or is_attempted else None
            time.sleep(POLL_SECONDS)
        return None

    def complaint(self) -> str:
        """Return why the process, which has ended, could not deliver the report, or ''."""
        process = self._process
        if process is None or process.poll() is None or process.stdout is None:
            return ""
        return printable(process.stdout.read(MAX_COMPLAINT).decode("utf-8", "replace"))

    def release(self) -> None:
        """Let the process continue alone, without Python's warning that it is still running."""
        if self._process is not None:
            if self._process.stdout is not None:
                self._process.stdout.close()
            self._process.returncode = 0
            self._process = None


def _is_attempted(entry: Entry) -> bool:
    return entry.state != "pending" or bool(entry.attempts or entry.reason)


def _arguments() -> list[str]:
    """Return the arguments that make this program's interpreter the sender."""
    if places.is_frozen():
        return [SENDER]
    script = os.path.join(places.home(), "telemetry_hook", "_sender.py")
    directories = places.bundled()
    if len(directories) > 1 or not os.path.isfile(script):
        return ["-I", "-c", IN_BUNDLE.format(directories)]
    return ["-I", script]


def _variables() -> Mapping[str, str]:
    variables = _environment.at_start()
    if not places.is_frozen():
        return variables
    # Otherwise PyInstaller's program uses the files that this process has unpacked and will remove.
    return {**variables, "PYINSTALLER_RESET_ENVIRONMENT": "1"}


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
