"""Counts the instructions that our `.pth` file adds to the start of the interpreter, with valgrind.

Each count is the difference to the same environment without any `.pth` file, in the same run. Coverage's
`.pth` file is counted in the same way: it does nothing unless one of coverage's variables is set, and is in
many environments. Each Python that is given as an argument is measured:

    python benchmarks/startup.py python3.10 python3.13
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from environments import OURS, copy_distribution

COVERAGE = "coverage"
CALLGRIND = ("valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null")
MILLION = 1e6
ROW = "{:<18}{:>14}{:>18}{:>18}   {}"


class Start:
    """The start of a Python's interpreter in a virtual environment that is empty at first."""

    def __init__(self, python: str, directory: Path) -> None:
        subprocess.run([python, "-m", "venv", "--without-pip", str(directory)], check=True)
        self.python = directory / "bin/python"
        [self.site] = (directory / "lib").glob("python*/site-packages")

    @property
    def version(self) -> str:
        """The Python's version, such as ``3.11.7``."""
        return self._run(self.python, "-c", "import platform; print(platform.python_version())")

    def instructions(self) -> float:
        """Return the instructions of a run in millions. A first run writes the missing `.pyc` files.

        Without random hashes, each further run has the same count.
        """
        self._run(self.python, "-c", "pass")
        report = self._run(*CALLGRIND, self.python, "-c", "pass")
        [count] = re.findall(r"Collected : (\d+)", report)
        return int(count) / MILLION

    def with_distribution(self, name: str) -> float:
        """Return the millions of instructions while a distribution is in the environment."""
        copied = copy_distribution(name, self.site)
        try:
            return self.instructions()
        finally:
            for path in copied:
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    def _run(self, *command: str | Path) -> str:
        ended = subprocess.run(
            command,
            env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "PYTHONHASHSEED": "0"},
            cwd=self.python.parent,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=True,
        )
        return ended.stdout.strip()


def main(pythons: list[str]) -> None:
    """Measure each Python, and print a table."""
    if shutil.which("valgrind") is None:
        print("valgrind is not installed: the instructions of a start are not counted")
        return
    print("start of the interpreter, in millions of instructions\n")
    print(ROW.format("", "no .pth file", "telemetry-hook", "inert coverage", "budget"))
    for python in pythons or [sys.executable]:
        with tempfile.TemporaryDirectory() as directory:
            start = Start(python, Path(directory))
            none = start.instructions()
            more = [start.with_distribution(name) - none for name in (OURS, COVERAGE)]
            ours, budget = (f"{count:+.2f}" for count in more)
            print(ROW.format(start.version, f"{none:.2f}", ours, budget, budget), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
