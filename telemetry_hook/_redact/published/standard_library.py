"""The modules that Python's standard library has, on all systems, from Python 3.10 on.

`standard_library.txt` lists them by directory; `tools/write_standard_library.py` writes that file.
``imp-11 sys tomllib+11`` means: up to Python 3.11, in each Python, from 3.11 on.

What is beside them in the directories of the standard library is not Python's: `site-packages`,
what was built on this machine, or a module that a company has put into a package. Python's own list
`sys.stdlib_module_names` has no modules of packages, and a program can change it.
"""

from __future__ import annotations

import sys
from _imp import extension_suffixes
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def has_module(name: str) -> bool:
    """Return whether there is a module or package of this name: ``json.decoder``."""
    path = name.replace(".", "/")
    return "/" not in name and (path in _modules() or f"{path}/__init__" in _modules())


def has_file(name: str) -> bool:
    """Return whether a file holds one of the modules: ``json/decoder.py``, ``json/__init__.py``.

    Compiled modules are in no package: ``_json.cpython-311-x86_64-linux-gnu.so``
    """
    path, dot, suffix = name.partition(".")
    is_compiled = "/" not in path and dot + suffix in extension_suffixes()
    return (suffix == "py" or is_compiled) and path in _modules()


@cache
def _modules() -> frozenset[str]:
    """Return where the modules are, without suffixes: ``json/decoder``."""
    import pkgutil

    content = pkgutil.get_data(__package__, "standard_library.txt") or b""
    lines = [line.partition(": ") for line in content.decode().splitlines()]
    tops = {name for directory, _, entries in lines if not directory for name in _names(entries)}
    inner = {
        f"{directory}/{name}"
        for directory, _, entries in lines
        if directory.partition("/")[0] in tops
        for name in _names(entries)
    }
    return frozenset(tops | inner)


def _names(entries: str) -> Iterator[str]:
    minor = sys.version_info.minor
    for entry in entries.split():
        since, _, last = entry.partition("-")
        name, _, first = since.partition("+")
        if int(first or minor) <= minor <= int(last or minor):
            yield name
