"""Finds the templates of an exception's message from the call that creates the exception.

``raise Refused(name)`` with ``super().__init__(f"refused to open {name}")`` → ``refused to open <…>``

The class's `__init__` methods are read as Python would run them: which arguments they pass on, and
what they assign to attributes. Then its `__str__` is read, if it has one that is written in Python.
"""

from __future__ import annotations

import ast
from copy import copy
from dataclasses import replace
from types import FunctionType
from typing import TYPE_CHECKING, NamedTuple

from telemetry_hook._crash import guarded
from telemetry_hook._redact.message import branches, fields
from telemetry_hook._redact.message.members import class_name, of_classes
from telemetry_hook._redact.message.names import Given
from telemetry_hook._redact.message.nodes import FUNCTIONS, name_of
from telemetry_hook._redact.message.scopes import Scope
from telemetry_hook._redact.message.templates import CAUGHT, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from telemetry_hook._redact.message.expressions import Reader
    from telemetry_hook._redact.message.names import Names
    from telemetry_hook._redact.message.nodes import Function
    from telemetry_hook._redact.message.sources import SourcePiece
    from telemetry_hook._redact.message.templates import Template
    from telemetry_hook._redact.published.public_files import PublicFile

    Texts = list[Template]


class Creation(NamedTuple):
    """A call, and the names where it is made. It creates an exception, or initializes it."""

    call: ast.Call
    names: Names


class Construction:
    """What the message of an exception of a class may be.

    `statements` are the published class statements of the class and its bases, by the class's id.
    `reader` reads expressions, and `home` returns the names in the module of a file. `held` has the exception's own attributes; those
    that it lacks have not been assigned. `is_changed` tells which attributes other code may assign. `arguments` has the templates of each item of the
    exception's `args`, or None if they are unknown. `assigned` has those of the attributes that `__init__` assigns.
    """

    def __init__(
        self,
        kind: type,
        statements: dict[int, SourcePiece],
        reader: Reader,
        home: Callable[[PublicFile], Names],
        creation: Creation | None,
        held: Mapping[str, object] | None,
        is_changed: Callable[[str], bool],
    ) -> None:
        self._bases = guarded.mro(kind)
        self._name = class_name(statements, kind)
        self._statements = statements
        self._reader = reader
        self._home = home
        self._held = held
        self._is_changed = is_changed
        self.assigned: dict[str, Texts] = {}
        members = of_classes(self._bases, statements, reader, home, is_changed)
        self._attributes, self._expressions, self._methods, _, self._changed = members
        self.arguments = self._passed(creation)
        self._initialize(0, creation)
        # What no `__init__` assigns is assigned in a way that is not read.
        others = (name for name in self._held or () if name not in self.assigned)
        for name in others:
            self._attributes[name] = [UNKNOWN]
            self._expressions.pop(name, None)

    def text(self, at: int = 0) -> Texts:
        """Return the templates of the message, as the first `__str__` from a base on makes it."""
        for index, base in enumerate(self._bases[at:], at):
            method = guarded.names(base).get("__str__")
            if method is None:
                continue
            if type(method) is not FunctionType:
                return self._printed()
            function = self._function(base, method.__code__.co_name)
            if function is None:
                break
            names = self._inside(base, function, None)
            if any(_is_super(node) or name_of(node) == "__str__" for node in ast.walk(function)):
                inherited = {"super().__str__()": self.text(index + 1)}
                names.attributes = {**names.attributes, **inherited}
            reader = self._reader.at(names)
            values = reader.returned(function)
            return [template for value in values for template in reader.templates(value)]
        return [UNKNOWN]

    def replace(self, argument: tuple[str, Given] | None) -> None:
        """Let the exception's only argument be another one as well, or any. See `replacing`.

        ``{error.args[0]}: no ship`` with the name `error` → its own argument and ``: no ship``
        """
        own = self.arguments or []
        if argument is None or len(own) != 1:
            self.arguments = None
            return
        name, (value, names) = argument
        scope = copy(names.scope)
        scope.first = name
        there = replace(names, scope=scope, attributes={"args[0]": own[0]})
        self.arguments = [[*own[0], *self._reader.at(there).templates(value)]]

    def _passed(self, call: Creation | None) -> list[Texts] | None:
        """Return the templates of the positional arguments of a call, or None if they are not known."""
        given = None if call is None else call.names.arguments(call.call)
        if given is None:
            return None if call is None else self._handed_on(call)
        return [self._reader.at(each.names).templates(each.value) for each in given]

    def _handed_on(self, call: Creation) -> list[Texts] | None:
        """Return the handled exception's message for its arguments: ``Refused(*error.args)``."""
        value = call.call.args[0].value if len(call.call.args) == 1 else None  # type: ignore[attr-defined]
        if not isinstance(value, ast.Attribute) or value.attr != "args":
            return None
        texts = self._reader.at(call.names).templates(value.value)
        return [texts] if texts == [(CAUGHT,)] else None

    def _printed(self) -> Texts:
        """Return the templates of what `BaseException.__str__` returns."""
        if self.arguments is None or len(self.arguments) > 1:
            return [UNKNOWN]
        return self.arguments[0] if self.arguments else [("",)]

    def _initialize(self, at: int, call: Creation | None, *, is_called: bool = False) -> None:
        """Read the first `__init__` from a base on. `call` is None if its arguments are unknown."""
        for index, base in enumerate(self._bases[at:], at):
            names = guarded.names(base)
            is_new = type(names.get("__new__")) in (FunctionType, staticmethod)
            if is_new or type(names.get("__init__")) is FunctionType:
                function = None if is_new else self._initializer(index)
                if function is None:
                    self.arguments = None
                else:
                    self._run(index, function, self._inside(base, function, call))
                return
            if guarded.is_static(base):
                break
        if is_called or at or call is None:
            self.arguments = self._passed(call)

    def _run(self, index: int, function: Function, names: Names) -> None:
        """Read the assignments to attributes in an `__init__`, and what it passes on."""
        reader = self._reader.at(names)
        for name in [name for name in names.scope.bindings if name.startswith(".")]:
            bindings = [
                made
                for binding in names.scope.bindings[name]
                if (made := binding.resolved(reader.holds)) is not None
            ]
            is_assigned = self._held is None or name[1:] in self._held
            if self._is_changed(name[1:]) or name[1:] in self._changed:
                self._assign(name[1:], [UNKNOWN], None)
            elif name != ".args" and is_assigned:
                texts = [
                    template
                    for binding in bindings
                    for template in ([UNKNOWN] if binding.is_added else reader.bound_to(binding))
                ]
                value = bindings[0].value if len(bindings) == 1 else None
                is_expression = isinstance(value, ast.expr) and not bindings[0].is_added
                self._assign(name[1:], texts, Given(value, names) if is_expression else None)  # type: ignore[arg-type]
        names.attributes = {**names.attributes, **self._attributes}
        names.expressions = {**names.expressions, **self._expressions}
        self._pass_all_on(function, index, names, reader)
        if bindings := names.scope.bindings.get(".args", []):
            value = bindings[-1].value if len(bindings) == 1 else None
            items = value.elts if isinstance(value, ast.Tuple) else None
            self.arguments = None if items is None else [*map(reader.templates, items)]

    def _assign(self, name: str, texts: Texts, given: Given | None) -> None:
        assigned = self.assigned.setdefault(name, [])
        if assigned or given is None:
            self._expressions.pop(name, None)
        else:
            self._expressions[name] = given
        assigned += texts
        self._attributes[name] = assigned

    def _pass_all_on(self, function: Function, at: int, names: Names, reader: Reader) -> None:
        """Read the calls of other `__init__` in one. Of calls in branches, any may be the last."""
        tests = branches.of_function(function)
        known = {
            id(statement.value): tests.get(id(statement), ())
            for statement in ast.walk(function)
            if isinstance(statement, ast.Expr)
        }
        calls = [
            node
            for node in ast.walk(function)
            if isinstance(node, ast.Call)
            if name_of(node.func) == "__init__"
            if branches.may_run(known.get(id(node), ()), reader.holds)
        ]
        passed: list[list[Texts] | None] = []
        for call in calls:
            self._pass_on(call, at, names)
            passed.append(self.arguments)
        statements = [node.value for node in function.body if isinstance(node, ast.Expr)]
        if len(calls) > 1 and not all(call in statements for call in calls):
            self.arguments = _either(passed)

    def _pass_on(self, call: ast.Call, index: int, names: Names) -> None:
        """Read the `__init__` that another one calls: ``super().__init__(x)``, ``Base.__init__(self, x)``."""
        if isinstance(call.func, ast.Attribute) and _is_super(call.func.value):
            self._initialize(index + 1, Creation(call, names))
            return
        name = name_of(call.func.value) if isinstance(call.func, ast.Attribute) else ""
        bases = [at for at, base in enumerate(self._bases) if guarded.name(base) == name]
        if len(bases) == 1:
            without_self = ast.Call(call.func, call.args[1:], call.keywords)
            self._initialize(bases[0], Creation(without_self, names), is_called=True)
        else:
            self.arguments = None

    def _initializer(self, at: int) -> Function | None:
        pieces = [self._statements.get(id(base)) for base in self._bases[at:]]
        trees = [None if piece is None else piece.tree for piece in pieces]
        classes = [tree if isinstance(tree, ast.ClassDef) else None for tree in trees]
        return self._function(self._bases[at], "__init__") or fields.initializer(classes)

    def _function(self, base: type, name: str) -> Function | None:
        piece = self._statements.get(id(base))
        body = getattr(piece.tree, "body", []) if piece is not None else []
        found = [node for node in body if isinstance(node, FUNCTIONS) and node.name == name]
        return found[0] if len(found) == 1 else None

    def _inside(self, base: type, function: Function, call: Creation | None) -> Names:
        """Return the names in a method, whose parameters have what a call gives them."""
        piece = self._statements[id(base)]
        home = replace(self._home(piece.file), closed=piece.names.closed)
        if call is None:
            scope = Scope.of_function(function, is_method=True)
            closed = home.closed.difference(scope.bindings, scope.parameters)
            names = replace(home, scope=scope, closed=closed)
        else:
            names = call.names.binding(call.call, function, home, is_method=True)
        attributes = dict(self._attributes)
        for index, texts in enumerate(self.arguments or ()):
            attributes[f"args[{index}]"] = texts
        return replace(
            names,
            attributes=attributes,
            methods=self._methods,
            expressions=dict(self._expressions),
            own_class=self._name,
        )


def _either(several: list[list[Texts] | None]) -> list[Texts] | None:
    """Return the templates of arguments that are those of one of several calls."""
    known = [arguments for arguments in several if arguments is not None]
    if len(known) < len(several) or len({len(arguments) for arguments in known}) > 1:
        return None
    return [
        [template for texts in position for template in texts]
        for position in zip(*known, strict=True)
    ]


def _is_super(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and name_of(node.func) == "super"
