"""The directories whose modules our code may import: the standard library and site directories.

This file imports only modules that the interpreter loads before it looks into the working directory
or the project.
"""

import os
import site
import sys
from _io import FileIO  # `open` may have been replaced

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_sites: "list[str]" = []


def trusted() -> "list[str]":
    """Return the directories of the standard library and the site directories."""
    return [*standard_library(), *site_directories()]


def standard_library() -> "list[str]":
    """Return the directories of the standard library."""
    library = os.path.dirname(os.path.realpath(os.__file__))
    return [library, os.path.join(library, "lib-dynload"), os.path.join(sys.base_prefix, "DLLs")]


def site_directories() -> "list[str]":
    """Return the site directories, then the directories that `.pth` files in them add.

    They are read once in a process, as the interpreter does it.
    """
    if not _sites:
        # On Windows, they include the prefix, below which everything is.
        sites = [path for path in site.getsitepackages() if path not in site.PREFIXES]
        if site.ENABLE_USER_SITE:
            sites.append(site.getusersitepackages())
        added = [path for directory in sites for path in _pth_paths(directory)]
        _sites[:] = dict.fromkeys(sites + added)
    return [*_sites]


def names_in(directory: str) -> "list[str]":
    """Return the sorted names in a directory, or an empty list if it cannot be read."""
    try:
        return sorted(os.listdir(directory))
    except OSError:
        return []


def is_inside(path: str, directory: str) -> bool:
    """Return whether a path is below a directory. Both must be absolute."""
    return os.path.normcase(path).startswith(os.path.normcase(directory).rstrip(os.sep) + os.sep)


def file_path(url: str) -> str:
    """Return the path that a ``file:`` URL has."""
    from urllib.parse import unquote, urlsplit

    if os.name != "nt":
        return unquote(urlsplit(url).path)
    # Imported on Windows only: it loads many modules for HTTP.
    from urllib.request import url2pathname

    return url2pathname(url.partition(":")[2])  # with the host of a share, as in file://host/share


def _pth_paths(directory: str) -> "Iterator[str]":
    for name in names_in(directory):
        if not name.endswith(".pth"):
            continue
        try:
            with FileIO(os.path.join(directory, name)) as file:
                lines = file.readall().decode("utf-8").lstrip("\ufeff").splitlines()
        except (OSError, ValueError):
            continue
        for line in map(str.strip, lines):
            if line and not line.startswith(("#", "import ", "import\t")):
                path = os.path.join(directory, line)
                if os.path.isdir(path):
                    yield os.path.abspath(path)
