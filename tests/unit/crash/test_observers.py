"""Who watches this process: a person, a debugger, a tracer."""

from __future__ import annotations

import bdb
import os
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from telemetry_hook._crash import observers


@pytest.mark.parametrize(
    ("interactive", "inspect", "expected"),
    [(0, 0, False), (1, 0, True), (0, 1, True), (1, 1, True)],
)
def test_interactive(
    monkeypatch: pytest.MonkeyPatch, interactive: int, inspect: int, *, expected: bool
) -> None:
    """A person types, or will."""
    monkeypatch.delattr(sys, "ps1", raising=False)
    monkeypatch.setattr(sys, "flags", SimpleNamespace(interactive=interactive, inspect=inspect))
    assert observers.is_interactive() is expected
    monkeypatch.setattr(sys, "ps1", ">>> ", raising=False)
    assert observers.is_interactive() is True


@pytest.mark.parametrize(
    ("effective", "real", "expected"),
    [((1, 2), (1, 2), False), ((0, 2), (1, 2), True), ((1, 0), (1, 2), True)],
)
def test_setuid(
    monkeypatch: pytest.MonkeyPatch,
    effective: tuple[int, int],
    real: tuple[int, int],
    *,
    expected: bool,
) -> None:
    """The rights of another user or group are another's."""
    for name, value in zip(
        ("geteuid", "getegid", "getuid", "getgid"), (*effective, *real), strict=True
    ):
        monkeypatch.setattr(os, name, lambda value=value: value, raising=False)
    assert observers.is_setuid() is expected
    monkeypatch.delattr(os, "geteuid")
    assert observers.is_setuid() is False


def test_debuggers(monkeypatch: pytest.MonkeyPatch) -> None:
    """PyCharm's, pdb, and what registers as one."""
    monkeypatch.delitem(sys.modules, "pydevd", raising=False)
    assert not observers.is_debugged()
    assert not observers.is_debugged(None, test_setuid)
    tracer = bdb.Bdb().trace_dispatch
    assert observers.is_debugged(test_setuid, tracer)
    monkeypatch.delitem(sys.modules, "bdb")
    assert not observers.is_debugged(tracer)
    monkeypatch.setitem(sys.modules, "pydevd", sys)
    assert observers.is_debugged()
    monkeypatch.delitem(sys.modules, "pydevd")
    tools: list[Any] = [None]
    monitoring = SimpleNamespace(DEBUGGER_ID=0, get_tool=lambda number: tools[number])
    monkeypatch.setattr(sys, "monitoring", monitoring, raising=False)
    assert not observers.is_debugged()
    tools[0] = "mine"
    assert observers.is_debugged()
