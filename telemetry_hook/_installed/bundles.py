"""Finds out which tool a bundle runs: a zipapp, a shiv, a pex, or a frozen program.

A bundle starts by a file of its own, which no distribution has. It runs a tool if that tool has
called `install()`, or if the function that the bundle starts is one of the tool's console scripts.
"""

import os
import sys

from telemetry_hook import _started
from telemetry_hook._crash import guarded
from telemetry_hook._installed import archives
from telemetry_hook._installed.places import bundled, home, is_frozen, is_inside, of_interpreter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType

# Where shiv and pex keep the name of the function that they start.
DESCRIPTIONS = ("environment.json", "PEX-INFO")
MAX_DESCRIPTION = 1024 * 1024  # a project may have another file of that name
OURS = "telemetry_hook"
# The modules of the loaders whose code is not the program's: those of Python and PyInstaller.
LOADERS = ("zipimport", "_frozen_importlib_external", "pyimod02_importers")
START_FILES = ("__main__.py", "pex")  # `pex --venv` makes an environment with a file `pex` in it


def installer() -> "str | None":
    """Return the name of the module that called `install()`, or None if the program is no bundle."""
    return None if _start() is None else _started.installer()


def entry_points() -> "Iterator[str]":
    """Yield what the program starts, if it is a bundle: ``lift.cli:main``, or a module: ``lift``."""
    start = _start()
    if start is None:
        return
    described = _described(start)
    if described is None:
        yield from _named_in(_main_code())
        return
    module, colon, path = described.partition(":")
    yield module + colon + path.partition(".")[0]


def has(root: str) -> bool:
    """Return whether a directory of distributions is the running bundle's, not of its interpreter."""
    if is_frozen() or archives.is_archived(root):
        return True
    start = _start()
    return start is not None and (is_inside(root, start) or root not in of_interpreter())


def _named_in(code: "CodeType | None") -> "Iterator[str]":
    """Yield all that a start file in Python may start.

    A file with functions of its own, or one that imports what is neither the tool's nor Python's, is
    another program.
    """
    if code is None or any(type(constant) is type(code) for constant in code.co_consts):
        return
    imported = _imported(code)
    packages = {module.partition(".")[0] for module in imported}
    for module in imported:
        if packages - {module.partition(".")[0], OURS} <= sys.stdlib_module_names:
            for started in (module, *(f"{module}.{name}" for name in code.co_names)):
                yield from (f"{started}:{name}" for name in code.co_names)


def _imported(code: "CodeType") -> "list[str]":
    """Return the names of the modules that a start file imports: ``lift.cli``, ``sys``."""
    import dis

    instructions = dis.get_instructions(code)
    return [each.argval for each in instructions if each.opname == "IMPORT_NAME"]


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
    paths = [os.path.join(start, name) for name in DESCRIPTIONS]
    contents = [archives.read(path, MAX_DESCRIPTION) for path in paths]
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
    """Return the code of the start file, which Python's or the freezer's loader has."""
    loader = guarded.module_names("__main__").get("__loader__")
    if guarded.module(type(loader)) not in LOADERS:
        return None
    try:
        code = loader.get_code("__main__")  # type: ignore[union-attr]
    except Exception:
        return None
    return code if type(code) is type(_main_code.__code__) else None
