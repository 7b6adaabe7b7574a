"""An exception's message, by look-up: the template is sent, nothing is copied.

The raise statement is asked first, then the other functions of the traceback that are public. An
exception that the user's own code raised has no text at all.
"""

from __future__ import annotations

import ast
import itertools
from types import FunctionType, WrapperDescriptorType
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
        elif not isinstance(function, WrapperDescriptorType):
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


def _message(function: Callable[[BaseException], object], exception: BaseException) -> str | None:
    try:
        with contained(STR_SECONDS):
            text = function(exception)
    except BaseException:
        return None
    return _templates.normalize(text) if type(text) is str else None


def _candidates(places: Sequence[Place]) -> Iterator[tuple[PublicFile, _templates.Template]]:
    seen: set[CodeType] = set()
    for file, definition, line in reversed(places):
        if definition.code in seen:
            continue
        tree = _parse(file, definition)
        templates = [] if tree is None else [_templates.in_function(tree)]
        if tree is not None and line is not None and not seen:
            templates[:0] = map(_templates.in_raise, _raises_at(line, tree))
        seen.add(definition.code)
        for template in itertools.chain.from_iterable(templates):
            yield file, template


def _raises_at(line: int, tree: ast.AST) -> list[ast.Raise]:
    statements = [each for each in ast.walk(tree) if isinstance(each, ast.Raise)]
    return [each for each in statements if each.lineno <= line <= (each.end_lineno or line)]


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
    shift = "\n" * (first - 2)
    body = "\n".join(lines[first - 1 : end])
    try:
        return ast.parse(f"{shift}if 1:\n{body}" if indent and first > 1 else f"{shift}\n{body}")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return _module(file)


def _module(file: PublicFile) -> ast.AST | None:
    if len(file.lines) > MAX_FUNCTION_LINES:
        return None
    try:
        return ast.parse(file.content)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _lines(code: CodeType) -> Iterator[int | None]:
    yield from (line for _, _, line in code.co_lines())
    for constant in code.co_consts:
        if isinstance(constant, type(code)):
            yield from _lines(constant)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
