"""Finds dicts, lists and tuples that are literals in published source, and reads their entries."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from telemetry_hook._redact.message import certain
from telemetry_hook._redact.message.names import Given
from telemetry_hook._redact.message.nodes import name_of, place_of

if TYPE_CHECKING:
    from telemetry_hook._redact.message.expressions import Reader

Table = ast.Dict | ast.List | ast.Tuple
UNKNOWN_KEY = object()
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
            found[key.value if isinstance(key, ast.Constant) else member(key) or key] = value
        return found
    if any(isinstance(value, ast.Starred) for value in table.elts):
        return None
    return dict(enumerate(table.elts))


def member(node: ast.expr) -> tuple[str, str] | None:
    """Return the names in ``Kind.OPEN``, or None for other expressions."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return node.value.id, node.attr
    return None


def key_of(reader: Reader, node: ast.expr, table: Table, there: Reader) -> object:
    """Return the key of an entry, or `UNKNOWN_KEY` if a value decides it.

    A key that is a value may equal any other. So all keys are constants, or members of one class.
    """
    keys = table.keys if isinstance(table, ast.Dict) else []
    members = [None if key is None else member(key) for key in keys]
    if keys and None not in members:
        classes = {name for name, _ in filter(None, members)}
        wanted = member(node)
        is_class = len(classes) == 1 and there.names.is_class(*classes)
        is_wanted = wanted in members and wanted is not None and reader.names.is_class(wanted[0])
        is_fixed = is_class and all(_is_fixed(there, key) for key in keys)
        return wanted if is_fixed and is_wanted else UNKNOWN_KEY
    known = certain.constant(reader, node)
    if known is None or not all(isinstance(key, ast.Constant) for key in keys):
        return UNKNOWN_KEY
    key = known.value
    is_from_end = not isinstance(table, ast.Dict) and type(key) is int and key < 0
    return key + len(table.elts) if is_from_end else key  # type: ignore[operator,union-attr]


def _is_fixed(reader: Reader, node: ast.expr | None) -> bool:
    """Return whether the source decides on the value of a member, which may equal that of another one.

    ``OPEN = "open"`` or ``OPEN = auto()``, but not ``OPEN = environ["OPEN"]``
    """
    given = reader.names.of_class(node) if isinstance(node, ast.Attribute) else None
    value = None if given is None else given.value
    is_numbered = isinstance(value, ast.Call) and name_of(value.func) == "auto" and not value.args
    return is_numbered or isinstance(value, ast.Constant)
