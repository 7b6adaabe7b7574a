"""`telemetry-hook demo`: a real crash, the real question, and a receiver on this machine.

The sample tool is installed in a virtual environment in a temporary directory. Everything that the
tool and telemetry-hook write is in this directory too. The directory is deleted at the end.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from telemetry_hook import _invocation, _started
from telemetry_hook._ask import terminal
from telemetry_hook._cli._demo import _install, _run
from telemetry_hook._cli._demo._receiver import Receiver
from telemetry_hook._consent import rules

if TYPE_CHECKING:
    from collections.abc import Iterator

GUESTS = ("Ines Okafor", "Tomas Lindqvist", "Mara Quill", "Juno Farrow")
# The sample fails on one wish: to sit beside a guest who is further down in the list.
LIST = "{0}\n{1} beside {0}\n{2} beside {3}\n{3}\n"

ARRIVAL, STEP = 10.0, 0.05
STATES = {"yes": "sent", "always": "sent", "later": "later", "no": None, "never": None}


def run(answer: str | None) -> int:
    """Run the demo and return its exit status. An `answer` is typed on a terminal of our own."""
    if (name := _started.other_interpreter()) is not None:
        return _fail(f"this is {name}, where no crash is noted; run the demo with CPython")
    absence = rules.first(rules.Facts(os.environ, unaskable=terminal.why_unaskable()), "absence")
    if answer is None and absence is not None:
        return _fail(f"{absence.reason}; use `{_invocation.command('demo', '--answer', 'yes')}`")
    if answer is not None and os.name != "posix":
        return _fail("this system has no terminal to type an answer on; leave --answer out")
    try:
        with _temporary() as directory, Receiver() as receiver:
            home = directory / "home"
            home.mkdir()
            (home / "guests.txt").write_text(LIST.format(*GUESTS), encoding="utf-8")
            command = _install.install(directory)
            environment = _install.environment(home, f"http://demo@{receiver.host}/1")
            click.echo(
                "A sample tool that seats guests will now crash, for real. Its reports go to\n"
                f"{receiver.host}, a receiver on this machine that runs as long as this demo.\n"
                f"\n$ {_install.NAME} guests.txt"
            )
            if answer is None:
                status = _run.run(command, environment)
            else:
                status = _run.run_and_type(answer, command, environment)
            stored = _settled(home)
            problem = _problem(answer, status, stored, home, receiver)
    except OSError as error:
        return _fail(f"the demo could not run: {error}")
    if problem is not None:
        return _fail(f"unexpected result: {problem}")
    _tell(stored, receiver)
    return 0


@contextlib.contextmanager
def _temporary() -> Iterator[Path]:
    directory = tempfile.mkdtemp(prefix="telemetry-hook-demo-")
    try:
        yield Path(directory)
    finally:
        deadline = time.monotonic() + ARRIVAL
        # A sender that has not ended may still write here. On Windows, the interpreter that runs it
        # cannot be deleted.
        while os.path.exists(directory) and time.monotonic() < deadline:
            shutil.rmtree(directory, ignore_errors=True)
            time.sleep(STEP)
    if os.path.exists(directory):
        raise OSError(f"{directory} cannot be deleted")


def _settled(home: Path) -> dict[str, Any]:
    """Wait while the stored report is pending. Return its entry, or {} if there is no report."""
    deadline = time.monotonic() + ARRIVAL
    while True:
        heads = [path.read_bytes().partition(b"\n")[0] for path in home.rglob("*.report")]
        stored: dict[str, Any] = json.loads(heads[0]) if heads else {}
        if stored.get("state") != "pending" or time.monotonic() > deadline:
            return stored
        time.sleep(STEP)


def _problem(
    answer: str | None, status: int, stored: dict[str, Any], home: Path, receiver: Receiver
) -> str | None:
    if status != 1:
        return f"the sample tool ended with status {status} instead of 1"
    for log in home.rglob("failures.log"):
        return f"telemetry-hook failed\n{log.read_text(encoding='utf-8')}"
    state = stored.get("state")
    if state not in (STATES.values() if answer is None else [STATES[answer]]):
        return f"the report is {state}: {stored['reason']}" if stored else "no report was stored"
    body = b"".join(receiver.bodies)
    agreed = stored["sha256"] if state == "sent" else hashlib.sha256().hexdigest()
    if hashlib.sha256(body).hexdigest() != agreed:
        return f"what arrived ({len(body)} bytes) is not what was agreed to"
    leaked = [name for name in " ".join(GUESTS).split() if name.encode() in body]
    return f"{leaked[0]} is in the report" if leaked else None


def _tell(stored: dict[str, Any], receiver: Receiver) -> None:
    lines = ["", f"Nothing arrived in the receiver on this machine, {receiver.host}."]
    if receiver.bodies:
        event = json.loads(receiver.bodies[0].split(b"\n", 2)[2])
        exception = event["exception"]["values"][-1]
        size = len(receiver.bodies[0])
        lines[1:] = [
            f"The receiver on this machine, {receiver.host}, got one report:",
            "",
            f"  Size         {size} bytes, the same that were stored after your answer",
            f"  SHA-256      {stored['sha256']}",
            f"  Exception    {exception['type']}",
            f"  Message      {exception['value']}",
            f"  Release      {event['release']}",
            f"  Not in it    {GUESTS[-1]} (in the traceback), or any other guest",
            "",
        ]
    elif stored:
        lines.append("The report was kept for later.")
    lines.append("Tool, report and answer were in a temporary directory, which is gone now.")
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    click.echo("\n".join(lines).encode(encoding, "backslashreplace").decode(encoding))


def _fail(message: str) -> int:
    click.echo(f"telemetry-hook: {message}", err=True)
    return 1
