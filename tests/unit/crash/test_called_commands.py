"""What click has parsed, read from its contexts at the time of a crash."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import click
import pytest

from telemetry_hook._crash import command_line
from telemetry_hook._crash.command_line import invocation


def wrapped(function: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a function as decorators do."""

    @functools.wraps(function)
    def wrapper(*arguments: Any, **keywords: Any) -> Any:
        return function(*arguments, **keywords)

    return wrapper


@click.group("tool")
@click.option("--verbose", "-v", is_flag=True)
@click.option("--level", default=1)
def tool(verbose: bool, level: int) -> None:
    """Do this."""


@tool.command("up")
@click.option("--create-db/--no-create-db", "-c/-C", default=True)
@click.option("--one", "which", flag_value="1")
@click.option("--two", "which", flag_value="2")
@click.option("--name", envvar="ACME_NAME")
@click.argument("files", nargs=-1)
@wrapped
def up(**values: Any) -> None:
    raise ValueError(values)


@tool.group("sub", invoke_without_command=True)
@click.option("-x")
@click.pass_context
def sub(context: click.Context, x: str) -> None:
    if context.invoked_subcommand is None:
        context.invoke(leaf, size=1)


@sub.command("leaf")
@click.option("--size")
def leaf(size: int) -> None:
    raise ValueError(size)


@tool.command("other")
@click.pass_context
def other(context: click.Context) -> None:
    try:
        raise KeyError(1)
    except KeyError as error:
        up.main(["--name", "hunter2"], standalone_mode=False)
        raise ValueError from error


tool.add_command(leaf, "renamed")


@click.group(chain=True)
def chained() -> None:
    """Do these."""


chained.add_command(leaf)
chained.add_command(click.Command("nothing"))


def called(command: click.Command, line: str) -> list[Any]:
    """Return the commands of a command line that ends in an exception: names, options, functions."""
    try:
        command.main(line.split(), standalone_mode=False)
    except Exception as error:
        found = invocation(error)
        assert found is not None
        return [
            (each.names, each.options, [code.co_name for code in each.codes])
            for each in found.commands
        ]
    raise AssertionError("nothing was raised")


@pytest.mark.parametrize(
    ("line", "options", "tool_options"),
    [
        ("up", (), ()),
        ("up --create-db", (("--create-db", "-c"),), ()),
        ("up -C", (("--no-create-db", "-C"),), ()),
        ("up --name hunter2 hunter2", (("--name",),), ()),
        ("up hunter2 -- --name", (), ()),
        ("up --one", (), ()),  # two options with one destination: their value would tell which
        ("-v up", (), (("--verbose", "-v"),)),
        ("--level 3 -v up -c", (("--create-db", "-c"),), (("--verbose", "-v"), ("--level",))),
    ],
)
def test_options(line: str, options: object, tool_options: object) -> None:
    """Those on the command line are named, with all of their names."""
    found = called(tool, line)
    assert found[0][0] == ("tool",)
    assert found[1][0] == ("up",)
    assert set(found[0][1]) == set(tool_options)  # type: ignore[call-overload]
    assert found[1][1] == options
    assert [names for _, _, names in found] == [["tool"], ["up", "wrapper"]]


def test_options_from_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """A value of the environment was not given."""
    monkeypatch.setenv("ACME_NAME", "hunter2")
    assert called(tool, "up")[1][1] == ()


def test_subcommands() -> None:
    """They are listed from the outermost; a command has the name that its group has for it."""
    assert [names for names, *_ in called(tool, "sub -x 1 leaf")] == [
        ("tool",),
        ("sub",),
        ("leaf",),
    ]
    assert [names for names, *_ in called(tool, "renamed")] == [("tool",), ("renamed",)]
    assert called(tool, "sub -x 1 leaf --size 1")[2][1] == (("--size",),)


def test_commands_that_the_program_itself_calls() -> None:
    """They were not typed."""
    assert [names for names, *_ in called(tool, "sub")] == [("tool",), ("sub",)]
    assert called(tool, "other")[1][0] == ("other",)
    assert len(called(tool, "other")) == 2


def test_chains() -> None:
    """Each of several commands may be the one that fails."""
    assert [names for names, *_ in called(chained, "leaf")] == [("chained",), ("leaf",)]
    assert len(called(chained, "nothing leaf")) == 2


def test_usage_errors() -> None:
    """The command that could not be parsed is named by its context."""
    assert called(tool, "-v up --name hunter2 --create-db=1")[0][0] == ("tool",)


def test_no_command_line() -> None:
    """A tool may have none."""
    assert invocation(ValueError()) is None
    with click.Context(tool, info_name="tool"):
        found = invocation(ValueError())
    assert found is not None
    assert [each.names for each in found.commands] == [("tool",)]


def test_contexts_on_the_stack() -> None:
    """The innermost one is used, whatever the exception went through."""
    with click.Context(tool, info_name="tool") as outer:
        outer.invoked_subcommand = "up"
        with click.Context(up, info_name="up", parent=outer):
            found = invocation(ValueError())
            assert found is not None
            assert [each.names for each in found.commands] == [("tool",), ("up",)]
        with click.Context(up, info_name="up"):
            # Another tool's
            found = invocation(ValueError())
            assert found is not None
            assert [each.names for each in found.commands] == [("tool",)]
        outer.invoked_subcommand = "other"
        with click.Context(up, info_name="up", parent=outer):
            found = invocation(ValueError())
            assert found is not None
            assert [each.names for each in found.commands] == [("tool",)]
        outer.invoked_subcommand = "*"
        with click.Context(up, info_name="up", parent=outer):
            found = invocation(ValueError())
            assert found is not None
            assert len(found.commands) == 2


def test_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wrappers and contexts may be endless."""
    monkeypatch.setattr(command_line, "MAX_DEPTH", 3)

    def function() -> None:
        """Do nothing."""

    function.__wrapped__ = function  # type: ignore[attr-defined]
    assert len(command_line._codes(function)) == 3
    contexts = [click.Context(tool, info_name="tool")]
    for _ in range(5):
        contexts.append(click.Context(tool, info_name="tool", parent=contexts[-1]))
    assert len(command_line._with_parents(contexts[-1])) == 3
    assert command_line._with_parents(contexts[1]) == [contexts[1], contexts[0]]


@pytest.mark.parametrize(
    ("context", "parameters"),
    [
        ({}, []),
        ({"_parameter_source": {"a": 1}, "params": {}}, []),
        ({"_parameter_source": {"a": 1}, "params": {}}, ()),
        ({"_parameter_source": {"a": 1}, "params": []}, [object()]),
        ({"_parameter_source": [], "params": {}}, [object()]),
        ({"_parameter_source": {1: 1}, "params": {}}, [object()]),
    ],
)
def test_contexts_that_are_none(context: dict[str, object], parameters: object) -> None:
    """Nothing is believed of what a program puts there."""
    assert list(command_line._options(context, parameters, [1])) == []
