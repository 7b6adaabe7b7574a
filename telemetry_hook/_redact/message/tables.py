"""Finds dicts, lists and tuples that are literals in published source, and reads their entries."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from telemetry_hook._redact.message.names import Given
from telemetry_hook._redact.message.nodes import place_of

if TYPE_CHECKING:
    from telemetry_hook._redact.message.expressions import Reader

Table = ast.Dict | ast.List | ast.Tuple
TABLES = (ast.Dict, ast.List, ast.Tuple)


def find(reader: Reader, node: ast.expr) -> tuple[Table, Reader] | None:
    """Return the literal that a table is, and a reader of the names there, or None if it is unknown.

    A name's table is known if nothing but its items is read wherever the name is mentioned.
    """
    if isinstance(node, TABLES):
        return node, reader
    if isinstance(node, ast.Name):
        given = _of_name(reader, node)
    else:
        given = _of_attribute(reader, node) if isinstance(node, ast.Attribute) else None
    if given is None or not isinstance(given.value, TABLES):
        return None
    return given.value, replace(reader.at(given.names), depth=reader.depth + 1)


def _of_name(reader: Reader, node: ast.Name) -> Given | None:
    names = reader.names
    found = names.values(node.id, place_of(node), reader.holds)
    if len(found) != 1 or found[0][0].is_added or found[0][0].is_repeated:
        return None
    binding, home = found[0]
    scope = names.scope if names.scope.has(node.id) else home.scope
    is_given = home is not names and scope is names.scope  # by a caller, who may change it
    if is_given or not scope.is_constant(node.id) or not isinstance(binding.value, ast.expr):
        return None
    return Given(binding.value, home)


def _of_attribute(reader: Reader, node: ast.Attribute) -> Given | None:
    names = reader.names
    is_own = names.is_self(node.value)
    given = names.expressions.get(node.attr) if is_own else names.of_class(node)
    if given is None:
        return None
    scopes = names.of_module().scope, given.names.of_module().scope
    return given if all(scope.is_constant(f".{node.attr}") for scope in scopes) else None


def entries(table: Table) -> dict[object, ast.expr] | None:
    """Return the values by their constant keys or indexes, or None if some are not known.

    ``{"a": x}`` → ``{"a": x}``; ``[x, y]`` → ``{0: x, 1: y}``; ``{**other}`` → None
    """
    if isinstance(table, ast.Dict):
        found: dict[object, ast.expr] = {}
        for key, value in zip(table.keys, table.values, strict=True):
            if key is None:
                return None
            found[key.value if isinstance(key, ast.Constant) else key] = value
        return found
    if any(isinstance(value, ast.Starred) for value in table.elts):
        return None
    return dict(enumerate(table.elts))


def has_constant_keys(table: Table) -> bool:
    """Return whether all keys of a table are known: a key that is a value may equal any other."""
    keys = table.keys if isinstance(table, ast.Dict) else []
    return all(isinstance(key, ast.Constant) for key in keys)


def index(table: Table, key: object) -> object:
    """Return the key of an entry: the last one of three has the keys 2 and -1."""
    is_from_end = not isinstance(table, ast.Dict) and type(key) is int and key < 0
    return key + len(table.elts) if is_from_end else key  # type: ignore[operator,union-attr]
