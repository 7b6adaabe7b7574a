"""Runs other projects' tests with telemetry-hook and without, and compares each single test.

It shows that a program that is not ours never notices us: CPython's own tests, and those of click,
Typer, rich and pytest, must have the same outcomes in both. `nox -s cpython` calls it.

Each suite runs on both sides at once. If a test differs, the suite runs again on each side, one
after the other and up to twice, until no difference is left that all runs have in common.
A difference that persists is an error; one that does not is listed, because the test is unreliable.
"""

from __future__ import annotations

import argparse
import re
import shutil
import signal
import sys
import tarfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from neighbour_outcomes import ABSENT, LEFT_BEHIND, WHOLE_RUN, Run, differing, outcomes
from neighbour_sides import ROOT, Side, ask, build_wheel, call, make_copies, make_environments, pip

MOST_RUNS = 3
MOST_SHOWN = 25  # of the differences of one suite
CPYTHON = (
    *("test_sys", "test_threading", "test_traceback", "test_exceptions", "test_exception_group"),
    *("test_site", "test_cmd_line", "test_cmd_line_script", "test_unittest", "test_asyncio"),
    *("test_concurrent_futures", "test_code", "test_pdb", "test_atexit", "test_faulthandler"),
    *("test_runpy", "test_import", "test_warnings", "test_logging"),
)
PUBLISHED_ON = "3.13"  # of the Pythons, if it is among the chosen ones
ROW = "{:8} {:24} {:>6} {:>7} {:>10} {:>5} {:>8} {:>8}"


class Suite(Protocol):
    """Tests of another project."""

    @property
    def name(self) -> str: ...

    def run(self, side: Side) -> Run: ...


@dataclass(frozen=True)
class CPythonTests:
    """One of CPython's own test files, run by CPython's own runner."""

    name: str

    def run(self, side: Side) -> Run:
        options = ("-v", "--fail-env-changed", "--junit-xml", "{xml}")
        return side.run(("-m", "test", *options, self.name))


@dataclass(frozen=True)
class PublishedTests:
    """The tests of a project on PyPI, and what they require."""

    name: str
    extras: str = ""
    group: str = ""
    requirements: tuple[str, ...] = ()
    variables: dict[str, str] = field(default_factory=dict)
    are_released: bool = True
    source: Path = Path()  # once it is fetched

    def fetched(self, directory: Path) -> PublishedTests:
        """Return these tests with their project's source, which is fetched unless it is there."""
        archives = directory / "archives" / self.name
        if not archives.exists():
            partial = archives.with_suffix(".partial")
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir(parents=True)
            if self.are_released:
                only = ("--no-deps", "--no-binary", self.name)
                pip(None, "download", *only, "--dest", partial, self.name)
            else:
                call(ROOT / "tools/debian_source.sh", partial, self.name)
            partial.rename(archives)
        place = directory / "sources" / self.name
        shutil.rmtree(place, ignore_errors=True)
        with tarfile.open(next(archives.iterdir())) as archive:
            archive.extractall(place)  # noqa: S202 - its tests are run, so it is trusted anyway
        return PublishedTests(**{**vars(self), "source": next(place.iterdir())})

    def requires(self) -> list[str | Path]:
        group = ("--group", f"{self.source}/pyproject.toml:{self.group}") if self.group else ()
        return [f"{self.source}{self.extras}", *group, *self.requirements]

    def run(self, side: Side) -> Run:
        arguments = ("-m", "pytest", "--color=no", "--junitxml", "{xml}")
        return side.run(arguments, self.source, **self.variables)


PUBLISHED = (
    PublishedTests("click", group="tests"),
    PublishedTests(
        "typer",
        group="tests",
        variables={  # as its scripts/test.sh sets them
            "TERMINAL_WIDTH": "3000",
            "_TYPER_FORCE_DISABLE_TERMINAL": "1",
            "_TYPER_RUN_INSTALL_COMPLETION_TESTS": "1",
        },
    ),
    PublishedTests(
        "rich",
        requirements=("pytest", "attrs"),
        variables={"TERM": "unknown"},  # as its Makefile sets it
        are_released=False,
    ),
    PublishedTests("pytest", extras="[dev]"),
)


@dataclass
class Comparison:
    """All runs of a suite with telemetry-hook and without."""

    python: str
    suite: Suite
    ours: list[Run]
    plain: list[Run]

    @property
    def differing(self) -> list[str]:
        return differing(self.ours, self.plain)

    @property
    def unreliable(self) -> list[str]:
        """Return the tests that differed at first, and then did not."""
        return sorted({*differing(self.ours[:1], self.plain[:1])} - {*self.differing})

    @property
    def tests(self) -> int:
        return max(run.tests for run in self.plain)

    def row(self) -> str:
        seconds = (f"{sum(run.seconds for run in runs):.1f}" for runs in (self.ours, self.plain))
        counts = (self.tests, len(self.differing), len(self.unreliable), len(self.ours))
        return ROW.format(self.python, self.suite.name, *counts, *seconds)

    def details(self) -> Iterator[str]:
        """Yield what differs, and the end of its output."""
        for name in self.differing[:MOST_SHOWN]:
            ours, plain = (
                " or ".join(sorted(outcomes(runs, name))) for runs in (self.ours, self.plain)
            )
            yield f"{self.python} {self.suite.name}: {name}"
            if name == WHOLE_RUN and not self.tests:
                yield "    it ran no test without telemetry-hook, so it shows nothing"
            yield f"    without telemetry-hook: {plain}"
            yield f"    with telemetry-hook:    {ours}"
            runs = [*reversed(self.ours), *reversed(self.plain)]
            tail = next((run.tails[name] for run in runs if run.tails.get(name)), "")
            yield from (f"    | {line}" for line in tail.splitlines())
        if len(self.differing) > MOST_SHOWN:
            yield f"{self.python} {self.suite.name}: and {len(self.differing) - MOST_SHOWN} more"
            yield from (f"    {name}" for name in self.differing[MOST_SHOWN:])
        for name in self.unreliable:
            yield f"{self.python} {self.suite.name}: {name}"
            yield "    differed at first, and then not: an unreliable test"
            for side, runs in (("without", self.plain), ("with", self.ours)):
                seen = (run.outcomes.get(name, ABSENT) for run in runs)
                yield f"    {side} telemetry-hook: {', then '.join(seen)}"


def compare(python: str, suite: Suite, sides: Sequence[Side]) -> Comparison:
    """Run a suite on both sides at once; if it differs, again on one side after the other."""
    with ThreadPoolExecutor(len(sides)) as pool:
        ours, plain = pool.map(suite.run, sides)
    comparison = Comparison(python, suite, [ours], [plain])
    while {*comparison.differing} - {LEFT_BEHIND} and len(comparison.ours) < MOST_RUNS:
        for side, runs in zip(sides, (comparison.ours, comparison.plain), strict=True):
            runs.append(suite.run(side))
    write(comparison.row())
    return comparison


def compare_all(arguments: argparse.Namespace) -> Iterator[Comparison]:
    """Compare what was chosen, on the Pythons that were chosen."""
    work, pythons = arguments.work.resolve(), dict(each.split("=", 1) for each in arguments.python)
    versions = [name for name in arguments.names if re.fullmatch(r"3\.\d+", name)]
    names = [name for name in arguments.names if name not in versions]
    published = {suite.name: suite for suite in PUBLISHED}
    chosen = [name for name in names if name not in published] if names else CPYTHON
    versions = versions or list(pythons)
    if not versions:
        raise SystemExit("no Python with CPython's tests here")
    if missing := {*versions} - {*pythons}:
        raise SystemExit(f"no Python with CPython's tests here: {', '.join(sorted(missing))}")
    files = {version: {*ask(Path(pythons[version]), FILES)} for version in versions}
    if names and (unknown := {*chosen}.difference(*files.values())):
        raise SystemExit(f"no tests have these names: {', '.join(sorted(unknown))}")
    with emptied(work / "built") as built:
        wheel = build_wheel(ROOT, built)
        for version in versions if chosen else ():
            with emptied(work / "copies") as copies:
                sides = make_copies(Path(pythons[version]), wheel, copies)
                for name in chosen:
                    if name in files[version]:
                        yield compare(version, CPythonTests(name), sides)
                    else:
                        write(f"{version:8} {name:24} skipped: this Python does not have it")
        version = PUBLISHED_ON if PUBLISHED_ON in versions else versions[-1]
        for name in [name for name in names if name in published] if names else published:
            suite = published[name].fetched(work)
            with emptied(work / "environments") as place:
                python = Path(pythons[version])
                sides = make_environments(python, wheel, suite.requires(), place)
                yield compare(version, suite, sides)


FILES = """
import json, os, test
names = (name.partition(".")[0] for name in os.listdir(os.path.dirname(test.__file__)))
print(json.dumps(sorted(name for name in names if name.startswith("test_"))))
"""


@contextmanager
def emptied(directory: Path) -> Iterator[Path]:
    """Make a directory, without what an interrupted run may have left, and remove it in the end."""
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    yield directory
    shutil.rmtree(directory)


def write(text: str) -> None:
    """Print a line at once: a run takes long."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> None:
    """Compare, and print a table and the differences."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--work", type=Path, required=True, help="a directory for copies and sources"
    )
    parser.add_argument("--python", action="append", default=[], metavar="VERSION=PATH")
    parser.add_argument(
        "names", nargs="*", help="CPython's test files, projects, or Pythons (3.13)"
    )
    # A shell's background job ignores Ctrl-C, and so would the tests, some of which then hang.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    began = time.monotonic()
    write(
        ROW.format("Python", "suite", "tests", "differ", "unreliable", "runs", "s with", "without")
    )
    comparisons = list(compare_all(parser.parse_args()))
    details = [line for comparison in comparisons for line in comparison.details()]
    write("\n".join(["", *details, ""] if details else [""]))
    tests = sum(comparison.tests for comparison in comparisons)
    count = sum(len(comparison.differing) for comparison in comparisons)
    what = "no test differs" if not count else f"{count} tests differ"
    seconds = time.monotonic() - began
    write(f"{what}, of {tests} in {len(comparisons)} suites; it took {seconds:.0f} s")
    sys.exit(1 if count else 0)


if __name__ == "__main__":
    main()
