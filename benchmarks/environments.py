"""Virtual environments to measure in: two of them differ only in the files of telemetry-hook."""

from __future__ import annotations

import base64
import hashlib
import os
import pty
import re
import shutil
import subprocess
import time
import venv
from importlib import metadata
from pathlib import Path

OURS = "telemetry-hook"
QUESTION = b"Send this report?"
MAX_WAIT, STEP = 10.0, 0.02  # seconds
ALWAYS = "from telemetry_hook._cli import main; main()"

LARGE = """
import sys
class LargeError(Exception): pass
def message(): raise LargeError("the value " + "x" * 10_000_000 + " is too long")
def frames(depth=1000):
    if not depth: raise LargeError("this is the bottom of it")
    frames(depth - 1)
def group():
    if sys.version_info < (3, 11): raise LargeError("no groups before 3.11")
    raise ExceptionGroup("too many", [LargeError(f"error number {n}") for n in range(10_000)])
def elements():
    items = list(range(1_000_000)); table = dict.fromkeys(items)
    raise LargeError("there are too many of them")
def chain(depth=200):
    if not depth: raise LargeError("the first of many errors")
    try: chain(depth - 1)
    except LargeError as error: raise LargeError("one more error of many") from error
"""
TOOL = {
    "victim/__init__.py": "",
    "victim/cli.py": (
        "import click\n"
        "@click.command()\n"
        "def main(): work('x')\n"
        "def work(name): raise RuntimeError(f'there is no work for {name} today')\n"
    ),
    "victim/large.py": LARGE,
    "victim/telemetry.py": (
        "import os\n"
        "from telemetry_hook import FileReceiver, SentryReceiver, Tool, hookimpl\n"
        "@hookimpl\n"
        "def telemetry_tool():\n"
        "    return Tool(name='victim', publisher='x', purpose='to measure',\n"
        "                receiver=FileReceiver(os.environ['HOME'] + '/reports'))\n"
    ),
}
# Crashes that belong to no tool. `other0` is the package of one of the other distributions.
PROGRAMS = {
    "divide.py": "1 / 0\n",
    "foreign.py": "import other0\nraise other0.OtherError('nobody asks about this')\n",
}
OTHER = "class OtherError(Exception): ...\ndef main(): raise ValueError('nobody asks about this')\n"


class Environment:
    """A virtual environment with a tool and other distributions, and telemetry-hook if `has_hook`."""

    def __init__(self, directory: Path, *, has_hook: bool) -> None:
        venv.create(directory / "venv", symlinks=True)
        self.python = directory / "venv/bin/python"
        self.scripts = self.python.parent
        self.home = directory / "home"
        self.home.mkdir()
        [self._site] = (directory / "venv/lib").glob("python*/site-packages")
        self._others = 0
        for name in (*required(OURS), *([OURS] if has_hook else [])):
            copy_distribution(name, self._site)
        self._add("victim", TOOL, "victim.cli", "[telemetry_hook]\nvictim = victim.telemetry\n")
        for name, text in PROGRAMS.items():
            (self.home / name).write_text(text)

    def grow(self, others: int) -> None:
        """Add other distributions until there are so many. Only the first one has real files."""
        for number in range(self._others, others):
            name = f"other{number}"
            info = self._add(name, {f"{name}/__init__.py": OTHER} if number == 0 else {}, name)
            with (info / "RECORD").open("a") as record:
                record.writelines(f"{name}/{file}.py,,\n" for file in range(100))
        self._others = max(self._others, others)

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables of the programs that are measured."""
        return {"HOME": str(self.home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}

    def run(self, *arguments: str | Path) -> float:
        """Return the seconds that Python takes for arguments."""
        start = time.perf_counter()
        self.output(*arguments, check=False)
        return time.perf_counter() - start

    def output(self, *arguments: str | Path, check: bool = True) -> str:
        """Return what Python prints to stdout for arguments."""
        ended = subprocess.run(
            [self.python, *arguments],
            env=self.variables,
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=check,
        )
        return ended.stdout

    def send_always(self) -> None:
        """Save the answer *always* for the tool."""
        self.output("-c", ALWAYS, "always", "victim")

    def crash(self, *, is_sent: bool) -> float:
        """Return the seconds until the tool has crashed. If the report is sent, wait for its sender.

        The sender would disturb what is measured next.
        """
        self._forget()
        took = self.run(self.scripts / "victim")
        deadline = time.monotonic() + MAX_WAIT
        while is_sent and not list(self.home.glob("reports/*.json")):
            if time.monotonic() > deadline:
                raise TimeoutError("the report has not arrived")
            time.sleep(STEP)
        time.sleep(STEP * is_sent)
        return took

    def question(self) -> float:
        """Return the seconds until the question about the tool's crash, or the end if there is none."""
        self._forget()
        script = self.scripts / "victim"
        start = time.perf_counter()
        child, terminal = pty.fork()
        if child == 0:
            os.chdir(self.home)
            os.execve(script, (script,), self.variables)  # noqa: S606 - no shell
        shown = b""
        while QUESTION not in shown and (data := _read(terminal)):
            shown += data
        took = time.perf_counter() - start
        if QUESTION in shown:
            os.write(terminal, b"no\n")
        while _read(terminal):
            pass
        os.close(terminal)
        os.waitpid(child, 0)
        return took

    def _forget(self) -> None:
        """Remove stored reports: the same crash is not reported twice a day."""
        for name in (".local", "reports"):
            shutil.rmtree(self.home / name, ignore_errors=True)

    def _add(self, name: str, files: dict[str, str], module: str, entry_points: str = "") -> Path:
        """Add a distribution with a console script of its own name. Return its metadata's directory."""
        for path, text in files.items():
            (self._site / path).parent.mkdir(exist_ok=True)
            (self._site / path).write_text(text)
        info = self._site / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Name: {name}\nVersion: 1.0\nRequires-Dist: click\n")
        (info / "RECORD").write_text(
            "".join(f"{path},sha256={_digest(text)},\n" for path, text in files.items())
            + f"../../../bin/{name},,\n"
        )
        (info / "entry_points.txt").write_text(
            f"[console_scripts]\n{name} = {module}:main\n{entry_points}"
        )
        script = self.scripts / name
        script.write_text(f"#!{self.python}\nfrom {module} import main\nmain()\n")
        script.chmod(0o755)
        return info


def required(name: str) -> list[str]:
    """Return the installed distributions that a distribution requires, directly or indirectly."""
    found: list[str] = []
    waiting = [name]
    while waiting:
        for requirement in metadata.requires(waiting.pop()) or ():
            [other] = re.findall(r"^[\w.-]+", requirement)
            if other not in found and "extra ==" not in requirement and _is_installed(other):
                found.append(other)
                waiting.append(other)
    return found


def copy_distribution(name: str, site: Path) -> list[Path]:
    """Copy the files of an installed distribution, with their times, and return the copies."""
    distribution = metadata.distribution(name)
    tops = {file.parts[0] for file in distribution.files or ()} - {"..", "__pycache__"}
    copies = []
    for top in sorted(tops):
        source, copied = Path(str(distribution.locate_file(top))), site / top
        shutil.copytree(source, copied) if source.is_dir() else shutil.copy2(source, copied)
        copies.append(copied)
    return copies


def _is_installed(name: str) -> bool:
    try:
        metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def _read(terminal: int) -> bytes:
    """Return what a program has written to its terminal, or nothing at its end."""
    try:
        return os.read(terminal, 4096)
    except OSError:
        return b""


def _digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")
