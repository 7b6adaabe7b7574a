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
# They read items of a container, and change none.
READING_METHODS = frozenset({"get", "index", "items", "keys", "values"})
READING_FUNCTIONS = frozenset({"enumerate", "len", "list", "max", "min", "set", "sorted"})


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


@lru_cache(maxsize=256)
def as_function(node: ast.Lambda) -> ast.FunctionDef:
    """Return a lambda as a function: ``lambda x: x.y`` → ``def f(x): return x.y``."""
    returned = ast.copy_location(ast.Return(node.body), node.body)
    function = ast.FunctionDef("<lambda>", node.args, [returned], [])
    return ast.copy_location(function, node)


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


def appended(node: ast.expr) -> tuple[str, ast.expr | None] | None:
    """Return the list's name and the value of ``lines.append(text)``, or None for other calls.

    What ``lines.extend(texts)`` adds has the value None.
    """
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return None
    if len(node.args) != 1 or node.func.attr not in ("append", "extend"):
        return None
    value = node.args[0] if node.func.attr == "append" else None
    return name_of(node.func.value), value


def read_only(tree: ast.AST) -> Iterator[str]:
    """Yield the name of a container for each time that only an item of it is read: ``texts["a"]``.

    For a container that is an attribute, yield ``.name``.
    """
    for node in ast.walk(tree):
        containers: list[ast.expr] = []
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
            containers = [node.value]
        elif isinstance(node, ast.Compare):
            containers = [
                right
                for order, right in zip(node.ops, node.comparators, strict=True)
                if isinstance(order, (ast.In, ast.NotIn))
            ]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            method = node.func
            containers = [method.value] * (method.attr in READING_METHODS)
            containers += node.args * (method.attr == "join")
        elif isinstance(node, ast.Call) and name_of(node.func) in READING_FUNCTIONS:
            containers = node.args
        for container in containers:
            if isinstance(container, ast.Name):
                yield container.id
            elif isinstance(container, ast.Attribute):
                yield f".{container.attr}"


def own_attributes(function: Function) -> Iterator[str]:
    """Yield the attributes that a method assigns to its first parameter."""
    names = parameters(function.args)
    for node in ast.walk(function):
        is_stored = isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
        if isinstance(node, ast.Attribute) and is_stored and [name_of(node.value)] == names[:1]:
            yield node.attr


def assigned_attributes(tree: ast.AST) -> Iterator[ast.Attribute]:
    """Yield the attributes that a module or function assigns, but not those of `self`."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.ctx, ast.Store)
            and name_of(node.value) != "self"
        ):
            yield node
