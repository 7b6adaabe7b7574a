r"""Templates of the messages that C code raises: no source is installed that would hold them.

They come from a table that `tools/learn_messages` makes: in a template `"\0"` is a hole for a
value, and `"\1"` a hole for the name of a type.
"""

from __future__ import annotations

import marshal
import os
from functools import cache
from types import FunctionType

from telemetry_hook._crash import guarded

VALUE, TYPE = "\0", "\1"

_table: dict[str, bytes] = {}


def templates(kind: type[BaseException]) -> tuple[str, ...]:
    """Return the templates of a class and of its bases, the nearest class and longest text first.

    Of a `SyntaxError`, they are templates of its `msg`: `str()` adds its place.
    """
    keys = [key for base in guarded.mro(kind) if (key := _key(base)) is not None]
    return tuple(each for key in keys for each in _decoded(key))


@cache
def _decoded(key: str) -> tuple[str, ...]:
    if not _table:
        path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "messages.bin")
        with open(path, "rb") as file:
            _table.update(marshal.load(file))  # noqa: S302 (a file of our own distribution)
    packed = _table.get(key)
    return () if packed is None else marshal.loads(packed)  # noqa: S302 (the same file)


def _key(kind: type) -> str | None:
    """Return what a class is called in the table, if its module holds it under that name."""
    qualname, module = guarded.qualname(kind), guarded.module(kind)
    if guarded.is_static(kind):
        return qualname if guarded.class_at("builtins", qualname) is kind else None
    # What Python code puts together has source, and numbers of its own.
    if type(guarded.names(kind).get("__init__")) is FunctionType:
        return None
    if module is None or guarded.class_at(module, qualname) is not kind:
        return None
    return f"{module}.{qualname}"
