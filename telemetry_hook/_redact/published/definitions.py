"""Functions and classes that public files define, found by a live code object or by name.

The names in a live code object can be forged, so they are read from its twin instead. The twin is
the code object in the compiled public file that has the same name and first line and that Python
compares as equal.
"""

from __future__ import annotations

from types import CodeType
from typing import TYPE_CHECKING, NamedTuple

from telemetry_hook._redact.published import syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from telemetry_hook._redact.published.public_files import PublicFile

CO_OPTIMIZED = 1


class Definition(NamedTuple):
    """A code object in a compiled public file, and its qualified name."""

    code: CodeType
    qualname: str

    @property
    def is_class(self) -> bool:
        """Whether the code object is the body of a class."""
        return not self.code.co_flags & CO_OPTIMIZED and self.code.co_name != "<module>"

    @property
    def last_line(self) -> int:
        """The last line that has an instruction of the code object or of a function inside it."""
        return max([self.code.co_firstlineno, *filter(None, _lines(self.code))])

    def line_at(self, offset: int) -> int | None:
        """Return the line of the instruction at an offset in bytes, or None if it has no line."""
        for start, end, line in self.code.co_lines():
            if start <= offset < end:
                return line
        return None


class Definitions:
    """The definitions of public files, compiled once each."""

    def __init__(self) -> None:
        self._definitions: dict[PublicFile, dict[tuple[str, int], list[Definition]]] = {}

    def twin(self, code: CodeType, file: PublicFile) -> Definition | None:
        """Return the definition in the file that a live code object was compiled from, or None."""
        known = self._of(file).get((code.co_name, code.co_firstlineno), [])
        return next((definition for definition in known if definition.code == code), None)

    def class_body(self, qualname: str, file: PublicFile) -> Definition | None:
        """Return the class in the file that has this qualified name, or None."""
        for group in self._of(file).values():
            for definition in group:
                if definition.is_class and definition.qualname == qualname:
                    return definition
        return None

    def named(self, name: str, file: PublicFile, line: int) -> Definition | None:
        """Return the innermost function of this name that contains a line, or None.

        The module itself is named ``<module>``, and contains all its lines.
        """
        if not 1 <= line <= len(file.lines):
            return None
        innermost: Definition | None = None
        for group in self._of(file).values():
            for definition in group:
                first = definition.code.co_firstlineno
                is_around = first <= line <= definition.last_line or name == "<module>"
                if (
                    definition.code.co_name == name
                    and is_around
                    and not definition.is_class
                    and (innermost is None or innermost.code.co_firstlineno <= first)
                ):
                    innermost = definition
        return innermost

    def around(self, file: PublicFile, line: int) -> Definition | None:
        """Return the innermost function or class in the file that contains a line, or None."""
        innermost: Definition | None = None
        for group in self._of(file).values():
            for definition in group:
                first = definition.code.co_firstlineno
                if (
                    not definition.code.co_name.startswith("<")
                    and first <= line <= definition.last_line
                    and (innermost is None or innermost.code.co_firstlineno <= first)
                ):
                    innermost = definition
        return innermost

    def running(self, file: PublicFile, name: str, line: int) -> Definition | None:
        """Return the function or module of this name that has code at a line, or None.

        It is None, too, if there are several whose qualified names differ.
        """
        found = [
            definition
            for (known, first), group in self._of(file).items()
            if known == name and first <= line
            for definition in group
            if any(number == line for _, _, number in definition.code.co_lines())
        ]
        return found[0] if len({definition.qualname for definition in found}) == 1 else None

    def _of(self, file: PublicFile) -> dict[tuple[str, int], list[Definition]]:
        if file not in self._definitions:
            known: dict[tuple[str, int], list[Definition]] = {}
            module = syntax.code(file)
            for definition in _definitions(module, "") if module is not None else ():
                key = definition.code.co_name, definition.code.co_firstlineno
                known.setdefault(key, []).append(definition)
            self._definitions[file] = known
        return self._definitions[file]


def _definitions(code: CodeType, outer: str) -> Iterator[Definition]:
    """Yield the definitions in a code object. `outer` is a prefix for their names: ``Parser.``."""
    qualname = f"{outer}{code.co_name}"
    yield Definition(code, qualname)
    if code.co_name == "<module>" and not outer:
        prefix = ""
    elif code.co_name.startswith("<generic parameters of "):
        prefix = outer  # PEP 695: Python leaves this scope out of qualified names
    else:
        prefix = f"{qualname}.<locals>." if code.co_flags & CO_OPTIMIZED else f"{qualname}."
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _definitions(constant, prefix)


def _lines(code: CodeType) -> Iterator[int | None]:
    yield from (line for _, _, line in code.co_lines())
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _lines(constant)
