"""Captures an uncaught exception as a `Crash`: bounded frames, without running the program's code."""

from telemetry_hook._crash import compiled, guarded, recursion, shapes
from telemetry_hook._crash.command_line import invocation
from telemetry_hook._crash.crash import CapturedException, Crash, Frame, Gap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType
    from typing import TypeVar

    from telemetry_hook._crash.operands import Operand

    T = TypeVar("T")
    # A class and the places where it was raised.
    Look = frozenset[object]

MAX_EXCEPTIONS = 10
# How many exceptions of a chain, members of a group, and frames are compared to find those that differ.
MAX_COMPARED = 1_000
MAX_MEMBERS = 100
MAX_FRAMES = 20_000
# How many of the outermost and of the innermost frames are kept of a long traceback.
MAX_HEAD = 15
MAX_TAIL = 35
_class = vars(object)["__class__"]  # a class may have its own `__setattr__`


def capture(exception: BaseException, mechanism: str) -> Crash:
    """Return the crash with its chain and groups, at most ten exceptions of fifty frames each.

    Of a chain, each class that was raised at one place is captured once: ``A A B A C`` → ``A B C``.
    """
    known: list[_Known] = []
    hidden: list[CapturedException] = []
    seen: set[int] = set()
    waiting: list[tuple[BaseException, _Known | None, str | None]] = [(exception, None, None)]
    frames = 0
    while (
        waiting and len(known) < MAX_EXCEPTIONS and len(seen) < MAX_COMPARED and frames < MAX_FRAMES
    ):
        current, parent, relation = waiting.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        entries = _entries(current)
        frames += len(entries)
        look = _look(current, entries)
        here = _alike(look, parent, relation, known)
        is_new = here is None
        if here is None:
            index = None if parent is None else parent.index
            here = _Known(_captured(current, entries, index, relation), len(known), look, parent)
            known.append(here)
        else:
            here.captured.repeats += 1
        if (cause := guarded.cause(current)) is not None:
            waiting.append((cause, here, "cause"))
        elif (context := guarded.context(current)) is not None:
            if not guarded.hides_context(current):
                waiting.append((context, here, "context"))
            elif is_new:
                hidden.append(_captured(context, _entries(context), None, None))
        waiting += [(member, here, "member") for member in _varied(members(current))]
    captured = tuple(entry.captured for entry in known)
    return Crash(captured, mechanism, invocation(exception), tuple(hidden))


def reduce(exception: BaseException, mechanism: str) -> Crash:
    """Return the crash as `capture` does, but with copies of the exceptions; these keep no frame alive."""
    crash = capture(exception, mechanism)
    for captured in (*crash.captured, *crash.hidden):
        captured.exception = _copy(captured.exception)
        for frame in captured.frames:
            if isinstance(frame, Frame):
                frame.operands()
    crash.exception = crash.captured[0].exception
    return crash


def is_noted(exception: BaseException, crashes: "Sequence[Crash]") -> bool:
    """Return whether one of these crashes has the class of an exception and was raised where it was.

    An exception that is raised again has more frames than before.
    """
    look = _look(exception, _entries(exception))
    looks = map(_look_of, (crash.captured[0] for crash in crashes))
    return any(known <= look or look <= known for known in looks)


def others(crash: Crash, noted: "Sequence[Crash]") -> "tuple[Crash, ...]":
    """Return the crashes that are none of the exceptions in a crash."""
    looks = [_look_of(captured) for captured in crash.captured]
    return tuple(
        other for other in noted if not any(_look_of(other.captured[0]) <= look for look in looks)
    )


def release(crash: Crash) -> None:
    """Give the copies in a reduced crash, which are about to be freed, built-in classes.

    A class of the program may have a finalizer, which must run for the program's own objects alone.
    """
    for captured in (*crash.captured, *crash.hidden):
        copies = [captured.exception]
        while copies:
            copy = copies.pop()
            for value in (*guarded.arguments(copy), *(guarded.attributes(copy) or {}).values()):
                copies += [value] if guarded.is_a(value, BaseException) else _exceptions(value)
            if guarded.in_class(type(copy), "__del__") is not None:
                try:
                    _class.__set__(copy, type("Released", (_built_in(type(copy)),), {}))
                except TypeError:  # it has `__slots__`
                    pass


def members(exception: BaseException) -> "tuple[BaseException, ...]":
    """Return the exceptions in a group (PEP 654 or its back-port), or () for other exceptions."""
    if not any(guarded.name(base) == "BaseExceptionGroup" for base in guarded.mro(type(exception))):
        return ()
    inside = guarded.arguments(exception)[1:2]
    return _exceptions(inside[0]) if inside else ()


class _Known:
    """A captured exception. `chain` is the first one of its chain: the crash's, or a group's member."""

    __slots__ = ("captured", "chain", "index", "look", "parent")

    def __init__(
        self, captured: CapturedException, index: int, look: "Look", parent: "_Known | None"
    ) -> None:
        self.captured = captured
        self.index = index
        self.look = look
        self.parent = parent
        is_member = captured.relation == "member"
        self.chain: _Known = self if parent is None or is_member else parent.chain


def _alike(
    look: "Look", parent: "_Known | None", relation: "str | None", known: "list[_Known]"
) -> "_Known | None":
    """Return an exception in the same chain or, for a member, around it, that looks the same, or None.

    An exception that was caught has fewer frames than the one that was raised at last.
    """
    if parent is None:
        return None
    same = [parent]
    if relation == "member":
        while (outer := same[-1].parent) is not None:
            same.append(outer)
    else:
        same = [other for other in known if other.chain is parent.chain]
    return next((other for other in same if other.look >= look), None)


def _varied(exceptions: "Sequence[BaseException]") -> "list[BaseException]":
    """Sort exceptions: the first of each look, then all others. ``A A B`` → ``A B A``."""
    looks: set[Look] = set()
    first: list[BaseException] = []
    others: list[BaseException] = []
    for exception in exceptions[:MAX_MEMBERS]:
        look = _look(exception, _entries(exception))
        (others if look in looks else first).append(exception)
        looks.add(look)
    return (first + others)[:MAX_EXCEPTIONS]


def _look(exception: BaseException, entries: "list[TracebackType]") -> "Look":
    """Return an exception's class and the places where it was raised, however often each was run."""
    return frozenset([id(type(exception)), *map(recursion.place, entries)])


def _look_of(captured: CapturedException) -> "Look":
    frames = [frame for frame in captured.frames if isinstance(frame, Frame)]
    places = [(compiled.function(frame.code), frame.line) for frame in frames]
    return frozenset([id(type(captured.exception)), *places])


def _entries(exception: BaseException) -> "list[TracebackType]":
    entries: list[TracebackType] = []
    traceback: TracebackType | None = guarded.traceback(exception)
    while traceback is not None:
        entries.append(traceback)
        traceback = traceback.tb_next
    return entries


def _captured(
    exception: BaseException,
    entries: "list[TracebackType]",
    parent: "int | None",
    relation: "str | None",
) -> CapturedException:
    kept = shortened(recursion.of_traceback(entries))
    return CapturedException(exception, tuple(map(_frame, kept)), parent, relation)


def shortened(kept: "list[T | Gap]") -> "list[T | Gap]":
    """Replace the entries in the middle of a long traceback by a `Gap`."""
    if (left_out := len(kept) - MAX_HEAD - MAX_TAIL) > 0:
        dropped = kept[MAX_HEAD:-MAX_TAIL]
        count = sum(entry.count if isinstance(entry, Gap) else 1 for entry in dropped)
        kept[MAX_HEAD : MAX_HEAD + left_out] = [Gap(count, is_repetition=False)]
    return kept


def _frame(entry: "TracebackType | Gap") -> "Frame | Gap":
    if isinstance(entry, Gap):
        return entry
    frame, offset, is_innermost = entry.tb_frame, entry.tb_lasti, entry.tb_next is None

    def read() -> "tuple[Operand, ...]":
        from telemetry_hook._crash import operands

        return operands.operands(frame, offset, is_innermost=is_innermost)

    variables, compiled_in = shapes.variables(frame), compiled.module(entry)
    return Frame(frame.f_code, offset, entry.tb_lineno, variables, read, compiled_in)


def _copy(exception: BaseException, *, depth: int = 1) -> BaseException:
    """Return a copy without a traceback.

    Exceptions in its arguments and attributes are copied too, but without arguments and attributes.
    """
    kind = type(exception)
    # The nearest base class from C code makes the copy, so the program's code does not run.
    make: Callable[..., BaseException] = _built_in(kind).__new__
    for arguments in (
        [_light(argument, depth) for argument in guarded.arguments(exception)] if depth else (),
        (),
    ):
        try:
            copy = make(kind, *arguments)
        except Exception:  # noqa: S112 - the next attempt has no arguments
            continue
        if depth:
            for name, value in (guarded.attributes(exception) or {}).items():
                vars(copy)[name] = _light(value, depth)
        return copy
    return Exception()


def _built_in(kind: "type[BaseException]") -> "type[BaseException]":
    """Return the nearest base class of an exception class that is written in C."""
    return next(base for base in guarded.mro(kind) if guarded.is_static(base))


def _light(value: object, depth: int) -> object:
    if guarded.is_a(value, BaseException):
        return _copy(value, depth=depth - 1)
    if exceptions := _exceptions(value):
        return [_copy(exception, depth=depth - 1) for exception in exceptions[:MAX_EXCEPTIONS]]
    return value


def _exceptions(values: object) -> "tuple[BaseException, ...]":
    if type(values) is not list and type(values) is not tuple:
        return ()
    return tuple(value for value in values if guarded.is_a(value, BaseException))
