"""A published tool's click declarations and what click has parsed → the names that are reported."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from published import Site

from telemetry_hook._crash import capture
from telemetry_hook._crash.command_line import CalledCommand, Invocation
from telemetry_hook._crash.crash import Crash
from telemetry_hook._redact.command.command import command
from telemetry_hook._redact.published.class_names import ClassNames
from telemetry_hook._redact.published.definitions import Definitions
from telemetry_hook._redact.published.locations import Locations

NUMBERS = itertools.count()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Return a site whose modules are forgotten afterwards."""
    before = dict(sys.modules)
    yield Site(tmp_path.resolve())
    for name in [name for name in sys.modules if name not in before]:
        del sys.modules[name]


TOOL = """
def click(*names, **more): return lambda function: function
command = group = option = click

@group()
@option("--verbose", "-v")
def main(verbose=False): pass

@command("start")
@option("--create-db/--no-create-db", "-c")
@option("/quiet;/loud; --silent")
def up_now(create_db=False, quiet=False): pass

def list_cmd(dry_run=False, *, Size=1): local = 1

def Show(): pass

if False:
    main.add_command(up_now, "halt")
    main.add_command(Mine("own"))
    main.add_command(name="named")
    Group(commands={"listed": up_now})
    Option(param_decls=["--declared", "-d"])
    Option(["--elsewhere"])
    print("printed", "--printed")
"""


def crashed(*commands: CalledCommand) -> Crash:
    """Return a crash below commands."""
    crash = capture.capture(ValueError(), "excepthook")
    crash.invocation = Invocation(commands)
    return crash


def named(site: Site, *called: tuple[tuple[str, ...], str, tuple[tuple[str, ...], ...]]) -> str:
    """Return what is reported of commands: names, the function's name, and options' names each."""
    package = f"tool{next(NUMBERS)}"
    module = site.publish(f"{package}.cli", TOOL)
    definitions = Definitions()
    locations = Locations(site.files, definitions, ClassNames(site.files, definitions))
    commands = [
        CalledCommand(names, (getattr(module, function).__code__,) if function else (), options)
        for names, function, options in [((), "main", ()), *called]
    ]
    crash = crashed(*commands)
    found = command(crash, package, (), site.files, locations)
    return "" if found is None else " ".join([*(found.path or ()), *(found.options or ())])


@pytest.mark.parametrize(
    ("name", "function", "expected"),
    [
        ("start", "up_now", "start"),
        ("up-now", "up_now", "up-now"),
        ("list-cmd", "list_cmd", "list-cmd"),
        ("list", "list_cmd", "list"),
        ("show", "Show", "show"),
        ("start", "list_cmd", ""),  # that is another function's
        ("halt", "list_cmd", "halt"),
        ("own", "list_cmd", "own"),
        ("named", "list_cmd", "named"),
        ("listed", "list_cmd", "listed"),
        ("halt", "", "halt"),
        ("printed", "list_cmd", ""),
        ("--elsewhere", "list_cmd", ""),
        ("hunter2", "list_cmd", ""),
    ],
)
def test_commands(site: Site, name: str, function: str, expected: str) -> None:
    """A command is called as its function is, or as it is declared."""
    assert named(site, ((name,), function, ())) == expected


@pytest.mark.parametrize(
    ("spellings", "function", "expected"),
    [
        (("--create-db", "-c"), "up_now", "halt --create-db"),
        (("--no-create-db",), "up_now", "halt --no-create-db"),
        (("-c",), "up_now", "halt -c"),
        (("--quiet",), "up_now", "halt --quiet"),  # of the parameter, as Typer does
        (("/quiet",), "up_now", "halt"),
        (("--silent",), "up_now", "halt --silent"),
        (("--verbose",), "up_now", "halt"),
        (("--dry-run",), "list_cmd", "halt --dry-run"),
        (("--no-dry-run",), "list_cmd", "halt --no-dry-run"),
        (("--Size",), "list_cmd", "halt --Size"),
        (("--size",), "list_cmd", "halt --size"),
        (("--local",), "list_cmd", "halt"),
        (("--declared", "-d"), "list_cmd", "halt --declared"),
        (("-d", "--declared"), "", "halt --declared"),
        (("--elsewhere",), "list_cmd", "halt --elsewhere"),
        (("--printed",), "list_cmd", "halt"),
        (("--hunter2",), "list_cmd", "halt"),
        (("--hunter2", "-d"), "list_cmd", "halt -d"),
    ],
)
def test_options(site: Site, spellings: tuple[str, ...], function: str, expected: str) -> None:
    """An option is called as its parameter is, or as it is declared: by the longest such name."""
    assert named(site, (("halt",), function, (spellings,))) == expected


def test_nothing_below_an_unknown_command(site: Site) -> None:
    """What is below may be anything; what is above is known."""
    assert (
        named(
            site,
            (("show",), "Show", (("-d",),)),
            (("hunter2",), "list_cmd", (("--dry-run",),)),
            (("halt",), "up_now", (("-c",),)),
        )
        == "show -d"
    )


def test_options_of_the_program(site: Site) -> None:
    """The first command is the program, whose name is not a command's."""
    package = f"tool{next(NUMBERS)}"
    module = site.publish(f"{package}.cli", TOOL)
    definitions = Definitions()
    locations = Locations(site.files, definitions, ClassNames(site.files, definitions))
    code = (module.main.__code__,)
    called = CalledCommand(("hunter2",), code, (("--verbose", "-v"), ("--verbose",)))
    crash = crashed(called)
    found = command(crash, package, (), site.files, locations)
    assert found is not None
    assert (found.path, found.options) == ((), ("--verbose",))


def test_nothing_and_unknown_are_different(site: Site) -> None:
    """A list is empty if there was none, and None if a name in it is not public."""

    def found(*called: CalledCommand) -> tuple[object, object]:
        package = f"tool{next(NUMBERS)}"
        site.publish(f"{package}.cli", TOOL)
        definitions = Definitions()
        locations = Locations(site.files, definitions, ClassNames(site.files, definitions))
        known = command(crashed(*called), package, (), site.files, locations)
        assert known is not None
        return known.path, known.options

    program = CalledCommand(("x",), (), ())
    assert found(program) == ((), ())
    assert found(program, CalledCommand(("halt",), (), ())) == (("halt",), ())
    assert found(program, CalledCommand(("hunter2",), (), ())) == (None, None)
    assert found(CalledCommand(("x",), (), (("--hunter2",),))) == ((), None)
    assert found(CalledCommand(("x",), (), (("--hunter2",), ("-d",)))) == ((), ("-d",))


WRAPPERS = """
from click import option

def flag(*names, **more):
    return Option(*names, is_flag=True, **more)

def sized(name):
    def decorate(function):
        return option("--size", name)(function)
    return decorate

def quiet(name): return print(name)

if False:
    flag("--json", "-j")
    sized("--size-of/--no-size")
    quiet("--quiet")
"""


@pytest.mark.parametrize(
    ("spellings", "expected"),
    [
        (("--json", "-j"), ("--json",)),
        (("--size-of",), ("--size-of",)),
        (("--no-size",), ("--no-size",)),
        (("--quiet",), None),
    ],
)
def test_options_that_the_tools_own_functions_declare(
    site: Site, spellings: tuple[str, ...], expected: tuple[str, ...] | None
) -> None:
    """What is handed on to click's `option` declares an option, and no other text in a call does."""
    package = f"tool{next(NUMBERS)}"
    site.publish(f"{package}.cli", WRAPPERS)
    definitions = Definitions()
    locations = Locations(site.files, definitions, ClassNames(site.files, definitions))
    crash = crashed(CalledCommand(("x",), (), (spellings,)))
    known = command(crash, package, (), site.files, locations)
    assert known is not None
    assert known.options == expected
