"""Measures what telemetry-hook costs, as differences within one run on one machine.

Instructions are counted by valgrind where it is installed; times are medians of runs in turn, so
that a noisy machine disturbs both sides alike.
"""

from __future__ import annotations

import base64
import compileall
import hashlib
import os
import pty
import re
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
import venv
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 15
DISTRIBUTIONS = 100
QUESTION = b"Send this report?"
CALLGRIND = ("valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null")
ALWAYS = "from telemetry_hook._cli import main; main()"
USE = """
import timeit
print(timeit.timeit("use('photon.features', 'raw_sql')", "from telemetry_hook import use") * 1e3)
"""

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


MEASURE_LARGE = """
import statistics, sys, time
from victim import large
from telemetry_hook.testing import preview
sys.setrecursionlimit(5000)
for name in ("message", "frames", "group", "elements", "chain"):
    try:
        getattr(large, name)()
    except Exception as error:
        times = []
        for _ in range(8):
            start = time.perf_counter()
            preview(error, "victim")
            times.append(time.perf_counter() - start)
        print(name, statistics.median(times[1:]) * 1000)
"""
LARGE_NAMES = {
    "message": "a message of 10 MB",
    "frames": "a recursion of 1,000 frames",
    "group": "a group of 10,000 exceptions",
    "elements": "variables of a million elements",
    "chain": "a chain of 200 exceptions",
}


class Environment:
    """A virtual environment with telemetry-hook, a tool, and many other distributions."""

    def __init__(self, directory: Path) -> None:
        venv.create(directory / "venv", symlinks=True)
        self.python = directory / "venv/bin/python"
        self.script = directory / "venv/bin/victim"
        self.home = directory / "home"
        self.home.mkdir()
        site = next((directory / "venv/lib").glob("python*/site-packages"))
        (site / "packages.pth").write_text(sysconfig.get_path("purelib") + "\n")
        installed = Path(sysconfig.get_path("purelib"))
        shutil.copy(installed / "telemetry_hook.pth", site)
        shutil.copytree(installed / "telemetry_hook", site / "telemetry_hook")
        compileall.compile_dir(site / "telemetry_hook", quiet=2)
        for number in range(DISTRIBUTIONS):
            info = site / f"other{number}-1.0.dist-info"
            info.mkdir()
            (info / "METADATA").write_text(f"Name: other{number}\nVersion: 1.0\n")
            (info / "RECORD").write_text("".join(f"other/{i}.py,,\n" for i in range(100)))
            (info / "entry_points.txt").write_text("[console_scripts]\no = other:main\n")
        info = site / "victim-1.0.dist-info"
        info.mkdir()
        for name, text in TOOL.items():
            path = site / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        (info / "METADATA").write_text("Name: victim\nVersion: 1.0\nRequires-Dist: click\n")
        (info / "entry_points.txt").write_text(
            "[console_scripts]\nvictim = victim.cli:main\n"
            "[telemetry_hook]\nvictim = victim.telemetry\n"
        )
        (info / "RECORD").write_text(
            "".join(f"{name},sha256={digest(text)},\n" for name, text in TOOL.items())
            + "../../../bin/victim,,\n"
        )
        self.script.write_text(f"#!{self.python}\nfrom victim.cli import main\nmain()\n")
        self.script.chmod(0o755)

    def variables(self, hook: str) -> dict[str, str]:
        return {
            "HOME": str(self.home),
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "TELEMETRY_HOOK_STARTUP": hook,
        }

    def run(self, *arguments: str, hook: str) -> float:
        start = time.perf_counter()
        subprocess.run(
            [self.python, *arguments],
            env=self.variables(hook),
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        return time.perf_counter() - start

    def run_script(self, hook: str) -> float:
        # The same crash is not sent twice a day.
        shutil.rmtree(self.home / ".local", ignore_errors=True)
        return self.run(str(self.script), hook=hook)

    def instructions(self, hook: str) -> int:
        ended = subprocess.run(
            [*CALLGRIND, self.python, "-c", "pass"],
            env={**self.variables(hook), "PYTHONHASHSEED": "0"},
            cwd=self.home,
            capture_output=True,
            text=True,
            check=True,
        )
        found = re.search(r"Collected : (\d+)", ended.stderr)
        return int(found[1]) if found else 0

    def question(self, hook: str) -> float:
        """Return the seconds until the question, or the end where there is none."""
        start = time.perf_counter()
        child, terminal = pty.fork()
        if child == 0:
            os.chdir(self.home)
            os.execve(self.script, (self.script,), self.variables(hook))  # noqa: S606 - no shell
        shown = b""
        while QUESTION not in shown:
            try:
                data = os.read(terminal, 4096)
            except OSError:
                break
            if not data:
                break
            shown += data
        took = time.perf_counter() - start
        if QUESTION in shown:
            os.write(terminal, b"no\n")
        while True:
            try:
                if not os.read(terminal, 4096):
                    break
            except OSError:
                break
        os.close(terminal)
        os.waitpid(child, 0)
        return took


def digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")


def paired(with_it: Callable[[], float], without: Callable[[], float]) -> tuple[float, float]:
    """Return the median difference and the median without, in milliseconds, of runs in turn."""
    with_it(), without()
    pairs = [(without(), with_it()) for _ in range(ROUNDS)]
    difference = statistics.median(one - other for other, one in pairs) * 1000
    return difference, statistics.median(other for other, _ in pairs) * 1000


def show(what: str, measured: tuple[float, float], budget: str) -> None:
    extra, base = measured
    print(f"{what:<48} {extra:+8.1f} ms on {base:6.0f} ms   budget {budget}")


def main() -> None:
    """Measure, and print a table."""
    version = ".".join(map(str, sys.version_info[:3]))
    print(f"CPython {version}, {DISTRIBUTIONS} distributions, medians of {ROUNDS} pairs\n")
    with tempfile.TemporaryDirectory() as directory:
        environment = Environment(Path(directory))
        start = paired(
            lambda: environment.run("-c", "pass", hook="1"),
            lambda: environment.run("-c", "pass", hook="0"),
        )
        show("start of the interpreter", start, "about 0.5 (3.11), 1 (3.13)")
        if shutil.which("valgrind"):
            environment.instructions("1")
            on, off = environment.instructions("1"), environment.instructions("0")
            print(f"{'    the hook itself, in instructions':<48} {(on - off) / 1e6:+8.2f} M")
            bare = Path(directory, "venv/lib").glob("python*/site-packages/telemetry_hook.pth")
            line = next(bare)
            text = line.read_text()
            line.write_text("import sys\n")
            only_sys = environment.instructions("1")
            line.unlink()
            none = environment.instructions("1")
            line.write_text(text)
            print(
                f"{'    over no .pth, over an `import sys` .pth':<48} "
                f"{(on - none) / 1e6:+8.2f} M, {(on - only_sys) / 1e6:+.2f} M"
                "   budget +1.0 (3.11), +0.7 over `import sys` (3.13)"
            )
        show(
            "a crash that is nobody's",
            paired(
                lambda: environment.run("-c", "1 / 0", hook="1"),
                lambda: environment.run("-c", "1 / 0", hook="0"),
            ),
            "15",
        )
        show(
            "crash to question, warm files",
            paired(lambda: environment.question("1"), lambda: environment.question("0")),
            "150",
        )
        subprocess.run(
            [environment.python, "-c", ALWAYS, "always", "victim"],
            env=environment.variables("0"),
            capture_output=True,
            check=True,
        )
        show(
            "exit under always",
            paired(
                lambda: environment.run_script("1"),
                lambda: environment.run_script("0"),
            ),
            "150",
        )
        large = subprocess.run(
            [environment.python, "-c", MEASURE_LARGE],
            env=environment.variables("0"),
            capture_output=True,
            text=True,
            check=True,
        )
    print("\nredacting, once all is loaded")
    for each in large.stdout.splitlines():
        name, took = each.split()
        print(f"{'    ' + LARGE_NAMES[name]:<48} {float(took):8.1f} ms                  budget 100")
    ended = subprocess.run([sys.executable, "-c", USE], capture_output=True, text=True, check=True)
    print(
        f"{'telemetry_hook.use()':<48} {float(ended.stdout):8.0f} ns                  budget 200 ns"
    )


if __name__ == "__main__":
    main()
