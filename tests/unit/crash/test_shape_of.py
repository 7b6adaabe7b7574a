"""Shapes: the class of a value and the order of its size, without running any of its code."""

from __future__ import annotations

import sys
from types import FrameType

import pytest

from telemetry_hook._crash import shapes


class Loud(dict[str, int]):
    """A subclass whose code must not run."""

    def __len__(self) -> int:
        raise AssertionError("its code runs")

    def __bool__(self) -> bool:
        raise AssertionError("its code runs")


@pytest.mark.parametrize(
    ("value", "kind", "detail"),
    [
        ([], list, "0"),
        ([1], list, "1+"),
        ([1] * 9, list, "1+"),
        ((1,) * 10, tuple, "10+"),
        (set(range(99)), set, "10+"),
        (frozenset(range(100)), frozenset, "100+"),
        ({"a": 1}, dict, "1+"),
        ("", str, "empty"),
        ("secret", str, ""),
        (b"", bytes, "empty"),
        (bytearray(b"x"), bytearray, ""),
        (0, int, "0"),
        (7, int, ""),
        (-7, int, "negative"),
        (0.0, float, "0"),
        (float("nan"), float, "nan"),
        (-0.5, float, "negative"),
        (0j, complex, "0"),
        (-1j, complex, ""),
        (True, bool, ""),
        (None, type(None), ""),
        (Loud(), Loud, ""),
    ],
)
def test_shape(value: object, kind: type, detail: str) -> None:
    shape = shapes.shape(value)
    assert shape.kind is kind
    assert shape.detail == detail


@pytest.mark.parametrize(
    ("size", "order"),
    [(0, "0"), (1, "1+"), (9, "1+"), (10, "10+"), (99, "10+"), (100, "100+"), (12345, "10000+")],
)
def test_order_of_a_size(size: int, order: str) -> None:
    assert shapes.order(size) == order


def frame_of(first: int, text: str) -> FrameType:
    inner = [first]
    unset: int

    def closure() -> list[int]:
        return inner

    if text == "never":
        unset = 1
        del unset
    return sys._getframe()


def test_variables_of_a_function() -> None:
    found = shapes.variables(frame_of(3, "x"))
    assert {name: shape.kind.__name__ for name, shape in found.items()} == {
        "first": "int",
        "text": "str",
        "closure": "function",
        "inner": "list",
    }


def test_a_module_has_no_variables() -> None:
    names: dict[str, object] = {}
    exec("import sys\nframe = sys._getframe()", names)  # noqa: S102 - made here
    frame = names["frame"]
    assert isinstance(frame, FrameType)
    assert shapes.variables(frame) == {}


def test_at_most_a_hundred_variables() -> None:
    names: dict[str, object] = {}
    body = "".join(f"    v{number} = {number}\n" for number in range(170))
    exec(f"import sys\ndef many():\n{body}    return sys._getframe()", names)  # noqa: S102
    found = shapes.variables(names["many"]())  # type: ignore[operator]
    assert list(found) == [f"v{number}" for number in range(100)]
