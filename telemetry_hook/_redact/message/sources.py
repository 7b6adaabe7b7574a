"""Pieces of published source that make messages, each as small as possible."""

from __future__ import annotations

import ast
import re
import sys
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from telemetry_hook._crash import guarded
from telemetry_hook._redact.message.imports import absolute
from telemetry_hook._redact.message.names import Names, is_static
from telemetry_hook._redact.message.nodes import FUNCTIONS, assigned_attributes, name_of
from telemetry_hook._redact.message.scopes import Scope
from telemetry_hook._redact.published import syntax, trees

if TYPE_CHECKING:
    from collections.abc import Iterator

    from telemetry_hook._redact.message.nodes import Function
    from telemetry_hook._redact.published.definitions import Definition, Definitions
    from telemetry_hook._redact.published.public_files import PublicFile, PublicFiles

# With these, a module may assign to any of its names.
OPENING = re.compile(r"\b(globals|exec)\(|\bvars\(\)|sys\.modules\[")
# Methods that raise an exception that they are given, or that was stored.
RAISERS = frozenset({"result", "throw", "athrow"})
# Going on with a generator or coroutine. Others may throw an exception into it there.
HANDING_ON = (ast.Await, ast.Yield, ast.YieldFrom)
# Methods that change a container.
CHANGING = "append|clear|extend|insert|pop|popitem|remove|reverse|setdefault|sort|update"
EXITS = frozenset({"__exit__", "__aexit__"})
EXIT_ARGUMENTS = 3  # beside `self`
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

    def is_raised_by(self, line: int | None, kind: type) -> bool:
        """Return whether a `raise` or `assert` at a line of compiled code has raised an exception.

        A call in the statement may have raised it instead, but none that is compiled: that has a frame.
        So an exception of a built-in class is certain only if nothing but its class is called.
        """
        statements = self.raised_at(line)
        if len(statements) != 1:
            return False
        calls = [node for node in ast.walk(statements[0]) if isinstance(node, ast.Call)]
        if self.hands_on_at(line):
            return False
        return not guarded.is_static(kind) or calls in ([], [getattr(statements[0], "exc", None)])

    def hands_on_at(self, line: int | None) -> bool:
        """Return whether the statements at a line may raise an exception that was created elsewhere."""
        return any(
            isinstance(node, HANDING_ON)
            or (isinstance(node, ast.Call) and name_of(node.func) in RAISERS)
            for part in _parts_at(self.tree, line)
            for node in ast.walk(part)
        )

    def simple_at(self, line: int | None) -> list[ast.stmt]:
        """Return the statements at a line that contain no others."""
        return [
            node
            for node in ast.walk(self.tree)
            if isinstance(node, ast.stmt) and not hasattr(node, "body") and _is_at(node, line)
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

    def only_item_at(self, line: int | None) -> ast.Call | None:
        """Return the only item that is read at a line as a call of `__getitem__`, or None."""
        items = [
            node
            for part in _parts_at(self.tree, line)
            for node in ast.walk(part)
            if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load)
        ]
        if len(items) != 1:
            return None
        [item] = items
        called = ast.Attribute(item.value, "__getitem__", ast.Load())
        return ast.copy_location(ast.Call(called, [item.slice], []), item)


class Sources:
    """Parses pieces of public files. Each piece is parsed once.

    `imported` are the files whose names were read because others import them.
    """

    def __init__(self, definitions: Definitions, files: PublicFiles) -> None:
        self._definitions = definitions
        self._files = files
        self.imported: dict[PublicFile, None] = {}
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

    def _module(self, importer: PublicFile, name: str, level: int) -> Names | None:
        """Return the names in a loaded module that a file imports, or None if it is not published."""
        is_package = importer.name.endswith("__init__.py")
        path = absolute(name, level, importer.module, is_package=is_package)
        place = guarded.module_file(sys.modules.get(path))
        file = None if place is None else self._files.find(place)
        # The texts of other packages are their own.
        if file is None or file.distribution is not importer.distribution:
            return None
        self.imported[file] = None
        return self.home(file)

    def _changes_items(self, home: PublicFile, name: str) -> bool:
        """Return whether another file that was read may change a container of a module."""
        others = {file for file, _, _ in self._pieces if file is not home}
        change = re.compile(rf"\b{re.escape(name)}(\[[^\]\n]*\]\s*=[^=]|\s*\|=|\.({CHANGING})\()")
        return any(change.search(file.text) for file in others)

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
        if code.co_name.startswith("<"):
            # The parameters of a lambda and the variables of a comprehension are unknown.
            tree = syntax.tree(file) if len(file.lines) <= MAX_MODULE_LINES else None
            unknown = frozenset((*code.co_varnames, *code.co_cellvars, *code.co_freevars))
            home = self.home(file)
            home.closed = unknown if code.co_name != "<module>" else frozenset()
            return None if tree is None else SourcePiece(file, tree, home)
        node = trees.of_definition(file, definition)
        if node is None:
            return None
        arguments = None if isinstance(node, ast.ClassDef) else node.args
        scope = Scope.of(node.body, arguments, is_method=is_method(definition, node))
        names = Names(scope, lambda: self._scope(file), closed=frozenset(code.co_freevars))
        names.handled = handled_by(node, scope)
        return SourcePiece(file, node, names)

    def _scope(self, file: PublicFile) -> Scope | None:
        if file not in self._modules:
            tree = syntax.tree(file) if len(file.lines) <= MAX_MODULE_LINES else None
            scope = None if tree is None else Scope.of(tree.body)
            if scope is not None:
                scope.is_open = OPENING.search(file.text) is not None
                scope.assigns = partial(self.assigns, file)
                scope.module = partial(self._module, file)
                scope.changes_items = partial(self._changes_items, file)
            self._modules[file] = scope
        return self._modules[file]


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
