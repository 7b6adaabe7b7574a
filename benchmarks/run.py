"""Measures what telemetry-hook costs, as differences within one run on one machine.

Each time is compared with the same run in an environment that differs only in our files: it has none. The
times are medians of runs in turn, so that a noisy machine disturbs both sides alike. `startup.py` counts
the instructions of the start.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from environments import Environment

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 15
DISTRIBUTIONS = 100
# What crashes and belongs to no tool, with the arguments for Python.
CRASHES = (
    ("a script", "divide.py"),
    ("python -c", "-c", "1 / 0"),
    ("an exception of a package", "foreign.py"),
    ("a console script", "../venv/bin/other0"),
)
USE = """
import timeit
print(timeit.timeit("use('photon.features', 'raw_sql')", "from telemetry_hook import use") * 1e3)
"""

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


class Difference(NamedTuple):
    """What runs take longer than others, and what the others take, in milliseconds.

    `fastest` compares only the fastest run of each kind: what other programs do hardly matters there.
    """

    median: float
    fastest: float
    base: float


def paired(with_it: Callable[[], float], without: Callable[[], float]) -> Difference:
    """Measure runs in turn, after one of each to warm up."""
    with_it(), without()
    pairs = [(without() * 1000, with_it() * 1000) for _ in range(ROUNDS)]
    bases, extended = zip(*pairs, strict=True)
    return Difference(
        median=statistics.median(one - base for base, one in pairs),
        fastest=min(extended) - min(bases),
        base=statistics.median(bases),
    )


def show(what: str, measured: Difference, budget: str) -> None:
    median, fastest, base = measured
    print(
        f"{what:<40} {median:+8.1f} ms on {base:5.0f} ms, fastest {fastest:+7.1f} ms"
        f"   budget {budget}",
        flush=True,
    )


class Measured:
    """Two environments: one with telemetry-hook, and one without."""

    def __init__(self, directory: Path) -> None:
        self.ours = Environment(directory / "ours", has_hook=True)
        self.bare = Environment(directory / "bare", has_hook=False)

    def unattributed(self, others: int) -> None:
        """Show what crashes of programs that are no tool cost, with so many other distributions."""
        self._grow(others)
        print(f"\na crash that belongs to no tool, {others} distributions")
        for what, *arguments in CRASHES:
            measured = paired(
                partial(self.ours.run, *arguments), partial(self.bare.run, *arguments)
            )
            show(f"    {what}", measured, "8")

    def attributed(self) -> None:
        """Show what a crash of a tool costs."""
        self._grow(DISTRIBUTIONS)
        print(f"\na crash of a tool, {DISTRIBUTIONS} distributions")
        show("    crash to question", paired(self.ours.question, self.bare.question), "60")
        self.ours.send_always()
        always = paired(
            lambda: self.ours.crash(is_sent=True), lambda: self.bare.crash(is_sent=False)
        )
        show("    exit under always", always, "60")

    def _grow(self, others: int) -> None:
        for environment in (self.ours, self.bare):
            environment.grow(others)

    def large(self) -> None:
        """Show how long large exceptions take to redact."""
        print("\nredacting, once all is loaded")
        for line in self.ours.output("-c", MEASURE_LARGE).splitlines():
            name, took = line.split()
            title = f"    {LARGE_NAMES[name]}"
            print(f"{title:<40} {float(took):8.1f} ms {'':<29}   budget 100")


def main() -> None:
    """Measure, and print a table."""
    version = ".".join(map(str, sys.version_info[:3]))
    print(f"CPython {version}, medians of {ROUNDS} pairs\n")
    with tempfile.TemporaryDirectory() as directory:
        measured = Measured(Path(directory))
        ours, bare = measured.ours, measured.bare
        noise = paired(lambda: bare.run("-c", "pass"), lambda: bare.run("-c", "pass"))
        show("noise: nothing is different", noise, "0")
        start = paired(lambda: ours.run("-c", "pass"), lambda: bare.run("-c", "pass"))
        show("start of the interpreter", start, "0.5 (3.11), 1 (3.13)")
        measured.unattributed(10)
        measured.attributed()
        measured.unattributed(1000)
        measured.unattributed(3000)
        measured.large()
    ended = subprocess.run([sys.executable, "-c", USE], capture_output=True, text=True, check=True)
    print(f"{'telemetry_hook.use()':<40} {float(ended.stdout):8.0f} ns {'':<29}   budget 200 ns")


if __name__ == "__main__":
    main()
