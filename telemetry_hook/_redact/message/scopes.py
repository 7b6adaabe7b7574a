"""What the names in a piece of published source are bound to.

A scope is complete: a statement that binds a name in a way that is not understood here binds it to
an unknown value. So a name with only known values in its scope has no others.
"""

from __future__ import annotations

import ast
from collections import Counter
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from telemetry_hook._redact.message import branches
from telemetry_hook._redact.message.bindings import START, Binding
from telemetry_hook._redact.message.imports import Import
from telemetry_hook._redact.message.nodes import (
    FUNCTIONS,
    appended,
    as_function,
    default_of,
    end_of,
    name_of,
    parameters,
    place_of,
    read_only,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from telemetry_hook._redact.message.branches import Holds, Test
    from telemetry_hook._redact.message.names import Names
    from telemetry_hook._redact.message.nodes import Function, Place

    Value = ast.expr | ast.ExceptHandler

LOOPS = (ast.For, ast.AsyncFor, ast.While)


class Scope:
    """The bindings of a function's, a class's or a module's own names.

    An attribute of the first parameter, such as `self.text`, is bound as ``.text``. `functions` and
    `classes` are those that the scope defines, and `methods` those that its classes define, by name.
    `parameters` are the names of a function's parameters, in order. `appended` has the expressions
    that are appended to lists. `loads` counts how often a name is read, and `changed` are the names
    of containers that get other items. `handlers` are the places between which exceptions are
    handled. `imports` are the names that are imported, and `module` returns the names in another
    module. `star` is the place of the last ``from other import *``. `is_open`: a module may assign to
    any of its names, with `globals()`. `assigns` tells whether a module assigns to an attribute of
    another object than `self`, and `changes_items` whether another module changes a container.
    """

    def __init__(self) -> None:
        self.bindings: dict[str, list[Binding]] = {}
        self.functions: dict[str, list[Function]] = {}
        self.classes: dict[str, list[ast.ClassDef]] = {}
        self.methods: dict[str, list[Function]] = {}
        self.parameters: list[str] = []
        self.appended: dict[str, list[Binding]] = {}
        self.loads: Counter[str] = Counter()
        self._body: list[ast.stmt] = []
        self.changed: set[str] = set()
        self.handlers: list[tuple[Place, Place]] = []
        self.star = START
        self.imports: dict[str, Import] = {}
        self.module: Callable[[str, int], Names | None] = lambda _name, _level: None
        self.is_open = False
        self.assigns: Callable[[str], bool] = lambda _: False
        self.changes_items: Callable[[str], bool] = lambda _: False
        self.first: str | None = None
        self._tests: Mapping[int, tuple[Test, ...]] = {}

    @classmethod
    def of(
        cls,
        body: Iterable[ast.stmt],
        arguments: ast.arguments | None = None,
        *,
        is_method: bool = False,
    ) -> Scope:
        """Return the scope of the statements of a module, a class or a function."""
        scope = cls()
        if arguments is not None:
            scope.parameters = parameters(arguments)
            scope.first = scope.parameters[0] if is_method and scope.parameters else None
            scope._tests = branches.of([*body])
        scope._body = [*body]
        scope._block(scope._body, is_repeated=False)
        return scope

    @staticmethod
    @lru_cache(maxsize=256)
    def of_function(function: Function, *, is_method: bool = False) -> Scope:
        """Return the scope of a function. It is read once."""
        return Scope.of(function.body, function.args, is_method=is_method)

    def values(
        self, name: str, at: Place | None = None, holds: Holds = lambda _: None
    ) -> list[Binding]:
        """Return the bindings that a name may have at a place; at None, anywhere in the scope."""
        bindings = self.bindings.get(name, [])
        if at is None:
            is_replaced = any(binding.at < self.star for binding in bindings)
            is_unknown = is_replaced or self.is_open
            return [*bindings, Binding(self.star, None)] if is_unknown else bindings
        earlier = [binding for binding in bindings if binding.at < at or binding.is_repeated]
        before = [each for binding in earlier if (each := binding.resolved(holds)) is not None]
        certain = [each.at for each in before if each.is_certain(at) and not each.is_added]
        since = max(certain, default=START)
        return [binding for binding in before if binding.at >= since or binding.at == START]

    def handler(self, at: Place) -> tuple[Place, Place] | None:
        """Return the start and end of the innermost exception handler around a place, or None."""
        around = [span for span in self.handlers if span[0] <= at <= span[1]]
        return max(around, default=None)

    def is_constant(self, name: str) -> bool:
        """Return whether each mention of a container only reads an item of it."""
        mentions, reads = self._mentions
        is_read = mentions[name] == reads[name] and name not in self.changed
        return is_read and not self.changes_items(name.removeprefix("."))

    @cached_property
    def _mentions(self) -> tuple[Counter[str], Counter[str]]:
        """How often each name is mentioned, and how often only an item of its container is read.

        The name of an attribute is ``.name``.
        """
        mentions, reads = Counter(self.loads), Counter[str]()
        for statement in self._body:
            reads.update(read_only(statement))
            attributes = (node for node in ast.walk(statement) if isinstance(node, ast.Attribute))
            mentions.update(f".{node.attr}" for node in attributes)
        return mentions, reads

    def is_first(self, node: ast.Name) -> bool:
        """Return whether no statement mentions a name before this place, which is in no loop."""
        nodes = [each for statement in self._body for each in ast.walk(statement)]
        repeated = (each for each in nodes if isinstance(each, (*LOOPS, *FUNCTIONS, ast.Lambda)))
        others = (each for each in nodes if isinstance(each, ast.Name) and each.id == node.id)
        is_earliest = all(each is node or place_of(each) > place_of(node) for each in others)
        return is_earliest and not any(node in ast.walk(each) for each in repeated)

    def has(self, name: str) -> bool:
        """Return whether a name is the scope's own."""
        return name in self.bindings or name in self.parameters

    def _block(self, statements: list[ast.stmt], *, is_repeated: bool) -> None:
        until = end_of(statements[-1]) if statements else START
        for statement in statements:
            self._statement(statement, until, is_repeated=is_repeated)

    def _statement(self, node: ast.AST, until: Place, *, is_repeated: bool) -> None:
        """Read a statement, or a part of one that has statements: a handler or a case."""
        tests = self._tests.get(id(node), ())
        unknown = Binding(place_of(node), None, False, until, is_repeated, tests=tests)
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            self._definition(node, unknown)
            return
        if isinstance(node, ast.ExceptHandler):
            self._bind(node.name or "", unknown._replace(value=node))
            self.handlers.append((place_of(node), end_of(node)))
        elif isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
            self._assignment(node, unknown._replace(at=end_of(node)))  # after the value is read
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                self.star = place_of(node) if alias.name == "*" else self.star
                name = (alias.asname or alias.name).partition(".")[0]
                self.imports[name] = Import.of(node, alias)
                self._bind(name, unknown)
        elif isinstance(node, (ast.Global, ast.Nonlocal)):
            for name in node.names:
                self._bind(name, Binding(START, None, is_repeated=True))
        else:
            self._targets(node, unknown)
        if isinstance(node, ast.If) and (name := default_of(node)):
            before = len(self.bindings.get(name, ()))
            self._inside(node, until, is_repeated=is_repeated)
            [*earlier, binding] = self.bindings[name]
            is_only = len(earlier) == before
            self.bindings[name] = [*earlier, binding._replace(is_default=is_only)]
            return
        is_repeated = is_repeated or isinstance(node, LOOPS)
        self._inside(node, until, is_repeated=is_repeated)

    def _assignment(
        self, node: ast.Assign | ast.AnnAssign | ast.AugAssign, unknown: Binding
    ) -> None:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                self._assign(target, node.value, unknown)
        elif isinstance(node, ast.AugAssign):
            is_added = isinstance(node.op, ast.Add)
            value = node.value if is_added else None
            self._assign(node.target, value, unknown._replace(is_added=is_added))
        elif node.value is not None:
            self._assign(node.target, node.value, unknown)

    def _inside(self, node: ast.AST, until: Place, *, is_repeated: bool) -> None:
        for _, value in ast.iter_fields(node):
            children = value if isinstance(value, list) else [value]
            statements = [child for child in children if isinstance(child, ast.stmt)]
            self._block(statements, is_repeated=is_repeated)
            for child in children:
                if isinstance(child, (ast.ExceptHandler, ast.match_case)):
                    self._statement(child, end_of(child), is_repeated=is_repeated)
                elif isinstance(child, ast.AST) and not isinstance(child, (ast.stmt, ast.pattern)):
                    self._expression(child, is_repeated=is_repeated)
        if isinstance(node, ast.Expr) and (step := appended(node.value)) is not None:
            name, value = step
            place = Binding(place_of(node), value, False, until, is_repeated or value is None)
            place = place._replace(tests=self._tests.get(id(node), ()))
            self.appended.setdefault(name, []).append(place)

    def _expression(self, node: ast.AST, *, is_repeated: bool) -> None:
        """Read the names that are bound or read inside an expression."""
        for inner in ast.walk(node):
            if isinstance(inner, ast.NamedExpr):
                binding = Binding(end_of(inner), inner.value, is_repeated=is_repeated)
                self._bind(inner.target.id, binding)
            elif isinstance(inner, ast.comprehension):
                self._targets(inner, Binding(START, None, is_repeated=True))
            elif isinstance(inner, ast.Lambda):
                for name in parameters(inner.args):
                    self._bind(name, Binding(START, None, is_repeated=True))
            elif isinstance(inner, ast.Name):
                self.loads[inner.id] += isinstance(inner.ctx, ast.Load)

    def _targets(self, node: ast.AST, unknown: Binding) -> None:
        """Bind the targets of loops, `with` and patterns to an unknown value."""
        fields = (getattr(node, name, None) for name in ("target", "pattern", "name"))
        parts = [part for part in fields if isinstance(part, ast.AST)]
        parts += [item.optional_vars for item in getattr(node, "items", ())]
        for part in parts:
            for target in ast.walk(part) if isinstance(part, ast.AST) else ():
                if isinstance(getattr(target, "ctx", None), ast.Store):
                    self._bind(self._name(target), unknown)
                elif isinstance(target, ast.pattern):
                    for name in ("name", "rest"):
                        self._bind(getattr(target, name, None) or "", unknown)

    def _definition(self, node: Function | ast.ClassDef, unknown: Binding) -> None:
        if isinstance(node, ast.ClassDef):
            self.classes.setdefault(node.name, []).append(node)
        else:
            self.functions.setdefault(node.name, []).append(node)
        for inner in ast.walk(node):
            if isinstance(inner, (ast.Global, ast.Nonlocal)):
                for name in inner.names:
                    self._bind(name, Binding(START, None, is_repeated=True))
            elif isinstance(inner, ast.Name):
                self.loads[inner.id] += 1  # it may be changed there
            elif isinstance(inner, FUNCTIONS) and isinstance(node, ast.ClassDef):
                self.methods.setdefault(inner.name, []).append(inner)
        self._bind(node.name, unknown)

    def _assign(self, target: ast.expr, value: ast.expr | None, unknown: Binding) -> None:
        if isinstance(target, (ast.Tuple, ast.List)):
            values: list[ast.expr | None] = [None] * len(target.elts)
            is_pairwise = isinstance(value, (ast.Tuple, ast.List))
            if isinstance(value, (ast.Tuple, ast.List)) and is_pairwise:
                has_star = any(
                    isinstance(each, ast.Starred) for each in (*target.elts, *value.elts)
                )
                if len(value.elts) == len(values) and not has_star:
                    values = [*value.elts]
            for inner, given in zip(target.elts, values, strict=True):
                self._assign(inner, given, unknown)
        elif isinstance(target, ast.Starred):
            self._assign(target.value, None, unknown)
        elif isinstance(target, ast.Subscript):
            self.changed.add(name_of(target.value))
        else:
            if isinstance(target, ast.Name) and isinstance(value, ast.Lambda):
                self.functions.setdefault(target.id, []).append(as_function(value))
            self._bind(self._name(target), unknown._replace(value=value))

    def _bind(self, name: str, binding: Binding) -> None:
        if name:
            self.bindings.setdefault(name, []).append(binding)

    def _name(self, target: ast.AST) -> str:
        if isinstance(target, ast.Name):
            return target.id
        is_own = isinstance(target, ast.Attribute) and name_of(target.value) == self.first
        return f".{name_of(target)}" if is_own else ""
