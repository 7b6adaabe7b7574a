"""Reads single nodes of a syntax tree: their names and places, and what they bind."""

from __future__ import annotations

import ast
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    Function = ast.FunctionDef | ast.AsyncFunctionDef
    Place = tuple[int, int]  # line and column

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def place_of(node: ast.AST) -> Place:
    """Return the line and the column where a node starts."""
    return getattr(node, "lineno", 0), getattr(node, "col_offset", 0)


def end_of(node: ast.AST) -> Place:
    """Return the line and the column where a node ends."""
    if isinstance(node, ast.match_case):
        return end_of(node.body[-1])
    return getattr(node, "end_lineno", 0) or 0, getattr(node, "end_col_offset", 0) or 0


def name_of(node: ast.AST) -> str:
    """Return the name of a variable or attribute, or '' for others: ``self.text`` → ``text``."""
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else ""


@lru_cache(maxsize=256)
def returns(function: Function) -> list[ast.Return]:
    """Return the `return` statements of a function, without those of functions inside it."""
    found: list[ast.Return] = []
    waiting: list[ast.AST] = [*function.body]
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, ast.Return):
            found.append(node)
        elif not isinstance(node, (*FUNCTIONS, ast.ClassDef, ast.Lambda)):
            waiting += ast.iter_child_nodes(node)
    return found


def default_of(node: ast.If) -> str:
    """Return the name that gets a default: ``if text is None: text = "a"`` → ``text``, or ''."""
    test, body = node.test, node.body
    is_none = (
        isinstance(test, ast.Compare)
        and isinstance(test.ops[0], ast.Is)
        and isinstance(test.comparators[0], ast.Constant)
        and test.comparators[0].value is None
    )
    left = test.left if isinstance(test, ast.Compare) and is_none else None
    name = left.id if isinstance(left, ast.Name) else ""
    targets = body[0].targets if len(body) == 1 and isinstance(body[0], ast.Assign) else []
    is_target = len(targets) == 1 and isinstance(targets[0], ast.Name) and targets[0].id == name
    return name if is_target and not node.orelse else ""


def parameters(arguments: ast.arguments) -> list[str]:
    """Return the names of a function's parameters, in order."""
    positional = [*arguments.posonlyargs, *arguments.args]
    rest = filter(None, (*arguments.kwonlyargs, arguments.vararg, arguments.kwarg))
    return [argument.arg for argument in (*positional, *rest)]


def appended(node: ast.expr) -> tuple[str, ast.expr] | None:
    """Return the list's name and the value of ``lines.append(text)``, or None."""
    is_append = (
        isinstance(node, ast.Call) and name_of(node.func) == "append" and len(node.args) == 1
    )
    if isinstance(node, ast.Call) and is_append and isinstance(node.func, ast.Attribute):
        return name_of(node.func.value), node.args[0]
    return None


def assigned_attributes(tree: ast.AST) -> Iterator[ast.Attribute]:
    """Yield the attributes that a module or function assigns, but not those of `self`."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.ctx, ast.Store)
            and name_of(node.value) != "self"
        ):
            yield node
