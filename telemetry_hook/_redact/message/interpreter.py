r"""Templates of the messages that C code raises. No installed source contains these messages.

`messages.txt` lists the templates by class. `tools/learn_messages` writes that file. A placeholder
for a value is `<…>` in the file and `"\0"` here. A placeholder for the name of a type is `<…type>`
in the file and `"\1"` here.
"""

from __future__ import annotations

from functools import cache
from types import FunctionType

from telemetry_hook._crash import guarded

VALUE, TYPE = "\0", "\1"
VALUE_MARK, TYPE_MARK = "<…>", "<…type>"
# `system` has the C library's texts. They are not matched, because a text of the program may equal one.
SYSTEM = f"[Errno {VALUE}] "


def templates(kind: type[BaseException]) -> tuple[str, ...]:
    r"""Return the templates of a class and its bases: nearest class first, then longest text first.

    For a `SyntaxError`, they are templates of its `msg`, because `str()` adds the file and line.

    `IndexError` → `("cannot fit '\1' into an index-sized integer", …, "pop from empty list", …)`
    """
    keys = [key for base in guarded.mro(kind) if (key := _key(base)) is not None]
    return tuple(template for key in keys for template in _section(key))


@cache
def _section(key: str) -> tuple[str, ...]:
    section = _table().partition(f"\n[{key}]\n")[2].partition("\n\n")[0]
    lines = section.replace(VALUE_MARK, VALUE).replace(TYPE_MARK, TYPE).splitlines()
    own = (line for line in lines if not line.startswith(SYSTEM))
    return tuple(sorted(own, key=_fixed_length, reverse=True))


@cache
def _table() -> str:
    import pkgutil

    # The package's loader reads the file. This also works in a zip file.
    content = pkgutil.get_data(__package__, "messages.txt")
    return "" if content is None else content.decode().replace("\r\n", "\n")


def _fixed_length(template: str) -> int:
    return len(template) - template.count(VALUE) - template.count(TYPE)


def _key(kind: type) -> str | None:
    """Return a class's name in the table, or None if its messages cannot be in the table.

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
