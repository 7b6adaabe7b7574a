"""How much a report holds: the lines around a statement, and what is left out of one that is too large."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from fragile import Fragile

from telemetry_hook._redact.command import command
from telemetry_hook._redact.lightening import lighter
from telemetry_hook._report import RedactedException

# Twelve functions that call each other; each is the cause of what its caller raises.
DEEP = "def f0(s): raise ValueError('the innermost of all')\n" + "".join(
    f"def f{number}(s): f{number - 1}(s)\n" for number in range(1, 12)
)
CHAIN = """
def inner(s): raise ValueError('the innermost of all')
def fail(s):
    try: inner(s)
    except ValueError as error:
        cause = error
    for kind in (KeyError, IndexError, TypeError, EOFError, OSError, NameError):
        try: raise kind('one of several errors') from cause
        except kind as error: cause = error
    raise RuntimeError('the last of these errors') from cause
"""


def detailed(exception: RedactedException) -> list[bool]:
    """Return for each frame, from the outermost to the innermost, whether it has its source."""
    return [frame.source is not None for frame in exception.frames]


def test_frames_become_lighter_from_the_outermost_on(tmp_path: Path) -> None:
    report = Fragile(tmp_path, DEEP).report("f11", "hunter2")
    steps = list(lighter(report))
    assert steps[0] is report
    assert [sum(detailed(step.exceptions[0])) for step in steps] == [12, 10, 3, 1, 0]
    for step in steps:
        has_source = detailed(step.exceptions[0])
        assert has_source == sorted(has_source)
        assert len(has_source) == 12
        variables = [bool(frame.variables) for frame in step.exceptions[0].frames]
        assert variables == has_source


def test_exceptions_of_a_chain_become_fewer(tmp_path: Path) -> None:
    report = Fragile(tmp_path, CHAIN).report("fail", "hunter2")
    assert len(report.exceptions) == 8
    steps = list(lighter(report))
    assert [len(step.exceptions) for step in steps] == [8, 8, 5, 2, 1]
    assert all(step.exceptions[0].type == "RuntimeError" for step in steps)


LINES = [f"line{number} = {number}" for number in range(1, 9)]


@pytest.mark.parametrize(
    ("at", "before", "after"),
    [
        (5, ["line2 = 2", "line3 = 3", "line4 = 4"], ["line6 = 6", "line7 = 7", "line8 = 8"]),
        (2, ["line1 = 1"], ["line3 = 3", "line4 = 4", "line5 = 5"]),
        (1, [], ["line2 = 2", "line3 = 3", "line4 = 4"]),
        (7, ["line4 = 4", "line5 = 5", "line6 = 6"], ["line8 = 8"]),
        (8, ["line5 = 5", "line6 = 6", "line7 = 7"], []),
    ],
)
def test_three_lines_on_each_side(
    tmp_path: Path, at: int, before: list[str], after: list[str]
) -> None:
    statement = "def fail(s): raise ValueError('in the midst of lines')"
    source = "\n".join([*LINES[: at - 1], statement, *LINES[at:]]) + "\n"
    [frame] = Fragile(tmp_path, source).report("fail", "hunter2").exceptions[0].frames
    assert frame.source is not None
    assert list(frame.source.before) == before
    assert frame.source.line == statement
    assert list(frame.source.after) == after
    assert frame.line == at


@pytest.mark.parametrize(
    ("argv", "arguments"),
    [
        (["lift", "up", "-v"], ["up", "-v"]),
        (["lift"], []),
        (["lift", "up", 5, "-v"], ["up"]),
        (None, []),
    ],
)
def test_arguments_are_texts_behind_the_program(
    monkeypatch: pytest.MonkeyPatch, argv: object, arguments: list[str]
) -> None:
    monkeypatch.setattr(sys, "argv", argv)
    assert command._arguments() == arguments
