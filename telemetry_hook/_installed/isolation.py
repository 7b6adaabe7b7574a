"""Isolates imports, so that they see only the standard library and the site directories.

Many programs have the working directory and the project on `sys.path`. If a module there had the
name of one that we import, that module would run at a crash, after the program has ended. So this
file imports only modules that the interpreter loads before it looks into any such directory.
"""

import os
import site
import sys

from telemetry_hook._crash.guarded import module_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

DEPENDENCIES = frozenset({"click", "exceptiongroup", "platformdirs", "pluggy", "tomli", "urllib3"})


class isolated:  # noqa: N801 - reads as the statement that it makes
    """Context in which imports are isolated and modules loaded from elsewhere are set aside."""

    def __enter__(self) -> None:
        self._path = sys.path[:]
        sys.path[:] = [*standard_library(), *site_directories()]
        self._hidden = {name: sys.modules.pop(name) for name in shadows()}

    def __exit__(self, *_: object) -> None:
        sys.path[:] = self._path
        sys.modules.update(self._hidden)


def standard_library() -> "list[str]":
    """Return the directories of the standard library."""
    library = os.path.dirname(os.path.realpath(os.__file__))
    return [library, os.path.join(library, "lib-dynload"), os.path.join(sys.base_prefix, "DLLs")]


def site_directories() -> "list[str]":
    """Return the site directories, then the directories that `.pth` files in them add."""
    sites = list(site.getsitepackages())
    if site.ENABLE_USER_SITE:
        sites.append(site.getusersitepackages())
    added = [path for directory in sites for path in _pth_paths(directory)]
    return list(dict.fromkeys(sites + added))


def names_in(directory: str) -> "list[str]":
    """Return the sorted names in a directory, or an empty list if it cannot be read."""
    try:
        return sorted(os.listdir(directory))
    except OSError:
        return []


def is_inside(path: str, directory: str) -> bool:
    """Return whether a path is below a directory. Both must be absolute."""
    return os.path.normcase(path).startswith(os.path.normcase(directory).rstrip(os.sep) + os.sep)


def shadows() -> "list[str]":
    """Return loaded modules with the same name as one that we import, but from another place."""
    trusted = [*standard_library(), *site_directories()]
    real = list(map(os.path.realpath, trusted))

    def is_shadow(name: str, module: "ModuleType") -> bool:
        if name not in DEPENDENCIES and name not in sys.stdlib_module_names:
            return False
        if (file := module_file(module)) is None:
            return False
        return not any(is_inside(file, directory) for directory in trusted) and not any(
            is_inside(os.path.realpath(file), directory) for directory in real
        )

    tops = {name for name, module in list(sys.modules.items()) if is_shadow(name, module)}
    return [name for name in sys.modules if name.partition(".")[0] in tops]


def _pth_paths(directory: str) -> "Iterator[str]":
    for name in names_in(directory):
        if not name.endswith(".pth"):
            continue
        try:
            with open(os.path.join(directory, name), "rb") as file:
                lines = file.read().decode("utf-8").lstrip("\ufeff").splitlines()
        except (OSError, ValueError):
            continue
        for line in map(str.strip, lines):
            if line and not line.startswith(("#", "import ", "import\t")):
                path = os.path.join(directory, line)
                if os.path.isdir(path):
                    yield os.path.abspath(path)
