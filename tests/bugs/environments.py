"""One virtual environment for each bug, and the tool's run in it, until it crashes."""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from conftest import Environment, make_wheel

from bugs import accounts, capturing
from bugs.accounts import Accounts
from bugs.bug import Bug

PLUGIN = """
from telemetry_hook import SentryReceiver, Tool, hookimpl

@hookimpl
def telemetry_tool():
    return Tool(
        name="{package}", publisher="Example Org", purpose="to find and fix bugs",
        receiver=SentryReceiver("https://0123456789abcdef@errors.example-org.example/7"),
        family={family!r},
    )
"""
# What telemetry-hook and sentry-sdk need is resolved together with the tool's requirements.
JUDGES = ("pluggy>=1.3", "platformdirs>=3", "urllib3>=2", "click>=8", "sentry-sdk>=2")
SECONDS = 120


class NoCrashError(Exception):
    """The tool did not crash. The message is its output."""


@dataclass(frozen=True)
class Laboratory:
    """Makes environments in a directory, and keeps those that fit for the next time."""

    directory: Path
    wheel: Path

    def examine(self, bug: Bug) -> Accounts:
        """Run a bug's tool until it crashes.

        Raises:
            NoCrashError: it did not.
            CalledProcessError: its requirements cannot be installed.
        """
        environment = self._environment(bug)
        self._install_ours(bug, environment)
        return _run(bug, environment)

    def _environment(self, bug: Bug) -> Environment:
        environment = Environment(self.directory / bug.name)
        mark = environment.directory / "requirements.json"
        wanted = json.dumps([bug.python, bug.requires, JUDGES])
        if not mark.exists() or mark.read_text() != wanted:
            shutil.rmtree(environment.directory, ignore_errors=True)
            _uv("venv", "--python", _python(bug.python), environment.directory)
            _uv("pip", "install", "-p", environment.python, *_with_judges(bug))
            mark.write_text(wanted)
        return environment

    def _install_ours(self, bug: Bug, environment: Environment) -> None:
        """Install telemetry-hook and a plugin by name, as if they came from an index."""
        with tempfile.TemporaryDirectory() as directory:
            name = f"{bug.package}-telemetry".replace("_", "-")
            module = f"{bug.package}_telemetry"
            points = {"telemetry_hook": {bug.package: module}}
            plugin = PLUGIN.format(package=bug.package, family=bug.family)
            make_wheel(Path(directory), name, {f"{module}.py": plugin}, entry_points=points)
            links = [f"--find-links={path}" for path in (directory, self.wheel.parent)]
            options = ["--offline", "--no-cache", "--no-index", "--no-deps", "--reinstall", *links]
            _uv("pip", "install", "-p", environment.python, *options, "telemetry-hook", name)
        shutil.copy(capturing.__file__, environment.site / "bugs_capturing.py")
        (environment.site / "zz_bugs_capturing.pth").write_text("import bugs_capturing\n")


def _with_judges(bug: Bug) -> list[str]:
    """Return the requirements. A tool that pins its own release of a judge's package keeps it."""
    pinned = {requirement.partition("==")[0] for requirement in bug.requires}
    judges = [each for each in JUDGES if each.partition(">=")[0] not in pinned]
    return [*bug.requires, *judges]


def _run(bug: Bug, environment: Environment) -> Accounts:
    with tempfile.TemporaryDirectory() as root, _proxy(bug.reply) as proxy:
        home, work, output = Path(root, "home"), Path(root, "work"), Path(root, "accounts.json")
        home.mkdir()
        work.mkdir()
        for name, content in bug.files.items():
            (work / name).parent.mkdir(parents=True, exist_ok=True)
            (work / name).write_bytes(content)
        variables = {
            "HOME": str(home),
            "PATH": f"{environment.bin}{os.pathsep}{os.defpath}",
            "LANG": "C.UTF-8",
            capturing.OUTPUT: str(output),
            **proxy,
            **bug.variables,
        }
        program, *arguments = bug.command
        ended = subprocess.run(
            [environment.bin / program, *arguments],
            cwd=work,
            env=variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
        if not output.exists():
            raise NoCrashError((ended.stdout + ended.stderr).decode(errors="replace"))
        return accounts.read(output)


@contextlib.contextmanager
def _proxy(reply: bytes | None) -> Iterator[dict[str, str]]:
    """Run an HTTP proxy that gives one reply to all requests; yield the variables that name it."""
    if reply is None:
        yield {}
        return
    body = reply

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield {"http_proxy": f"http://127.0.0.1:{server.server_address[1]}"}
        server.shutdown()


def _python(version: str) -> str:
    """Return the path of a Python of this version.

    Raises:
        FileNotFoundError: there is none here; `nox -s pythons` fetches it.
    """
    found = shutil.which(f"python{version}")
    if found is None:
        raise FileNotFoundError(f"python{version}")
    code = "import sys; print(sys.executable)"  # of pyenv, only a shim is found
    return subprocess.check_output([found, "-c", code], text=True).strip()


def _uv(*arguments: str | Path) -> None:
    subprocess.run(["uv", "--quiet", *map(str, arguments)], check=True, env=_without_environment())


def _without_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
