"""Finds the templates of expressions that choose one of several: ``a or b``, ``a if test else b``.

What published source decides is chosen. What a value decides is covered by one template.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from telemetry_hook._redact.message import certain, tables
from telemetry_hook._redact.message.templates import CAUGHT, UNKNOWN, covering

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from telemetry_hook._redact.message.expressions import Reader
    from telemetry_hook._redact.message.templates import Template


def conditional(reader: Reader, node: ast.IfExp) -> Iterator[Template]:
    """Yield the texts of the operand that the test chooses, or what both have in common."""
    is_true = reader.holds(node.test)
    if is_true is None:
        yield covering([reader.template(node.body), reader.template(node.orelse)])
    else:
        yield from reader.templates(node.body if is_true else node.orelse)


def either(reader: Reader, node: ast.BoolOp) -> Iterator[Template]:
    """Yield the texts of the operands that may be the result."""
    is_or = isinstance(node.op, ast.Or)
    possible = []
    for value in node.values:
        is_true = None if value is node.values[-1] else reader.holds(value)
        if is_true is not None and is_true is not is_or:
            continue
        possible.append(value)
        if is_true is is_or:
            break
    if len(possible) == 1:
        yield from reader.templates(possible[0])
    else:
        yield covering([reader.template(value) for value in possible])


def plural(reader: Reader, node: ast.Call) -> Iterator[Template]:
    """Yield the text that `ngettext` chooses, if it is not translated."""
    one, several, *counts = node.args
    count = certain.constant(reader, counts[0]) if counts else None
    if count is None:
        yield covering([reader.template(one), reader.template(several)])
    else:
        yield from reader.templates(one if count.value == 1 else several)


def got(reader: Reader, function: ast.Attribute, node: ast.Call) -> Iterator[Template]:
    """Yield the texts of what `get` returns from a table."""
    if node.args:
        yield from _entry(reader, function.value, node.args[0], node.args[1:])


def subscript(reader: Reader, node: ast.Subscript) -> Iterator[Template]:
    """Yield the texts of a table's entry, or of an exception's argument: ``error.args[0]``."""
    inner = node.value
    if not isinstance(inner, ast.Attribute) or inner.attr != "args":
        yield from _entry(reader, inner, node.slice, [])
    elif reader.names.is_self(inner.value):
        index = node.slice.value if isinstance(node.slice, ast.Constant) else None
        known = reader.names.attributes.get(f"args[{index}]") if type(index) is int else None
        yield from known or [UNKNOWN]
    else:
        is_caught = reader.templates(inner.value) == [(CAUGHT,)]
        yield (CAUGHT,) if is_caught else UNKNOWN


def _entry(
    reader: Reader, node: ast.expr, key: ast.expr, defaults: Sequence[ast.expr]
) -> Iterator[Template]:
    """Yield the templates of a table's entry. One covers all of them if a value chooses it."""
    found = tables.find(reader, node)
    entries = None if found is None else tables.entries(found[0])
    if found is None or entries is None:
        yield UNKNOWN
        return
    table, there = found
    known = tables.key_of(reader, key, table, there)
    if known is tables.UNKNOWN_KEY:
        texts = [covering(there.kept(value)) for value in entries.values()]
        yield covering([*texts, *map(reader.template, defaults)])
        return
    value = entries.get(known)
    if value is not None:
        yield from there.kept(value)
    elif defaults:
        yield from reader.templates(defaults[0])
    else:
        yield UNKNOWN
