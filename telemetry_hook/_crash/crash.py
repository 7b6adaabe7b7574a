"""`Crash`: an uncaught exception, its frames, and how it was caught.

These are plain classes, because importing dataclasses would be most of the cost of a crash that
belongs to no registered tool.
"""

import sys

from telemetry_hook._crash import guarded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType

    from telemetry_hook._crash.command_line import Invocation
    from telemetry_hook._crash.operands import Operand
    from telemetry_hook._crash.shapes import Shape


NOT_CRASHES = (SystemExit, KeyboardInterrupt, GeneratorExit)


class Frame:
    """A traceback entry: code object, offset in its bytecode, line, and the variables' shapes.

    `compiled_in` is the name of the module whose compiled code made the entry, or None. Its code
    object has names only.
    """

    __slots__ = ("_operands", "_read", "code", "compiled_in", "lasti", "line", "variables")

    def __init__(
        self,
        code: "CodeType",
        lasti: int,
        line: int,
        variables: "dict[str, Shape]",
        read: "Callable[[], tuple[Operand, ...]] | None" = None,
        compiled_in: "str | None" = None,
    ) -> None:
        self.code = code
        self.lasti = lasti
        self.line = line
        self.variables = variables
        self.compiled_in = compiled_in
        self._read = read
        self._operands: tuple[Operand, ...] = ()

    @property
    def file(self) -> str:
        """The file of the frame's code: its source, or the extension module that it is compiled in."""
        compiled = None if self.compiled_in is None else sys.modules.get(self.compiled_in)
        return guarded.module_file(compiled) or self.code.co_filename

    def operands(self) -> "tuple[Operand, ...]":
        """Return what the statement had read when it failed.

        It is read at the first call, because that is expensive, and most crashes are unattributed.
        After that, nothing here keeps the live frame.
        """
        if self._read is not None:
            self._operands, self._read = self._read(), None
        return self._operands


class Gap:
    """Frames that were left out: they repeat the frames before them, or there were too many.

    `count` is the number of rounds of a recursion, or of frames. A report has only its magnitude.
    """

    __slots__ = ("count", "is_repetition")

    def __init__(self, count: int, *, is_repetition: bool) -> None:
        self.count = count
        self.is_repetition = is_repetition


class CapturedException:
    """One exception of a chain or group, with its frames, outermost first.

    `relation` is its relation to the exception at index `parent` of the captured ones: ``cause``,
    ``context`` or ``member``. Both are None for the first exception. `repeats` is the number of
    exceptions further down the chain that were left out, because they look the same.
    """

    __slots__ = ("exception", "frames", "parent", "relation", "repeats")

    def __init__(
        self,
        exception: BaseException,
        frames: "tuple[Frame | Gap, ...]",
        parent: "int | None",
        relation: "str | None",
        repeats: int = 0,
    ) -> None:
        self.exception = exception
        self.frames = frames
        self.parent = parent
        self.relation = relation
        self.repeats = repeats


# Source: ECMA-262, "Error Objects" and "NativeError Objects".
ECMASCRIPT = (
    *("Error", "AggregateError", "EvalError", "RangeError", "ReferenceError", "SyntaxError"),
    *("TypeError", "URIError"),
)


class PageError(Exception):
    """An uncaught error in a script of a web page, as the page has reported it.

    `name` is the error's ECMAScript class. `places` are paths of published scripts and line numbers
    in them, outermost call first.
    """

    def __init__(self, name: str, places: "tuple[tuple[str, int], ...]") -> None:
        super().__init__()
        self.name = name
        self.places = places


class Crash:
    """A crash, in the form that plugins receive.

    `mechanism` is one of ``excepthook``, ``threading``, ``atexit``, ``web`` and ``reported``.
    `exception` is the uncaught exception. If `mechanism` is ``threading`` or ``reported``,
    `exception` is a copy with the same class, arguments and attributes, but without a traceback.
    `others` are other uncaught exceptions of the same process, such as those of its threads.
    """

    __slots__ = ("captured", "exception", "hidden", "invocation", "mechanism", "others")

    def __init__(
        self,
        captured: "tuple[CapturedException, ...]",
        mechanism: str,
        invocation: "Invocation | None" = None,
        hidden: "tuple[CapturedException, ...]" = (),
    ) -> None:
        self.captured = captured
        self.exception = captured[0].exception
        # Exceptions hidden by `from None`. They are not in the report, but the messages of reported
        # exceptions may repeat their texts.
        self.hidden = hidden
        self.invocation = invocation
        self.mechanism = mechanism
        self.others: tuple[Crash, ...] = ()

    def all_captured(self) -> "list[CapturedException]":
        """Return the captured exceptions, then those of `others`, which belong to the first one."""
        captured = [*self.captured]
        for other in self.others:
            start = len(captured)
            for each in other.captured:
                parent = 0 if each.parent is None else each.parent + start
                relation = each.relation or "other"
                captured.append(
                    CapturedException(each.exception, each.frames, parent, relation, each.repeats)
                )
        return captured

    def all_hidden(self) -> "list[CapturedException]":
        """Return the hidden exceptions of this crash and of `others`."""
        return [hidden for crash in (self, *self.others) for hidden in crash.hidden]

    def files(self) -> "set[str]":
        """Return the files of all frames of all exceptions."""
        frames = [frame for captured in self.all_captured() for frame in captured.frames]
        return {frame.file for frame in frames if isinstance(frame, Frame)}
