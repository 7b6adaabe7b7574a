"""`telemetry-hook demo`: a real crash, the real question, and the report's arrival on this machine.

The sample tool is installed in a virtual environment in a temporary directory; all that it and
telemetry-hook write goes there too, and nothing of it is left behind.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import select
import shutil
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
from socketserver import TCPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

import click
import platformdirs
import pluggy
import urllib3

import telemetry_hook
from telemetry_hook import _consent, _terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typing_extensions import Self

NAME = "telemetry-hook-sample"
INFO = "telemetry_hook_sample-1.0.0.dist-info"
METADATA = f"Metadata-Version: 2.1\nName: {NAME}\nVersion: 1.0.0\nRequires-Dist: telemetry-hook\n"
ENTRY_POINTS = f"""\
[console_scripts]
{NAME} = sample_tool.seating:main
[telemetry_hook]
sample_tool = sample_tool.telemetry
"""
SCRIPT = "import sys\nfrom sample_tool.seating import main\nsys.exit(main())\n"

GUESTS = ("Ines Okafor", "Tomas Lindqvist", "Mara Quill", "Juno Farrow")
# The wish that nobody thought of: to sit beside somebody further down.
LIST = "{0}\n{1} beside {0}\n{2} beside {3}\n{3}\n"

LEFT_OUT = {"DO_NOT_TRACK", "TELEMETRY_HOOK", "TELEMETRY_HOOK_STARTUP"}.union(
    _consent.CI, _consent.AGENTS
)
HOMES = (
    *("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA"),
    *("WIN_PD_OVERRIDE_APPDATA", "WIN_PD_OVERRIDE_LOCAL_APPDATA"),
)
MAX_BODY = 1024 * 1024
IDLE, RUN, ARRIVAL, STEP = 5.0, 30.0, 10.0, 0.05

QUESTION = b"Send this report?"
STATES = {"yes": "sent", "always": "sent", "later": "later", "no": None, "never": None}
# The child takes the terminal before it becomes the tool; a preexec_fn could hang beside the
# receiver's thread.
TAKE_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
    "os.execv(sys.argv[1], sys.argv[1:])"
)


class Receiver(TCPServer):
    """A receiver on loopback that speaks Sentry's protocol; it keeps what it gets in `bodies`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Envelopes)
        self.host = f"127.0.0.1:{self.server_address[1]}"
        self.bodies: list[bytes] = []

    def __enter__(self) -> Self:
        """Start to listen."""
        Thread(target=self.serve_forever, args=[STEP], daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.shutdown()
        self.server_close()

    def handle_error(self, *_: object) -> None:
        """Keep silent about connections that break."""


class Envelopes(BaseHTTPRequestHandler):
    """Takes the envelopes."""

    server: Receiver
    timeout = IDLE

    def do_POST(self) -> None:
        """Keep an envelope and answer with its id."""
        try:
            size = int(self.headers["Content-Length"])
            if self.path != "/api/1/envelope/" or not 0 < size <= MAX_BODY:
                raise ValueError(size)
            body = self.rfile.read(size)
            reply = json.dumps({"id": json.loads(body.partition(b"\n")[0])["event_id"]})
        except (ValueError, TypeError, KeyError):
            self.send_error(400)
            return
        self.server.bodies.append(body)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(reply.encode())

    def log_message(self, *_: object) -> None:
        """Keep silent: the terminal is the tool's."""


def run(answer: str | None) -> int:
    """Run the demo and return its exit status; an answer is typed on a terminal of our own."""
    why = _consent.unaskable_by(os.environ) or _terminal.why_unaskable()
    if answer is None and why is not None:
        return _fail(f"{why}, so nobody can be asked here; use `telemetry-hook demo --answer yes`")
    if answer is not None and os.name != "posix":
        return _fail("this system has no terminal to type an answer on; leave --answer out")
    try:
        with _temporary() as directory, Receiver() as receiver:
            home = directory / "home"
            home.mkdir()
            (home / "guests.txt").write_text(LIST.format(*GUESTS), encoding="utf-8")
            command, environment = _install(directory), _environment(home, receiver)
            click.echo(
                "A sample tool that seats guests will now crash, for real. Its reports go to\n"
                f"{receiver.host}, a receiver on this machine that runs as long as this demo.\n"
                f"\n$ {NAME} guests.txt"
            )
            if answer is None:
                status = _start(command, environment)
            else:
                status = _start_and_type(answer, command, environment)
            stored = _settled(home)
            problem = _problem(answer, status, stored, home, receiver)
    except OSError as error:
        return _fail(f"the demo did not come about: {error}")
    if problem is not None:
        return _fail(f"this is not what it should be: {problem}")
    _tell(stored, receiver)
    return 0


@contextlib.contextmanager
def _temporary() -> Iterator[Path]:
    directory = tempfile.mkdtemp(prefix="telemetry-hook-demo-")
    try:
        yield Path(directory)
    finally:
        deadline = time.monotonic() + ARRIVAL
        # A sender that has not ended may still write here; on Windows, its interpreter cannot go.
        while os.path.exists(directory) and time.monotonic() < deadline:
            shutil.rmtree(directory, ignore_errors=True)
            time.sleep(STEP)
    if os.path.exists(directory):
        raise OSError(f"{directory} cannot be deleted")


def _install(directory: Path) -> list[str]:
    """Install the sample in a new environment, as pip would; return the command that runs it."""
    venv.EnvBuilder(with_pip=False, symlinks=os.name != "nt").create(directory)
    scheme, base = "nt" if os.name == "nt" else "posix_prefix", {"base": str(directory)}
    site = sysconfig.get_path("purelib", scheme, base)
    scripts = sysconfig.get_path("scripts", scheme, base)
    python, script = os.path.join(scripts, "python"), os.path.join(scripts, NAME)
    sample = Path(__file__).with_name("sample")
    files = {f"sample_tool/{each.name}": each.read_bytes() for each in sample.glob("*.py")}
    files[f"{INFO}/METADATA"] = METADATA.encode()
    files[f"{INFO}/entry_points.txt"] = ENTRY_POINTS.encode()
    files[os.path.relpath(script, site).replace(os.sep, "/")] = f"#!{python}\n{SCRIPT}".encode()
    record = [f"{name},sha256={_digest(content)},{len(content)}" for name, content in files.items()]
    files[f"{INFO}/RECORD"] = "\n".join([*record, f"{INFO}/RECORD,,\n"]).encode()
    # What runs here is to run there: telemetry-hook with its dependencies, then its start line.
    used = (telemetry_hook, click, platformdirs, pluggy, urllib3)
    paths = dict.fromkeys(str(Path(str(each.__file__)).absolute().parents[1]) for each in used)
    files["packages.pth"] = os.fsencode("\n".join([*paths, ""]))
    files["telemetry_hook.pth"] = b"import telemetry_hook; telemetry_hook.startup()\n"
    for name, content in files.items():
        path = Path(site, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    # The script's first line is not relied on: systems limit its length.
    return [python, *(["-m", "sample_tool"] if os.name == "nt" else [script]), "guests.txt"]


def _digest(content: bytes) -> str:
    return urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")


def _environment(home: Path, receiver: Receiver) -> dict[str, str]:
    """Return the user's environment without what forbids to ask, with directories of its own."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in LEFT_OUT and not name.startswith("PYTHON")
    }
    return {
        **kept,
        **dict.fromkeys(HOMES, str(home)),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_STATE_HOME": str(home / "state"),
        "TELEMETRY_HOOK_DEMO_DSN": f"http://demo@{receiver.host}/1",
    }


def _start(command: list[str], environment: dict[str, str]) -> int:
    # Ctrl-C is an answer to the question, and so not for us.
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        return subprocess.call(command, env=environment, cwd=environment["HOME"])  # noqa: S603 - no shell
    finally:
        signal.signal(signal.SIGINT, before)


def _start_and_type(answer: str, command: list[str], environment: dict[str, str]) -> int:
    deadline = time.monotonic() + RUN
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
        except OSError:  # how Linux says that nobody has the terminal open any more
            return
        if not data:
            return
        yield data


def _settled(home: Path) -> dict[str, Any]:
    """Return the head of the stored report once it is no longer pending, empty for none."""
    deadline = time.monotonic() + ARRIVAL
    while True:
        heads = [each.read_bytes().partition(b"\n")[0] for each in home.rglob("*.report")]
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
            f"  Size         {size} bytes, the very ones that were stored after your answer",
            f"  SHA-256      {stored['sha256']}",
            f"  Exception    {exception['type']}",
            f"  Message      {exception['value']}",
            f"  Release      {event['release']}",
            f"  Not in it    {GUESTS[-1]}, whom the traceback names, nor any other guest",
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
