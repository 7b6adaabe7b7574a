"""Pieces of published source that make messages, each as small as possible."""

from __future__ import annotations

import ast
import re
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from telemetry_hook._redact.message.names import Names, is_static
from telemetry_hook._redact.message.nodes import FUNCTIONS, assigned_attributes, name_of
from telemetry_hook._redact.message.scopes import Scope
from telemetry_hook._redact.published import syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from telemetry_hook._redact.message.nodes import Function
    from telemetry_hook._redact.published.definitions import Definition, Definitions
    from telemetry_hook._redact.published.public_files import PublicFile

# With these, a module may assign to any of its names.
OPENING = re.compile(r"\b(globals|exec)\(|\bvars\(\)|sys\.modules\[")
EXITS = frozenset({"__exit__", "__aexit__"})
EXIT_ARGUMENTS = 3  # beside `self`
MAX_FUNCTION_LINES = 3_000
MAX_MODULE_LINES = 5_000


class SourcePiece(NamedTuple):
    """A definition, or a whole module, and the names in it."""

    file: PublicFile
    tree: ast.AST
    names: Names

    @property
    def function(self) -> Function | None:
        """The function that the piece is, or None."""
        return self.tree if isinstance(self.tree, FUNCTIONS) else None

    def raised_at(self, line: int | None) -> list[ast.Raise | ast.Assert]:
        """Return the `raise` and `assert` statements at a line."""
        return [
            node
            for node in ast.walk(self.tree)
            if isinstance(node, (ast.Raise, ast.Assert)) and _is_at(node, line)
        ]

    def calls_at(self, line: int | None, name: str) -> list[ast.Call]:
        """Return the calls at a line whose function or class has this name."""
        return [
            node
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Call) and name_of(node.func) == name and _is_at(node, line)
        ]

    def only_call_at(self, line: int | None, name: str) -> ast.Call | None:
        """Return the call of a function at a line, or None if that names the function elsewhere too.

        Something else may call it then: ``map(fail, texts) or fail("no text")``.
        """
        calls = self.calls_at(line, name)
        mentions = [
            node
            for part in _parts_at(self.tree, line)
            for node in ast.walk(part)
            if isinstance(node, (ast.Name, ast.Attribute)) and name_of(node) == name
        ]
        return calls[0] if len(calls) == len(mentions) == 1 else None


class Sources:
    """Parses pieces of public files. Each piece is parsed once."""

    def __init__(self, definitions: Definitions) -> None:
        self._definitions = definitions
        self._modules: dict[PublicFile, Scope | None] = {}
        self._assigned: dict[PublicFile, frozenset[str] | None] = {}
        self._pieces: dict[tuple[PublicFile, int, str], SourcePiece | None] = {}

    def assigns(self, file: PublicFile, name: str) -> bool:
        """Return whether a module may assign to an attribute of another object than `self`."""
        if re.search(rf"\.{name}\b[^\n]*=", file.text) is None:
            return False  # most modules need not be parsed
        if file not in self._assigned:
            tree = syntax.tree(file)
            self._assigned[file] = (
                None if tree is None else frozenset(node.attr for node in assigned_attributes(tree))
            )
        assigned = self._assigned[file]
        return assigned is None or name in assigned

    def home(self, file: PublicFile) -> Names:
        """Return the names in a module's own statements."""
        return Names(self._scope(file) or Scope(), lambda: self._scope(file))

    def definition(self, file: PublicFile, definition: Definition) -> SourcePiece | None:
        """Return one function, class or module. Return None if its source cannot be parsed."""
        code = definition.code
        key = file, code.co_firstlineno, code.co_name
        if key not in self._pieces:
            self._pieces[key] = self._parsed(file, definition)
        return self._pieces[key]

    def _parsed(self, file: PublicFile, definition: Definition) -> SourcePiece | None:
        code = definition.code
        first = code.co_firstlineno
        if code.co_name.startswith("<"):
            # The parameters of a lambda and the variables of a comprehension are unknown.
            tree = syntax.tree(file) if len(file.lines) <= MAX_MODULE_LINES else None
            unknown = frozenset((*code.co_varnames, *code.co_cellvars, *code.co_freevars))
            home = self.home(file)
            home.closed = unknown if code.co_name != "<module>" else frozenset()
            return None if tree is None else SourcePiece(file, tree, home)
        last = self._end(file, definition) if first <= len(file.lines) else first
        is_short = first <= len(file.lines) and last - first <= MAX_FUNCTION_LINES
        lines = syntax.lines_tree(file, first, last) if is_short else None
        for node in ast.walk(lines) if lines is not None else ():
            if isinstance(node, (*FUNCTIONS, ast.ClassDef)) and node.name == code.co_name:
                arguments = None if isinstance(node, ast.ClassDef) else node.args
                scope = Scope.of(node.body, arguments, is_method=is_method(definition, node))
                closed = frozenset(code.co_freevars)
                names = Names(scope, lambda: self._scope(file), closed=closed)
                names.handled = handled_by(node, scope)
                return SourcePiece(file, node, names)
        return None

    def _scope(self, file: PublicFile) -> Scope | None:
        if file not in self._modules:
            tree = syntax.tree(file) if len(file.lines) <= MAX_MODULE_LINES else None
            scope = None if tree is None else Scope.of(tree.body)
            if scope is not None:
                scope.is_open = OPENING.search(file.text) is not None
                scope.assigns = partial(self.assigns, file)
            self._modules[file] = scope
        return self._modules[file]

    def _end(self, file: PublicFile, definition: Definition) -> int:
        """Return a definition's last line: the last line that is indented more than the first line."""
        lines = file.lines
        indent = _indent(lines[definition.code.co_firstlineno - 1])
        end = definition.last_line
        while end < len(lines) and (not lines[end].strip() or _indent(lines[end]) > indent):
            end += 1
        return end


def handled_by(node: ast.AST, scope: Scope) -> str:
    """Return the parameter of a context manager's ``__exit__`` that is the handled exception, or ''.

    A `with` statement calls it. No caller's source has its arguments.
    """
    is_exit = isinstance(node, FUNCTIONS) and node.name in EXITS and scope.first is not None
    return scope.parameters[2] if is_exit and len(scope.parameters) > EXIT_ARGUMENTS else ""


def is_method(definition: Definition, node: ast.stmt) -> bool:
    """Return whether a definition is a method, whose first parameter is the object or the class."""
    outer, _, _ = definition.qualname.rpartition(".")
    is_in_class = bool(outer) and not outer.endswith("<locals>")
    return is_in_class and isinstance(node, FUNCTIONS) and not is_static(node)


def _is_at(node: ast.stmt | ast.expr, line: int | None) -> bool:
    return line is not None and node.lineno <= line <= (node.end_lineno or node.lineno)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _parts_at(tree: ast.AST, line: int | None) -> Iterator[ast.AST]:
    """Yield the statements at a line, and the parts there of those that contain statements."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.stmt) or not _is_at(node, line):
            continue
        if not hasattr(node, "body"):
            yield node
            continue
        for child in ast.iter_child_nodes(node):
            if (isinstance(child, ast.expr) and _is_at(child, line)) or (
                isinstance(child, ast.withitem) and _is_at(child.context_expr, line)
            ):
                yield child
