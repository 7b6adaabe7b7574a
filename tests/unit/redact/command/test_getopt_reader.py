"""A published tool's call of getopt and a command line → the names that are reported."""

from __future__ import annotations

import itertools
import sys
import time
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
        ("getopt.getopt(argv[1:], 'v')", "-v", (), ("-v",)),
        ("getopt.getopt(argv, 'v', 'fast')", "--fast", (), ("--fast",)),
        ("getopt(args=argv, shortopts='v', longopts=['x'])", "-v --x", (), ("-v", "--x")),
        ("getopt.getopt(argv, '?')", "-?", (), ("-?",)),
        ("getopt.getopt(argv, 'v:')", "-v", None, ("-v",)),  # it has failed
    ],
)
def test_other_calls(site: Site, call: str, line: str, path: object, options: object) -> None:
    """Each is read by its own rules."""
    assert named(site, call, line) == (path, options)


@pytest.mark.parametrize(
    "calls",
    [
        "pass",
        "getopt.getopt(argv, short, ['fast'])",
        "getopt.getopt(argv, 'v', names)",
        "getopt.getopt(argv, 'v', ['fast', name])",
        "getopt.getopt(argv)",
        "getopt.getopt(argv[2:], 'v', ['fast'])",
        "getopt.getopt(line.split(), 'v', ['fast'])",
        "getopt.getopt(argv, 'v-', ['fast'])",
        "getopt.getopt(argv, '-v', ['fast'])",
        "getopt.getopt(argv, 'v', ['fast', '='])",
        "getopt.getopt(argv, 'v', ['fast', '-slow'])",
        "config.getopt(argv, 'v', ['fast'])",
        f"{CALL}; {CALL}",
        f"from getopt import getopt as parse; {CALL}",
        f"import getopt as options; {CALL}",
    ],
)
def test_what_is_not_understood_is_not_read(site: Site, calls: str) -> None:
    """There must be one call, with literals alone, for all arguments."""
    assert named(site, calls, "-v --fast") is None


def test_a_file_that_is_too_large(site: Site) -> None:
    """It may have another call."""
    package = f"tool{next(NUMBERS)}"
    site.publish(f"{package}.large", "# getopt\n" + "x = 1\n" * 50_000)
    site.publish(f"{package}.cli", f"def main():\n    {CALL}\n")
    assert given(Declarations(site.files, package, []), ["-v"]) is None


def test_an_environment_in_which_no_option_follows_a_value(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """POSIX wants that."""
    monkeypatch.setenv("POSIXLY_CORRECT", "1")
    assert named(site, GNU, "hunter2 -v") == (None, ())


@pytest.mark.skipif(sys.version_info < (3, 14), reason="came with Python 3.14")
def test_values_that_may_be_left_out(site: Site) -> None:
    """Only what is attached is one."""
    call = "getopt.getopt(argv, 'o::v', ['fast=?', 'slow'])"
    assert named(site, call, "-o x -v") == (None, ("-o",))
    assert named(site, call, "-ox -v") == ((), ("-o", "-v"))
    assert named(site, call, "--fast --slow -v") == ((), ("--fast", "--slow", "-v"))
    assert named(site, call, "--fast=x -v") == ((), ("--fast", "-v"))


def test_many_options_are_read_at_once(site: Site) -> None:
    """Each name is looked up once."""
    texts = "\n".join(f"'{number} {'x' * 1000}'" for number in range(160))
    start = time.process_time()
    assert named(site, f"{CALL}\n{texts}", "--quiet " * 20_000) == ((), ("--quiet",))
    assert time.process_time() - start < 1


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
