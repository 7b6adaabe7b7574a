"""Looks up what the names in a piece of published source stand for.

A name stands for what its scope binds it to; a parameter for what the caller gives; the name of a
function for the functions of the same file that may be called.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from telemetry_hook._redact.message.bindings import START, Binding
from telemetry_hook._redact.message.nodes import name_of, place_of
from telemetry_hook._redact.message.scopes import Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from telemetry_hook._redact.message.branches import Holds
    from telemetry_hook._redact.message.nodes import Function, Place
    from telemetry_hook._redact.message.templates import Template

MAX_IMPORTS = 4  # of a name that is imported from a module that imports it
# Decorators that leave the result of a function as it is.
KEEP_RESULT = frozenset(
    {"cache", "classmethod", "lru_cache", "override", "property", "staticmethod"}
)


class Callee(NamedTuple):
    """A function that a call may run, and the names in the module that defines it."""

    function: Function
    home: Names
    is_method: bool


class Given(NamedTuple):
    """A parameter's value: an expression in the caller, and the reader of the caller."""

    value: ast.expr
    names: Names


@dataclass
class Names:
    """The names in a piece of source: those of `scope`, then those of the module's scope, `around`.

    `bound` has what a caller gives for parameters; None, or no entry, means unknown. `attributes`
    has the templates of attributes of `self`, and of ``args[0]`` and ``super().__str__()``. `closed`
    are the names of variables of enclosing functions, which are unknown. `methods` are those of the
    class of `self`, `expressions` what its attributes are bound to, if that is a single expression, and
    `own_class` is the name of the class, if that is published. `kinds` has the marks of variables whose
    kind of value is known. `handled` is the parameter that is the handled exception, in ``__exit__``.
    """

    scope: Scope
    around: Callable[[], Scope | None]
    bound: Mapping[str, Given | None] = field(default_factory=dict)
    attributes: Mapping[str, list[Template]] = field(default_factory=dict)
    closed: frozenset[str] = frozenset()
    methods: Mapping[str, Callee] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    expressions: Mapping[str, Given] = field(default_factory=dict)
    own_class: str | None = None
    handled: str = ""

    def of_module(self) -> Names:
        """Return the names in the module's own statements."""
        scope = self.around() or Scope()
        return Names(scope, self.around)

    def values(
        self, name: str, at: Place, holds: Holds = lambda _: None
    ) -> list[tuple[Binding, Names]]:
        """Return all values that a name may have at a place, each with the names there.

        A value that is not known is a binding to None. A name that is bound nowhere has no values.
        `holds` returns the result of a test of this scope, or None if that is not known.
        """
        if name in self.closed:
            return [(Binding(START, None), self)]
        if not self.scope.has(name):
            return self.module_values(name)
        found = [(binding, self) for binding in self.scope.values(name, at, holds)]
        is_set = any(binding.is_certain(at) and not binding.is_added for binding, _ in found)
        if name in self.scope.parameters and not is_set:
            given = self.bound.get(name)
            if name == self.handled and given is None:
                found.insert(0, (Binding(START, ast.ExceptHandler(None, None, [])), self))
            else:
                value = (None, self) if given is None else given
                found.insert(0, (Binding(START, value[0]), value[1]))
        return found

    def module_values(self, name: str, depth: int = 0) -> list[tuple[Binding, Names]]:
        """Return all values of a name of the module. An imported one has those of its own module."""
        module = self.of_module()
        found = module.scope.values(name)
        other = self.imported(name) if depth < MAX_IMPORTS else None
        if other is not None and other[1]:
            return other[0].module_values(other[1], depth + 1)
        return [(binding, module) for binding in found]

    def imported(self, name: str) -> tuple[Names, str] | None:
        """Return the module that a name is imported from, and its name there ('' for the module)."""
        scope = self.of_module().scope
        found = scope.imports.get(name)
        is_own = self.scope is not scope and self.scope.has(name)
        if found is None or is_own or len(scope.values(name)) != 1:
            return None
        if found.name and found.module:
            names = scope.module(found.module, found.level)
            if names is not None and names.scope.values(found.name):
                return names, found.name
        path = ".".join(filter(None, (found.module, found.name)))
        names = scope.module(path, found.level)
        return None if names is None else (names, "")

    def _class(self, name: str) -> tuple[ast.ClassDef, Names] | None:
        """Return the class statement of a name, also of an imported one, and its module's names."""
        module = self.of_module()
        if self.scope.has(name) and self.scope is not module.scope:
            return None
        other = self.imported(name)
        if other is not None and other[1]:
            module, name = other
        classes = module.scope.classes.get(name, [])
        is_only = len(classes) == len(module.scope.values(name)) == 1
        return (classes[0], module) if is_only else None

    def is_class(self, name: str) -> bool:
        """Return whether a name is that of a class statement, here or where it is imported from."""
        return self._class(name) is not None

    def literal(self, node: ast.expr) -> tuple[ast.AST | None, Names]:
        """Return the literal that an expression is, or that its name is bound to, with the names there."""
        if not isinstance(node, ast.Name):
            return node, self
        found = self.values(node.id, place_of(node)) if self.scope.has(node.id) else []
        # A container that is used in another place may be changed there.
        is_kept = self.scope.loads[node.id] == 1 and node.id not in self.scope.changed
        if len(found) != 1 or not is_kept:
            return None, self
        [(binding, names)] = found
        return None if binding.is_added or binding.is_repeated else binding.value, names

    def arguments(self, call: ast.Call) -> list[Given] | None:
        """Return the positional arguments of a call, or None if they are not all known.

        ``f(x, *rest)`` is known if `rest` is what a caller gave.
        """
        found: list[Given] = []
        for value in call.args:
            if not isinstance(value, ast.Starred):
                found.append(Given(value, self))
                continue
            literal, names = self.literal(value.value)
            if not isinstance(literal, (ast.List, ast.Tuple)) or literal is value.value:
                return None
            found += [Given(each, names) for each in literal.elts]
        return None if any(isinstance(each.value, ast.Starred) for each in found) else found

    def binding(self, call: ast.Call, function: Function, home: Names, *, is_method: bool) -> Names:
        """Return the names in a function, whose parameters have what a call gives them.

        `home` has the names of the module that defines the function.
        """
        arguments = function.args
        positional = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)]
        bound: dict[str, Given | None] = {}
        if not any(keyword.arg is None for keyword in call.keywords):
            bound |= {name: Given(value, home) for name, value in _defaults(arguments)}
        given = self.arguments(call)
        if given is None:
            bound |= dict.fromkeys(positional)
        else:
            bound |= zip(positional[is_method:], given, strict=False)
        named = {each.arg: each.value for each in call.keywords if each.arg is not None}
        bound |= {name: Given(value, self) for name, value in named.items()}
        if arguments.kwarg is not None:
            own = {*positional, *(argument.arg for argument in arguments.kwonlyargs)}
            rest_named = {name: value for name, value in named.items() if name not in own}
            is_known = len(named) == len(call.keywords)
            bound[arguments.kwarg.arg] = Given(_dict(rest_named), self) if is_known else None
        if arguments.vararg is not None:
            rest = None if given is None else given[len(positional) - is_method :]
            owners = {id(each.names) for each in rest or ()}
            items = ast.Tuple([each.value for each in rest or ()], ast.Load())
            names = rest[0].names if rest else self
            is_known = rest is not None and len(owners) <= 1
            bound[arguments.vararg.arg] = Given(items, names) if is_known else None
        scope = Scope.of_function(function, is_method=is_method)
        return replace(
            home,
            scope=scope,
            closed=home.closed.difference(scope.bindings, scope.parameters),
            bound=bound,
            attributes=self.attributes if is_method else {},
            methods=self.methods if is_method else {},
            kinds={},
            expressions=self.expressions if is_method else {},
            own_class=self.own_class if is_method else None,
        )

    def callees(self, called: ast.expr) -> list[Callee]:
        """Return the functions that a call may run; none if it is not known which."""
        name = name_of(called)
        if isinstance(called, ast.Attribute):
            method = self.methods.get(name) if self.is_self(called.value) else None
            other = self.imported(called.value.id) if isinstance(called.value, ast.Name) else None
            if other is not None and not other[1]:
                return other[0].callees(ast.Name(name, ast.Load()))
            return [method] if method is not None and keeps_result(method.function) else []
        if (other := self.imported(name)) is not None and other[1]:
            return other[0].callees(ast.Name(other[1], ast.Load()))
        home = self.of_module()
        scope = self.scope if self.scope.has(name) else home.scope
        found = scope.functions.get(name, []) if name not in self.closed else []
        if scope is self.scope is not home.scope:
            own = {*scope.bindings, *scope.parameters}
            home = replace(home, closed=self.closed | own)  # those of the function around it
        is_complete = len(scope.values(name)) == len(found) and all(map(keeps_result, found))
        return [Callee(function, home, is_method=False) for function in found if is_complete]

    def methods_named(self, called: ast.Attribute) -> list[Callee]:
        """Return the methods that a call may run: those of a class, or of all classes in the module."""
        found = self._class(called.value.id) if isinstance(called.value, ast.Name) else None
        home = self.of_module() if found is None else found[1]
        functions = home.scope.methods.get(called.attr, [])
        if found is not None:
            functions = [each for each in functions if each in found[0].body] or functions
        return [Callee(function, home, is_method=not is_static(function)) for function in functions]

    def of_class(self, node: ast.Attribute) -> Given | None:
        """Return what a class or an imported module binds once: ``Texts.OPEN``, or None."""
        name = node.value.id if isinstance(node.value, ast.Name) else ""
        other = self.imported(name)
        if other is not None and not other[1]:
            return _only(other[0].scope.values(node.attr), other[0])
        found = self._class(name)
        if found is None or found[1].scope.assigns(node.attr):
            return None
        inside = Scope.of(found[0].body)
        return _only(inside.bindings.get(node.attr, []), replace(found[1], scope=inside))

    def is_self(self, node: ast.expr) -> bool:
        """Return whether an expression is the first parameter of a method."""
        return isinstance(node, ast.Name) and node.id == self.scope.first is not None

    def is_own_class(self, node: ast.expr) -> bool:
        """Return whether an expression is the class of `self`: ``type(self)``, ``self.__class__``."""
        if isinstance(node, ast.Call) and name_of(node.func) == "type" and len(node.args) == 1:
            return self.is_self(node.args[0])
        is_attribute = isinstance(node, ast.Attribute) and node.attr == "__class__"
        return isinstance(node, ast.Attribute) and is_attribute and self.is_self(node.value)


def _only(bindings: list[Binding], names: Names) -> Given | None:
    value = bindings[0].value if len(bindings) == 1 else None
    return Given(value, names) if isinstance(value, ast.expr) else None


def _dict(entries: Mapping[str, ast.expr]) -> ast.Dict:
    return ast.Dict([ast.Constant(name) for name in entries], [*entries.values()])


def _defaults(arguments: ast.arguments) -> Iterator[tuple[str, ast.expr]]:
    """Yield the parameters that have a default, with it."""
    positional = [*arguments.posonlyargs, *arguments.args]
    for argument, value in zip(positional[::-1], arguments.defaults[::-1], strict=False):
        yield argument.arg, value
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if default is not None:
            yield argument.arg, default


def keeps_result(function: Function) -> bool:
    """Return whether the decorators of a function leave its result as it is."""
    names = {name_of(getattr(each, "func", each)) for each in function.decorator_list}
    return names <= KEEP_RESULT


def is_static(function: Function) -> bool:
    """Return whether a method is static."""
    return any(name_of(each) == "staticmethod" for each in function.decorator_list)


def is_property(function: Function) -> bool:
    """Return whether a method is a property."""
    return any(name_of(each) == "property" for each in function.decorator_list)
