"""Reads what the statements of a class and its bases bind: attributes and methods."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from telemetry_hook._crash import guarded
from telemetry_hook._redact.message.names import Callee, Given, is_static
from telemetry_hook._redact.message.nodes import own_attributes
from telemetry_hook._redact.message.templates import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from telemetry_hook._redact.message.expressions import Reader
    from telemetry_hook._redact.message.names import Names
    from telemetry_hook._redact.message.sources import SourcePiece
    from telemetry_hook._redact.message.templates import Template
    from telemetry_hook._redact.published.public_files import PublicFile

INITIALIZERS = ("__init__", "__post_init__")


class Members(NamedTuple):
    """The templates and expressions of a class's attributes, and its methods, by name.

    An attribute has an expression only if it is bound to a single one. `initialized` are the attributes
    of `self` that initializers assign, and `assigned` those that other methods do.
    """

    attributes: dict[str, list[Template]]
    expressions: dict[str, Given]
    methods: dict[str, Callee]
    initialized: set[str]
    assigned: set[str]


def of_classes(
    bases: Sequence[type],
    statements: Mapping[int, SourcePiece],
    reader: Reader,
    home: Callable[[PublicFile], Names],
    is_changed: Callable[[str], bool],
) -> Members:
    """Return the members of the first of some classes, which inherits from the others in order.

    `statements` are the published class statements, by the class's id. `home` returns the names in
    the module of a file. `is_changed` tells which members other code may assign.
    """
    found = Members({}, {}, {}, set(), set())
    for base in bases[::-1]:
        piece = statements.get(id(base))
        for name in guarded.names(base):
            found.attributes[name] = [UNKNOWN]
            found.expressions.pop(name, None)
            found.methods.pop(name, None)
        if piece is None:
            continue
        names, scope = piece.names, piece.names.scope
        for name, bindings in scope.bindings.items():
            if len(bindings) == 1 and not is_changed(name):
                found.attributes[name] = reader.at(names).bound_to(bindings[0])
                if isinstance(value := bindings[0].value, ast.expr):
                    found.expressions[name] = Given(value, names)
        for name, functions in scope.functions.items():
            if len(functions) == len(scope.bindings[name]) == 1 and not is_changed(name):
                is_method = not is_static(functions[0])
                found.methods[name] = Callee(functions[0], home(piece.file), is_method)
            changed = found.initialized if name in INITIALIZERS else found.assigned
            changed.update(each for function in functions for each in own_attributes(function))
    return found


def class_name(statements: Mapping[int, SourcePiece], kind: type) -> str | None:
    """Return the name in a class's published statement, or None if it has none."""
    piece = statements.get(id(kind))
    return piece.tree.name if piece is not None and isinstance(piece.tree, ast.ClassDef) else None
