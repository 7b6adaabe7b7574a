"""Frames of compiled functions: whose they are, and how their recursion is folded."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import ModuleType

import pytest
from compiled_frames import Entry, code, traceback

from telemetry_hook._crash import compiled
from telemetry_hook._crash.capture import capture
from telemetry_hook._crash.crash import Crash, Frame, Gap


@pytest.fixture
def module() -> Iterator[ModuleType]:
    made = ModuleType("acme_lifts")
    made.__file__ = "/site/acme_lifts.so"
    sys.modules[made.__name__] = made
    yield made
    del sys.modules[made.__name__]


def crash(*entries: Entry) -> Crash:
    return capture(ValueError().with_traceback(traceback(entries)), "excepthook")


def compiled_in(*entries: Entry) -> list[str | None]:
    frames = crash(*entries).captured[0].frames
    return [entry.compiled_in for entry in frames if isinstance(entry, Frame)]


def test_a_compiled_frame_is_its_modules(module: ModuleType) -> None:
    """The file of the frame is the module's, since the compiler's file name is relative."""
    entry = Entry("acme/lifts.py", "lift", 3, vars(module))

    assert compiled_in(entry) == ["acme_lifts"]
    assert crash(entry).files() == {"/site/acme_lifts.so"}


def test_other_globals_are_no_modules(module: ModuleType) -> None:
    """A dictionary that only says that it is the module's is not the one that the module has."""
    assert compiled_in(Entry("lifts.py", "lift", 3, dict(vars(module)))) == [None]
    assert compiled_in(Entry("lifts.py", "lift", 3, {"__name__": "missing"})) == [None]
    assert compiled_in(Entry("lifts.py", "lift", 3, {})) == [None]


def test_globals_with_strange_keys(module: ModuleType) -> None:
    """A key that is no plain text may run code of the program's when it is compared."""
    compared: list[object] = []

    class Name(str):
        __slots__ = ()

        def __eq__(self, other: object) -> bool:
            compared.append(other)
            return False

        def __hash__(self) -> int:
            return hash("__name__")

    vars(module)[Name("strange")] = 1
    compared.clear()

    assert compiled_in(Entry("lifts.py", "lift", 3, vars(module))) == [None]
    assert compared == []


def lift() -> None:
    pass


def test_code_of_python_is_not_made_up() -> None:
    sources = "", "pass", "assert 0", "def f(): assert 0", "lambda: 0", "class A: pass", "a", "..."
    codes = [compile(source, "", "exec") for source in sources]
    inner = [part for made in codes for part in made.co_consts if isinstance(part, type(made))]

    assert [made for made in [*inner, lift.__code__] if compiled.is_made_up(made)] == []
    assert compiled.is_made_up(code("lift.py", "lift", 1))


def test_executed_code_is_no_compiled_frame(module: ModuleType) -> None:
    """Code that was run has come further than its first instruction."""
    try:
        exec(compile("assert 0", "acme/lifts.py", "exec"), vars(module))  # noqa: S102
    except AssertionError as error:
        frames = capture(error, "excepthook").captured[0].frames
        assert [entry.compiled_in for entry in frames if isinstance(entry, Frame)] == [None] * 2


@pytest.mark.parametrize("depth", [2, 9, 200])
def test_recursion_in_compiled_code_is_folded(depth: int, module: ModuleType) -> None:
    """Each entry of the traceback has a code object of its own: how many there are can be private."""
    entry = Entry("acme/lifts.py", "lift", 3, vars(module))
    frames = crash(*[entry] * depth, entry._replace(line=5)).captured[0].frames

    assert [isinstance(each, Gap) or each.line for each in frames] == [3, True, 5]
