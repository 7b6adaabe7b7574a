"""The kind of value that an expression puts into a message, where the text itself is unknown.

``f"no model in {path}"`` → ``no model in <path>``, if the variable `path` held a path when the frame
of the tool's own function was captured. ``len(names)`` is an integer, and ``type(x).__name__`` the name
of a class, whatever the values are.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from telemetry_hook._crash import guarded
from telemetry_hook._redact.message.nodes import name_of, place_of
from telemetry_hook._redact.message.templates import CLASS, EMPTY, INTEGER, PATH, of_built_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from telemetry_hook._crash.shapes import Shape
    from telemetry_hook._redact.message.names import Names

CLASS_NAMES = frozenset({"__name__", "__qualname__"})


def of_variables(variables: Mapping[str, Shape]) -> dict[str, str]:
    """Return the marks for the variables of a frame whose kind is known, by name."""
    marks = {name: _of_shape(shape) for name, shape in variables.items()}
    return {name: mark for name, mark in marks.items() if mark is not None}


def _of_shape(shape: Shape) -> str | None:
    if shape.detail == "empty":
        return EMPTY
    mark = of_built_in(shape.kind)
    if mark is not None:
        return mark
    path = guarded.class_at("pathlib", "PurePath")
    return PATH if any(base is path for base in guarded.mro(shape.kind)[:-1]) else None


def of(node: ast.AST, names: Names) -> str | None:
    """Return the mark for an expression's kind of value, or None if it is not known."""
    if isinstance(node, ast.FormattedValue):
        return of(node.value, names)  # converted or padded, it is still of its kind
    if isinstance(node, ast.Name):
        later = names.scope.bindings.get(node.id, ())
        is_changed = any(binding.at > place_of(node) for binding in later)
        return None if is_changed else names.kinds.get(node.id)
    if isinstance(node, ast.Attribute) and node.attr in CLASS_NAMES:
        return CLASS if _is_class(node.value, names) else None
    if _is_class(node, names):
        return CLASS
    return INTEGER if _is_call_of("len", node, names) else None


def _is_class(node: ast.AST, names: Names) -> bool:
    """Return whether an expression is the class of a value: ``type(x)``, ``x.__class__``."""
    return _is_call_of("type", node, names) or (
        isinstance(node, ast.Attribute) and node.attr == "__class__"
    )


def _is_call_of(name: str, node: ast.AST, names: Names) -> bool:
    """Return whether an expression calls a built-in function with one argument."""
    is_call = isinstance(node, ast.Call) and name_of(node.func) == name and len(node.args) == 1
    is_shadowed = names.scope.has(name) or names.of_module().scope.has(name)
    return is_call and isinstance(node.func, ast.Name) and not is_shadowed  # type: ignore[attr-defined]
