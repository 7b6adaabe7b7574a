"""A tool that reads its arguments itself, and a command line → the option that comes first."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import pytest
from published import Site

from telemetry_hook._redact.command.declarations import Declarations
from telemetry_hook._redact.command.first_argument import given

NUMBERS = itertools.count()
TOOL = """
Argument = Flag = add_option = charge = subprocess = print
KEY = b"x"
def main(argv):
    "--docstring"
    if argv[0] == "--version" or "-V" in argv:
        print("version", "quiet", "-hunter2-")
    match argv[0]:
        case "--matched" | "-M": pass
    Argument(names=("list", "l"), help="depth")
    Argument(names=("place",), positional=True)
    Argument("name", "Who it is.")
    Flag("json", "print JSON, never YAML")
    Flag("x", "--xml")
    add_option("--dashed", "-d", default="--default")
    charge("card", names=["number"])
    subprocess("git", "--oneline")
ROWS = (("row", {"action": "store_true", "help": "A row."}), ("pair", {"left": 1, "help": 2}))
HELP = '''Use it with --within, like this:
  -h, --help        Show this, not --another.
  --speed=KN        Knots.
  -o FILE --output  Where to.
  --bare'''
"""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Return a site whose modules are forgotten afterwards."""
    before = dict(sys.modules)
    yield Site(tmp_path.resolve())
    for name in [name for name in sys.modules if name not in before]:
        del sys.modules[name]


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("--version", ()),
        ("--version hunter2 --list", None),
        ("-V", ()),
        ("--matched", ()),
        ("-M x", None),
        ("--list", ()),
        ("--list=hunter2", ()),
        ("-l x", None),
        ("--json", ()),
        ("-x", ()),
        ("--xml", ()),
        ("--dashed", ()),
        ("--row", ()),
        ("-h", ()),
        ("--help", ()),
        ("-o x", None),
        ("--output", ()),
        ("--bare", ()),
        ("-d", ()),
    ],
)
def test_an_option_that_comes_first(site: Site, line: str, path: object) -> None:
    """It is named as it was given. What follows it may be its value."""
    assert named(site, line) == (path, (line.split(maxsplit=1)[0].partition("=")[0],))


@pytest.mark.parametrize(
    "line",
    [
        *("", "-", "--", "---", "list", "hunter2 --list", "--hunter2", "-list", "---list", "--l"),
        *("-lj", "--docstring", "--quiet", "--print", "--depth", "--place", "--name", "--card"),
        *("--number", "--oneline", "--default", "--x", "---dashed", "-hunter2-", "--JSON"),
        *("--pair", "--action", "--within", "--another", "--speed", "--FILE", "--Knots"),
    ],
)
def test_what_is_no_declared_option(site: Site, line: str) -> None:
    """A word elsewhere in the source declares nothing."""
    assert named(site, line) is None


@pytest.mark.parametrize(
    ("started", "argv", "expected"),
    [
        (["python", "/bin/tool", "--list"], ["/bin/tool", "--list"], ((), ("--list",))),
        (["python", "-X", "dev", "/bin/tool", "--list"], ["/bin/tool"], ((), ("--list",))),
        (["/bin/tool", "--list"], ["/bin/tool", "x"], ((), ("--list",))),
        (["python", "/bin/tool", "--json", "--list"], ["/bin/tool", "--list"], (None, ("--json",))),
        (["python", "/bin/tool", "--key", "--list"], ["/bin/tool", "--list"], None),
        (["python", "/bin/tool", "-m", "x", "--list"], ["/bin/tool", "--list"], None),
        (["python", "-m", "tool", "--list"], ["/site/tool/cli.py", "--list"], None),
        (["python", "/bin/tool"], ["/bin/tool", "--list"], None),
        (["python", "/bin/tool", "--list"], ["tool", "--list"], None),
        (["python", "/bin/tool", "--list"], [], None),
        ([], ["/bin/tool", "--list"], None),
    ],
)
def test_the_arguments_at_the_start_count(
    site: Site,
    monkeypatch: pytest.MonkeyPatch,
    started: list[str],
    argv: list[str],
    expected: object,
) -> None:
    """A program may take the first one away, of which the next one was the value."""
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))
    assert named(site, "", started, argv) == expected


def test_a_module_that_was_started(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python gives it the path of its file."""
    main = ModuleType("__main__")
    main.__spec__ = ModuleSpec("tool.__main__", None)
    monkeypatch.setitem(sys.modules, "__main__", main)
    argv = ["/site/tool/__main__.py", "--list"]
    assert named(site, "", ["python", "-m", "tool", "--list"], argv) == ((), ("--list",))
    assert named(site, "", ["python", "-m", "tool", "--key", "--list"], argv) is None


def named(
    site: Site,
    line: str,
    started: list[str] | None = None,
    argv: list[str] | None = None,
) -> tuple[object, object] | None:
    """Return the path and options that are reported of a command line."""
    package = f"tool{next(NUMBERS)}"
    site.publish(f"{package}.cli", TOOL)
    arguments = line.split()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["/bin/tool"] if argv is None else argv)
        patch.setattr(
            sys, "orig_argv", ["python", "/bin/tool", *arguments] if started is None else started
        )
        found = given(Declarations(site.files, package, []))
    return None if found is None else (found.path, found.options)
