r"""Templates of the messages that C code raises: no source is installed that would hold them.

`messages.txt` lists them by class; `tools/learn_messages` writes it. It has `<…>` where a template
has a hole for a value, here `"\0"`, and `<…type>` where it has one for the name of a type, here
`"\1"`.
"""

from __future__ import annotations

import pkgutil
from functools import cache
from types import FunctionType

from telemetry_hook._crash import guarded

VALUE, TYPE = "\0", "\1"
VALUE_MARK, TYPE_MARK = "<…>", "<…type>"


def templates(kind: type[BaseException]) -> tuple[str, ...]:
    r"""Return the templates of a class and of its bases, the nearest class and longest text first.

    Of a `SyntaxError`, they are templates of its `msg`: `str()` adds its place.

    `IndexError` → `("cannot fit '\1' into an index-sized integer", …, "pop from empty list", …)`
    """
    keys = [key for base in guarded.mro(kind) if (key := _key(base)) is not None]
    return tuple(template for key in keys for template in _section(key))


@cache
def _section(key: str) -> tuple[str, ...]:
    section = _table().partition(f"\n[{key}]\n")[2].partition("\n\n")[0]
    lines = section.replace(VALUE_MARK, VALUE).replace(TYPE_MARK, TYPE).splitlines()
    return tuple(sorted(lines, key=_fixed_length, reverse=True))


@cache
def _table() -> str:
    # The package's loader reads it, which also works in a zip file.
    content = pkgutil.get_data(__package__, "messages.txt")
    return "" if content is None else content.decode().replace("\r\n", "\n")


def _fixed_length(template: str) -> int:
    return len(template) - template.count(VALUE) - template.count(TYPE)


def _key(kind: type) -> str | None:
    """Return what a class is called in the table, if its module holds it under that name.

    `IndexError` → `"IndexError"`, `sqlite3.OperationalError` → `"sqlite3.OperationalError"`
    """
    qualname, module = guarded.qualname(kind), guarded.module(kind)
    if guarded.is_static(kind):
        return qualname if guarded.class_at("builtins", qualname) is kind else None
    # The messages of a class that is written in Python are in its source.
    if type(guarded.names(kind).get("__init__")) is FunctionType:
        return None
    if module is None or guarded.class_at(module, qualname) is not kind:
        return None
    return f"{module}.{qualname}"
