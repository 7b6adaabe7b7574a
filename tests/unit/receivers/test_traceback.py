"""A report's exceptions are rendered as Python prints a traceback."""

from __future__ import annotations

import builtins
import traceback as pythons
from collections.abc import Iterator
from typing import Any

import pytest

from telemetry_hook.receivers._traceback import frame_lines, title, traceback


def error(type_: str = "ValueError", message: str = "m", **more: Any) -> dict[str, Any]:
    """Return an exception in the form that it has in a report's JSON."""
    return {"type": type_, "message": message, **more}


def frame(**more: Any) -> dict[str, Any]:
    """Return a frame of published code."""
    return {
        "function": "up",
        "module": "lift.motor",
        "file": "lift/motor.py",
        "line": 7,
        "in_app": True,
        **more,
    }


def source(line: str, **more: Any) -> dict[str, Any]:
    """Return a frame with lines of source."""
    return frame(source={"line": line, **more})


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (error(), "ValueError: m"),
        (error(message=""), "ValueError"),
        (error(module="lift.errors"), "lift.errors.ValueError: m"),
    ],
)
def test_the_title(given: dict[str, Any], expected: str) -> None:
    assert title(given) == expected
    assert traceback([given]) == expected


PLACE = '  File "lift/motor.py", line 7, in up'
FRAMES = [
    ({"function": "<user code>", "in_app": False}, ["  <user code>"]),
    (frame(), [PLACE]),
    (frame(file=None, line=None), ['  File "lift.motor", in up']),
    (source("    raise Stuck(floor)"), [PLACE, "    raise Stuck(floor)"]),
    (
        source("    x = box.lid.top", before=["a"], after=["b"], expression="box.lid"),
        [PLACE, "    x = box.lid.top", "        ^^^^^^^"],
    ),
    # not the place alone
    (source("a.b + a.b", expression="a.b"), [PLACE, "    a.b + a.b"]),
    (source("  a.b ", expression="a.b"), [PLACE, "    a.b"]),
    (source("call(", expression="call( a, b)"), [PLACE, "    call("]),
    # a statement of several lines, between its neighbours
    (
        source(
            "        x.nothing,",
            before=["    before", "    y = [", "        1,"],
            after=["    ]", "    after"],
            first=5,
            last=8,
            expression="x.nothing",
        ),
        [PLACE, "    y = [", "        1,", "        x.nothing,", "        ^^^^^^^^^", "    ]"],
    ),
    (
        source("x,", before=["y = [", "…"], after=["…", "]"], first=1, last=99),
        [PLACE, *(f"    {line}" for line in ("y = [", "…", "x,", "…", "]"))],
    ),
    (
        frame(variables={"floor": "int", "car": "<user class> (X)"}, passed=["except OSError:"]),
        [PLACE, "    # floor: int, car: <user class> (X)", "    # not caught by except OSError"],
    ),
    (
        frame(variables={"a": "int", "b.c": "None"}, operands=["b.c", "d"]),
        [PLACE, "    # worked on b.c: None, d", "    # a: int"],
    ),
    (
        frame(variables={f"variable{number}": "list(10+)" for number in range(4)}),
        [
            PLACE,
            "    # variable0: list(10+), variable1: list(10+), variable2: list(10+),",
            "    #   variable3: list(10+)",
        ],
    ),
]


@pytest.mark.parametrize(("given", "expected"), FRAMES)
def test_frames(given: dict[str, Any], expected: list[str]) -> None:
    assert [line.rstrip() for line in frame_lines(given)] == expected


def test_details_are_below_the_message() -> None:
    found = traceback([error(details=[{"name": "errno", "value": "ENOENT"}])])
    assert found == "ValueError: m\n  errno: ENOENT"


def caused(exception: BaseException, **more: BaseException) -> BaseException:
    """Return an exception with its `__cause__` or `__context__`."""
    for name, value in more.items():
        setattr(exception, f"__{name}__", value)
    return exception


def encoded(
    exception: Any, parent: int | None = None, relation: str | None = None, at: int = 0
) -> Iterator[dict[str, Any]]:
    """Yield an exception and those that belong to it, as in a report."""
    message = exception.args[0]
    yield error(type(exception).__name__, message, parent=parent, relation=relation)
    inside: list[tuple[Any, str]] = []
    if exception.__cause__ is not None:
        inside.append((exception.__cause__, "cause"))
    elif exception.__context__ is not None:
        inside.append((exception.__context__, "context"))
    inside += [(member, "member") for member in getattr(exception, "exceptions", ())]
    number = at + 1
    for other, what in inside:
        others = list(encoded(other, at, what, number))
        yield from others
        number += len(others)


ExceptionGroup: Any = getattr(builtins, "ExceptionGroup", None)  # Python 3.11


def trees() -> Iterator[BaseException]:
    """Yield exceptions with causes, contexts and groups."""
    yield caused(ValueError("m"), cause=KeyError("k"))
    yield caused(ValueError("m"), context=caused(OSError("o"), cause=TypeError("t")))
    if ExceptionGroup is None:
        return
    one = ExceptionGroup("g", [ValueError("m")])
    yield one
    yield ExceptionGroup("h", [ValueError("m"), OSError("o")])
    yield ExceptionGroup("h", [one, OSError("o")])
    yield ExceptionGroup("h", [OSError("o"), one])
    yield ExceptionGroup("h", [OSError("o"), ExceptionGroup("i", [one, one])])
    yield caused(
        ExceptionGroup("h", [caused(OSError("o"), context=TypeError("t"))]), cause=KeyError("k")
    )
    yield caused(ValueError("m"), context=one)


def as_python_has_it(exception: BaseException) -> list[str]:
    """Return the lines that Python prints, without what a report does not have."""
    lines = "".join(pythons.format_exception(exception)).splitlines()
    return [line.partition(" (")[0].replace("'", "").rstrip() for line in lines]


@pytest.mark.parametrize("exception", [*trees()], ids=repr)
def test_chains_and_groups_are_as_python_has_them(exception: BaseException) -> None:
    """Python leaves out the header where no frame is; a group's has another form then."""
    found = traceback(list(encoded(exception))).splitlines()
    headers = "Exception Group Traceback"
    mine = [line for line in found if headers not in line]
    theirs = [line for line in as_python_has_it(exception) if headers not in line]
    assert [line.replace("  + ", "  | ") for line in mine if line] == [
        line.replace("  + ", "  | ") for line in theirs if line
    ]


def test_other_crashes_of_the_process_come_before_the_reported_one() -> None:
    chain = [
        error("A"),
        error("B", parent=0, relation="cause"),
        error("C", parent=0, relation="other"),
        error("D", parent=2, relation="cause"),
    ]
    lines = [line for line in traceback(chain).splitlines() if line and line[0] in "ABCDT"]
    cause = "The above exception was the direct cause of the following exception:"
    other = "The above exception was another crash of the process. The reported one:"
    assert lines == ["D: m", cause, "C: m", other, "B: m", cause, "A: m"]


def test_parents_that_come_later_are_ignored() -> None:
    """A report has none, but what is read from a file may have."""
    ring = [error(parent=1, relation="cause"), error("KeyError", parent=1, relation="cause")]
    assert traceback(ring) == "ValueError: m"
    assert traceback([]) == ""
