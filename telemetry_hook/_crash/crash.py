"""`Crash`: an uncaught exception, how it was caught, and by then which tool it belongs to.

A plain class: at a crash that is nobody's, the import of `dataclasses` would be the dearest thing.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType

    from telemetry_hook._crash.command_line import Invocation
    from telemetry_hook._crash.shapes import Shape


class Frame:
    """One entry of a traceback: code object, offset in bytes, line, shapes of the variables."""

    __slots__ = ("code", "lasti", "line", "variables")

    def __init__(
        self, code: "CodeType", lasti: int, line: int, variables: "dict[str, Shape]"
    ) -> None:
        self.code = code
        self.lasti = lasti
        self.line = line
        self.variables = variables


class Gap:
    """Frames that were left out: they repeat those before them, or there were too many."""

    __slots__ = ("count", "is_repetition")

    def __init__(self, count: int, *, is_repetition: bool) -> None:
        self.count = count
        self.is_repetition = is_repetition


class CapturedException:
    """One exception of a chain or group, with its frames from the outermost to the innermost.

    `relation` says how it belongs to the exception at index `parent`: ``cause``, ``context`` or
    ``member``; both are None for the first.
    """

    __slots__ = ("exception", "frames", "parent", "relation")

    def __init__(
        self,
        exception: BaseException,
        frames: "tuple[Frame | Gap, ...]",
        parent: "int | None",
        relation: "str | None",
    ) -> None:
        self.exception = exception
        self.frames = frames
        self.parent = parent
        self.relation = relation


# Source: ECMA-262, "Error Objects" and "NativeError Objects".
ECMASCRIPT = (
    *("Error", "AggregateError", "EvalError", "RangeError", "ReferenceError", "SyntaxError"),
    *("TypeError", "URIError"),
)


class PageError(Exception):
    """An uncaught error of a page's script, as the page has told of it.

    `name` is the error's ECMAScript class; `places` are paths of published scripts and lines in
    them, from the outermost call to the innermost.
    """

    def __init__(self, name: str, places: "tuple[tuple[str, int], ...]") -> None:
        super().__init__()
        self.name = name
        self.places = places


class Crash:
    """What a plugin is told of a crash.

    `exception` is the uncaught exception; when `mechanism` is ``threading`` or ``reported`` it is a
    copy of the same class, arguments and attributes without a traceback. `mechanism` is one of
    ``excepthook``, ``threading``, ``atexit``, ``web`` and ``reported``.
    """

    __slots__ = ("captured", "exception", "hidden", "invocation", "mechanism")

    def __init__(
        self,
        captured: "tuple[CapturedException, ...]",
        mechanism: str,
        invocation: "Invocation | None" = None,
        hidden: "tuple[CapturedException, ...]" = (),
    ) -> None:
        self.captured = captured
        self.exception = captured[0].exception
        self.hidden = hidden  # by `from None`: no report tells of them, but messages repeat theirs
        self.invocation = invocation
        self.mechanism = mechanism

    def files(self) -> "set[str]":
        """Return the files whose code was running, of all exceptions."""
        frames = [each for captured in self.captured for each in captured.frames]
        return {each.code.co_filename for each in frames if isinstance(each, Frame)}
