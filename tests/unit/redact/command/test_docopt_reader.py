"""A published tool's usage text and a command line → the names that are reported."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from published import Site

from telemetry_hook._redact.command.declarations import Declarations
from telemetry_hook._redact.command.docopt_reader import given

NUMBERS = itertools.count()
FERRY = """Ferry.

Usage:
  ferry ship new <name>...
  ferry ship <name> move <x> <y> [--speed=<kn>]
  ferry mine (set|remove) <x> <y> [--moored | --drifting]
  ferry status [options] FILE
  ferry -h | --help
  ferry --version

Options:
  -h --help        Show this screen, not --another.
  -s KN, --speed=KN  Speed in knots [default: 10].
  --moored         Moored (anchored) mine.
  -o FILE          Where to write.
  --drifting       Drifting mine.
  -q, --quiet      Less.
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """Return a site whose modules are forgotten afterwards, with docopt loaded."""
    before = dict(sys.modules)
    monkeypatch.setitem(sys.modules, "docopt", ModuleType("docopt"))
    yield Site(tmp_path.resolve())
    for name in [name for name in sys.modules if name not in before]:
        del sys.modules[name]


def named(site: Site, source: str, line: str) -> tuple[object, object] | None:
    """Return the path and options that are reported of a command line."""
    package = f"tool{next(NUMBERS)}"
    site.publish(f"{package}.cli", source)
    found = given(Declarations(site.files, package, []), line.split())
    return None if found is None else (found.path, found.options)


def of_ferry(text: str) -> str:
    """Return the source of a tool with this usage text."""
    return f'"""{text}"""\nfrom sys import exit as docopt\ndef main(): docopt(__doc__)\n'


@pytest.mark.parametrize(
    ("line", "path", "options"),
    [
        ("", (), ()),
        ("mine set 1 2 --moored", ("mine",), ("--moored",)),
        ("status x -q", ("status",), ("--quiet",)),
        ("status -o hunter2 x --quiet", ("status",), ("-o", "--quiet")),
        ("status --speed hunter2 x", ("status",), ("--speed",)),
        ("status --speed=hunter2 x", ("status",), ("--speed",)),
        ("ship new hunter2", ("ship",), ()),  # a ship may be called so
        ("ship hunter2 move 1 2 -s 3", ("ship",), ("--speed",)),
        ("hunter2 status", None, ()),
        ("status --hunter2 -q", ("status",), ("--quiet",)),
        ("status --hunter2", ("status",), None),
        ("status --quie", ("status",), None),
        ("status -- --quiet", ("status",), ()),
        ("--another", None, None),
        ("-qo status mine", None, None),
    ],
)
def test_a_tool_with_commands(site: Site, line: str, path: object, options: object) -> None:
    """Options are named wherever they are; commands where nothing else may be."""
    assert named(site, of_ferry(FERRY), line) == (path, options)


@pytest.mark.parametrize(
    "source",
    [
        'USAGE = "Usage: row [--fast] <to>"\ndef main(): docopt(USAGE, version="1")\n',
        'def main(): docopt.docopt("usage: row [--fast] <to>")\n',
        '"""Usage: row [--fast] <to>"""\ndef main(): docopt()\n',
        '"""Rows.\n\nUsage:\n  row [--fast] TO\n"""\ndef main(): docopt.docopt(doc=__doc__)\n',
    ],
)
def test_where_a_usage_text_is(site: Site, source: str) -> None:
    """It is passed as it is, by a name, or as the module's text, which is also the default."""
    assert named(site, source, "hunter2 --fast") == ((), ("--fast",))


@pytest.mark.parametrize(
    "source",
    [
        "def main(): docopt(text)\n",
        of_ferry("no such word"),
        of_ferry(FERRY + FERRY),
        of_ferry(FERRY) + "def other(): docopt('Usage: other')\n",
        of_ferry(FERRY + "x" * 20_000),
        "def main(): print('Usage: row --fast')\n",
    ],
)
def test_what_is_not_understood_is_not_read(site: Site, source: str) -> None:
    """There must be one usage text that is known."""
    assert named(site, source, "--fast") is None


def test_a_tool_without_docopt(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is nothing to read."""
    monkeypatch.delitem(sys.modules, "docopt")
    assert named(site, of_ferry(FERRY), "status") is None
