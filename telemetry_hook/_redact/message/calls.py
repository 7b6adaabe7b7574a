"""Finds the published function that a failing call in published source runs.

Only what the source itself names is followed: a function or class of a module, a method of a variable
of a known class. What a table or a variable holds is not: a value may have chosen it.
"""

from __future__ import annotations

import ast
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING

from telemetry_hook._crash import guarded
from telemetry_hook._redact import origins
from telemetry_hook._redact.message import signatures
from telemetry_hook._redact.message.signatures import Target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from telemetry_hook._redact.message.failing import Failing
    from telemetry_hook._redact.message.type_names import TypeNames
    from telemetry_hook._redact.published.class_names import ClassNames
    from telemetry_hook._redact.published.locations import Locations
    from telemetry_hook._report import PublicText

_WORDS = origins.words("__init__", ".")


class Calls:
    """Makes the messages of calls whose arguments do not fit."""

    def __init__(self, locations: Locations, classes: ClassNames, type_names: TypeNames) -> None:
        self._locations = locations
        self._classes = classes
        self._type_names = type_names

    def message(self, failing: Failing, text: str) -> PublicText | None:
        """Return a message as a public text if the failing call leads to it, or None."""
        file = failing.location.file
        for call in failing.calls():
            for target in self._targets(call.func, failing, text.partition("(")[0]):
                for message in signatures.messages(
                    call, target, lambda name: origins.name(file, name)
                ):
                    if message == text:
                        return message
        return None

    def _targets(self, called: ast.expr, failing: Failing, head: str) -> Iterator[Target]:
        """Yield the functions that a call may run. `head` is the name that the message begins with."""
        value = self._named(called, failing)
        if guarded.is_a(value, type):
            function = guarded.in_class(value, "__init__")
            yield from self._target(function, value, is_bound=True)
        elif type(value) is FunctionType:
            yield from self._target(value, None, is_bound=False)
        elif isinstance(called, ast.Attribute):
            owner = self._named(called.value, failing)
            if guarded.is_a(owner, type):
                yield from self._method(owner, called.attr, is_instance=False)
                return
            kind = self._kind(called.value, failing)
            owners = self._type_names.public(head.rpartition(".")[0]) if kind is None else [kind]
            for owner in owners:
                yield from self._method(owner, called.attr, is_instance=True)

    def _named(self, node: ast.expr, failing: Failing) -> object:
        """Return the function, class or module of a name that only definitions and imports bind."""
        if isinstance(node, ast.Attribute):
            owner = self._named(node.value, failing)
            if type(owner) is ModuleType:
                return _of_this_name(guarded.in_module(owner).get(node.attr), node.attr)
            return None
        if failing.piece is None or not isinstance(node, ast.Name):
            return None
        names = failing.piece.names
        if names.scope.has(node.id) or node.id in names.closed:
            return None
        bindings = names.of_module().scope.bindings.get(node.id, ())
        if not bindings or any(binding.value is not None for binding in bindings):
            return None
        value = guarded.module_names(failing.location.file.module).get(node.id)
        return value if type(value) is ModuleType else _of_this_name(value, node.id)

    def _kind(self, node: ast.expr, failing: Failing) -> type | None:
        """Return the class of an expression's value, or None if it is not known."""
        if isinstance(node, ast.Name):
            return failing.variables.get(node.id)
        if isinstance(node, ast.Call):
            made = self._named(node.func, failing)
            return made if guarded.is_a(made, type) else None
        return None

    def _method(self, kind: type, name: str, *, is_instance: bool) -> Iterator[Target]:
        method = guarded.in_class(kind, name)
        if type(method) is classmethod:
            yield from self._target(method.__func__, kind, is_bound=True)
        elif type(method) is staticmethod:
            yield from self._target(method.__func__, kind, is_bound=False)
        else:
            yield from self._target(method, kind, is_bound=is_instance)

    def _target(self, function: object, kind: type | None, *, is_bound: bool) -> Iterator[Target]:
        if type(function) is not FunctionType:
            return
        location = self._locations.of_code(function.__code__)
        if location is not None:
            file = location.file
            name = origins.qualname(file, location.definition)
        else:
            # The class may have an `__init__` that was made from its fields.
            made = None if kind is None else self._locations.of_class(kind)
            owner = None if kind is None or made is None else self._classes.qualname(kind)
            if made is None or owner is None or function.__code__.co_name != "__init__":
                return
            file = made.file
            name = origins.compose([owner, _WORDS["."], _WORDS["__init__"]])
        if name is not None:
            yield Target(function, name, is_bound, lambda text: origins.name(file, text))


def _of_this_name(value: object, name: str) -> object:
    """Return a function or class if it was defined under a name, or None for others."""
    if type(value) is FunctionType:
        own: object = value.__name__
        return value if type(own) is str and own == name else None
    return value if guarded.is_a(value, type) and guarded.name(value) == name else None
