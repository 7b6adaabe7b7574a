"""A class's module and qualified name. They are not taken from the class alone: its module must agree.

Each function returns the two names, or None if the class is not the one that these names mean.
"""

from __future__ import annotations

import builtins
import re
import types
from typing import TYPE_CHECKING

from telemetry_hook._crash import guarded
from telemetry_hook._redact import closed_tables
from telemetry_hook._redact.published import standard_library

if TYPE_CHECKING:
    from telemetry_hook._redact.published.definitions import Definition
    from telemetry_hook._redact.published.public_files import PublicFile

Names = tuple["str | None", str]

# Names of built-in classes: a program may add its own classes to `builtins` and `types`.
BUILT_IN = frozenset(closed_tables.BUILT_IN_CLASSES.split())
# Built-in classes that `builtins` has no name for.
UNNAMED = frozenset(id(kind) for kind in vars(types).values() if type(kind) is type)
# Classes from C code. Some builds of Python have no file for their modules.
COMPILED_IN = frozenset(
    {
        *(("binascii", "Error"), ("binascii", "Incomplete"), ("io", "UnsupportedOperation")),
        *(("select", "error"), ("struct", "error"), ("zlib", "error")),
        *(("re", "Match"), ("re", "Pattern"), ("functools", "partial"), ("_thread", "lock")),
        *(("_io", "BufferedReader"), ("_io", "BufferedWriter"), ("_io", "BytesIO")),
        *(("_io", "FileIO"), ("_io", "StringIO"), ("_io", "TextIOWrapper")),
        *(("collections", "OrderedDict"), ("collections", "defaultdict")),
        *(("collections", "deque"), ("builtins", "ExceptionGroup")),
        ("pydantic_core._pydantic_core", "ValidationError"),
    }
)


def held(kind: type) -> Names | None:
    """Return the names by which this very class is found in a loaded module: ``json``, ``JSONEncoder``."""
    module, qualname = guarded.module(kind), guarded.qualname(kind)
    is_held = module is not None and guarded.class_at(module, qualname) is kind
    return (module, qualname) if is_held else None


def static(kind: type) -> Names | None:
    """Return the names of a class that C code made. For built-in classes, the module is None."""
    if not guarded.is_static(kind):
        return None
    qualname = guarded.qualname(kind)
    is_there = vars(builtins).get(qualname) is kind or id(kind) in UNNAMED
    if is_there and qualname in BUILT_IN:
        return None, qualname
    names = held(kind)
    is_of_library = standard_library.has_module(guarded.module(kind) or "")
    return names if is_of_library else None


def written(kind: type, file: PublicFile, body: Definition) -> Names | None:
    """Return the names of a class that a public file defines; `body` is the code of its definition."""
    names = held(kind)
    is_it = names is not None and body.is_class and body.qualname == names[1]
    return (file.module, body.qualname) if is_it else None


def compiled_in(kind: type) -> Names | None:
    """Return the names of a class that is in `COMPILED_IN`."""
    names = held(kind)
    if names not in COMPILED_IN:
        return None
    module, qualname = names
    return None if module == "builtins" else module, qualname


def of_extension(kind: type, file: PublicFile) -> Names | None:
    """Return the names of a class whose full name is in the file of an extension module."""
    names = held(kind)
    if names is None:
        return None
    # The class may have been given a name that is not valid UTF-8. Then it is not in the file.
    full_name = ".".join(map(str, names)).encode("utf-8", "surrogatepass")
    name = re.compile(re.escape(full_name) + rb"(?![\w.])")
    return names if name.search(file.content) else None
