"""A class's module and qualified name. They are not taken from the class alone: a module must agree.

Each function returns the two names, or None if the class is not the one that these names mean.
"""

from __future__ import annotations

import builtins
import os
import re
import sys
import types
from typing import TYPE_CHECKING

from telemetry_hook._crash import guarded
from telemetry_hook._installed import places
from telemetry_hook._installed.distributions import relative
from telemetry_hook._installed.places import is_inside
from telemetry_hook._redact.published import c_classes, standard_library, syntax

if TYPE_CHECKING:
    from telemetry_hook._redact.published.definitions import Definition
    from telemetry_hook._redact.published.public_files import PublicFile

Names = tuple["str | None", str]

# Built-in classes that `builtins` has no name for.
UNNAMED = frozenset(id(kind) for kind in vars(types).values() if type(kind) is type)


def held(kind: type) -> Names | None:
    """Return the names by which this very class is found in a loaded module: ``json``, ``JSONEncoder``."""
    module, qualname = guarded.module(kind), guarded.qualname(kind)
    is_held = module is not None and guarded.holds(module, qualname, kind)
    return (module, qualname) if is_held else None


def made_in_c(kind: type) -> Names | None:
    """Return the names of a class that only C code can make. For built-in classes, the module is None."""
    if not guarded.is_immutable(kind):
        return None
    module, qualname = guarded.module(kind), guarded.qualname(kind)
    is_built_in = vars(builtins).get(qualname) is kind or id(kind) in UNNAMED
    if (is_built_in or module == "builtins") and qualname in c_classes.BUILT_IN:
        return None, qualname
    return (module, qualname) if _is_of_library(module or "") else None


def _is_of_library(module: str) -> bool:
    """Return whether a loaded module is the standard library's, and not another one of that name."""
    if module not in sys.modules or not standard_library.has_module(module):
        return False
    path = guarded.module_file(sys.modules[module])
    directories = map(os.path.realpath, places.standard_library())
    return path is None or any(
        is_inside(real, directory) and standard_library.has_file(relative(real, directory))
        for real in [os.path.realpath(path)]
        for directory in directories
    )


def like_python(kind: type) -> Names | None:
    """Return the names of a class of C code that is in `c_classes.LIKE_PYTHON`."""
    names = held(kind)
    if names not in c_classes.LIKE_PYTHON:
        return None
    module, qualname = names
    return None if module == "builtins" else module, qualname


def written(
    kind: type, file: PublicFile, body: Definition, home: PublicFile | None
) -> Names | None:
    """Return the names of a class that a public file defines; `body` is the code of its definition.

    The module is the one that the class names itself, if `home` is that module's file: a package may
    export a class that another of its modules defines.
    """
    is_it = body.is_class and body.qualname == guarded.qualname(kind)
    return _defined(kind, file, home) if is_it else None


def called(kind: type, file: PublicFile) -> Names | None:
    """Return the names of a class that a call in its module makes: ``Point = namedtuple("Point", "x y")``."""
    is_there = guarded.qualname(kind) in syntax.classes_by_call(file)
    return _defined(kind, file, None) if is_there else None


def _defined(kind: type, file: PublicFile, home: PublicFile | None) -> Names | None:
    module, qualname = guarded.module(kind), guarded.qualname(kind)
    is_in_home = module is not None and guarded.holds(module, qualname, kind)
    if not is_in_home and not guarded.holds(file.module, qualname, kind):
        return None
    is_exported = is_in_home and home is not None and home.module == module
    return (module if is_exported else file.module), qualname


def of_extension(kind: type, file: PublicFile) -> Names | None:
    r"""Return the names of a class whose names are in the file of an extension module.

    The file has the full name as one text, or each name as one: ``\0lxml.etree\0``, ``\0XPathError\0``.
    """
    names = held(kind)
    if names is None:
        return None
    # The class may have been given a name that is not valid UTF-8. Then it is not in the file.
    full_name, module, qualname = (
        text.encode("utf-8", "surrogatepass")
        for text in (".".join(map(str, names)), *map(str, names))
    )
    whole = re.compile(re.escape(full_name) + rb"(?![\w.])")
    has_module = file.module == names[0] or b"\0%b\0" % module in file.content
    has_both = has_module and b"\0%b\0" % qualname in file.content
    return names if has_both or whole.search(file.content) else None
