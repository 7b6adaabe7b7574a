"""Makes the `__init__` that a dataclass has from the fields in its class statement.

``@dataclass class Lost(Exception): name: str`` → ``def __init__(self, name): self.name = name``
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from telemetry_hook._redact.message.nodes import FUNCTIONS, name_of

if TYPE_CHECKING:
    from collections.abc import Sequence

DECORATORS = frozenset({"attrs", "dataclass", "define", "frozen", "mutable", "s"})
FIELD_CALLS = frozenset({"attrib", "field", "ib"})
MAX_FIELDS = 100


def initializer(statements: Sequence[ast.ClassDef | None]) -> ast.FunctionDef | None:
    """Return the `__init__` of a dataclass, or None if it has another one.

    `statements` are those of the class and its bases, in the order of inheritance.
    """
    own = statements[0] if statements else None
    if own is None or not _is_dataclass(own):
        return None
    fields: dict[str, ast.AnnAssign] = {}
    post: ast.FunctionDef | None = None
    for statement in [each for each in statements if each and _is_dataclass(each)][::-1]:
        for node in statement.body:
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                fields[node.target.id] = node
            elif isinstance(node, ast.FunctionDef) and node.name == "__post_init__":
                post = node
    has_own = any(isinstance(node, FUNCTIONS) and node.name == "__init__" for node in own.body)
    if has_own or not fields or len(fields) > MAX_FIELDS or any(map(_is_special, fields.values())):
        return None
    given = {name: node for name, node in fields.items() if _option(node, "init") is None}
    is_after = post is not None and [each.arg for each in post.args.args] == ["self"]
    if post is not None and not is_after:
        return None
    return _function(own, given, [] if post is None else post.body)


def _function(
    own: ast.ClassDef, fields: dict[str, ast.AnnAssign], after: list[ast.stmt]
) -> ast.FunctionDef:
    first = own.body[0]
    names = [ast.arg("self"), *map(ast.arg, fields)]
    defaults = [default for node in fields.values() if (default := _default(node)) is not None]
    arguments = ast.arguments([], names, None, [], [], None, defaults)
    assignments: list[ast.stmt] = [
        ast.Assign(
            [ast.Attribute(ast.Name("self", ast.Load()), name, ast.Store())],
            ast.Name(name, ast.Load()),
        )
        for name in fields
    ]
    for node in assignments:
        for inner in ast.walk(node):
            ast.copy_location(inner, first)
    body = [*assignments, *after]
    return ast.copy_location(ast.FunctionDef("__init__", arguments, body, []), own)


def _is_dataclass(statement: ast.ClassDef) -> bool:
    decorators = [getattr(each, "func", each) for each in statement.decorator_list]
    return any(name_of(each) in DECORATORS for each in decorators)


def _is_special(node: ast.AnnAssign) -> bool:
    """Return whether a field is none of the object, or none that is given by its place."""
    text = ast.unparse(node.annotation)
    is_named = any(word in text for word in ("ClassVar", "InitVar", "KW_ONLY"))
    return is_named or _option(node, "kw_only") is not None


def _option(node: ast.AnnAssign, name: str) -> ast.expr | None:
    """Return an option of a field: ``field(init=False)``."""
    call = node.value
    if not isinstance(call, ast.Call) or name_of(call.func) not in FIELD_CALLS:
        return None
    return next((each.value for each in call.keywords if each.arg == name), None)


def _default(node: ast.AnnAssign) -> ast.expr | None:
    """Return a field's default: a constant, or a name for what is not known."""
    if node.value is None:
        return None
    if isinstance(node.value, ast.Call) and name_of(node.value.func) in FIELD_CALLS:
        factory = _option(node, "default_factory") or _option(node, "factory")
        return _option(node, "default") or (None if factory is None else ast.Call(factory, [], []))
    return node.value
