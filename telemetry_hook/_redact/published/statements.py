"""Finds the statement that a frame was running, in the syntax tree of its function.

Only functions that frames have run in are parsed, and of them a bounded number of lines.
"""

from __future__ import annotations

import ast
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from telemetry_hook._redact.published import syntax, trees

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import CodeType

    from telemetry_hook._redact.published.definitions import Definition
    from telemetry_hook._redact.published.excerpts import Place
    from telemetry_hook._redact.published.locations import Location, Locations
    from telemetry_hook._redact.published.public_files import PublicFile

MAX_LINES = 3_000
MAX_MODULE_LINES = 2_000
INSTRUCTION = 2  # bytes


class Statement(NamedTuple):
    """A statement with its first and last line, or those of its head if it contains statements.

    `handlers` are the `except` clauses of the `try` statements around it, innermost first.
    """

    tree: ast.stmt
    first: int
    last: int
    handlers: tuple[ast.ExceptHandler, ...] = ()

    def expression(self, code: CodeType, offset: int) -> tuple[Place, Place] | None:
        """Return where the expression of an instruction starts and ends, or None if not known.

        Of an attribute on a line of its own, Python knows only the name: ``.lid`` is ``box.lid``.
        """
        extent = _extent(code, offset)
        if extent is None:
            return None
        start, end = extent
        starts = [
            (node.lineno, node.col_offset)
            for node in ast.walk(self.tree)
            if isinstance(node, ast.expr) and (node.end_lineno, node.end_col_offset) == end
        ]
        start = max((known for known in starts if known <= start), default=start)
        return (start, end) if self.first <= start[0] <= end[0] <= self.last else None


class Statements:
    """Finds statements. Of all files together, at most `MAX_LINES` lines are parsed."""

    def __init__(self, locations: Locations) -> None:
        self._locations = locations
        self._left = MAX_LINES
        self._trees: dict[tuple[PublicFile, int, str], ast.AST | None] = {}

    def of_own(self, locations: Sequence[Location | None]) -> list[Statement | None]:
        """Return the statements at locations in own files. The last ones are looked for first."""
        found = [
            None if location is None or not location.file.is_own else self.at(location)
            for location in reversed(locations)
        ]
        return found[::-1]

    def at(self, location: Location) -> Statement | None:
        """Return the statement at a location. Return None if it has none or if it is not found."""
        line, definition = location.line, location.definition
        if line is None:
            return None
        file, function = location.file, _function(definition)
        if not function:  # a comprehension or a lambda is a part of a statement
            around = self._locations.around(file, line)
            tree = self._module(file) if around is None else self._tree(file, around)
        else:
            tree = self._tree(file, definition)
        found = None if tree is None else _statement_at(tree, line, file.lines)
        # What a lambda or a generator raises may be raised far away from its statement.
        return found if found is None or function else found._replace(handlers=())

    def _tree(self, file: PublicFile, definition: Definition) -> ast.AST | None:
        first = definition.code.co_firstlineno
        key = file, first, definition.code.co_name
        if key not in self._trees:
            self._trees[key] = None
            if self._may_parse(trees.last_line(file, definition) - first + 1):
                self._trees[key] = trees.of_definition(file, definition) or self._module(file)
        return self._trees[key]

    def _module(self, file: PublicFile) -> ast.Module | None:
        key = file, 0, ""
        if key not in self._trees:
            count = len(file.lines)
            is_parsed = count <= MAX_MODULE_LINES and self._may_parse(count)
            self._trees[key] = syntax.tree(file) if is_parsed else None
        tree = self._trees[key]
        return tree if isinstance(tree, ast.Module) else None

    def _may_parse(self, lines: int) -> bool:
        if lines > self._left:
            return False
        self._left -= lines
        return True


def _extent(code: CodeType, offset: int) -> tuple[Place, Place] | None:
    """Return where an instruction starts and ends in the source. Python 3.10 does not know it."""
    positions = getattr(code, "co_positions", None)
    if positions is None or offset < 0:
        return None
    for line, last, start, end in islice(positions(), offset // INSTRUCTION, None):
        return None if None in (line, last, start, end) else ((line, start), (last, end))
    return None


def _function(definition: Definition) -> str:
    """Return the name of a function or class, or '' for modules, comprehensions and lambdas."""
    name = definition.code.co_name
    return "" if name.startswith("<") else name


def _statement_at(tree: ast.AST, line: int, lines: list[str]) -> Statement | None:
    handlers: list[ast.ExceptHandler] = []
    innermost: ast.stmt | None = None
    node: ast.AST | None = tree
    while node is not None:
        inside = next((child for child in _children(node) if _has(child, line)), None)
        if isinstance(inside, ast.stmt):
            innermost = inside
            own = getattr(node, "handlers", [])
            if own and inside in getattr(node, "body", []):
                handlers = [*own, *handlers]
        node = inside
    if innermost is None:
        return None
    first, last = _start(innermost), _head_end(innermost, lines)
    return Statement(innermost, first, last, tuple(handlers)) if first <= line <= last else None


def _children(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the statements directly inside a node, and the clauses that have statements."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.stmt, ast.ExceptHandler, ast.match_case)):
            yield child


def _has(node: ast.AST, line: int) -> bool:
    if isinstance(node, ast.match_case):
        return _start(node) <= line <= _end(node.body[-1])
    return _start(node) <= line <= _end(node)


def _start(node: ast.AST) -> int:
    """Return the first line of a node. Decorators are parts of their definition."""
    if isinstance(node, ast.match_case):
        node = node.pattern
    decorators = getattr(node, "decorator_list", None)
    first: int = getattr(decorators[0] if decorators else node, "lineno", 0)
    return first


def _end(node: ast.AST) -> int:
    last: int = getattr(node, "end_lineno", None) or 0
    return last


def _head_end(statement: ast.stmt, lines: list[str]) -> int:
    """Return the last line of a statement, or of the head of one that contains statements."""
    inside = next(_children(statement), None)
    if inside is None:
        return _end(statement)
    parts = [
        part
        for child in ast.iter_child_nodes(statement)
        if not isinstance(child, (ast.stmt, ast.ExceptHandler, ast.match_case))
        for part in ast.walk(child)
    ]
    end = max([statement.lineno, *map(_end, parts)])
    last = _start(inside) - 1
    while last > end and lines[last - 1].strip()[:1] in ("", "#"):
        last -= 1
    return max(end, last)
