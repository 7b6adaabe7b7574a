"""Recognises crashes that can be no tool's, without looking at the installed distributions.

Most crashes in an environment are those of its user's own scripts. They must not cost more where
more is installed.
"""

import os
import site
import sys

from telemetry_hook._crash import guarded
from telemetry_hook._installed import isolation
from telemetry_hook._installed.places import SITE, is_inside

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SCRIPTS = ("bin", "Scripts")
EDITABLE_FINDER = "__editable__"  # setuptools' modules of editable installs begin so


def may_be_a_tools(kind: "type[BaseException]") -> bool:
    """Return whether an exception of this class may be the crash of a tool in this process."""
    return _is_candidate_program() or _is_candidate_class(kind)


def main_name() -> str:
    """Return the name of the module that `python -m` runs, or an empty string for a script."""
    spec = guarded.attributes(guarded.module_names("__main__").get("__spec__"))
    name = (spec or {}).get("name")
    return name if type(name) is str else ""


def _is_candidate_program() -> bool:
    file = guarded.module_file(sys.modules.get("__main__"))
    if file is None:
        return False
    if main_name().partition(".")[0] not in ("", "__main__"):
        return True
    # A console script has no suffix. On Windows it is lift.exe, or lift-script.py.
    name = os.path.basename(os.path.realpath(file))
    is_module = name.endswith(".py") and not name.endswith("-script.py") and name != "__main__.py"
    if not is_module or _is_below(file, (sys.prefix, site.USER_BASE, *_imported_from())):
        return True
    # With `pip install --prefix`, a script is in /opt/lift/bin, and its tool below /opt/lift.
    directory, kind = os.path.split(os.path.dirname(os.path.realpath(file)))
    return kind in SCRIPTS and any(
        type(path) is str and os.path.basename(path) in SITE and is_inside(path, directory)
        for path in _imported_from()
    )


def _is_candidate_class(kind: "type[BaseException]") -> bool:
    module = guarded.module(kind)
    if module is None or guarded.is_static(kind):
        return False
    if module.partition(".")[0] in sys.stdlib_module_names:
        return False
    file = guarded.module_file(sys.modules.get(module))
    if file is None:
        return False
    return _is_below(file, _imported_from()) or isolation.is_editable(module.partition(".")[0])


def _imported_from() -> "Iterator[object]":
    """Yield the directories that modules are imported from, except the script's own."""
    main = guarded.module_file(sys.modules.get("__main__"))
    own = None if main is None else os.path.dirname(main)
    paths = sys.__dict__.get("path")
    for path in paths if type(paths) is list else ():
        if path != own:
            yield path
    for name in [*sys.modules]:
        if type(name) is str and name.startswith(EDITABLE_FINDER):
            mapping = guarded.module_names(name).get("MAPPING")
            yield from mapping.values() if type(mapping) is dict else ()


def _is_below(file: str, directories: "Iterable[object]") -> bool:
    """Return whether a file is below one of the directories, as they are named or really are."""
    real = os.path.realpath(file)
    for directory in directories:
        if type(directory) is not str or not directory:
            continue
        try:
            if is_inside(file, directory) or is_inside(real, os.path.realpath(directory)):
                return True
        except OSError:  # the working directory, which a relative path begins at, is gone
            continue
    return False
