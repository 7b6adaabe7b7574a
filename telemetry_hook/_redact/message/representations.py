"""Finds the template of what `repr` makes of an expression, as far as it is written in the source.

``["a list", x]`` → ``['a list', <…>]``
"""

from __future__ import annotations

import ast
from itertools import islice
from typing import TYPE_CHECKING

from telemetry_hook._redact.message import certain, kinds
from telemetry_hook._redact.message.templates import (
    CAUGHT,
    CAUGHT_REPR,
    UNKNOWN,
    concatenated,
    is_marked,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from telemetry_hook._redact.message.expressions import Reader
    from telemetry_hook._redact.message.templates import Template

MAX_ITEMS = 50
BRACKETS = {ast.List: ("[", "]"), ast.Set: ("{", "}"), ast.Tuple: ("(", ")")}


def literal(reader: Reader, node: ast.expr) -> Iterator[Template]:
    """Yield the template of a list, tuple or dict as text, which is its `repr`."""
    yield shown(reader, node)


def shown(reader: Reader, node: ast.expr) -> Template:
    """Return the template of an expression's `repr`, or the kind of its value if that is not known."""
    found = _shown(reader, node)
    return found if found != UNKNOWN else (kinds.of(node, reader.names),)


def _shown(reader: Reader, node: ast.expr) -> Template:
    if reader.budget.is_too_much() or reader.depth > certain.MAX_DEPTH:
        return UNKNOWN
    if isinstance(node, ast.Constant):
        is_known = type(node.value) in certain.SCALARS
        text = repr(node.value) if is_known else None
        return UNKNOWN if text is None or is_marked(text) else (text,)
    if isinstance(node, ast.Dict):
        return _of_dict(reader, node)
    if isinstance(node, (ast.List, ast.Set, ast.Tuple)):
        return _of_items(reader, node)
    if isinstance(node, ast.Name) and reader.names.is_self(node):
        return reader.template(ast.Call(ast.Attribute(node, "__repr__", ast.Load()), [], []))
    if not isinstance(node, (ast.Attribute, ast.Name)):
        return UNKNOWN
    found = certain.sources(reader, node)
    value, at = found[0]
    if len(found) != 1 or value is node or value is None or certain.is_open(value):
        return UNKNOWN
    if isinstance(value, ast.ExceptHandler):
        is_handled = reader.templates(node) == [(CAUGHT,)]
        return (CAUGHT_REPR,) if is_handled else UNKNOWN
    return shown(at, value) if isinstance(value, ast.expr) else UNKNOWN


def _of_items(reader: Reader, node: ast.List | ast.Set | ast.Tuple) -> Template:
    items = node.elts
    is_known = len(items) <= MAX_ITEMS and not any(isinstance(x, ast.Starred) for x in items)
    if not is_known or isinstance(node, ast.Set):  # a set is in no order
        return UNKNOWN
    start, end = BRACKETS[type(node)]
    end = "," * (isinstance(node, ast.Tuple) and len(items) == 1) + end
    return _listed(start, (shown(reader, item) for item in items), end)


def _of_dict(reader: Reader, node: ast.Dict) -> Template:
    keys = [key for key in node.keys if key is not None]
    constants = [key.value for key in keys if isinstance(key, ast.Constant)]
    # Equal keys are one: how many there are depends on their values.
    others = len(keys) - len(constants)
    is_known = len(keys) == len(node.keys) <= MAX_ITEMS and len({*constants}) == len(constants)
    if not is_known or others:
        return UNKNOWN
    pairs = zip(keys, node.values, strict=True)
    items = (
        concatenated([shown(reader, key), (": ",), shown(reader, value)]) for key, value in pairs
    )
    return _listed("{", items, "}")


def _listed(start: str, items: Iterable[Template], end: str) -> Template:
    pieces = [piece for item in islice(items, MAX_ITEMS) for piece in ((", ",), item)]
    return concatenated([(start,), *pieces[1:], (end,)])
