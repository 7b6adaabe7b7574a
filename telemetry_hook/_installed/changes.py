"""Finds out whether installed files were changed while the program ran, as by an upgrade.

Then the code in memory is not the code in the files, and a report would name a version that did not
crash. Python's import system keeps the names in each directory that it has searched. So it shows which
metadata directories were there, before our own imports search again.
"""

import os
import sys

from telemetry_hook import _started
from telemetry_hook._crash import guarded
from telemetry_hook._errors import ChangedError
from telemetry_hook._installed import archives
from telemetry_hook._installed.distributions import Distribution, normalized
from telemetry_hook._installed.places import is_frozen

PLUGIN = "telemetry_tool"  # the function that every plugin has
INFO = ".dist-info"
STARTED = 19  # in /proc/self/stat, after the program's name

_searched: "dict[str, set[str]]" = {}  # the names in each directory, when they were remembered first


def remember() -> None:
    """Remember the names in all directories that Python's import system has searched so far."""
    for directory, found in _started.searched().items():
        if found:
            _searched.setdefault(directory, found)
    cache = sys.__dict__.get("path_importer_cache")
    for path, finder in [*cache.items()] if type(cache) is dict else ():
        names = (guarded.attributes(finder) or {}).get("_path_cache")
        if type(path) is str and type(names) is set and names:  # it is replaced, never changed
            _searched.setdefault(path, names)


def check(distribution: Distribution) -> None:
    """Check that a distribution and this package are what the program has loaded.

    Raises:
        ChangedError: one of them was upgraded, downgraded or removed since then.
    """
    check_own()
    if (change := _change(distribution)) is not None:
        raise ChangedError(f"{distribution.name} {change} while the program ran")


def check_own() -> None:
    """Check that the files of this package have the version that was loaded at the start.

    Raises:
        ChangedError: they have another version, or are gone.
    """
    if is_frozen():
        return
    file = guarded.module_file(sys.modules[__name__.partition(".")[0]]) or ""
    version = _started.__version__
    # Without sources, the compiled file has the text alone.
    text = f'"{version}"' if file.endswith(".py") else version
    if text.encode() not in (archives.read(file) or b""):
        raise ChangedError("telemetry-hook was changed while the program ran")


def is_changed(distribution: Distribution) -> bool:
    """Return whether a distribution was upgraded, downgraded or removed while the program ran."""
    return _change(distribution) is not None


def is_any_removed() -> bool:
    """Return whether a distribution was removed since its directory was searched."""
    return any(
        name.endswith(INFO) and not os.path.lexists(os.path.join(path, name))
        for path, names in [*_searched.items()]
        for name in names
    )


def check_file(path: str, distribution: Distribution) -> None:
    """Check a file that lacks the code that was loaded from it, unless its author may be editing it.

    Some programs change their code when they load it. So this depends on when the file was changed.

    Raises:
        ChangedError: it was changed after this process started.
    """
    try:
        is_newer = os.stat(path).st_ctime > _started_at()
    except OSError:  # in an archive
        return
    if is_newer and distribution.editable_root is None:
        raise ChangedError(f"{distribution.name} was changed while the program ran")


def removed_program() -> "str | None":
    """Return the package of the tool that this program was, if the tool was removed meanwhile.

    Its metadata are gone, so nothing says which program was a tool. It was one if it has loaded a
    plugin, and the files of both are gone.
    """
    if not _is_gone("__main__"):
        return None
    for name in [*sys.modules]:
        if PLUGIN in guarded.module_names(name) and _is_gone(name):
            return name.rpartition(".")[0] or name
    return None


def _is_gone(module_name: str) -> bool:
    file = guarded.module_file(sys.modules.get(module_name))
    return file is not None and not os.path.lexists(file)


def _change(distribution: Distribution) -> "str | None":
    """Return how a distribution was changed, or None: ``was changed from 1.0 to 2.0``."""
    info = distribution.info
    if archives.read(os.path.join(distribution.root, info, "METADATA"), 0) is None:
        return "was removed, or made unreadable,"
    before = _searched.get(distribution.root, {info})
    if info in before or info.lower() in map(str.lower, before):  # some systems ignore case
        return None
    name = normalized(info.partition("-")[0])
    old = (other for other in before if normalized(other.partition("-")[0]) == name)
    versions = [_version(other) for other in (*old, info) if other.endswith(INFO)]
    return f"was changed from {versions[0]} to {versions[1]}" if versions[1:] else "was installed"


def _version(info: str) -> str:
    return info.removesuffix(INFO).partition("-")[2]


def _started_at() -> float:
    """Return when this process started, in seconds since the epoch. Only Linux knows."""
    if sys.platform != "linux":
        return float("inf")
    import time

    fields = (archives.read("/proc/self/stat") or b"").rpartition(b")")[2].split()
    if len(fields) <= STARTED:
        return float("inf")
    since_boot = int(fields[STARTED]) / os.sysconf("SC_CLK_TCK")
    return time.time() - time.clock_gettime(time.CLOCK_BOOTTIME) + since_boot
