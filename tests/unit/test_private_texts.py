"""What the gate takes as private: texts of frames, arguments, the environment, names."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from telemetry_hook import _gate
from telemetry_hook._crash.capture import capture
from telemetry_hook._errors import GateError
from telemetry_hook._private.search import PrivateNames
from telemetry_hook._private.texts import collect
from telemetry_hook.receivers import FileReceiver, Request


def failing(value: Any) -> BaseException:
    """Return an exception of a function that has a value in a variable."""

    def fail(value: Any) -> None:
        raise ValueError(len(str(value)))

    try:
        fail(value)
    except ValueError as error:
        return error
    raise AssertionError("nothing was raised")


def texts(what: str, exception: BaseException | None = None, **environment: str) -> list[str]:
    """Return the private texts of a kind."""
    crash = capture(exception or ValueError(), "excepthook")
    names = PrivateNames(["janes-box"], [], [])
    found = collect(crash, ["swallowed"], names, [environment])
    return [text for kind, text in found if kind == what]


VARIABLE = "the value of a variable"


class Text(str):
    """A text whose methods are the program's."""

    __slots__ = ()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("hunter2", ["hunter2"]),
        (["a", 1, "b", ["c"]], ["a", "b"]),
        (("a", None), ["a"]),
        ({"a": "b", 1: "c", "d": 2}, ["a", "b", "c", "d"]),
        ({"a"}, []),
        (1, []),
        (None, []),
        (b"hunter2", []),
        (Text("hunter2"), []),
        ("x" * 4096, ["x" * 4096]),
        ("x" * 4097, []),
        (["a"] * 200 + ["b"], ["a"] * 200),
        (("a",) * 199 + ("b", "c"), ["a"] * 199 + ["b"]),
        ({str(number): 1 for number in range(200)}, sorted(map(str, range(200)))),
        ({str(number): 1 for number in range(201)}, []),
    ],
)
def test_variables(value: Any, expected: list[str]) -> None:
    """Texts are, by themselves or in a container; containers and texts are bounded."""
    inner = texts(VARIABLE, failing(value))
    # The frame that called has the same value in a variable.
    assert sorted(inner) == sorted(2 * expected)


def recursion(depth: int) -> None:
    """Fail below so many calls."""
    text = f"at {depth}"
    if depth == 0:
        raise ValueError(text)
    recursion(depth - 1)


def test_frames_and_texts_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The outermost are looked at."""
    try:
        recursion(300)
    except ValueError as error:
        failed = error
    found = texts(VARIABLE, failed)
    assert [text for text in found if text.startswith("at ")] == [
        f"at {number}" for number in range(300, 101, -1)
    ]
    monkeypatch.setattr("telemetry_hook._private.texts.MAX_TEXTS", 10)
    assert len(texts(VARIABLE, failed)) == 10


def test_other_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Holes, the environment, arguments, and the names of user, machine and directory."""
    monkeypatch.setattr(sys, "argv", ["tool", "hunter2", 1])
    assert texts("a part of the message") == ["swallowed"]
    assert texts("a value of the environment", A="b", C="d") == ["b", "d"]
    assert texts("an argument") == ["tool", "hunter2"]
    assert texts("a name of this machine or its user") == ["janes-box"]
    monkeypatch.setattr(sys, "argv", "hunter2")
    assert texts("an argument") == []


@pytest.mark.parametrize(
    ("text", "is_found"),
    [("zqx", False), ("zqxj", True), ("ZQXJK", True), (" zqxj ", True), ("1234", False)],
)
def test_the_shortest_private_text(text: str, *, is_found: bool) -> None:
    """Four characters are enough; shorter ones are in any text by accident."""
    receiver = FileReceiver("/tmp/reports")  # noqa: S108 - nothing is written
    request = Request(url="file:///tmp/reports/1.json", body=b'{"a": "so zqxjk 1234x it is"}')
    report: Any = ()
    try:
        _gate.check(request, receiver, report, [("a secret", text)], PrivateNames((), (), ()))
    except GateError:
        assert is_found
    else:
        assert not is_found
