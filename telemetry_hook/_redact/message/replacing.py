"""Reads handlers that give an exception another argument before they raise it again.

``except PlanError as error: error.args = (f"{error.args[0]}: no {name}",); raise``
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from telemetry_hook._redact.message.nodes import assigned_attributes, name_of

if TYPE_CHECKING:
    from collections.abc import Iterator


def replaced(function: ast.AST) -> tuple[str, ast.expr] | None:
    """Return the name of the handled exception and its only argument from then on.

    None if a function changes arguments in another way, or does not raise the exception again.
    """
    changes = [node for node in assigned_attributes(function) if node.attr == "args"]
    found = [
        (handler.name, statement.value.elts[0])
        for handler in ast.walk(function)
        if isinstance(handler, ast.ExceptHandler) and handler.name and _is_raising(handler)
        for statement in handler.body
        if isinstance(statement, ast.Assign) and statement.targets == changes
        if isinstance(changes[0].value, ast.Name) and changes[0].value.id == handler.name
        if isinstance(statement.value, ast.Tuple) and len(statement.value.elts) == 1
        if not isinstance(statement.value.elts[0], ast.Starred)
    ]
    return found[0] if len(found) == 1 else None


def _is_raising(handler: ast.ExceptHandler) -> bool:
    """Return whether a handler raises its exception again at its end, and its name is of no other one."""
    last = handler.body[-1]
    is_again = isinstance(last, ast.Raise) and last.cause is None
    is_it = is_again and (last.exc is None or name_of(last.exc) == handler.name)  # type: ignore[attr-defined]
    return is_it and handler.name not in {*_stored(handler)}


def _stored(handler: ast.ExceptHandler) -> Iterator[str]:
    for node in ast.walk(handler):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.ExceptHandler) and node is not handler:
            yield node.name or ""
