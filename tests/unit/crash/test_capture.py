"""Capturing: chains, groups, folded recursion, long tracebacks, and copies that keep nothing alive."""

from __future__ import annotations

import builtins
import contextlib
import functools
import gc
import sys
import weakref
from typing import TYPE_CHECKING

import pytest

from telemetry_hook._crash.capture import MAX_EXCEPTIONS, capture, members, reduce, release
from telemetry_hook._crash.crash import Frame, Gap

if TYPE_CHECKING:
    from collections.abc import Callable

    from telemetry_hook._crash.crash import Crash


def caught(call: Callable[[], object]) -> BaseException:
    try:
        call()
    except BaseException as error:
        return error
    raise AssertionError("nothing was raised")


def frames(crash: Crash, index: int = 0) -> list[str]:
    """Return the frames as text, such as ``recurse`` and ``… 3 rounds``."""
    return [
        entry.code.co_name
        if isinstance(entry, Frame)
        else f"… {entry.count} {'rounds' if entry.is_repetition else 'left out'}"
        for entry in crash.captured[index].frames
    ]


def recurse(depth: int) -> None:
    if depth > 1:
        recurse(depth - 1)
    else:
        raise ValueError


def even(depth: int) -> None:
    if depth == 0:
        raise ValueError
    odd(depth - 1)


def odd(depth: int) -> None:
    even(depth)


@pytest.mark.parametrize("depth", [2, 3, 9, 10, 200])
def test_recursion_is_folded(depth: int) -> None:
    """Two rounds are folded like two hundred."""
    crash = capture(caught(lambda: recurse(depth)), "excepthook")
    assert frames(crash)[2:] == ["recurse", f"… {depth - 1} rounds", "recurse"]
    assert [entry.line for entry in crash.captured[0].frames[2:] if isinstance(entry, Frame)] == [
        RECURSION + 2,
        RECURSION + 4,
    ]


RECURSION = recurse.__code__.co_firstlineno


def test_a_single_call_is_not_folded() -> None:
    assert frames(capture(caught(lambda: recurse(1)), "excepthook"))[2:] == ["recurse"]


@pytest.mark.parametrize("depth", [1, 2, 10])
def test_mutual_recursion_is_folded(depth: int) -> None:
    crash = capture(caught(lambda: even(depth)), "excepthook")
    assert frames(crash)[2:] == ["even", "odd", f"… {depth} rounds", "even"]


def test_recursions_after_each_other_are_folded_apart() -> None:
    def outer(depth: int) -> None:
        outer(depth - 1) if depth else even(3)

    crash = capture(caught(lambda: outer(20)), "excepthook")
    assert frames(crash)[2:] == [
        *("outer", "… 20 rounds", "outer"),
        *("even", "odd", "… 3 rounds", "even"),
    ]


class Pool(contextlib.AbstractContextManager["Pool"]):
    """Keeps an exception, and raises it again at the end of a `with` statement."""

    def __init__(self) -> None:
        self.error: BaseException | None = None

    def wait(self) -> None:
        if self.error is not None:
            raise self.error
        try:
            even(0)
        except ValueError as error:
            self.error = error
            raise

    def __exit__(self, *_: object) -> None:
        self.wait()


def collect() -> None:
    with Pool() as pool:
        pool.wait()


def test_what_is_raised_again_is_no_recursion() -> None:
    """What failed first comes last, as Python prints it."""
    expected = ["collect", "__exit__", "wait", "collect", "wait", "even"]
    assert frames(capture(caught(collect), "excepthook"))[1:] == expected


@pytest.mark.parametrize("times", [2, 3, 30])
def test_what_is_raised_again_in_a_loop_is_folded(times: int) -> None:
    """How often may be private."""
    error = ValueError()

    def repeat(left: int) -> None:
        for _ in range(left):
            with contextlib.suppress(ValueError):
                raise error
        raise error

    assert frames(capture(caught(lambda: repeat(times)), "excepthook"))[2:] == [
        *("repeat", "repeat", f"… {times} rounds", "repeat"),
    ]


def branching(kinds: str) -> None:
    """Call itself from another line for each kind of character."""
    if kinds[:1].isdigit():
        branching(kinds[1:])
    elif kinds:
        branching(kinds=kinds[1:])
    else:
        raise ValueError


@pytest.mark.parametrize("kinds", ["a1", "1a", "a1a1a", "11aa1", "aaaaa1111"])
def test_the_order_and_number_of_lines_are_not_captured(kinds: str) -> None:
    first = branching.__code__.co_firstlineno
    entries = capture(caught(lambda: branching(kinds)), "excepthook").captured[0].frames[2:]
    lines = [entry.line - first if isinstance(entry, Frame) else None for entry in entries]
    assert lines == [3, 5, None, 7]


def test_what_a_decorator_surrounds_stays() -> None:
    """A function that is called again between other functions does not hide these."""

    def decorated(function: Callable[[], object]) -> Callable[[], object]:
        def wrapper() -> object:
            return function()

        return wrapper

    def main() -> object:
        return decorated(middle)()

    def middle() -> object:
        return decorated(last)()

    def last() -> object:
        raise ValueError

    crash = capture(caught(decorated(main)), "excepthook")
    assert frames(crash)[1:] == ["wrapper", "main", "middle", "… 2 rounds", "wrapper", "last"]


def nested(levels: int) -> Callable[[], object]:
    """Return functions that call each other, no two of the same code."""

    def innermost() -> object:
        raise ValueError

    function: Callable[[], object] = innermost
    for number in range(levels):
        names: dict[str, object] = {"inner": function}
        exec(f"def f{number}():\n    inner()\n", names)  # noqa: S102 - made here
        function = names[f"f{number}"]  # type: ignore[assignment]
    return function


@pytest.mark.parametrize(("levels", "left_out"), [(48, 0), (49, 1), (99, 51)])
def test_long_tracebacks_keep_head_and_tail(levels: int, left_out: int) -> None:
    crash = capture(caught(nested(levels)), "excepthook")
    entries = crash.captured[0].frames
    gaps = [entry for entry in entries if isinstance(entry, Gap)]
    assert [(gap.count, gap.is_repetition) for gap in gaps] == [(left_out, False)] * bool(left_out)
    assert len(entries) - len(gaps) == min(levels + 2, 50)
    if gaps:
        assert entries.index(gaps[0]) == 15
    assert frames(crash)[-1] == "innermost"


def chain(cause: BaseException | None, *, explicit: bool) -> BaseException:
    def fail() -> None:
        try:
            raise KeyError("inner")
        except KeyError as inner:
            if explicit:
                raise ValueError from cause
            inner.add = 1  # type: ignore[attr-defined]
            raise ValueError  # noqa: B904 - the context is what is tested

    return caught(fail)


def relations(crash: Crash) -> list[tuple[str, int | None, str | None]]:
    return [
        (type(entry.exception).__name__, entry.parent, entry.relation) for entry in crash.captured
    ]


def test_a_cause_comes_before_a_context() -> None:
    crash = capture(chain(OSError(), explicit=True), "excepthook")
    assert relations(crash) == [("ValueError", None, None), ("OSError", 0, "cause")]
    assert crash.hidden == ()


def test_a_context_is_followed() -> None:
    crash = capture(chain(None, explicit=False), "excepthook")
    assert relations(crash) == [("ValueError", None, None), ("KeyError", 0, "context")]


def test_a_context_that_from_none_hides_is_kept_aside() -> None:
    crash = capture(chain(None, explicit=True), "excepthook")
    assert relations(crash) == [("ValueError", None, None)]
    assert [type(entry.exception) for entry in crash.hidden] == [KeyError]


def test_a_circle_of_causes_ends() -> None:
    first, second = ValueError(), KeyError()
    first.__cause__, second.__cause__ = second, first
    assert relations(capture(first, "excepthook")) == [
        ("ValueError", None, None),
        ("KeyError", 0, "cause"),
    ]


def test_at_most_ten_exceptions() -> None:
    error: BaseException = ValueError()
    for number in range(MAX_EXCEPTIONS + 5):
        outer: BaseException = type(f"Error{number}", (Exception,), {})()
        outer.__cause__ = error
        error = outer
    assert len(capture(error, "excepthook").captured) == MAX_EXCEPTIONS == 10


@pytest.mark.parametrize("attempts", [2, 3, 9, 12, 90])
def test_equal_links_of_a_chain_are_captured_once(attempts: int) -> None:
    """A loop that tries again gives a chain as long as the number of attempts."""

    def attempt(last: BaseException | None) -> BaseException:
        try:
            raise OSError("again") from last
        except OSError as error:
            return error

    error: BaseException | None = KeyError("the cause of all")
    for _ in range(attempts):
        error = attempt(error)
    assert error is not None
    crash = capture(error, "excepthook")
    assert relations(crash) == [("OSError", None, None), ("KeyError", 0, "cause")]
    assert [captured.repeats for captured in crash.captured] == [attempts - 1, 0]


def test_links_that_alternate_are_captured_once() -> None:
    def attempt(kind: type[BaseException], last: BaseException | None) -> BaseException:
        return caught(functools.partial(fail, kind, last))

    def fail(kind: type[BaseException], last: BaseException | None) -> None:
        raise kind from last

    error: BaseException | None = None
    for kind in (KeyError, OSError, ValueError, OSError, ValueError, OSError, ValueError):
        error = attempt(kind, error)
    assert error is not None
    assert relations(capture(error, "excepthook")) == [
        ("ValueError", None, None),
        ("OSError", 0, "cause"),
        ("KeyError", 1, "cause"),
    ]


@pytest.mark.skipif(sys.version_info < (3, 11), reason="groups came with Python 3.11")
def test_kinds_of_members_come_before_their_number() -> None:
    """A kind is captured though a hundred others come before it."""
    group = vars(builtins)["ExceptionGroup"]("many", [*map(ValueError, range(90)), KeyError()])
    kinds = [kind for kind, _, _ in relations(capture(group, "excepthook"))]
    assert kinds[:3] == ["ExceptionGroup", "ValueError", "KeyError"]
    assert len(kinds) == MAX_EXCEPTIONS


@pytest.mark.skipif(sys.version_info < (3, 11), reason="groups came with Python 3.11")
@pytest.mark.parametrize("depth", [2, 5, 50])
def test_groups_in_groups_are_captured_once(depth: int) -> None:
    group = vars(builtins)["ExceptionGroup"]
    error: BaseException = ValueError()
    for _ in range(depth):
        error = group("one", [error])
    assert relations(capture(error, "excepthook")) == [
        ("ExceptionGroup", None, None),
        ("ValueError", 0, "member"),
    ]


@pytest.mark.skipif(sys.version_info < (3, 11), reason="groups came with Python 3.11")
def test_members_of_a_group() -> None:
    inner = [ValueError(), KeyError()]
    group = vars(builtins)["ExceptionGroup"]("both", inner)
    assert members(group) == tuple(inner)
    assert members(ValueError([KeyError()])) == ()
    assert relations(capture(group, "excepthook"))[1:] == [
        ("ValueError", 0, "member"),
        ("KeyError", 0, "member"),
    ]


class Thing:
    """Something whose death is seen."""


def test_reduced_exceptions_keep_nothing_of_the_program_alive() -> None:
    thing = Thing()
    gone = weakref.ref(thing)

    def fail(local: Thing) -> None:
        assert local
        raise LookupError("a", 5) from ValueError("cause")

    error = caught(functools.partial(fail, thing))
    error.attribute = KeyError(error)  # type: ignore[attr-defined]
    crash = reduce(error, "threading")
    del thing, error
    gc.collect()
    assert gone() is None
    assert (type(crash.exception), crash.exception.args) == (LookupError, ("a", 5))
    assert crash.exception.__traceback__ is None
    assert crash.captured[0].exception is crash.exception
    held = vars(crash.exception)["attribute"]
    assert (type(held), held.args) == (KeyError, ())
    assert crash.captured[1].exception.args == ("cause",)
    assert crash.mechanism == "threading"


class Needy(Exception):
    """Cannot be made of its `args`."""

    def __init__(self, first: str, second: str) -> None:
        super().__init__(first)
        self.second = second


class Listing(Exception):
    """Holds others in a list."""


def test_a_copy_runs_no_code_of_the_class() -> None:
    crash = reduce(Needy("one", "two"), "reported")
    assert type(crash.exception) is Needy
    assert (crash.exception.args, crash.exception.second) == (("one",), "two")


def test_lists_of_exceptions_are_copied() -> None:
    inner = caught(lambda: recurse(1))
    crash = reduce(Listing([inner, "text"]), "reported")
    [copies] = crash.exception.args
    assert [type(copy) for copy in copies] == [ValueError]
    assert copies[0].__traceback__ is None


def test_no_finalizer_runs_for_a_copy() -> None:
    """Not even when the interpreter ends; the program's own object has its one."""
    ended: list[str] = []

    class Final(Exception):
        def __del__(self) -> None:
            ended.append("finalizer")

        def __setattr__(self, name: str, value: object) -> None:
            ended.append(name)

    class Slotted(Final):
        __slots__ = ("place",)

    crash = reduce(Final(Final("inner"), "text"), "threading")
    gc.collect()
    assert ended == ["finalizer"] * 2
    release(crash)
    del crash
    gc.collect()
    assert ended == ["finalizer"] * 2
    release(reduce(Slotted(), "threading"))
