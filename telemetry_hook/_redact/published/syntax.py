"""Published source as Python reads it: syntax trees, compiled code, string literals; each made once.

The length of a source is bounded, and a source that cannot be parsed has no tree. The compiler's
warnings are suppressed: they would appear in the output of a program that is not being compiled.
"""

from __future__ import annotations

import ast
import importlib.util
import marshal
import os
from types import CodeType
from typing import TYPE_CHECKING, TypeVar

from telemetry_hook._suspended import unwarned

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from telemetry_hook._redact.published.public_files import PublicFile

    T = TypeVar("T")

MAX_SOURCE = 1024 * 1024
CACHE_HEADER = 16  # bytes of a `.pyc` before its code


def tree(file: PublicFile) -> ast.Module | None:
    """Return a file's syntax tree, or None if the file is too long or cannot be parsed."""
    kept = vars(file)
    if "tree" not in kept:
        kept["tree"] = _parsed(file.content)
    found: ast.Module | None = kept["tree"]
    return found


def lines_tree(file: PublicFile, first: int, last: int) -> ast.Module | None:
    """Return the syntax tree of some lines, such as those of a function; its line numbers are the file's.

    An indented function is parsed under an `if` that is put on the line before it.
    """
    lines = file.lines[first - 1 : last]
    is_indented = bool(lines) and lines[0][:1].isspace()
    before = "\n" * (first - 2) + "if 1:\n" if is_indented else "\n" * (first - 1)
    return _parsed(before + "\n".join(lines))


def literals(file: PublicFile) -> str:
    r"""Return the string literals of a file, each between two `"\0"`, or '' if it has no tree."""
    kept = vars(file)
    if "literals" not in kept:
        module = tree(file)
        values: list[object] = [
            constant for part in _codes(file.code) for constant in part.co_consts
        ]
        if module is not None:
            values = [node.value for node in ast.walk(module) if isinstance(node, ast.Constant)]
        strings = [value for value in values if isinstance(value, str)]
        kept["literals"] = "\0".join(["", *strings, ""])
    found: str = kept["literals"]
    return found


def classes_by_call(file: PublicFile) -> frozenset[str]:
    """Return the names of classes that a module makes by a call: ``Point = namedtuple("Point", "x y")``."""
    kept = vars(file)
    if "classes_by_call" not in kept:
        module = tree(file)
        kept["classes_by_call"] = frozenset(
            _made_by_call(module.body if module is not None else ())
        )
    found: frozenset[str] = kept["classes_by_call"]
    return found


def _made_by_call(statements: Iterable[ast.stmt]) -> Iterator[str]:
    for statement in statements:
        target = statement.targets[0] if isinstance(statement, ast.Assign) else None
        call = statement.value if isinstance(statement, ast.Assign) else None
        first = call.args[0] if isinstance(call, ast.Call) and call.args else None
        name = target.id if isinstance(target, ast.Name) else None
        if name is not None and isinstance(first, ast.Constant) and first.value == name:
            yield name


def identifiers(file: PublicFile) -> str:
    """Return a text with all names of a file: its source or, without one, the names in its code."""
    if file.content:
        return file.text
    names: dict[str, None] = {}
    for part in _codes(file.code):
        names |= dict.fromkeys((part.co_name, *part.co_names, *part.co_varnames))
        names |= dict.fromkeys((*part.co_cellvars, *part.co_freevars))
    return "\n".join(names)


def code(file: PublicFile) -> CodeType | None:
    """Return a file's compiled code: from its `.pyc`, if that was compiled from this very source."""
    if file.code is not None:
        return file.code
    if len(file.content) > MAX_SOURCE:
        return _cached(file)
    return _cached(file) or _contained(
        lambda: compile(file.content, file.path, "exec", dont_inherit=True)
    )


def _codes(whole: CodeType | None) -> Iterator[CodeType]:
    """Yield a code object and those inside it."""
    if whole is not None:
        yield whole
        for constant in whole.co_consts:
            if isinstance(constant, CodeType):
                yield from _codes(constant)


def _parsed(source: str | bytes) -> ast.Module | None:
    return _contained(lambda: ast.parse(source)) if len(source) <= MAX_SOURCE else None


def _contained(make: Callable[[], T]) -> T | None:
    try:
        with unwarned():
            return make()
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    except SystemError:  # Python 3.11 counts the recursion of threads that parse at once together
        return None


def _cached(file: PublicFile) -> CodeType | None:
    if not file.path.endswith(".py"):
        return None
    try:
        with open(importlib.util.cache_from_source(file.path), "rb") as cache:
            data = cache.read()
        status = os.stat(file.path)
    except (OSError, NotImplementedError):
        return None
    if data[:4] != importlib.util.MAGIC_NUMBER or len(data) < CACHE_HEADER:
        return None
    if data[4] & 1:
        source = importlib.util.source_hash(file.content)
    else:
        stamp = int(status.st_mtime) & 0xFFFFFFFF, len(file.content) & 0xFFFFFFFF
        source = b"".join(number.to_bytes(4, "little") for number in stamp)
    if data[8:CACHE_HEADER] != source:
        return None
    try:
        cached = marshal.loads(data[CACHE_HEADER:])  # noqa: S302 - nothing is run
    except (EOFError, ValueError, TypeError):
        return None
    return cached if isinstance(cached, CodeType) else None
