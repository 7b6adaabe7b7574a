r"""Templates of the messages that C code raises: no source is installed that would hold them.

They come from a table that `tools/learn_messages` makes: in a template `"\0"` is a hole for a
value, and `"\1"` a hole for the name of a type.
"""

from __future__ import annotations

import marshal
import os
import sys
from functools import cache
from types import FunctionType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

VALUE, TYPE = "\0", "\1"
HEAP_TYPE = 1 << 9

_bases = type.__dict__["__mro__"].__get__
_flags = type.__dict__["__flags__"].__get__
_names = type.__dict__["__dict__"].__get__
_qualname = type.__dict__["__qualname__"].__get__

_table: dict[str, bytes] = {}


def templates(kind: type[BaseException]) -> tuple[str, ...]:
    """Return the templates of a class and of its bases, the nearest class and longest text first.

    Of a `SyntaxError`, they are templates of its `msg`: `str()` adds its place.
    """
    keys = [key for base in _bases(kind) if (key := _key(base)) is not None]
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
    qualname, module = _qualname(kind), _names(kind).get("__module__")
    if not _flags(kind) & HEAP_TYPE and _at(sys.modules["builtins"], qualname) is kind:
        return str(qualname)
    # What Python code puts together has source, and numbers of its own.
    if any(type(each) is FunctionType for each in (_names(kind).get("__init__"),)):
        return None
    # Neither may be a subclass of the user's, whose methods would run.
    if type(module) is not str or _at(sys.modules.get(module), qualname) is not kind:
        return None
    return f"{module}.{qualname}"


def _at(module: object, qualname: str) -> object:
    if not issubclass(type(module), type(sys)):
        return None
    found: object = None
    names: Any = object.__getattribute__(module, "__dict__")
    for part in qualname.split("."):
        found = names.get(part)
        if not issubclass(type(found), type):
            return None
        names = _names(found)
    return found
