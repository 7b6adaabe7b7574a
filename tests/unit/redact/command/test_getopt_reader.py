"""A published tool's call of getopt and a command line → the names that are reported."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from published import Site

from telemetry_hook._redact.command.declarations import Declarations
from telemetry_hook._redact.command.getopt_reader import given

NUMBERS = itertools.count()
CALL = 'getopt.getopt(sys.argv[1:], "vo:h", ["quiet", "output=", "outside", "fast="])'
GNU = CALL.replace("getopt.getopt", "getopt.gnu_getopt")
UNKNOWN = (None, None)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """Return a site whose modules are forgotten afterwards, with getopt loaded."""
    before = dict(sys.modules)
    monkeypatch.setitem(sys.modules, "getopt", itertools)
    yield Site(tmp_path.resolve())
    for name in [name for name in sys.modules if name not in before]:
        del sys.modules[name]


def named(site: Site, calls: str, line: str) -> tuple[object, object] | None:
    """Return the path and options that are reported of a command line."""
    package = f"tool{next(NUMBERS)}"
    site.publish(f"{package}.cli", f"def main():\n    {calls}\n")
    found = given(Declarations(site.files, package, []), line.split())
    return None if found is None else (found.path, found.options)


@pytest.mark.parametrize(
    ("line", "path", "options"),
    [
        ("", (), ()),
        ("-v", (), ("-v",)),
        ("-vo hunter2", (), ("-v", "-o")),
        ("-o -v", (), ("-o",)),  # a value may begin with a dash
        ("-ov", (), ("-o",)),
        ("--output --quiet", (), ("--output",)),
        ("--output=--quiet -h", (), ("--output", "-h")),
        ("--quiet hunter2", None, ("--quiet",)),
        ("--qui", (), ("--quiet",)),
        ("--fa 5", (), ("--fast",)),
        ("hunter2 -v", None, ()),  # getopt ends here
        ("-- -v", None, ()),
        ("- -v", None, ()),
        ("--out", *UNKNOWN),
        ("--hunter2", *UNKNOWN),
        ("--quiet=hunter2", *UNKNOWN),
        ("-x", *UNKNOWN),
        ("-:", *UNKNOWN),
        ("-v --hunter2 -h", None, ("-v",)),
    ],
)
def test_a_command_line(site: Site, line: str, path: object, options: object) -> None:
    """It is read as getopt reads it, and no value is taken for a name."""
    assert named(site, CALL, line) == (path, options)


@pytest.mark.parametrize(
    ("call", "line", "path", "options"),
    [
        (GNU, "hunter2 -v", None, ("-v",)),
        (GNU, "hunter2 -o -v --quiet", None, ("-o", "--quiet")),
        (GNU, "-- -v", None, ()),
        (GNU.replace('"vo:h"', '"+vo:h"'), "hunter2 -v", None, ()),
        ("getopt.getopt(a, 'v')", "-v", (), ("-v",)),
        ("getopt.getopt(a, 'v', 'fast')", "--fast", (), ("--fast",)),
        ("getopt.getopt(a, shortopts='v', longopts=['x'])", "-v --x", (), ("-v", "--x")),
    ],
)
def test_other_calls(site: Site, call: str, line: str, path: object, options: object) -> None:
    """Each is read by its own rules."""
    assert named(site, call, line) == (path, options)


@pytest.mark.parametrize(
    "calls",
    [
        "pass",
        "getopt.getopt(a, short, ['fast'])",
        "getopt.getopt(a, 'v', names)",
        "getopt.getopt(a, 'v', ['fast', name])",
        "getopt.getopt(a)",
        f"{CALL}; {CALL}",
    ],
)
def test_what_is_not_understood_is_not_read(site: Site, calls: str) -> None:
    """There must be one call, with literals alone."""
    assert named(site, calls, "-v --fast") is None


def test_a_tool_without_getopt(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is nothing to read."""
    monkeypatch.delitem(sys.modules, "getopt")
    assert named(site, CALL, "-v") is None


@pytest.mark.parametrize("line", ["-v", "-vo x", "--qui", "--fa 5 -h x", "--output=x y", "-ov"])
@pytest.mark.parametrize("function", ["getopt", "gnu_getopt"])
def test_it_is_as_getopt_reads_it(site: Site, line: str, function: str) -> None:
    """The real function is the source of the rule."""
    sys.modules.pop("getopt")
    import getopt

    options, rest = getattr(getopt, function)(
        line.split(), "vo:h", ["quiet", "output=", "outside", "fast="]
    )
    expected = (None if rest else (), tuple(dict.fromkeys(name for name, _ in options)))
    assert named(site, CALL.replace("getopt.getopt", f"getopt.{function}"), line) == expected
