"""Finds the frames of a pool's worker, which the pool passes on as the text of a traceback.

The worker's exception is sent to the process that waits for it, without its frames. The pool gives it
a cause, an exception of the pool's own class, which has the worker's traceback as text. Nothing of the
text is copied: each of its frames is looked up in the public files, and becomes a frame only if the
file has this function there, and this line of source; see `Locations.of_text`.

Which statements ran in the worker decides what the text has, as for frames of this process. No value
does: messages in the text are not read; see `traceback_text`. Only the pool's own class is believed. A
program that made such an exception itself, or gave its code file names that look like frames, could
choose among published lines. But it can choose what it runs, too.

The text does not say which instruction failed, and there are no variables.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from telemetry_hook._crash import capture, guarded, recursion
from telemetry_hook._crash.crash import Frame, Gap
from telemetry_hook._redact import traceback_text
from telemetry_hook._redact.message import instructions

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from telemetry_hook._redact.published.class_names import ClassNames
    from telemetry_hook._redact.published.locations import Location, Locations
    from telemetry_hook._redact.traceback_text import Part, TextFrame

# Classes of exceptions with the text of a worker's traceback, and the path of the attribute that has it.
CARRIERS: dict[str, tuple[str, ...]] = {
    "concurrent.futures.process._RemoteTraceback": ("tb",),
    "concurrent.interpreters.ExecutionFailed": ("excinfo", "errdisplay"),
    "multiprocessing.pool.RemoteTraceback": ("tb",),
    "joblib.externals.loky.process_executor._RemoteTraceback": ("tb",),
    "loky.process_executor._RemoteTraceback": ("tb",),
    "billiard.einfo.RemoteTraceback": ("tb",),
    "multiprocess.pool.RemoteTraceback": ("tb",),
    "pebble.common.types.RemoteTraceback": ("traceback",),
}
MAX_FILES = 100
MAX_COLUMN = 10**7
SYNTAX_ERRORS = (SyntaxError, IndentationError, TabError)
# A statement that calls nothing: what follows was there when it raised the exception again.
RAISE = re.compile(r"raise(?: [\w.]+(?: from [\w.]+)?)?")
# Stands for code that is not public.
_ELSEWHERE = compile("", "<elsewhere>", "exec")


class Stack(NamedTuple):
    """The frames of an exception, with their public locations.

    `kind` is the class of an exception that was found by a text, if this class is loaded.
    """

    frames: Sequence[Frame | Gap]
    located: Sequence[Location | None]
    kind: type | None = None


NOWHERE = Stack((), ())


class WorkerFrames:
    """Looks up the frames of workers in public files."""

    def __init__(self, classes: ClassNames, locations: Locations) -> None:
        self._classes = classes
        self._locations = locations
        self._looked_up: dict[TextFrame, Location | None] = {}
        self._files: set[str] = set()

    def are_in(self, carrier: BaseException) -> bool:
        """Return whether an exception is of a public class that carries a worker's traceback."""
        return bool(self._path(carrier))

    def stacks(self, carrier: BaseException, raised: str | None) -> tuple[Stack, Stack | None]:
        """Return the frames of the first exception in the text, and those of the worker's exception.

        They are the same if the worker's exception has no cause. `raised` is how this is printed, or None
        if that is not known. The second is None if the text is not known to be of it.
        """
        text: object = carrier
        for name in self._path(carrier):
            text = (guarded.attributes(text) or {}).get(name)
        if type(text) is not str:
            return NOWHERE, None
        first, last = traceback_text.parts(text, raised)
        found = self._stack(first)
        if last is None or not last.frames:
            return found, None
        return found, found if last is first else self._stack(last)

    def _path(self, carrier: BaseException) -> tuple[str, ...]:
        name = self._classes.name(type(carrier))
        return () if name is None else CARRIERS.get(f"{name[0]}.{name[1]}", ())

    def _stack(self, part: Part) -> Stack:
        parts: list[list[tuple[TextFrame, Location | None]]] = [[]]
        for frame in part.frames:
            parts[-1].append((frame, self._location(frame)))
            if RAISE.fullmatch(frame.source):
                parts.append([])
        kept = capture.shortened(recursion.folded_apart([*filter(None, parts)], _place))
        located = [None if isinstance(entry, Gap) else entry[1] for entry in kept]
        frames = [
            entry if isinstance(entry, Gap) else _frame(location)
            for entry, location in zip(kept, located, strict=True)
        ]
        return Stack(frames, located, _class(part.kind))

    def _location(self, frame: TextFrame) -> Location | None:
        if frame not in self._looked_up:
            is_bounded = frame.file in self._files or len(self._files) < MAX_FILES
            self._looked_up[frame] = self._locations.of_text(frame) if is_bounded else None
            self._files |= {frame.file} if is_bounded else set()
        return self._looked_up[frame]


def printed(exception: BaseException, texts: tuple[str, tuple[str, ...]] | None) -> str | None:
    """Return how Python prints an exception, without the module of its class, or None if not known.

    `texts` are the exception's texts, from `safe_str`. Groups have more lines, and `ValueError("no", 7)`
    is printed in one line.
    """
    notes = (guarded.attributes(exception) or {}).get("__notes__", [])
    if guarded.is_a(exception, SyntaxError):
        return None if notes else _printed_syntax_error(exception)
    if texts is None or capture.members(exception) or type(notes) is not list:
        return None
    whole, parts = texts
    message = parts[0] if len(parts) == 1 else whole
    name = guarded.qualname(type(exception))
    lines = [f"{name}: {message}" if message else name, *notes]
    return "\n".join(lines) if all(type(line) is str for line in lines) else None


def _printed_syntax_error(exception: BaseException) -> str | None:
    """Return how Python prints a syntax error of its own parser, or None for others.

    It is printed with the file, the line and the text that the parser gave it, and so all of these are
    known. The worker may have changed the file's name. If it has changed another one, its text does not
    end so.
    """
    given = guarded.arguments(exception)
    place = given[1] if len(given) == 2 else None  # noqa: PLR2004 - message and place
    if (
        type(exception) not in SYNTAX_ERRORS
        or type(given[0]) is not str
        or type(place) is not tuple
    ):
        return None
    if not all(_is_printable(part) for part in place):
        return None
    import traceback

    try:
        same = type(exception)(given[0], place)
        return "".join(traceback.format_exception_only(type(same), same))
    except Exception:
        return None


def _is_printable(part: object) -> bool:
    """Return whether a line, a column or a text can be printed: a column may be billions of spaces."""
    if type(part) is int:
        return -1 <= part <= MAX_COLUMN
    return part is None or type(part) is str


def _place(entry: tuple[TextFrame, Location | None]) -> tuple[Hashable, int]:
    frame, location = entry
    function: Hashable = frame.file, frame.function
    return function if location is None else id(location.definition.code), frame.line


def _frame(location: Location | None) -> Frame:
    if location is None or location.line is None:
        return Frame(_ELSEWHERE, -1, 0, {})
    code, line = location.definition.code, location.line
    return Frame(code, instructions.likely(code, line), line, {})


def _class(name: str) -> type | None:
    """Return a loaded exception class by the name that a traceback's text has for it, or None."""
    module, _, _ = name.rpartition(".")
    while module:
        found = guarded.class_at(module, name[len(module) + 1 :])
        if found is not None:
            break
        module, _, _ = module.rpartition(".")
    else:
        found = guarded.class_at("builtins", name)
    return found if found is not None and issubclass(found, BaseException) else None
