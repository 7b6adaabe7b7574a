"""Two environments that differ only in our wheel, and programs that run in both, at one path."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from conftest import Environment, Home, Terminal, make_environment

if TYPE_CHECKING:
    import pytest

SECONDS = 90
# What the neighbours' tests install, in one pair of environments.
PACKAGES = (
    *("typer", "rich", "trio", "anyio", "eventlet", "gevent", "better_exceptions", "sentry-sdk"),
    *("coverage", "PySide6-Essentials", "PyQt6", "gunicorn", "uvicorn", "pytest"),
    *("ipython", "ipykernel", "jupyter_client"),
)
# How most of the programs begin.
FAIL = """
import os, sys, threading

def fail(*_):
    raise ValueError("text")

def in_thread(target):
    thread = threading.Thread(target=target)
    thread.start()
    thread.join()
"""
# What differs from one run of a program to the next, without us too.
VARIABLE = {
    r"0x[0-9a-fA-F]{6,}": "0x",
    r"(?<= started )(daemon )?\d{6,}": "ID",
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}": "UUID",
    # A Python whose stderr is closed prints the exception object's address, type and refcount.
    r"object refcount : \d+": "object refcount : N",
    r"127\.0\.0\.1:\d+": "127.0.0.1:PORT",
    r"\d{4}-\d\d-\d\d": "DATE",
    r"\d\d:\d\d:\d\d([.,]\d+)?": "TIME",
    r"(?<=[ (])\d+\.\d+ ?s(econds)?\b": "SECONDS",
    r"(pid[: ]+|ipykernel_)\d+": r"\1PID",
    r"(http://127.0.0.1:PORT \()\d+": r"\1PID",
    r"\[\d+\](?= |$)": "[PID]",
}


@dataclass(frozen=True)
class Program:
    """A program's files, the command that runs it, and variables of its user's shell.

    In the command, `python` is the one of the environment, as if that were activated.
    """

    files: Mapping[str, str]
    command: tuple[str, ...] = ("python", "script.py")
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class End:
    """How a program ended: exit status, output, files of its home, texts in its directory."""

    status: int
    output: list[str]
    errors: list[str]
    home: list[str]
    texts: dict[str, str]


@dataclass(frozen=True)
class Twins:
    """The two environments. `place` is the directory in which a program runs, the same for both."""

    directory: Path

    def with_us(self, program: Program, place: Path) -> End:
        return self._run("with-us", program, place)

    def without_us(self, program: Program, place: Path) -> End:
        return self._run("without-us", program, place)

    def screen_with_us(self, program: Program, place: Path) -> End:
        return self._run_on_a_terminal("with-us", program, place)

    def screen_without_us(self, program: Program, place: Path) -> End:
        return self._run_on_a_terminal("without-us", program, place)

    def _run(self, twin: str, program: Program, place: Path) -> End:
        variables = self._prepare(twin, program, place)
        ended = subprocess.run(
            program.command,
            env=variables,
            cwd=place / "work",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
        return _end(ended.returncode, ended.stdout, ended.stderr, place)

    def _run_on_a_terminal(self, twin: str, program: Program, place: Path) -> End:
        variables = self._prepare(twin, program, place)
        command = ["/usr/bin/env", *program.command]  # it searches the variable PATH
        terminal = Terminal(command, variables, place / "work")
        status = terminal.end()
        return _end(status, terminal.screen.encode(), b"", place)

    def _prepare(self, twin: str, program: Program, place: Path) -> dict[str, str]:
        """Make a new home and a new directory of work, and return the variables."""
        shutil.rmtree(place, ignore_errors=True)
        home = Home(place / "home", is_measured=False)
        for directory in (home.directory, place / "work"):
            directory.mkdir(parents=True)
        (place / "environment").symlink_to(self.directory / twin)
        for name, text in program.files.items():
            path = place / "work" / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        search = f"{Environment(place / 'environment').bin}{os.pathsep}{os.environ['PATH']}"
        return {**home.environment, "PATH": search, **program.variables}


def make_twins(
    factory: pytest.TempPathFactory, name: str, wheel: Path, *requirements: str
) -> Twins:
    """Install packages in one environment, and the same packages and our wheel in another.

    The environments are made once, whichever of pytest-xdist's workers comes first.
    """
    run = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        run = run.parent
    twins = Twins(run / f"twins-{name}")
    with (run / f"twins-{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not twins.directory.exists():
            new = run / f"new-twins-{name}"
            make_environment(new / "without-us").pip("install", *requirements)
            link: Callable[[str, str], None] = os.link
            shutil.copytree(new / "without-us", new / "with-us", symlinks=True, copy_function=link)
            Environment(new / "with-us").pip("install", wheel)
            new.rename(twins.directory)
    return twins


def _end(status: int, output: bytes, errors: bytes, place: Path) -> End:
    home, work = place / "home", place / "work"
    return End(
        status,
        normal(output),
        normal(errors),
        Home(home).files(),
        {path.name: path.read_text("utf-8") for path in sorted(work.glob("*.txt"))},
    )


def normal(text: bytes) -> list[str]:
    """Return the lines of a text without what differs from one run to the next.

    `b"<Task at 0x7f1200>"` gives `["<Task at 0x>"]`.
    """
    decoded = text.decode("utf-8", "backslashreplace")
    for pattern, replacement in VARIABLE.items():
        decoded = re.sub(pattern, replacement, decoded, flags=re.MULTILINE)
    return decoded.splitlines()
