"""Code objects held against what their public file compiles to.

A code object's names can be forged, so they are read from the published twin instead: the code
object at the same place in the compiled file, equal in all that Python compares. The compiled file
is Python's own cache where that was made of this very source, else it is compiled here.
"""

from __future__ import annotations

import importlib.util
import marshal
import os
import warnings
from dataclasses import dataclass
from types import CodeType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from telemetry_hook._redact.published.files import PublicFile

MAX_SOURCE = 1024 * 1024
CO_OPTIMIZED = 1
HEADER = 16


@dataclass(frozen=True)
class Definition:
    """A code object of a public file, and its qualified name there."""

    code: CodeType
    qualname: str

    @property
    def is_class(self) -> bool:
        """Whether it is the body of a class."""
        return not self.code.co_flags & CO_OPTIMIZED and self.code.co_name != "<module>"

    @property
    def last_line(self) -> int:
        """The last line that has an instruction of it."""
        return max([self.code.co_firstlineno, *filter(None, _lines(self.code))])

    def line_at(self, offset: int) -> int | None:
        """Return the line of the instruction at an offset in bytes."""
        for start, end, line in self.code.co_lines():
            if start <= offset < end:
                return line
        return None


class PublicCode:
    """The definitions of public files, compiled once each."""

    def __init__(self) -> None:
        self._definitions: dict[PublicFile, dict[tuple[str, int], list[Definition]]] = {}

    def twin(self, code: CodeType, file: PublicFile) -> Definition | None:
        """Return the definition in the file that a live code object was compiled from."""
        known = self._of(file).get((code.co_name, code.co_firstlineno), [])
        return next((each for each in known if each.code == code), None)

    def class_body(self, qualname: str, file: PublicFile) -> Definition | None:
        """Return the class statement of that qualified name in the file."""
        for group in self._of(file).values():
            for each in group:
                if each.is_class and each.qualname == qualname:
                    return each
        return None

    def around(self, file: PublicFile, line: int) -> Definition | None:
        """Return the innermost function or class of the file that a line lies in."""
        found: Definition | None = None
        for group in self._of(file).values():
            for each in group:
                first = each.code.co_firstlineno
                if (
                    not each.code.co_name.startswith("<")
                    and first <= line <= each.last_line
                    and (found is None or found.code.co_firstlineno <= first)
                ):
                    found = each
        return found

    def _of(self, file: PublicFile) -> dict[tuple[str, int], list[Definition]]:
        if file not in self._definitions:
            known: dict[tuple[str, int], list[Definition]] = {}
            module = _cached(file) or _compiled(file)
            for each in _definitions(module, "") if module is not None else ():
                known.setdefault((each.code.co_name, each.code.co_firstlineno), []).append(each)
            self._definitions[file] = known
        return self._definitions[file]


def _definitions(code: CodeType, outer: str) -> Iterator[Definition]:
    qualname = f"{outer}{code.co_name}"
    yield Definition(code, qualname)
    if code.co_name == "<module>" and not outer:
        prefix = ""
    elif code.co_name.startswith("<generic parameters of "):
        prefix = outer  # PEP 695: Python's own names leave this scope out too
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


def _cached(file: PublicFile) -> CodeType | None:
    if not file.path.endswith(".py"):
        return None
    try:
        with open(importlib.util.cache_from_source(file.path), "rb") as cache:
            data = cache.read()
        status = os.stat(file.path)
    except (OSError, NotImplementedError):
        return None
    if data[:4] != importlib.util.MAGIC_NUMBER or len(data) < HEADER:
        return None
    if data[4] & 1:
        made_of = data[8:HEADER] == importlib.util.source_hash(file.content)
    else:
        stamp = int(status.st_mtime) & 0xFFFFFFFF, len(file.content) & 0xFFFFFFFF
        made_of = data[8:HEADER] == b"".join(each.to_bytes(4, "little") for each in stamp)
    try:
        found = marshal.loads(data[HEADER:]) if made_of else None  # noqa: S302 - nothing is run
    except (EOFError, ValueError, TypeError):
        return None
    return found if isinstance(found, CodeType) else None


def _compiled(file: PublicFile) -> CodeType | None:
    if len(file.content) > MAX_SOURCE:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the tool's own, which its user has seen or not
            return compile(file.content, file.path, "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
