"""The directories whose modules our code may import: the standard library and site directories.

A bundle has its distributions elsewhere: in the directory of `pip install --target`, in the archive
of a zipapp, in the cache of a shiv or pex, in a frozen program. They are where this package is.

This file imports only modules that the interpreter loads before it looks into the working directory
or the project.
"""

import os
import site
import sys

from telemetry_hook import _started
from telemetry_hook._crash import guarded
from telemetry_hook._frozen_arguments import are_served
from telemetry_hook._installed import archives
from telemetry_hook._installed.archives import names_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

SITE = ("site-packages", "dist-packages")
OURS = "telemetry_hook-"  # the metadata of this package begin so
_sites: "list[str]" = []


def trusted() -> "list[str]":
    """Return the directories of the standard library and the site directories.

    Those where our own dependencies are come first. Modules of the same name may be in others.
    """
    ours = [home()] if home() in site_directories() else []
    return [*standard_library(), *dict.fromkeys([*ours, *site_directories()])]


def standard_library() -> "list[str]":
    """Return the directories of the standard library. In a frozen program, these are all there are."""
    if is_frozen():
        root = home()
        return [root, *(path for path in import_path() if is_inside(path, root))]
    library = os.path.dirname(os.path.realpath(os.__file__))
    return [library, os.path.join(library, "lib-dynload"), os.path.join(sys.base_prefix, "DLLs")]


def site_directories() -> "list[str]":
    """Return the directories and archives that distributions are installed in.

    These are the site directories, directories that `.pth` files in them add, and the others that
    hold the distributions of a bundle. They are read once in a process. They are in the order of
    `sys.path`: a distribution hides those of the same name after it.
    """
    if not _sites:
        found = dict.fromkeys([*of_interpreter(), *bundled(), *_added_by_code()])
        order = {path: place for place, path in reversed([*enumerate(import_path())])}
        _sites[:] = sorted(found, key=lambda path: order.get(path, len(order)))
    return [*_sites]


def of_interpreter() -> "list[str]":
    """Return the site directories that Python knows, and those that `.pth` files in them add."""
    # On Windows, they include the prefix, below which everything is.
    sites = [path for path in site.getsitepackages() if path not in site.PREFIXES]
    if site.ENABLE_USER_SITE:
        sites.append(site.getusersitepackages())
    return sites + [path for directory in sites for path in _pth_paths(directory)]


def is_frozen() -> bool:
    """Return whether the program is one file, or one directory, with an interpreter of its own.

    Some programs set `sys.frozen` themselves. A frozen one has asked us for our arguments.
    """
    return "frozen" in sys.__dict__ and are_served()


def home() -> str:
    """Return the directory or archive that this package was imported from."""
    return os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def bundled() -> "list[str]":
    """Return where the distributions of a bundle are, or nothing if there is no bundle.

    A bundle has this package in it. But another copy may be in use: the one of the interpreter that
    runs the bundle.
    """
    candidates = [home(), *_started_from(), *_python_path()]
    roots = [path for path in dict.fromkeys(candidates) if is_frozen() or _has_us(path)]
    # In a pex, each distribution has a directory of its own: STORE/HASH/NAME.whl
    stores = [os.path.dirname(os.path.dirname(root)) for root in roots if root.endswith(".whl")]
    roots += [
        path
        for path in import_path()
        if path.endswith(".whl") and any(is_inside(path, store) for store in stores)
    ]
    return list(dict.fromkeys(roots))


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


def import_path() -> "list[str]":
    """Return the absolute paths in `sys.path`, which the program may have replaced."""
    paths = sys.__dict__.get("path")
    return [
        path
        for path in (paths if type(paths) is list else ())
        if type(path) is str and os.path.isabs(path)
    ]


def _has_us(directory: str) -> bool:
    return any(name.startswith(OURS) for name in names_in(directory))


def _started_from() -> "Iterator[str]":
    """Yield the directory or archive that Python was started with: ``python lift.pyz``."""
    main = sys.modules.get("__main__")
    file, spec = guarded.module_file(main), guarded.module_names("__main__").get("__spec__")
    if file is not None and (guarded.attributes(spec) or {}).get("name") == "__main__":
        yield os.path.dirname(file)


def _python_path() -> "Iterator[str]":
    """Yield the absolute paths in PYTHONPATH as it was when the process started.

    Whoever can write there can also put a `sitecustomize.py` there, which Python runs at each start.
    """
    if not sys.flags.ignore_environment:
        yield from filter(os.path.isabs, _variable("PYTHONPATH"))


def _variable(name: str) -> "list[str]":
    """Return the paths in a variable as it was when the process started."""
    variable = _started.environment().get(os.fsencode(name) if os.name != "nt" else name)
    return os.fsdecode(variable).split(os.pathsep) if isinstance(variable, (str, bytes)) else []


def _added_by_code() -> "Iterator[str]":
    """Yield site directories that `site.addsitedir` has added, as in an environment of `uv run`.

    Python makes the relative paths in PYTHONPATH absolute. What they are depends on the working
    directory, so they do not count.
    """
    relative = [path for path in _variable("PYTHONPATH") if not os.path.isabs(path)]
    # The program may have left the directory that it was started in.
    bases = [*filter(os.path.isabs, _variable("PWD"))]
    bases += [os.getcwd()] if relative and os.path.exists(os.curdir) else []
    made = [os.path.normpath(os.path.join(base, path)) for base in bases for path in relative]
    for path in import_path():
        if os.path.basename(path) in SITE and path not in made:
            yield path


def _pth_paths(directory: str) -> "Iterator[str]":
    for name in names_in(directory):
        if not name.endswith(".pth"):
            continue
        content = archives.read(os.path.join(directory, name)) or b""
        lines = content.decode("utf-8", "replace").lstrip("\ufeff").splitlines()
        for line in map(str.strip, lines):
            if line and not line.startswith(("#", "import ", "import\t")):
                path = os.path.join(directory, line)
                if os.path.isdir(path):
                    yield os.path.abspath(path)
