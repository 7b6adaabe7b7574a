"""However large what failed was, its report is small."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Previewer

TOOL = "bounds"
CODE = """
import sys
class ToolError(Exception): pass
def message(): raise ToolError("the value " + "x" * 10_000_000 + " is too long")
def argument():
    secret = "y" * 10_000_000
    raise ToolError(secret)
def frames():
    sys.setrecursionlimit(3000)
    def down(depth):
        if not depth: raise ToolError("this is the bottom of it")
        down(depth - 1)
    down(1000)
def mutual():
    def even(depth):
        if not depth: raise ToolError("this is the bottom of it")
        odd(depth - 1)
    def odd(depth): even(depth - 1)
    even(800)
def random_walk():
    sys.setrecursionlimit(3000)
    def a(depth): (a, b)[depth * depth % 7 % 2](depth - 1) if depth else fail()
    def b(depth): (a, b)[depth * depth % 5 % 2](depth - 1) if depth else fail()
    def fail(): raise ToolError("this is the bottom of it")
    a(1000)
def group():
    from builtins import ExceptionGroup
    raise ExceptionGroup("too many at once", [ToolError(f"error number {n} of many") for n in range(10_000)])
def nested_groups():
    error = ToolError("the innermost of them all")
    for depth in range(150): error = ExceptionGroup("one more around it", [error])
    raise error
def elements():
    items = list(range(1_000_000)); table = dict.fromkeys(items); text = "z" * 1_000_000
    raise ToolError("there are too many of them")
def chain():
    def link(depth):
        if not depth: raise ToolError("the first of many errors")
        try: link(depth - 1)
        except ToolError as error: raise ToolError("one more error of many") from error
    link(200)
def cycle():
    first, second = ToolError("the first of the two"), ToolError("the second of the two")
    first.__cause__, second.__cause__ = second, first
    raise first
def variables():
    exec("def many(s):\\n" + "".join(f"  v{n} = [s]\\n" for n in range(300)) + "  raise ToolError('many variables')", globals())
    many("s")
def wide(depth=60):
    if not depth: raise ToolError("the bottom is wide as well")
    a1 = a2 = a3 = a4 = a5 = a6 = a7 = a8 = a9 = b1 = b2 = b3 = b4 = b5 = b6 = b7 = b8 = b9 = []
    WIDE
""".replace(
    "WIDE",
    "\n    ".join(
        f"{'if' if n == 0 else 'elif'} depth % 20 == {n}: wide(depth - 1)  # {'long line ' * 40}"
        for n in range(20)
    ),
)
CASES = (
    *("message", "argument", "frames", "mutual", "random_walk", "elements", "chain", "cycle"),
    *("variables", "wide"),
)
FINISH = """
import sys, {name}.cli
from telemetry_hook import SentryReceiver, _pipeline
from telemetry_hook._redact import raw_report
from telemetry_hook._installed import attribution
from telemetry_hook._consent import policy
from telemetry_hook._crash import capture
from telemetry_hook._plugins import Plugin
import dataclasses
try:
    getattr({name}.cli, sys.argv[1])()
except BaseException as error:
    [registration] = [each for each in attribution.registrations() if each.package == "{name}"]
    tool = dataclasses.replace(
        Plugin(registration, policy.load()).tool, receiver=SentryReceiver("http://k@127.0.0.1:1/1")
    )
    crash = capture.capture(error, "reported")
    _, request = _pipeline.finish(raw_report.build(crash, registration, tool, {}))
    print(len(request.body))
"""


@pytest.mark.parametrize("case", CASES)
def test_reports_are_bounded(previewer: Previewer, case: str) -> None:
    """A report stays within 256 KiB in the receiver's words, and still names the tool's own error."""
    assert int(previewer.output(FINISH, case)) <= 256 * 1024
    report = previewer(case)
    assert report["exceptions"][0]["type"] == "ToolError"
    assert len(report["exceptions"]) <= 10
    assert all(len(each.get("frames", ())) <= 51 for each in report["exceptions"])


@pytest.mark.skipif(sys.version_info < (3, 11), reason="groups came with Python 3.11")
@pytest.mark.parametrize("case", ["group", "nested_groups"])
def test_groups_are_bounded(previewer: Previewer, case: str) -> None:
    """Of a large or deep group the first ten exceptions are told, and the order of its size."""
    assert int(previewer.output(FINISH, case)) <= 256 * 1024
    report = previewer(case)
    assert len(report["exceptions"]) == 10
    size = "10000+" if case == "group" else "1+"
    assert {"name": "members", "value": size} in report["exceptions"][0]["details"]
    members = report["exceptions"][1:] if case == "group" else report["exceptions"][9:]
    assert {each["relation"] for each in members} == {"member"}


def test_recursion_of_several_functions_is_folded(previewer: Previewer) -> None:
    """Functions that call each other in turn are told once, with the number of the other frames."""
    frames = previewer("mutual")["exceptions"][0]["frames"]
    names = [each["function"].rpartition(".")[2] for each in frames[1:]]
    assert names[:3] == ["mutual", "even", "odd"]
    assert names[3].startswith("… 79")
    assert names[4:] == ["even", "odd", "even"]


def test_frames_that_do_not_repeat_are_cut_in_the_middle(previewer: Previewer) -> None:
    """The outermost and the innermost frames stay, and the number of the others."""
    frames = previewer("random_walk")["exceptions"][0]["frames"]
    assert any(each["function"].endswith(" more frames") for each in frames)
    assert frames[-1]["function"] == "random_walk.<locals>.fail"
    assert "message" in json.dumps(frames) or len(frames) == 51
