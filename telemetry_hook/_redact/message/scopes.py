"""Values of the names in a piece of published source, and a limit on how much of it is read."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAX_WORK = 1_000


class Scope:
    """Values of the names in a syntax tree, by name, as expressions.

    After ``text = "a"; text += x; lines.append("b")``: `assigned` has ``text: ["a"]``, `added` has
    ``text: [x]``, `appended` has ``lines: ["b"]``. `returned` has the expressions that
    functions return, and `signatures` has the positional parameters of functions.
    """

    def __init__(self) -> None:
        self.assigned: dict[str, list[ast.expr]] = {}
        self.added: dict[str, list[ast.expr]] = {}
        self.appended: dict[str, list[ast.expr]] = {}
        self.returned: dict[str, list[ast.expr]] = {}
        self.parameters: set[str] = set()
        self.signatures: dict[str, list[str]] = {}

    @classmethod
    def of(cls, tree: ast.AST) -> Scope:
        """Return the scope of a tree."""
        scope = cls()
        # Nodes are read in the order of their lines. `ast.walk` alone would go by depth.
        for node in sorted(ast.walk(tree), key=lambda node: getattr(node, "lineno", 0)):
            scope._read(node)
        return scope

    @classmethod
    def merged(cls, scopes: Iterable[Scope]) -> Scope:
        """Merge several scopes into one. The values in earlier scopes come first."""
        whole = cls()
        for scope in scopes:
            for merged, own in (
                (whole.assigned, scope.assigned),
                (whole.added, scope.added),
                (whole.appended, scope.appended),
                (whole.returned, scope.returned),
            ):
                for name, values in own.items():
                    merged.setdefault(name, []).extend(values)
            whole.parameters |= scope.parameters
            whole.signatures = {**scope.signatures, **whole.signatures}
        return whole

    def _read(self, node: ast.AST) -> None:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                self._assign(target, node.value)
        elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)) and node.value is not None:
            self._assign(node.target, node.value)
        elif isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add):
            self.added.setdefault(name_of(node.target), []).append(node.value)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            self.returned.setdefault(node.name, []).extend(_returns(node))
            arguments = [*node.args.posonlyargs, *node.args.args]
            self.signatures.setdefault(node.name, [argument.arg for argument in arguments])
            self.parameters |= {argument.arg for argument in (*arguments, *node.args.kwonlyargs)}
            for argument, default in zip(arguments[::-1], node.args.defaults[::-1], strict=False):
                self.assigned.setdefault(argument.arg, []).append(default)
            for argument, given in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True):
                if given is not None:
                    self.assigned.setdefault(argument.arg, []).append(given)
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "append"
            and node.args
        ):
            self.appended.setdefault(name_of(node.func.value), []).append(node.args[0])

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
            for inner_target, inner_value in zip(target.elts, value.elts, strict=False):
                self._assign(inner_target, inner_value)
        elif name := name_of(target):
            self.assigned.setdefault(name, []).append(value)


class Budget:
    """Counts the expressions that are read, and limits their number for each template.

    The templates of a source depend only on that source, not on what was read before.
    """

    def __init__(self) -> None:
        self.done = 0
        self.limit = 0

    def begin(self) -> None:
        """Start a new limit for the next template."""
        self.limit = self.done + MAX_WORK

    def is_too_much(self) -> bool:
        """Count one more expression. Return whether it exceeds the limit."""
        self.done += 1
        return self.done > self.limit


def name_of(node: ast.AST) -> str:
    """Return the name of a variable or attribute, or '' for others: ``self.text`` → ``text``."""
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else ""


def _returns(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.expr]:
    for node in ast.walk(function):
        if isinstance(node, ast.Return) and node.value is not None:
            yield node.value
