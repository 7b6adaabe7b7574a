"""Finds what published source decides alone: the value of a constant expression, or a test's result.

``message or "no key"`` with ``message=None`` from the caller → the test of `message` is false.

Nothing depends on the values of the program. A test that a value decides is not known.
"""

from __future__ import annotations

import ast
import operator
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from telemetry_hook._redact.message.nodes import place_of
from telemetry_hook._redact.message.templates import HOLES

if TYPE_CHECKING:
    from collections.abc import Callable

    from telemetry_hook._redact.message.expressions import Reader

MAX_DEPTH = 24
# Their repr and truth are known, and they cannot be changed.
SCALARS = frozenset({str, int, bool, float, bytes, type(None)})
CONTAINERS = (ast.Dict, ast.List, ast.Set)
NEVER_NONE = (ast.JoinedStr, ast.Dict, ast.List, ast.Set, ast.Tuple, ast.Lambda)
COMPARISONS: dict[type[ast.cmpop], Callable[[object, object], object]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Is: operator.eq,  # of constants of one type
    ast.IsNot: operator.ne,
}
ORDERS: dict[type[ast.cmpop], Callable[[float, float], bool]] = {
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
}


class Constant(NamedTuple):
    """The value that an expression has whenever it is evaluated: an exact built-in scalar."""

    value: object


def sources(reader: Reader, node: ast.expr) -> list[tuple[ast.AST | None, Reader]]:
    """Return what a name or an attribute of `self` may be, or the expression itself.

    None in place of an expression is an unknown value.
    """
    if reader.budget.is_too_much() or reader.depth > MAX_DEPTH:
        return [(None, reader)]
    names, deeper = reader.names, replace(reader, depth=reader.depth + 1)
    if isinstance(node, ast.NamedExpr):
        return [(node.value, deeper)]
    if isinstance(node, ast.Attribute):
        given = names.expressions.get(node.attr) if names.is_self(node.value) else None
        return [(None, reader) if given is None else (given.value, deeper.at(given.names))]
    if not isinstance(node, ast.Name):
        return [(node, deeper)]
    found = names.values(node.id, place_of(node), deeper.holds)
    if not found or any(binding.is_added or binding.is_repeated for binding, _ in found):
        return [(None, reader)]
    return [(binding.value, deeper.at(of)) for binding, of in found]


def constant(reader: Reader, node: ast.expr) -> Constant | None:
    """Return the only value that an expression can have, or None if that is not known."""
    if isinstance(node, ast.Constant):
        return Constant(node.value) if type(node.value) in SCALARS else None
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = constant(reader, node.operand)
        return Constant(-inner.value) if inner and type(inner.value) is int else None
    found = [(value, at) for value, at in sources(reader, node) if value is not node]
    if len(found) != 1 or not isinstance(found[0][0], ast.expr):
        return None
    return constant(found[0][1], found[0][0])


def is_open(node: ast.AST) -> bool:
    """Return whether a value is a list, dict or set, or a tuple with one: it may change later."""
    items = node.elts if isinstance(node, ast.Tuple) else []
    return isinstance(node, CONTAINERS) or any(map(is_open, items))


def truth(reader: Reader, node: ast.expr) -> bool | None:
    """Return whether an expression is true, or None if a value decides that."""
    if isinstance(node, ast.Constant):
        return bool(node.value)
    if reader.budget.is_too_much():
        return None
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        inner = truth(reader, node.operand)
        return None if inner is None else not inner
    if isinstance(node, ast.BoolOp):
        return _of_operation(reader, node)
    if isinstance(node, ast.Compare):
        return _of_comparison(reader, node) if len(node.ops) == 1 else None
    if isinstance(node, ast.Tuple):
        return bool(node.elts) if not _has_star(node) else None
    if is_text(node):
        texts = reader.templates(node)
        return True if all(any(p and p not in HOLES for p in text) for text in texts) else None
    return _agreed(reader, node, truth)


def is_none(reader: Reader, node: ast.expr) -> bool | None:
    """Return whether an expression is None, or None if that is not known."""
    if isinstance(node, ast.Constant):
        return node.value is None
    if isinstance(node, NEVER_NONE) or is_text(node):
        return False
    return _agreed(reader, node, is_none)


def is_text(node: ast.AST) -> bool:
    """Return whether an expression is a text for sure: it has a literal or an f-string."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Mod)):
        is_sum = isinstance(node.op, ast.Add)
        return is_text(node.left) or (is_sum and is_text(node.right))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr in ("format", "join") and is_text(node.func.value)
    is_literal = isinstance(node, ast.Constant) and type(node.value) is str
    return is_literal or isinstance(node, ast.JoinedStr)


def _agreed(
    reader: Reader, node: ast.expr, ask: Callable[[Reader, ast.expr], bool | None]
) -> bool | None:
    """Return the answer that all values of a name or attribute give, or None."""
    if not _is_local(reader, node):
        return None
    answers: set[bool | None] = set()
    for value, at in sources(reader, node):
        # A container may have got other items since.
        is_changing = value is node or (ask is truth and isinstance(value, CONTAINERS))
        is_known = isinstance(value, ast.expr) and not is_changing
        is_handled = isinstance(value, ast.ExceptHandler) and ask is is_none
        answers.add(ask(at, value) if is_known else False if is_handled else None)  # type: ignore[arg-type]
    return answers.pop() if len(answers) == 1 else None


def _of_operation(reader: Reader, node: ast.BoolOp) -> bool | None:
    is_or = isinstance(node.op, ast.Or)
    parts = [truth(reader, value) for value in node.values]
    if is_or in parts:
        return is_or
    return None if None in parts else not is_or


def _of_comparison(reader: Reader, node: ast.Compare) -> bool | None:
    [order], [right] = node.ops, node.comparators
    if isinstance(order, (ast.Is, ast.IsNot)) and is_none(reader, right):
        left_is_none = is_none(reader, node.left)
        return None if left_is_none is None else left_is_none is isinstance(order, ast.Is)
    one = constant(reader, node.left) if _is_local(reader, node.left) else None
    if one is None:
        return None
    if isinstance(order, (ast.In, ast.NotIn)):
        items = right.elts if isinstance(right, (ast.Tuple, ast.List, ast.Set)) else [right]
        others = [constant(reader, item) for item in items]
        if None in others or items == [right]:
            return None
        is_in = any(each is not None and one.value == each.value for each in others)
        return is_in is isinstance(order, ast.In)
    other = constant(reader, right)
    if other is None:
        return None
    if isinstance(order, (ast.Is, ast.IsNot)) and type(one.value) is not type(other.value):
        return None
    if type(order) in COMPARISONS:
        return bool(COMPARISONS[type(order)](one.value, other.value))
    if type(one.value) is int and type(other.value) is int and type(order) in ORDERS:
        return ORDERS[type(order)](one.value, other.value)
    return None


def _is_local(reader: Reader, node: ast.expr) -> bool:
    """Return whether an expression is no name of the module, which others may switch."""
    return not isinstance(node, ast.Name) or reader.names.scope.has(node.id)


def _has_star(node: ast.Tuple) -> bool:
    return any(isinstance(item, ast.Starred) for item in node.elts)
