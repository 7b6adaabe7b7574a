"""An exception's message, by look-up: the template is sent, nothing is copied.

The raise statement is asked first, then the other functions of the traceback that are public. An
exception that the user's own code raised has no text at all.
"""

from __future__ import annotations

import ast
import warnings
from types import FunctionType
from typing import TYPE_CHECKING

from telemetry_hook._contained import contained
from telemetry_hook._redact import _templates

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import CodeType

    from telemetry_hook._public import PublicText
    from telemetry_hook._redact._code import Definition, PublicCode
    from telemetry_hook._redact._files import PublicFile, PublicFiles

SCALARS = (str, bytes, int, float, complex, bool, type(None))
MAX_FUNCTION_LINES = 5_000
STR_SECONDS = 1.0
SAFE_STR = (BaseException.__str__, KeyError.__str__, OSError.__str__)

_args = BaseException.__dict__["args"].__get__

Place = tuple["PublicFile", "Definition", "int | None"]


class PublicMessages:
    """Looks messages up in the public functions on a traceback."""

    def __init__(self, files: PublicFiles, code: PublicCode) -> None:
        self._files = files
        self._code = code

    def look_up(self, exception: BaseException, places: Sequence[Place | None]) -> PublicText:
        """Return the message's template, or a hole.

        `places` are the traceback's frames, the raising one last; None for one that is not public.
        """
        if not places or places[-1] is None or not _has_plain_arguments(exception):
            return _templates.HOLE
        function = next(
            names["__str__"]
            for base in type.mro(type(exception))
            if "__str__" in (names := type.__dict__["__dict__"].__get__(base))
        )
        public = [place for place in places if place is not None]
        if isinstance(function, FunctionType):
            place = self._place(function.__code__)
            if place is None:
                return _templates.HOLE
            public.insert(0, place)
        elif function not in SAFE_STR or not _has_plain_names(exception):
            return _templates.HOLE
        message = _message(function, exception)
        if message:
            for file, template in _candidates(public):
                if _templates.match(message, template):
                    return _templates.published(template, file)
        return _templates.HOLE

    def _place(self, code: CodeType) -> Place | None:
        file = self._files.of_code(code.co_filename)
        definition = None if file is None else self._code.twin(code, file)
        return None if file is None or definition is None else (file, definition, None)


def _has_plain_arguments(exception: BaseException) -> bool:
    return all(type(each) in SCALARS for each in _args(exception))


def _has_plain_names(exception: BaseException) -> bool:
    """Tell whether an `OSError` would print no object of the user's as its file names."""
    if not issubclass(type(exception), OSError):
        return True
    names = [OSError.__dict__[name].__get__(exception) for name in ("filename", "filename2")]
    return all(type(each) in SCALARS for each in names)


def _message(function: Callable[[BaseException], object], exception: BaseException) -> str | None:
    try:
        with contained(STR_SECONDS):
            text = function(exception)
    except BaseException:
        return None
    return _templates.normalize(text) if type(text) is str else None


def _candidates(places: Sequence[Place]) -> Iterator[tuple[PublicFile, _templates.Template]]:
    seen: set[Place] = set()
    for place in reversed(places):
        file, definition, line = place
        tree = None if place in seen else _parse(file, definition)
        if tree is not None:
            for template in _templates.handed_on(tree, line, is_raising=not seen):
                yield file, template
        seen.add(place)


def _parse(file: PublicFile, definition: Definition) -> ast.AST | None:
    """Parse the lines of one function, shifted so that they keep their numbers."""
    first = definition.code.co_firstlineno
    lines = file.lines
    if definition.code.co_name.startswith("<") or first > len(lines):
        return _module(file)
    indent = _indent(lines[first - 1])
    end = max(line or first for line in _lines(definition.code))
    while end < len(lines) and (not lines[end].strip() or _indent(lines[end]) > indent):
        end += 1
    if end - first > MAX_FUNCTION_LINES:
        return None
    body = "\n".join(lines[first - 1 : end])
    # An indented definition needs something to be indented under, on the line before it.
    before = "\n" * (first - 2) + "if 1:\n" if indent else "\n" * (first - 1)
    tree = _tree(before + body)
    return tree or _module(file)


def _module(file: PublicFile) -> ast.AST | None:
    return _tree(file.content) if len(file.lines) <= MAX_FUNCTION_LINES else None


def _tree(source: str | bytes) -> ast.AST | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the tool's own, which its user has seen or not
            return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _lines(code: CodeType) -> Iterator[int | None]:
    yield from (line for _, _, line in code.co_lines())
    for constant in code.co_consts:
        if isinstance(constant, type(code)):
            yield from _lines(constant)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
