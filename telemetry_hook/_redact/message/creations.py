"""Finds the calls that may have created an exception, from the expression that is raised.

``raise self.error("no key")`` with ``def error(self, text): return Refused(text)`` → the call of
`Refused`. Names and functions of the same file are followed.
"""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from telemetry_hook._crash import guarded
from telemetry_hook._redact.message.construction import Creation
from telemetry_hook._redact.message.expressions import Budget, Reader
from telemetry_hook._redact.message.nodes import name_of, place_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from telemetry_hook._redact.message.names import Names

MAX_DEPTH = 6
MAX_EXPRESSIONS = 200
SYSTEM_ERRORS = ("OSError", "IOError", "EnvironmentError")  # they make a subclass for the number
TEXTS = (ast.BinOp, ast.Constant, ast.JoinedStr)
GROUPS = ("ExceptionGroup", "BaseExceptionGroup")


class Creations:
    """Finds the calls that may have created an exception.

    `module` is the module that raised it, and `variables` has the classes of the values of variables
    there.
    """

    def __init__(
        self, exception: BaseException, module: str, variables: Mapping[str, type]
    ) -> None:
        self._exception = exception
        self._kind = type(exception)
        self._module = module
        self._variables = variables
        self._left = MAX_EXPRESSIONS
        self._budget = Budget()

    def of(self, node: ast.expr, names: Names, depth: int = 0) -> list[Creation] | None:
        """Return the calls that may create what an expression is, or None if that is not known."""
        if self._is_class(node, names):
            return [Creation(ast.Call(node, [], []), names)]
        if isinstance(node, ast.Call):
            node = _of_partial(node, names)
            if self._is_class(node.func, names) or _is_class_of_a_value(node.func, names):
                return [Creation(node, names)]
        self._left -= 1
        if depth > MAX_DEPTH or self._left < 0:
            return None
        found = [
            self.of(value, of, depth + 1)
            for value, of in self._origins(node, names)
            if not isinstance(value, TEXTS)  # a text cannot be raised
        ]
        known = [creation for each in found if each is not None for creation in each]
        return known if found and None not in found else None

    def _origins(self, node: ast.expr, names: Names) -> list[tuple[ast.expr, Names]]:
        """Return the expressions that an expression gets its value from, or [] if that is unknown."""
        if isinstance(node, ast.Name):
            bindings = names.values(node.id, place_of(node), Reader(names, self._budget).holds)
            known = [
                (binding.value, of)
                for binding, of in bindings
                if isinstance(binding.value, ast.expr) and not binding.is_added
            ]
            return known if len(known) == len(bindings) else []
        if isinstance(node, ast.IfExp):
            return [(node.body, names), (node.orelse, names)]
        if isinstance(node, ast.NamedExpr):
            return [(node.value, names)]
        return self._origins_of_call(node, names) if isinstance(node, ast.Call) else []

    def _origins_of_call(self, call: ast.Call, names: Names) -> list[tuple[ast.expr, Names]]:
        called = call.func
        if name_of(called) in GROUPS and len(call.args) > 1:
            members = call.args[1]
            is_literal = isinstance(members, (ast.List, ast.Tuple))
            return [(member, names) for member in members.elts] if is_literal else []  # type: ignore[attr-defined]
        if isinstance(called, ast.Attribute) and called.attr == "with_traceback":
            return [(called.value, names)]
        # A method of any object may make the exception: `source.error("bad escape")`.
        callees = names.callees(called)
        if not callees and isinstance(called, ast.Attribute):
            callees = names.methods_named(called)
            names = replace(names, attributes={}, methods={}, expressions={}, own_class=None)
        found = []
        for function, home, is_method in callees:
            inside = names.binding(call, function, home, is_method=is_method)
            found += [(value, inside) for value in Reader(inside, self._budget).returned(function)]
        return found

    def _is_class(self, node: ast.expr, names: Names) -> bool:
        """Return whether an expression is the name of the exception's class."""
        name = name_of(node)
        if isinstance(node, ast.Attribute) and names.is_self(node.value):
            given = names.expressions.get(name)
            return given is not None and self._is_class(given.value, given.names)
        makes_subclass = name in SYSTEM_ERRORS and issubclass(self._kind, OSError)
        if name == guarded.name(self._kind) or makes_subclass:
            return True
        if not isinstance(node, ast.Name):
            return False
        if self._is_given_class(node, names) or self._variables.get(name) is type:
            return True  # whatever class it is, calling it has made this exception
        return guarded.module_names(self._module).get(name) is self._kind

    def _is_given_class(self, node: ast.Name, names: Names) -> bool:
        """Return whether a name is a parameter for which a caller gives the exception's class."""
        given = names.bound.get(node.id)
        values = names.values(node.id, place_of(node))
        self._left -= 1
        is_only = given is not None and [binding.value for binding, _ in values] == [given.value]
        return is_only and given is not None and self._left > 0 and self._is_class(*given)


def _is_class_of_a_value(node: ast.expr, names: Names) -> bool:
    """Return whether an expression is a value's own class, whichever that is. Its call creates one.

    ``type(error)``, ``error.__class__``, and ``cls``, which is the first parameter of a method
    """
    if isinstance(node, ast.Call):
        return name_of(node.func) == "type" and len(node.args) == 1
    return names.is_self(node) or (isinstance(node, ast.Attribute) and node.attr == "__class__")


def _of_partial(call: ast.Call, names: Names) -> ast.Call:
    """Return a call with the arguments that a `partial` adds: ``no_key()`` → ``Refused("no key")``."""
    found = names.values(call.func.id, place_of(call)) if isinstance(call.func, ast.Name) else []
    made = found[0][0].value if len(found) == 1 else None
    if not isinstance(made, ast.Call) or name_of(made.func) != "partial" or not made.args:
        return call
    function, *given = made.args
    added = [*given, *(keyword.value for keyword in made.keywords)]
    if not all(isinstance(value, ast.Constant) for value in added):
        return call
    named = {keyword.arg: keyword for keyword in (*made.keywords, *call.keywords)}
    return ast.copy_location(ast.Call(function, [*given, *call.args], [*named.values()]), call)
