"""A published tool's argparse declarations and a command line → the names that are reported."""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from published import Site

from telemetry_hook._redact.command import declarations
from telemetry_hook._redact.command.argparse_reader import given
from telemetry_hook._redact.command.declarations import Declarations

assert argparse  # a tool that uses it has loaded it
NUMBERS = itertools.count()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Return a site whose modules are forgotten afterwards."""
    before = dict(sys.modules)
    yield Site(tmp_path.resolve())
    for name in [name for name in sys.modules if name not in before]:
        del sys.modules[name]


def named(site: Site, source: str, line: str, *others: str) -> str | None:
    """Return what is reported of a command line, of a tool whose modules are never run."""
    package = f"tool{next(NUMBERS)}"
    for number, each in enumerate([source, *others]):
        site.publish(f"{package}.m{number}", f"def unused():\n    return\n    pass\n{each}")
    found = given(Declarations(site.files, package, []), line.split())
    return None if found is None else " ".join([*(found.path or ()), *(found.options or ())])


MAIN = """
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--verbose", "-v", action="store_true")
parser.add_argument("-q", action="count")
parser.add_argument("-c", "--config")
parser.add_argument("--pair", nargs=2)
parser.add_argument("--many", nargs="*")
parser.add_argument("--color", action=argparse.BooleanOptionalAction)
parser.add_argument("--mine", action=Mine)
commands = parser.add_subparsers()
up = commands.add_parser("up", aliases=["u"])
up.add_argument("--create-db", action="store_const")
up.add_argument("--verbatim", action="append")
down = commands.add_parser(name="down")
steps = down.add_subparsers().add_parser("step")
steps.add_argument("--size", type=int)
"""


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", ""),
        ("up", "up"),
        ("u", "up"),
        ("down step", "down step"),
        ("step", "step"),
        ("hunter2 up", ""),
        ("up hunter2", "up"),
        ("up down", "up"),
        ("--verbose up", "up --verbose"),
        ("-v up", "up --verbose"),
        ("-vq up", ""),  # a cluster could be a value
        ("-vx up", ""),
        ("-q up", "up -q"),
        ("--config hunter2 up", "up --config"),
        ("--config=hunter2 up", "up --config"),
        ("-c hunter2 up", "up --config"),
        ("-chunter2 up", ""),
        ("-vhunter2 up", ""),
        ("--config up", "--config"),
        ("--config -v up", "--config"),
        ("--pair a b up", "up --pair"),
        ("--pair a up", "--pair"),
        ("--pair a -v up", "--pair"),
        ("--many a up", "--many"),
        ("--color up", "up --color"),
        ("--mine a up", "--mine"),
        ("--verb up", ""),
        ("--co up", ""),  # config or color
        ("--conf hunter2 up", ""),
        ("--verbose=hunter2 up", ""),
        ("--hunter2 up", ""),
        ("-- up", ""),
        ("- up", ""),
        ("up --create-db", "up --create-db"),
        ("up --create", "up"),
        ("up --verbatim x --create-db", "up --verbatim --create-db"),
        ("up --verbose", "up --verbose"),
        ("--create-db up", "up --create-db"),
        ("down step --size 3", "down step --size"),
        ("down step --size=3 hunter2 --size 4", "down step --size"),
        ("down step --size", "down step --size"),
        ("--verbose --verbose down", "down --verbose"),
    ],
)
def test_a_tool_with_commands(site: Site, line: str, expected: str) -> None:
    """Names of the declarations are reported; reading ends where an argument may be a value."""
    assert named(site, f"def main():\n{_indented(MAIN)}", line) == expected


def parser(*statements: str, made: str = "ArgumentParser()") -> str:
    """Return the source of a tool with one parser."""
    return "\n".join(["import argparse", f"p = argparse.{made}", *statements, ""])


VERBOSE = 'p.add_argument("--verbose", action="store_true")'
UP = 's = p.add_subparsers(); s.add_parser("up")'


@pytest.mark.parametrize(
    ("source", "line", "expected"),
    [
        (parser(VERBOSE), "--verb", ""),
        (parser(VERBOSE, made="ArgumentParser(allow_abbrev=False)"), "--verbose", "--verbose"),
        # A value may stand behind a letter, but not alone with a dash.
        (parser('p.add_argument("-long")', 'p.add_argument("-c")'), "-cx --verbose", ""),
        (parser('p.add_argument("-c")', VERBOSE), "-cx --verbose", "--verbose"),
        (parser('p.add_argument("-c")', VERBOSE), "-cx -- --verbose", ""),
        (
            parser('p.add_argument("+c")', VERBOSE, made='ArgumentParser(prefix_chars="+-")'),
            "x --verbose",
            "",
        ),
        # Options may come after the values of positional arguments.
        (parser('p.add_argument("file")', VERBOSE), "x --verbose", "--verbose"),
        (parser('p.add_argument("file")', VERBOSE), "- --verbose", "--verbose"),
        (parser('p.add_argument("f", nargs="+")', VERBOSE), "x y --verbose z", "--verbose"),
        (parser('p.add_argument("f", nargs="...")', VERBOSE), "x --verbose", ""),
        (parser('p.add_argument("f", nargs=REST)', VERBOSE), "x --verbose", ""),
        (parser('p.add_argument("file")', VERBOSE), "x -- --verbose", ""),
        (
            parser(VERBOSE, UP, "q = s.add_parser('in')", "q.add_argument('f')"),
            "in up --verbose",
            "in --verbose",
        ),
        # Other names of the same.
        (
            parser(
                "from argparse import ArgumentParser as P",
                "q = P()",
                "add = q.add_argument",
                'add("--more", action="store_true")',
                made="Namespace()",
            ),
            "--more x",
            "--more",
        ),
        (parser(VERBOSE, made="ArgumentParser(add_help=False)"), "--verbose", "--verbose"),
        # An option's name may be the beginning of another one's.
        (parser(VERBOSE, 'p.add_argument("--verbose-too")'), "--verbose", "--verbose"),
        (parser(VERBOSE, 'p.add_argument("--verbose-too")', UP), "--verbose", ""),
        (
            'import optparse\np = optparse.OptionParser()\np.add_option("-v", "--verbose", action="store_true")',
            "x -v y",
            "--verbose",
        ),
        (
            'import optparse\np = optparse.OptionParser()\np.add_option("-v", action="count")\np.disable_interspersed_args()',
            "x -v",
            "",
        ),
        # A function of the tool's own may declare options, and say how many values they take.
        (
            parser(
                "flag(p, '--json')",
                "def flag(p, *names):\n  p.add_argument(*names, action='store_true')",
                VERBOSE,
            ),
            "--json --verbose",
            "--json --verbose",
        ),
        (
            parser(
                "def add(p, name, **kw):\n  p.add_argument(name, **kw)",
                "add(p, '--size', type=int)",
                "add(p, 'file')",
                VERBOSE,
            ),
            "--size 3 x --verbose",
            "--size --verbose",
        ),
        (
            parser(
                "def add(p, name, **kw):\n  p.add_argument(name, **kw)",
                "add(p, '--rest', nargs='...')",
                VERBOSE,
            ),
            "--rest --verbose",
            "--rest",
        ),
        (
            parser(
                "def add(p, name, kind):\n  p.add_argument(name, action=kind)",
                "add(p, '--own', Own)",
                VERBOSE,
            ),
            "--own --verbose",
            "--own",
        ),
        (
            parser(
                "class P:\n  def add(self, *n, **kw):\n    return self.p.add_argument(*n, **kw)",
                "P().add('-j', '--json')",
            ),
            "--json x",
            "--json",
        ),
        (parser('p.add_argument("-long")', VERBOSE), "-long x --verbose", "-long --verbose"),
        # A positional argument may be anything, so also a command's name.
        (parser('p.add_argument("file")', UP), "up", ""),
        (parser('p.add_argument("file")', VERBOSE), "--verbose x", "--verbose"),
        (parser('p.add_argument("f", nargs="...")', VERBOSE), "--verbose x", "--verbose"),
        (parser("p.parse_known_args()", VERBOSE, UP), "--verbose up", "up --verbose"),
        # Groups of options are the parser's.
        (parser(f'p = p.add_argument_group("more")\n{VERBOSE}'), "--verbose", "--verbose"),
        (
            parser('p.add_mutually_exclusive_group().add_argument("-a", action="help")'),
            "-a",
            "-a",
        ),
        # Two parsers are too many, unless one is made to be the parent of others.
        (parser("q = argparse.ArgumentParser()", VERBOSE), "--verbose", None),
        (
            parser("q = argparse.ArgumentParser(add_help=False)", VERBOSE),
            "--verbose",
            "--verbose",
        ),
        (
            parser(
                "q = argparse.ArgumentParser(add_help=False)",
                'q.add_argument("--loose", action="store_true")',
            ),
            "--loose",
            "--loose",
        ),
        # What is declared elsewhere may belong to any parser.
        (parser("def more(q):\n  q.add_argument('--more')"), "--more x", "--more"),
        (parser("def more(q):\n  q.add_subparsers().add_parser('up')"), "up", "up"),
        (parser("def more(p):\n  p.add_argument('--more')"), "--more x", "--more"),
        (parser("def more(p):\n  p.add_argument('file')", UP), "up", ""),
        # The same option may be declared in two ways.
        (
            parser("p.add_argument('-x')", "p.add_argument('-x', nargs=2)", VERBOSE),
            "-x 1 --verbose",
            "-x --verbose",
        ),
        (parser("p.add_argument('-x', nargs=n)", VERBOSE), "-x 1 --verbose", "-x"),
        (parser("p.add_argument('-x', **more)", VERBOSE), "-x 1 --verbose", "-x --verbose"),
        (
            parser("p.add_argument('-x', **more)", VERBOSE, 'more = {"nargs": "..."}'),
            "-x 1 --verbose",
            "-x",
        ),
        (
            parser("p.add_argument('-x', nargs='?')", VERBOSE),
            "-x 1 --verbose",
            "-x --verbose",
        ),
        (parser("p.add_argument('-x', nargs=1)", VERBOSE), "-x 1 --verbose", "-x --verbose"),
        (parser("p.add_argument('-x', action=a)", VERBOSE), "-x --verbose", "-x"),
        (
            parser("p.add_argument('-x', action='extend')", VERBOSE),
            "-x 1 --verbose",
            "-x --verbose",
        ),
        (parser("p.add_argument('-x', action='mine')", VERBOSE), "-x 1 --verbose", "-x"),
        # Wherever in the source it stands.
        (parser(f"if 1:\n  {VERBOSE}\nelse:\n  p.add_argument('-e')"), "-e 1", "-e"),
        (parser(f"try:\n  {VERBOSE}\nexcept E:\n  p.add_argument('-e')"), "-e 1", "-e"),
        (parser("for x in y:\n  p.add_argument('-e')"), "-e 1", "-e"),
        (parser("with p.add_argument_group() as g:\n  g.add_argument('-e')"), "-e 1", "-e"),
        (parser("q = p", "q.add_argument('-e')"), "-e 1", "-e"),
        (parser("def f():\n  p.add_argument('-e')"), "-e 1", "-e"),
        (
            """
class Tool:
    def __init__(self):
        self.parser = argparse.ArgumentParser()
        self.commands = self.parser.add_subparsers()
    def more(self):
        self.commands.add_parser("up").add_argument("-x", action="version")
""",
            "up -x",
            "up -x",
        ),
        ("x = 1", "--verbose", None),
        ("add_argument = 1", "-v", None),
    ],
)
def test_declarations(site: Site, source: str, line: str, expected: str | None) -> None:
    """Each way of declaring an option says how many values it takes, and whose it is."""
    source = f"def main():\n{_indented(source)}"
    assert named(site, source, line) == expected


def _indented(source: str) -> str:
    return "".join(f"    {line}\n" for line in source.splitlines())


def test_commands_of_other_modules(site: Site) -> None:
    """The main parser's module and the modules of its commands are read together."""
    main = "def main():\n    p = argparse.ArgumentParser()\n    register(p.add_subparsers())\n"
    other = "def register(s):\n    s.add_parser('up').add_argument('--now', action='store_true')\n"
    assert named(site, main, "up --now", other) == "up --now"
    second = "def main():\n    p = argparse.ArgumentParser()\n    p.add_argument('-z')\n"
    assert named(site, main, "up --now", other, second) == "up --now"


def test_a_tool_without_argparse(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is nothing to read."""
    monkeypatch.delitem(sys.modules, "argparse")
    assert named(site, "x = 1", "up") is None


def test_what_is_read_is_bounded(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Modules are passed over behind the limits; others' modules always are."""
    first, other = (
        "def main():\n    p = argparse.ArgumentParser()\n",
        "def f(p): p.add_argument('-x')\n",
    )
    assert named(site, first, "-x 1", other) == "-x"
    monkeypatch.setattr(declarations, "MAX_MODULES", 1)
    assert named(site, first, "-x 1", other) == ""
    monkeypatch.setattr(declarations, "MAX_MODULES", 100)
    before = len("def unused():\n    return\n    pass\n")
    monkeypatch.setattr(declarations, "MAX_PARSED", 2 * before + len(first) + len(other))
    assert named(site, first, "-x 1", other) == "-x"
    monkeypatch.setattr(declarations, "MAX_PARSED", 2 * before + len(first) + len(other) - 1)
    assert named(site, first, "-x 1", other) == ""
    monkeypatch.undo()
    site.publish("foreign.m", "def f(p): p.add_argument('-x')\n", is_own=False)
    site.publish("foreign.main", first)
    found = given(Declarations(site.files, "foreign", []), ["-x", "1"])
    assert found is not None
    assert found.options is None


@pytest.mark.parametrize(
    ("source", "line", "expected"),
    [
        (parser(VERBOSE), "", ((), ())),
        (parser(VERBOSE), "--verbose", ((), ("--verbose",))),
        (parser('p.add_argument("file")', VERBOSE), "x", ((), ())),
        (parser(VERBOSE), "--verb", ((), None)),
        (parser(VERBOSE, UP), "", ((), ())),
        (parser(VERBOSE, UP), "up", (("up",), ())),
        (parser(VERBOSE, UP), "other", (None, ())),
        (parser(VERBOSE, UP), "-vv up", (None, None)),
        (parser(VERBOSE, UP), "up -- -x", (("up",), ())),
        (parser("p.parse_known_args()", VERBOSE, UP), "up x", (("up",), ())),
        (parser("p.parse_known_args()", VERBOSE, UP), "up x --verbose", (("up",), None)),
    ],
)
def test_nothing_and_unknown_are_different(
    site: Site, source: str, line: str, expected: tuple[object, object]
) -> None:
    """A list is empty if there was none, and None if that cannot be told."""
    package = f"tool{next(NUMBERS)}"
    site.publish(f"{package}.m", f"def main():\n{_indented(source)}")
    found = given(Declarations(site.files, package, []), line.split())
    assert found is not None
    assert (found.path, found.options) == expected


def test_a_wrapper_in_another_module(site: Site) -> None:
    """A function that declares options may be in a module of its own."""
    main = f"def main():\n{_indented(parser('flag(p, chr(45), name)'))}    flag(p, '--json')\n"
    other = "def flag(p, *names): p.add_argument(*names, action='store_true')\n"
    calling = "def more(p): flag(p, '--more')\n"
    assert named(site, main, "--json --more x", other, calling) == "--json --more"


TABLE = """
import argparse
class JobOption:
    def __init__(self, name, flags, **named): self.flags, self.named = flags, named
OPTIONS = [JobOption("jobs", ["-j", "--jobs"], type=int), JobOption("all", ["-a"])]
TEXT = "--text"
def main():
    p = argparse.ArgumentParser()
    p.add_argument("--verbose", "-v", action="store_true")
    for option in OPTIONS:
        p.add_argument(*option.flags, **option.named)
"""


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("-a -j 2 -v", "-a -j --verbose"),
        ("hunter2 --jobs=2 -a", "--jobs -a"),
        ("--text", ""),
        ("--verb", ""),
        ("-j2 -a", "-a"),
    ],
)
def test_options_in_a_table_of_the_tools(site: Site, line: str, expected: str) -> None:
    """Argparse gives no option's value a dash, so what a table declares is an option."""
    assert named(site, TABLE, line) == expected


def test_a_table_where_options_may_be_values(site: Site) -> None:
    """Other arguments may be for another program, or for an argument that takes all."""
    assert named(site, TABLE + "    p.parse_known_args()\n", "-a -v") == ""
    assert named(site, TABLE + "REST = argparse.REMAINDER\n", "-a -v") == ""


def test_many_options_that_nothing_declares(site: Site) -> None:
    """Each may be in a text, and the source is read once."""
    rows = "".join(f"    x{number} = {number}\n" for number in range(9_000))
    line = " ".join(f"--x{number % 9_000}" for number in range(20_000))
    start = time.process_time()
    assert named(site, TABLE + rows, f"{line} -v") == "--verbose"
    assert time.process_time() - start < 2
