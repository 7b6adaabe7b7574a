"""Finds the templates of an exception's message from the call that creates the exception.

``raise Refused(name)`` with ``super().__init__(f"refused to open {name}")`` → ``refused to open <…>``

The class's `__init__` methods are read as Python would run them: which arguments they pass on, and
what they assign to attributes. Then its `__str__` is read, if it has one that is written in Python.
"""

from __future__ import annotations

import ast
from dataclasses import replace
from types import FunctionType
from typing import TYPE_CHECKING, NamedTuple

from telemetry_hook._crash import guarded
from telemetry_hook._redact.message.scopes import FUNCTIONS, Scope, name_of, returns
from telemetry_hook._redact.message.templates import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Callable

    from telemetry_hook._redact.message.expressions import Reader
    from telemetry_hook._redact.message.scopes import Function
    from telemetry_hook._redact.message.sources import SourcePiece
    from telemetry_hook._redact.message.templates import Template
    from telemetry_hook._redact.published.public_files import PublicFile

    Texts = list[Template]


class Creation(NamedTuple):
    """A call, and the reader of the code that makes it. It creates an exception, or initializes it."""

    call: ast.Call
    reader: Reader

    @property
    def arguments(self) -> list[Texts] | None:
        """The templates of the positional arguments, or None if they are not known."""
        if any(isinstance(given, ast.Starred) for given in self.call.args):
            return None
        return [self.reader.templates(given) for given in self.call.args]


class Construction:
    """What the message of an exception of a class may be.

    `statements` are the published class statements of the class and its bases, by the class's id.
    `home` makes a reader of the module of a file. `arguments` has the templates of each item of the
    exception's `args`, or None if they are unknown.
    """

    def __init__(
        self,
        kind: type,
        statements: dict[int, SourcePiece],
        home: Callable[[PublicFile], Reader],
        creation: Creation | None,
    ) -> None:
        self._bases = guarded.mro(kind)
        self._statements = statements
        self._home = home
        self._attributes: dict[str, Texts] = {}
        self._assigned: dict[str, Texts] = {}
        self._of_classes()
        self.arguments = None if creation is None else creation.arguments
        self._initialize(0, creation)

    def text(self, at: int = 0) -> Texts:
        """Return the templates of the message, as the first `__str__` from a base on makes it."""
        for index, base in enumerate(self._bases[at:], at):
            method = guarded.names(base).get("__str__")
            if method is None:
                continue
            function = self._function(base, "__str__")
            if type(method) is not FunctionType:
                return self._printed()
            if function is None:
                break
            reader = self._reader(base, function, None)
            if any(_is_super(node) for node in ast.walk(function)):
                reader.attributes = {
                    **reader.attributes,
                    "super().__str__()": self.text(index + 1),
                }
            values = [each.value for each in returns(function) if each.value is not None]
            return [template for value in values for template in reader.templates(value)]
        return [UNKNOWN]

    def _printed(self) -> Texts:
        """Return the templates of what `BaseException.__str__` returns."""
        if self.arguments is None or len(self.arguments) > 1:
            return [UNKNOWN]
        return self.arguments[0] if self.arguments else [("",)]

    def _initialize(self, at: int, call: Creation | None) -> None:
        """Read the first `__init__` from a base on. `call` is None if its arguments are unknown."""
        for index, base in enumerate(self._bases[at:], at):
            names = guarded.names(base)
            is_new = type(names.get("__new__")) in (FunctionType, staticmethod)
            if is_new or type(names.get("__init__")) is FunctionType:
                function = None if is_new else self._function(base, "__init__")
                if function is None:
                    self.arguments = None
                else:
                    self._run(index, function, self._reader(base, function, call))
                return
            if guarded.is_static(base):
                break
        if at or call is None:
            self.arguments = None if call is None else call.arguments

    def _run(self, index: int, function: Function, reader: Reader) -> None:
        """Read the assignments to attributes in an `__init__`, and what it passes on."""
        for name, bindings in reader.scope.bindings.items():
            if name.startswith(".") and name != ".args":
                texts = [
                    template
                    for binding in bindings
                    for template in ([UNKNOWN] if binding.is_added else reader.bound_to(binding))
                ]
                assigned = self._assigned.setdefault(name[1:], [])
                assigned += texts
                self._attributes[name[1:]] = assigned
        reader.attributes = {**reader.attributes, **self._attributes}
        calls = [_passed_on(node) for node in ast.walk(function) if isinstance(node, ast.Call)]
        passed = [call for call in calls if call is not None]
        for call in passed[:1]:
            self._initialize(index + 1, Creation(call, reader))
        bindings = reader.scope.bindings.get(".args", [])
        value = bindings[-1].value if bindings else None
        if len(passed) > 1 or len(bindings) > 1:
            self.arguments = None
        elif bindings:
            known = isinstance(value, ast.Tuple)
            self.arguments = [*map(reader.templates, value.elts)] if known else None  # type: ignore[union-attr]

    def _of_classes(self) -> None:
        """Read the attributes that the class statements bind: ``text = "refused"``."""
        for base in self._bases[::-1]:
            piece = self._statements.get(id(base))
            if piece is None:
                continue
            for name, bindings in piece.reader.scope.bindings.items():
                is_known = len(bindings) == 1
                texts = piece.reader.bound_to(bindings[0]) if is_known else [UNKNOWN]
                self._attributes[name] = texts

    def _function(self, base: type, name: str) -> Function | None:
        piece = self._statements.get(id(base))
        body = getattr(piece.tree, "body", []) if piece is not None else []
        found = [node for node in body if isinstance(node, FUNCTIONS) and node.name == name]
        return found[0] if len(found) == 1 else None

    def _reader(self, base: type, function: Function, call: Creation | None) -> Reader:
        home = self._home(self._statements[id(base)].file)
        if call is None:
            reader = replace(home, scope=Scope.of(function.body, function.args))
        else:
            reader = call.reader.binding(call.call, function, home, is_method=True)
        attributes = dict(self._attributes)
        for index, texts in enumerate(self.arguments or ()):
            attributes[f"args[{index}]"] = texts
        return replace(reader, attributes=attributes)


def _passed_on(call: ast.Call) -> ast.Call | None:
    """Return the call of the next `__init__` without `self`: ``Base.__init__(self, x)`` → ``f(x)``."""
    if not isinstance(call.func, ast.Attribute) or call.func.attr != "__init__":
        return None
    if _is_super(call.func.value):
        return call
    return ast.Call(call.func, call.args[1:], call.keywords)


def _is_super(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and name_of(node.func) == "super"
