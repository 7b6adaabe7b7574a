"""Finds out which tool a bundle runs: a zipapp, a shiv, a pex, or a frozen program.

A bundle starts by a file of its own, which no distribution has. It runs a tool if that tool has
called `install()`, or if the function that the bundle starts is one of the tool's console scripts.
"""

import os
import sys

from telemetry_hook import _started
from telemetry_hook._crash import guarded
from telemetry_hook._installed import archives
from telemetry_hook._installed.places import bundled, home, is_frozen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType

# Where shiv and pex keep the name of the function that they start.
DESCRIPTIONS = ("environment.json", "PEX-INFO")
START_FILES = ("__main__.py", "pex")  # `pex --venv` makes an environment with a file `pex` in it


def installer() -> "str | None":
    """Return the name of the module that called `install()`, or None if the program is no bundle."""
    return None if _start() is None else _started.installer()


def entry_points() -> "Iterator[str]":
    """Yield what the program starts, if it is a bundle: ``lift.cli:main``, or a module: ``lift``.

    If the bundle has a start file in Python, yield all that the file may start.
    """
    start = _start()
    if start is None:
        return
    described = _described(start)
    if described is not None:
        yield described
    code = _main_code() if described is None else None
    if code is not None:
        for module in code.co_names:
            for name in code.co_names:
                yield f"{module}:{name}"


def _start() -> "str | None":
    """Return the archive or directory that the bundle starts in, or None if the program is no bundle."""
    if is_frozen():
        return home()
    file = guarded.module_file(sys.modules.get("__main__"))
    if file is None or os.path.basename(file) not in START_FILES:
        return None
    directory = os.path.dirname(file)
    is_bundle = directory in bundled() or _described(directory) is not None
    return directory if is_bundle else None


def _described(start: str) -> "str | None":
    """Return the entry point that a shiv or pex has been made for, or None for other bundles."""
    contents = [archives.read(os.path.join(start, name)) for name in DESCRIPTIONS]
    content = next(filter(None, contents), None)
    if content is None:
        return None
    import json

    try:
        description = json.loads(content)
    except ValueError:
        return None
    entry_point = description.get("entry_point") if type(description) is dict else None
    return entry_point if type(entry_point) is str else None


def _main_code() -> "CodeType | None":
    """Return the code of the start file, which Python's or the bundle's loader has."""
    loader = guarded.module_names("__main__").get("__loader__")
    try:
        code = loader.get_code("__main__")  # type: ignore[union-attr]
    except Exception:
        return None
    return code if type(code) is type(_main_code.__code__) else None
