"""Names of classes: the look-up does not use tables that the running program can change."""

from __future__ import annotations

import builtins
import sys
import types
from types import ModuleType

import pytest

from telemetry_hook._crash import guarded
from telemetry_hook._redact import origins
from telemetry_hook._redact.published import c_classes, class_identity
from telemetry_hook._redact.published.definitions import Definition
from telemetry_hook._redact.published.public_files import PublicFile


def test_built_in_classes_of_this_python() -> None:
    """All of them are in our table; what a newer Python adds fails here."""
    kinds = [
        kind for module in (builtins, types) for kind in vars(module).values() if type(kind) is type
    ]
    static = {kind.__qualname__ for kind in kinds if guarded.is_static(kind)}
    assert static <= c_classes.BUILT_IN


def test_a_class_that_the_program_put_into_builtins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only Python's own classes have their names without a module."""
    kind = type(sys.flags)
    assert guarded.is_static(kind)
    monkeypatch.setitem(vars(builtins), kind.__qualname__, kind)
    monkeypatch.setattr(class_identity, "UNNAMED", class_identity.UNNAMED | {id(kind)})
    name = origins.c_class(kind)
    assert name is None or name[0] is not None


@pytest.mark.parametrize(
    ("module", "name", "is_there"),
    [
        ("_fast", "Reader", True),
        ("_fast", "Read", False),  # a part of a name
        ("_fast", "hunter2", False),
        ("_fast", "Lines", True),  # of the extension's own module
        ("acme", "Rows", True),
        ("acme", "Row", False),
        ("other", "Rows", False),
    ],
)
def test_a_class_of_an_extension(
    monkeypatch: pytest.MonkeyPatch, module: str, name: str, is_there: bool
) -> None:
    """Its full name is in the file as a whole."""
    kind = type(name, (), {"__module__": module})
    holder = ModuleType(module)
    vars(holder)[name] = kind
    monkeypatch.setitem(sys.modules, module, holder)
    content = b"\x7fELF\0_fast.Reader\0_fast.Writer\0Lines\0acme\0Rows\0"
    file = PublicFile("/site/_fast.so", "_fast.so", content, None, is_own=False)
    assert (origins.extension_class(kind, file) is not None) is is_there


@pytest.mark.parametrize("part", ["<generic parameters of hunter2>", "<generic parameters of a b>"])
def test_a_made_up_part_of_a_qualified_name(part: str) -> None:
    """A part that looks like one of Python's is public only if its name is in the file."""
    file = PublicFile("/site/a.py", "a.py", b"def known(): pass\n", None, is_own=True)
    code = compile("", "a.py", "exec")
    assert origins.qualname(file, Definition(code, f"known.{part}")) is None
    known = "known.<locals>.<generic parameters of known>"
    assert origins.qualname(file, Definition(code, known)) == known
