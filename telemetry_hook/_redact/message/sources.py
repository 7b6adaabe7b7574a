"""Pieces of published source that may contain a message's template, each as small as possible.

A piece is a syntax tree with the scopes in which its names are looked up. A whole module is parsed
only if it is short. It is searched only if it contains some words of the message.
"""

from __future__ import annotations

import ast
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from telemetry_hook._redact.message.expressions import Reader
from telemetry_hook._redact.message.scopes import Budget, Scope, name_of
from telemetry_hook._redact.message.templates import MIN_AWAY_FROM_RAISE, folded, is_specific
from telemetry_hook._redact.published import syntax

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from telemetry_hook._redact.message.templates import Template
    from telemetry_hook._redact.published.definitions import Definition, Definitions
    from telemetry_hook._redact.published.locations import Location
    from telemetry_hook._redact.published.public_files import PublicFile

MAX_FUNCTION_LINES = 3_000
MAX_MODULE_LINES = 2_500
MAX_LINES_ABOUT = 12
MAX_ANCHORS = 60
MIN_ANCHOR = 7
MAX_WORK_IN_PIECE = 20_000
MAKES_TEXT = (ast.BinOp, ast.BoolOp, ast.Call, ast.Constant, ast.IfExp, ast.JoinedStr)


class SourcePiece(NamedTuple):
    """A definition or a whole module, with a reader for its expressions.

    `files` contain the literals that its templates are made of: the file of the piece itself, and
    the files of the values that are bound to its parameters.
    """

    files: tuple[PublicFile, ...]
    tree: ast.AST
    reader: Reader
    known: dict[tuple[int, int], list[Template]]

    def handed_on(self, line: int | None) -> Iterator[Template]:
        """Yield the templates of the arguments of the raise statement or the calls at a line.

        ``raise Refused(f"no {name}")`` → ``("no ", None)``. Only these arguments can have become
        the message. If `line` is None, yield the templates of the returned values instead.
        """
        for node in ast.walk(self.tree):
            for expression in _handed(node, line):
                # An argument of another call may not be the message, so one word is not enough.
                is_raised = isinstance(expression, ast.Constant) and not isinstance(node, ast.Call)
                for template in map(folded, self.reader.templates(expression)):
                    if is_raised or None in template or is_specific(template, MIN_AWAY_FROM_RAISE):
                        yield template

    def raised_at(self, line: int | None) -> Iterator[ast.Call]:
        """Yield the calls that create the exception that is raised at a line."""
        for node in ast.walk(self.tree):
            if (
                isinstance(node, ast.Raise)
                and isinstance(node.exc, ast.Call)
                and line is not None
                and node.lineno <= line <= (node.end_lineno or node.lineno)
            ):
                yield node.exc

    def calls_at(self, line: int | None, name: str) -> Iterator[ast.Call]:
        """Yield the calls at a line whose function or class has this name."""
        for node in ast.walk(self.tree):
            if (
                isinstance(node, ast.Call)
                and name_of(node.func) == name
                and line is not None
                and node.lineno <= line <= (node.end_lineno or node.lineno)
            ):
                yield node

    def bound(
        self, values: dict[str, list[Template]], files: tuple[PublicFile, ...]
    ) -> SourcePiece:
        """Return the piece with its parameters bound to templates with texts from other files."""
        whole = tuple(dict.fromkeys((*self.files, *files)))
        return self._replace(files=whole, reader=replace(self.reader, bound=values))

    def all(self, least: tuple[int, int]) -> list[Template]:
        """Return the templates of all texts that the piece assigns, passes or returns.

        `least` is the minimum (letters, words) of a template.
        """
        if self.reader.bound:
            return list(self._all(least))
        if least not in self.known:
            self.known[least] = list(self._all(least))
        return self.known[least]

    def _all(self, least: tuple[int, int]) -> Iterator[Template]:
        budget = self.reader.budget
        end = budget.done + MAX_WORK_IN_PIECE
        for node in ast.walk(self.tree):
            if budget.done > end:
                return
            for expression in _passed(node):
                if isinstance(expression, MAKES_TEXT) or isinstance(node, ast.Return):
                    for template in map(folded, self.reader.templates(expression)):
                        if is_specific(template, least):
                            yield template


class Sources:
    """Parses pieces of public files. Each piece is parsed once."""

    def __init__(self, definitions: Definitions) -> None:
        self._definitions = definitions
        self._modules: dict[PublicFile, SourcePiece | None] = {}
        self._pieces: dict[tuple[PublicFile, int], SourcePiece | None] = {}
        self._budget = Budget()

    def module(self, file: PublicFile) -> SourcePiece | None:
        """Return a whole module, or None if it is too long or cannot be parsed."""
        if file not in self._modules:
            tree = syntax.tree(file) if len(file.lines) <= MAX_MODULE_LINES else None
            self._modules[file] = (
                None
                if tree is None
                else SourcePiece(
                    (file,), tree, Reader(Scope.of(tree), lambda: None, budget=self._budget), {}
                )
            )
        return self._modules[file]

    def definition(self, file: PublicFile, definition: Definition) -> SourcePiece | None:
        """Return one function or class. Names that it does not assign are those of the module."""
        first = definition.code.co_firstlineno
        if definition.code.co_name.startswith("<"):
            return self.module(file)
        if (file, first) not in self._pieces:
            last = _end(file, definition) if first <= len(file.lines) else first
            is_short = first <= len(file.lines) and last - first <= MAX_FUNCTION_LINES
            tree = syntax.lines_tree(file, first, last) if is_short else None
            if tree is None:
                self._pieces[file, first] = self.module(file)
            else:
                reader = Reader(Scope.of(tree), lambda: self._scope(file), budget=self._budget)
                self._pieces[file, first] = SourcePiece((file,), tree, reader, {})
        return self._pieces[file, first]

    def _scope(self, file: PublicFile) -> Scope | None:
        module = self.module(file)
        return None if module is None else module.reader.scope

    def classes(self, locations: Iterable[Location]) -> list[SourcePiece]:
        """Return class statements that share one scope, the derived class's statement first."""
        parsed = [self.definition(location.file, location.definition) for location in locations]
        pieces = [piece for piece in parsed if piece is not None]
        scope = Scope.merged(piece.reader.scope for piece in pieces)
        files = tuple(dict.fromkeys(file for piece in pieces for file in piece.files))
        return [
            SourcePiece(files, piece.tree, replace(piece.reader, scope=scope), {})
            for piece in pieces
        ]

    def about(self, file: PublicFile, message: str) -> Iterator[SourcePiece]:
        """Yield pieces that may contain a message's template: a module, or parts of a long one."""
        lines = _lines_about(file, message)
        if not lines:
            return
        module = self.module(file)
        if module is not None:
            yield module
            return
        seen = set()
        for line in lines:
            around = self._definitions.around(file, line)
            if around is not None and around not in seen:
                seen.add(around)
                piece = self.definition(file, around)
                if piece is not None:
                    yield piece


def _lines_about(file: PublicFile, message: str) -> list[int]:
    """Return the lines of a file that contain a long word, or two adjacent words, of a message."""
    words = message.split()
    anchors = [f"{first} {second}" for first, second in pairwise(words)]
    anchors += [word for word in words if word.isalpha()]
    text = file.text
    numbers: set[int] = set()
    for anchor in sorted(set(anchors[:MAX_ANCHORS]), key=len, reverse=True):
        at = text.find(anchor) if len(anchor) >= MIN_ANCHOR else -1
        while at >= 0 and len(numbers) < MAX_LINES_ABOUT:
            numbers.add(text.count("\n", 0, at) + 1)
            at = text.find(anchor, at + 1)
    return sorted(numbers)


def _handed(node: ast.AST, line: int | None) -> list[ast.expr]:
    """Return the expressions in a node that can become a message. See `SourcePiece.handed_on`."""
    if line is None:
        return [node.value] if isinstance(node, ast.Return) and node.value is not None else []
    if not isinstance(node, (ast.Raise, ast.Assert, ast.Call)):
        return []
    if not node.lineno <= line <= (node.end_lineno or node.lineno):
        return []
    if isinstance(node, ast.Assert):
        return [] if node.msg is None else [node.msg]
    call = node.exc if isinstance(node, ast.Raise) else node
    if not isinstance(call, ast.Call):
        return [] if call is None else [call]
    return [*call.args, *(keyword.value for keyword in call.keywords)]


def _passed(node: ast.AST) -> list[ast.expr]:
    """Return the expressions that a node passes to a call, stores or returns."""
    if isinstance(node, ast.Call):
        return [*node.args, *(keyword.value for keyword in node.keywords)]
    if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        return node.elts
    if isinstance(node, ast.Dict):
        return node.values
    if isinstance(node, ast.arguments):
        return [value for value in (*node.defaults, *node.kw_defaults) if value is not None]
    if isinstance(node, ast.Assert):
        return [node.msg] if node.msg is not None else []
    if isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Return, ast.Yield)):
        return [node.value] if node.value is not None else []
    return [node.body] if isinstance(node, ast.Lambda) else []


def _end(file: PublicFile, definition: Definition) -> int:
    """Return a definition's last line: the last line that is indented more than the first line."""
    lines = file.lines
    indent = _indent(lines[definition.code.co_firstlineno - 1])
    end = definition.last_line
    while end < len(lines) and (not lines[end].strip() or _indent(lines[end]) > indent):
        end += 1
    return end


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
