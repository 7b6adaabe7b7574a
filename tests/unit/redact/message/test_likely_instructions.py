"""Which instruction may have failed, where only the line is known."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from types import FunctionType
from typing import Any

import pytest

from telemetry_hook._redact.message import instructions


def raises(s: str) -> None:
    raise ValueError(s)


def calls(s: str) -> Any:
    return int(s)


def reads(box: Any) -> Any:
    return box.lid[0]


def reads_one(box: Any, name: str) -> Any:
    return (
        box.lid,
        name,
    )


def returns(box: Any) -> Any:
    return box.lid


def imports() -> None:
    import nowhere.at  # type: ignore[import-not-found]  # noqa: F401


def reads_two(box: Any) -> Any:
    return (
        box.lid.rim,
        box,
    )


async def waits(other: Awaitable[object]) -> object:
    return await other


def hands_on(other: Any) -> Any:
    yield from other


def opens(box: Any) -> None:
    with box:
        pass


async def loops(other: AsyncIterator[object]) -> None:
    async for _ in other:
        pass


def likely(function: Any) -> tuple[Any, int]:
    assert type(function) is FunctionType
    code = function.__code__
    return code, instructions.likely(code, code.co_firstlineno + 1)


def test_a_raise_statement() -> None:
    assert instructions.is_raise(*likely(raises))


@pytest.mark.parametrize("function", [calls, reads, opens])
def test_what_c_code_raises(function: object) -> None:
    """The instruction has no name: that would be a guess."""
    code, offset = likely(function)
    assert offset >= 0
    assert not instructions.is_raise(code, offset)
    assert not instructions.is_handing_on(code, offset)
    assert instructions.names(code, offset) == frozenset()


def second_line(function: Any) -> tuple[Any, int]:
    code = function.__code__
    return code, instructions.likely(code, code.co_firstlineno + 2)


def test_the_only_name_that_can_have_failed() -> None:
    assert instructions.names(*second_line(reads_one)) == {"lid"}
    assert instructions.names(*likely(returns)) == {"lid"}
    assert instructions.names(*likely(imports)) == {"nowhere", "nowhere.at"}
    # Nothing says which of two it was.
    assert instructions.names(*second_line(reads_two)) == frozenset()


@pytest.mark.parametrize("function", [waits, hands_on, loops])
def test_what_may_come_from_elsewhere(function: object) -> None:
    assert instructions.is_handing_on(*likely(function))


def test_a_line_without_code() -> None:
    assert instructions.likely(raises.__code__, 1) == -1
