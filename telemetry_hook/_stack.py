"""Live exceptions to bounded frames.

Attributes of exceptions are read through their slots in `BaseException`: a class of the user's may
define properties of the same names, and none of its code may run here.
"""

from telemetry_hook._crash import CapturedException, Crash, Frame

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

MAX_EXCEPTIONS = 10
MAX_HEAD = 15
MAX_TAIL = 35
HEAP_TYPE = 1 << 9

_traceback = BaseException.__dict__["__traceback__"].__get__
_cause = BaseException.__dict__["__cause__"].__get__
_context = BaseException.__dict__["__context__"].__get__
_suppress_context = BaseException.__dict__["__suppress_context__"].__get__
_args = BaseException.__dict__["args"].__get__
_name = type.__dict__["__name__"].__get__
_flags = type.__dict__["__flags__"].__get__
_attributes = BaseException.__dict__["__dict__"].__get__


def capture(exception: BaseException, mechanism: str) -> Crash:
    """Return the crash with its chain and groups, at most ten exceptions of fifty frames each."""
    found: list[CapturedException] = []
    seen: set[int] = set()
    waiting: list[tuple[BaseException, int | None, str | None]] = [(exception, None, None)]
    while waiting and len(found) < MAX_EXCEPTIONS:
        current, parent, relation = waiting.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        found.append(_captured(current, parent, relation))
        here = len(found) - 1
        if (cause := _cause(current)) is not None:
            waiting.append((cause, here, "cause"))
        elif not _suppress_context(current) and (context := _context(current)) is not None:
            waiting.append((context, here, "context"))
        waiting += [(member, here, "member") for member in members(current)[:MAX_EXCEPTIONS]]
    return Crash(tuple(found), mechanism)


def reduce(exception: BaseException, mechanism: str) -> Crash:
    """Return the crash like `capture`, holding copies that keep no frame of the program alive."""
    crash = capture(exception, mechanism)
    for captured in crash.captured:
        captured.exception = _copy(captured.exception)
    crash.exception = crash.captured[0].exception
    return crash


def members(exception: BaseException) -> "tuple[BaseException, ...]":
    """Return the exceptions of a group (PEP 654, or its back-port), none for another exception."""
    if not any(_name(base) == "BaseExceptionGroup" for base in type.mro(type(exception))):
        return ()
    inside = _args(exception)[1:2]
    return _exceptions(inside[0]) if inside else ()


def _captured(
    exception: BaseException, parent: "int | None", relation: "str | None"
) -> CapturedException:
    head: list[Frame] = []
    tail: list[Frame] = []
    omitted = 0
    traceback: TracebackType | None = _traceback(exception)
    while traceback is not None:
        frame = Frame(traceback.tb_frame.f_code, traceback.tb_lasti, traceback.tb_lineno)
        if len(head) < MAX_HEAD:
            head.append(frame)
        else:
            tail.append(frame)
            if len(tail) > MAX_TAIL:
                del tail[0]
                omitted += 1
        traceback = traceback.tb_next
    return CapturedException(exception, (*head, *tail), len(head), omitted, parent, relation)


def _copy(exception: BaseException, *, depth: int = 1) -> BaseException:
    """Return a copy with no traceback; exceptions that it holds are copied without what they hold."""
    kind = type(exception)
    # The nearest class made in C makes the copy: no code of the user's runs.
    built_in = next(base for base in type.mro(kind) if not _flags(base) & HEAP_TYPE)
    make: Callable[..., BaseException] = built_in.__new__
    for arguments in ([_light(each, depth) for each in _args(exception)] if depth else (), ()):
        try:
            copy = make(kind, *arguments)
        except Exception:  # noqa: S112 - the next attempt is made without arguments
            continue
        if depth:
            for name, value in _attributes(exception).items():
                vars(copy)[name] = _light(value, depth)
        return copy
    return Exception()


def _light(value: object, depth: int) -> object:
    if issubclass(type(value), BaseException):
        return _copy(value, depth=depth - 1)  # type: ignore[arg-type]
    if type(value) in (list, tuple) and (exceptions := _exceptions(value)):
        return [_copy(each, depth=depth - 1) for each in exceptions[:MAX_EXCEPTIONS]]
    return value


def _exceptions(values: object) -> "tuple[BaseException, ...]":
    if type(values) not in (list, tuple):
        return ()
    return tuple(each for each in values if issubclass(type(each), BaseException))  # type: ignore[attr-defined]
