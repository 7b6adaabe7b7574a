"""Terminals of Windows, whose parts of Python are played here: which are real, what they can show."""

from __future__ import annotations

import io
import os
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from telemetry_hook._ask import terminal
from telemetry_hook._terminals import is_terminal

pytestmark = pytest.mark.once


class Console:
    """Python's class for consoles of Windows: it takes descriptor 0 for reading, 2 for writing."""

    closed = 0

    def __init__(self, descriptor: int, mode: str, *, closefd: bool) -> None:
        assert not closefd  # the program's own
        if (descriptor, mode) not in {(0, "r"), (2, "w")}:
            raise ValueError("Cannot open non-console file")

    def close(self) -> None:
        """Close it, and not the descriptor."""
        Console.closed += 1


def test_a_console_is_a_terminal_and_nul_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """`isatty` is true of both on Windows."""
    monkeypatch.setattr(os, "isatty", lambda _: True)
    assert is_terminal(1, "w")
    monkeypatch.setattr(io, "_WindowsConsoleIO", Console, raising=False)
    Console.closed = 0
    assert is_terminal(0, "r")
    assert is_terminal(2, "w")
    assert not is_terminal(1, "w")
    assert Console.closed == 2

    def refuse(*_: object, **__: object) -> None:
        raise OSError(6, "The handle is invalid")

    monkeypatch.setattr(io, "_WindowsConsoleIO", refuse)
    assert not is_terminal(0, "r")


@pytest.mark.parametrize(
    ("system", "page", "stream", "expected"),
    [
        ("nt", "cp850", "utf-8", b"M\x81ller \\u2026"),
        ("nt", "cp65001", "utf-8", "Müller …".encode()),
        ("nt", None, "cp1252", b"M\xfcller \x85"),  # stderr is a file
        ("nt", "cp708", "utf-8", b"M\\xfcller \\u2026"),  # Python knows no such code page
        ("posix", "utf-8", "ascii", b"M\\xfcller \\u2026"),  # PYTHONIOENCODING decides
        ("posix", None, None, "Müller …".encode()),
    ],
)
def test_text_is_encoded_for_the_console(
    monkeypatch: pytest.MonkeyPatch, system: str, page: str | None, stream: Any, expected: bytes
) -> None:
    """Bytes on a console are read in its code page; what it lacks is escaped."""
    monkeypatch.setattr(sys, "__stderr__", SimpleNamespace(encoding=stream))
    monkeypatch.setattr(os, "device_encoding", lambda _: page)
    monkeypatch.setattr(terminal, "SYSTEM", system)
    assert terminal._encoded("Müller …") == expected
