"""Prints where the modules of this Python's standard library are: ``json/decoder``, ``_json``.

The first line is the Python's minor version.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

TESTS = {"idle_test", "test", "tests"}


def modules() -> Iterator[str]:
    """Yield each of them. The names at the top are those of all systems, also of compiled modules."""
    yield from sys.stdlib_module_names
    library = os.path.dirname(os.path.realpath(os.__file__))
    for directory, directories, files in os.walk(library):
        parents = os.path.relpath(directory, library).split(os.sep)
        if directory == library:
            directories[:] = sys.stdlib_module_names.intersection(directories)
            continue
        directories[:] = [name for name in directories if name.isidentifier() and name not in TESTS]
        for file in files:
            name, suffix = os.path.splitext(file)
            if suffix == ".py" and name.isidentifier():
                yield "/".join([*parents, name])


if __name__ == "__main__":
    sys.stdout.write("\n".join([str(sys.version_info.minor), *modules()]))
