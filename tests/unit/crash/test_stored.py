"""Attributes of objects whose classes are written in C, read without running any code."""

from __future__ import annotations

import ast
import ctypes
import importlib
import platform
import sys
import threading
from collections import defaultdict, deque
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest

from telemetry_hook._crash import stored
from telemetry_hook._crash.stored import MISSING, UNREADABLE, attribute

GETATTRO = 18  # of the fields of a class in C: `tp_getattro`


class Row(deque[int]):
    """A class with attributes, whose base is written in C."""

    lid = 3


class Evil(SimpleNamespace):
    """A class that makes its attributes."""

    def __getattribute__(self, name: str) -> Any:
        raise AssertionError("its code runs")


def test_attributes_of_a_syntax_tree() -> None:
    node = ast.parse("'text'").body[0]
    assert isinstance(node, ast.Expr)
    assert attribute(node, "value") is node.value
    assert attribute(node, "lid") is MISSING


@pytest.mark.parametrize(
    ("value", "name", "expected"),
    [
        (SimpleNamespace(lid=3), "lid", 3),
        (SimpleNamespace(lid=3), "key", MISSING),
        (Row(), "lid", 3),
        (Row(), "maxlen", UNREADABLE),
        (partial(len), "func", len),
        (defaultdict(list), "default_factory", list),
        (threading.local(), "lid", UNREADABLE),
        (b"", "lid", MISSING),
    ],
)
def test_attributes_of_classes_in_c(value: object, name: str, expected: object) -> None:
    assert attribute(value, name) is expected


def test_another_class_under_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """A class has its own method. A program may put it in the place of the C class."""
    assert attribute(Evil(lid=3), "lid") is UNREADABLE
    monkeypatch.setattr("types.SimpleNamespace", Evil)
    assert attribute(Evil(lid=3), "lid") is UNREADABLE


@pytest.mark.skipif(
    platform.python_implementation() != "CPython" or sys.maxsize < 2**32, reason="reads C structs"
)
@pytest.mark.parametrize(("module", "name"), stored._ORDINARY_OF_MODULES)
def test_they_look_attributes_up_as_object_does(module: str, name: str) -> None:
    """They have the very C function of `object`."""
    kind = getattr(importlib.import_module(module), name)
    size = ctypes.sizeof(ctypes.c_void_p)
    found, expected = (
        ctypes.c_void_p.from_address(id(each) + GETATTRO * size).value for each in (kind, object)
    )
    assert found == expected
