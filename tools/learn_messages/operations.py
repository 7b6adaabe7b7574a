"""Probes that combine values of two types by every operator."""

from __future__ import annotations

import operator
from functools import partial
from typing import TYPE_CHECKING, Any

import instances

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fillers import Filler
    from learning import Probe

    Factory = Callable[[Filler], Any]

BINARY: tuple[Callable[[Any, Any], object], ...] = (
    *(operator.add, operator.sub, operator.mul, operator.matmul, operator.truediv),
    *(operator.floordiv, operator.mod, operator.pow, operator.lshift, operator.rshift),
    *(operator.and_, operator.or_, operator.xor, operator.lt, operator.le, operator.gt),
    *(operator.ge, operator.eq, operator.contains, operator.getitem, operator.delitem, divmod),
    *(operator.iadd, operator.isub, operator.imul, operator.imatmul, operator.itruediv),
    *(operator.ifloordiv, operator.imod, operator.ipow, operator.ilshift, operator.irshift),
    *(operator.iand, operator.ior, operator.ixor, operator.concat, operator.iconcat),
    *(isinstance, issubclass, getattr, format, round, operator.countOf, operator.indexOf),
    lambda a, b: operator.setitem(a, b, None),
    lambda a, b: operator.setitem(a, b, ""),
    lambda a, b: operator.setitem(a, slice(0, 1), b),
    lambda a, b: operator.setitem(a, slice(0, 9, 2), b),
    lambda a, b: operator.setitem(a, 0, b),
    lambda a, b: pow(a, b, b),
    lambda a, b: pow(a, b, 0),
)
UNARY: tuple[Callable[[Any], object], ...] = (
    *(operator.neg, operator.pos, operator.invert, abs, len, iter, next, hash, int, float),
    *(
        complex,
        bool,
        str,
        bytes,
        list,
        dict,
        set,
        operator.index,
        operator.length_hint,
        reversed,
        sum,
        min,
        max,
        sorted,
    ),
    *(any, vars, dir, callable, chr, ord, hex, oct, bin, round, memoryview, aiter, anext),
    lambda a: a(),
    lambda a: a[0],
    lambda a: a[:],
    lambda a: operator.delitem(a, 0),
    lambda a: operator.delitem(a, slice(None)),
    lambda a: dict(**a),
    lambda a: len(*a),
    lambda a: a.__enter__(),
    lambda a: a.__await__(),
    lambda a: divmod(a, 0),
    lambda a: a // 0,
    lambda a: a / 0,
    lambda a: a % 0,
    lambda a: 0**-a,
    lambda a: 1 << a,
    lambda a: 1 << -a,
    lambda a: int(a, 36),
    lambda a: int.from_bytes(a, "big"),
)
OTHERS: tuple[Factory, ...] = (
    lambda f: f.obj,
    lambda f: f.number,
    lambda f: -f.number,
    lambda _: 0,
    lambda f: f.big,
    lambda f: f.number + 0.5,
    lambda f: f.text,
    lambda f: f.data,
    lambda f: [f.obj],
    lambda f: (f.obj, f.obj),
    lambda _: {},
    lambda _: set(),
    lambda _: None,
    lambda f: f.Type,
    lambda f: slice(f.obj),
    lambda _: slice(0, 1, 0),
)
MADE: tuple[Factory, ...] = (
    lambda f: f.obj,
    lambda f: f.Type,
    lambda f: -f.number,
    lambda f: f.big,
)


def probes() -> Iterator[Probe]:
    """Yield every operator with values of every two types."""
    for left in (*MADE, *instances.FACTORIES):
        for unary in UNARY:
            yield partial(_unary, unary, left)
    for left in (*MADE, *instances.FACTORIES[:100]):
        for binary in BINARY:
            for right in OTHERS:
                yield partial(_binary, binary, left, right)


def _unary(function: Callable[[Any], object], factory: Factory, filler: Filler) -> object:
    return function(factory(filler))


def _binary(
    function: Callable[[Any, Any], object], left: Factory, right: Factory, filler: Filler
) -> object:
    return function(left(filler), right(filler))
