"""`telemetry-hook demo`: a real crash, the real question, and the report's arrival on this machine.

The sample tool is installed in a virtual environment in a temporary directory, and all that it and
telemetry-hook write goes there too: nothing of it is left behind.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import select
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
import venv
from base64 import urlsafe_b64encode
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingTCPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

import click
import platformdirs
import pluggy
import urllib3

import telemetry_hook
from telemetry_hook import _consent, _terminal
from telemetry_hook._errors import TelemetryHookError

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME = "telemetry-hook-sample"
INFO = "telemetry_hook_sample-1.0.0.dist-info"
GUESTS = """\
Ines Okafor
Tomas Lindqvist beside Ines Okafor
Mara Quill beside Juno Farrow
Juno Farrow
"""
NAMES = ("Ines Okafor", "Tomas Lindqvist", "Mara Quill", "Juno Farrow")
PRIVATE = "Juno Farrow"

ENVELOPES = "/api/1/envelope/"
MAX_BODY = 1024 * 1024
IDLE = 5.0
RUN = 30.0
ARRIVAL = 10.0
STEP = 0.05

# A child takes the terminal before it becomes the tool: beside the receiver's threads, a
# preexec_fn could hang.
TAKE_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
    "os.execv(sys.argv[1], sys.argv[1:])"
)
SCRIPT = """\
import sys
from sample_tool.seating import main
if __name__ == "__main__":
    sys.exit(main())
"""


class Receiver(ThreadingTCPServer):
    """A receiver on loopback that speaks Sentry's protocol, and keeps what it gets."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Envelopes)
        self.bodies: list[bytes] = []
        self.host = f"127.0.0.1:{self.server_address[1]}"

    def handle_error(self, *_: object) -> None:
        """Keep silent about connections that break."""


class Envelopes(BaseHTTPRequestHandler):
    """Takes envelopes of Sentry's protocol."""

    server: Receiver
    timeout = IDLE

    def do_POST(self) -> None:  # noqa: N802 - http.server wants it so
        """Keep an envelope, and answer with its id."""
        try:
            size = int(self.headers["Content-Length"])
            if self.path != ENVELOPES or not 0 < size <= MAX_BODY:
                raise ValueError(size)
            body = self.rfile.read(size)
            reply = json.dumps({"id": json.loads(body.partition(b"\n")[0])["event_id"]}).encode()
        except (ValueError, TypeError, KeyError):
            self.send_error(400)
            return
        self.server.bodies.append(body)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)

    def log_message(self, *_: object) -> None:
        """Keep silent: the terminal is the tool's."""


def run(answer: str | None) -> int:
    """Run the demo and return the exit status; an answer is typed on a terminal of our own.

    Raises:
        TelemetryHookError: there is nobody to ask, or the demo did not come about.
    """
    if answer is None:
        why = _consent.unaskable_by(os.environ) or _terminal.why_unaskable()
        if why is not None:
            raise TelemetryHookError(
                f"{why}, so nobody can be asked here; use `telemetry-hook demo --answer yes`"
            )
    elif os.name != "posix":
        raise TelemetryHookError("--answer needs a system with pseudo-terminals; leave it out here")
    with (
        # What a scanner of viruses still holds open on Windows must not spoil the demo.
        tempfile.TemporaryDirectory(
            prefix="telemetry-hook-demo-", ignore_cleanup_errors=True
        ) as directory,
        Receiver() as receiver,
    ):
        Thread(target=receiver.serve_forever, daemon=True).start()
        try:
            command = _install(Path(directory))
            return _crash(command, Path(directory), receiver, answer)
        except (OSError, subprocess.SubprocessError) as error:
            raise TelemetryHookError(f"the demo did not come about: {error}") from error
        finally:
            receiver.shutdown()
