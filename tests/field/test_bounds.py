"""However large what failed was, its report is small."""

from __future__ import annotations

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
def staircase(): step0()
STEPS
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
    "STEPS",
    "".join(f"def step{n}(): step{n + 1}()\n" for n in range(80))
    + "def step80(): raise ToolError('this is the top of it')",
).replace(
    "WIDE",
    "\n    ".join(
        f"{'if' if n == 0 else 'elif'} depth % 20 == {n}: wide(depth - 1)  # {'long line ' * 40}"
        for n in range(20)
    ),
)
CASES = (
    *("message", "argument", "frames", "mutual", "random_walk", "elements", "chain", "cycle"),
    *("variables", "wide", "staircase"),
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
@pytest.mark.parametrize(("case", "detail"), [("group", "members"), ("nested_groups", "repeated")])
def test_groups_are_bounded(previewer: Previewer, case: str, detail: str) -> None:
    """Of a large or deep group equal exceptions are reported once, and the order of their number."""
    assert int(previewer.output(FINISH, case)) <= 256 * 1024
    report = previewer(case)
    assert [each["type"] for each in report["exceptions"]] == ["ExceptionGroup", "ToolError"]
    size = "10000+" if case == "group" else "100+"
    assert {"name": detail, "value": size} in report["exceptions"][0]["details"]
    assert report["exceptions"][1]["relation"] == "member"


@pytest.mark.parametrize("case", ["mutual", "random_walk"])
def test_recursion_of_several_functions_is_folded(previewer: Previewer, case: str) -> None:
    """Functions that call each other are reported once, with the magnitude of the rounds."""
    frames = previewer(case)["exceptions"][0]["frames"]
    names = [each["function"].rpartition(".")[2] for each in frames[2:]]
    assert (
        names
        == {
            "mutual": ["even", "odd", "… 100+ more of the same", "even"],
            "random_walk": ["a", "b", "… 100+ more of the same", names[3], "fail"],
        }[case]
    )


def test_frames_that_do_not_repeat_are_cut_in_the_middle(previewer: Previewer) -> None:
    """The outermost and the innermost frames stay, and the magnitude of the others' number."""
    frames = previewer("staircase")["exceptions"][0]["frames"]
    assert [each["function"] for each in frames].index("… 10+ more frames") == 15
    assert frames[-1]["function"] == "step80"
    assert len(frames) == 51
