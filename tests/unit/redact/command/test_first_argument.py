"""A tool that reads its arguments itself, and a command line → the option that comes first."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from published import Site

from telemetry_hook._redact.command.declarations import Declarations
from telemetry_hook._redact.command.first_argument import given

NUMBERS = itertools.count()
TOOL = """
Argument = Flag = print
def main(argv):
    "Call me with --secret, and never with --hidden."
    if argv[0] == "--version" or "-V" in argv:
        print("version", "quiet", "-hunter2-")
    Argument(names=("list", "l"), help="depth")
    Flag("json", "j", default="yaml")
"""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Return a site whose modules are forgotten afterwards."""
    before = dict(sys.modules)
    yield Site(tmp_path.resolve())
    for name in [name for name in sys.modules if name not in before]:
        del sys.modules[name]


@pytest.mark.parametrize(
    ("line", "path", "option"),
    [
        ("--version", (), "--version"),
        ("--version hunter2 --list", None, "--version"),
        ("-V", (), "-V"),
        ("--list", (), "--list"),
        ("--list=hunter2", (), "--list"),
        ("-l x", None, "--list"),
        ("-j", (), "--json"),
    ],
)
def test_an_option_that_comes_first(site: Site, line: str, path: object, option: str) -> None:
    """It has its longest name. What follows it may be its value."""
    assert named(site, line) == (path, (option,))


@pytest.mark.parametrize(
    "line",
    [
        "",
        "-",
        "--",
        "list",
        "hunter2 --list",
        "--secret",
        "--hunter2",
        "--quiet",
        "--yaml",
        "--depth",
        "-list",
        "---list",
        "--l",
        "-lj",
    ],
)
def test_what_is_no_declared_option(site: Site, line: str) -> None:
    """A word elsewhere in the source declares nothing."""
    assert named(site, line) is None


def named(site: Site, line: str) -> tuple[object, object] | None:
    """Return the path and options that are reported of a command line."""
    package = f"tool{next(NUMBERS)}"
    site.publish(f"{package}.cli", TOOL)
    found = given(Declarations(site.files, package, []), line.split())
    return None if found is None else (found.path, found.options)
