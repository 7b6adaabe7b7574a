"""Isolates the imports of our code, by the thread that imports.

Many programs have the working directory and the project on `sys.path`. If a module there had the
name of one that we import, that module would run at a crash, after the program has ended. But other
threads of the program may still import from there, in a server and even at exit, where daemon
threads go on. So nothing that they use is changed: `sys.path` and the list `sys.meta_path` stay what
they are. While we work, a copy of that list is in place, which begins with a finder that serves only
our threads.
"""

import os
import sys
from _frozen_importlib import BuiltinImporter, FrozenImporter
from _frozen_importlib_external import (
    BYTECODE_SUFFIXES,
    SOURCE_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    PathFinder,
    SourceFileLoader,
    SourcelessFileLoader,
)
from _imp import extension_suffixes
from _thread import allocate_lock, get_ident

from telemetry_hook._crash import guarded
from telemetry_hook._installed.places import is_frozen, standard_library, trusted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any

EDITABLE = "editable"  # in the names of the modules that build backends write for them
NAMESPACES = "_EditableNamespaceFinder"
LOADERS: "tuple[tuple[Any, list[str]], ...]" = (
    (ExtensionFileLoader, extension_suffixes()),
    (SourceFileLoader, SOURCE_SUFFIXES),
    (SourcelessFileLoader, BYTECODE_SUFFIXES),
)
# Where imports are lazy (PEP 810), this imports them now: the finder cannot find what it needs itself.
NEEDED = (guarded.is_a, is_frozen, standard_library, trusted)


class isolated:  # noqa: N801 - reads as the statement that it makes
    """Context in which the imports of this thread see trusted directories only. Can be nested."""

    def __enter__(self) -> None:
        with _lock:
            ident = get_ident()
            _finder.threads[ident] = _finder.threads.get(ident, 0) + 1
            _finder.install()

    def __exit__(self, *_: object) -> None:
        with _lock:
            ident = get_ident()
            _finder.threads[ident] -= 1
            if not _finder.threads[ident]:
                del _finder.threads[ident]
            if not _finder.threads:
                _finder.uninstall()


def spec_of(name: str) -> "ModuleSpec | None":
    """Return the spec of a module in a trusted directory, whether the module is loaded or not."""
    parent = name.rpartition(".")[0]
    path = _directories_of(spec_of(parent)) if parent else None
    return next(filter(None, _finder.found(name, path)), None)


def is_editable(name: str) -> bool:
    """Return whether the finder of an editable install finds a top-level module."""
    return any(spec is not None for spec in _finder.found_editable(name, None))


def places_of(name: str) -> "list[str]":
    """Return the directories of a package, or the file of a module, as real paths.

    A namespace package may have several directories, and a directory of links has the files of
    another one.
    """
    parent = name.rpartition(".")[0]
    path = _directories_of(spec_of(parent)) if parent else None
    places: list[str] = []
    for spec in filter(None, _finder.found(name, path)):
        file = spec.origin if spec.has_location else None
        if type(file) is not str:  # a part of a namespace package
            places += _directories_of(spec)
        else:
            real = os.path.realpath(file)
            is_module = spec.submodule_search_locations is None
            return [real] if is_module else _real([os.path.dirname(real), *_directories_of(spec)])
    return _real(places)


def is_namespace(name: str) -> bool:
    """Return whether a loaded module is a namespace package."""
    names = guarded.module_names(name)
    return names.get("__file__") is None and "__path__" in names


def has_foreign_parts(name: str) -> bool:
    """Return whether a loaded namespace package has directories that are not trusted."""
    places = places_of(name)
    loaded = _plain(guarded.module_names(name).get("__path__"))
    return any(os.path.isabs(path) and os.path.realpath(path) not in places for path in loaded)


def _directories_of(spec: "ModuleSpec | None") -> "list[str]":
    return [] if spec is None else _plain(spec.submodule_search_locations)


def _plain(path: object) -> "list[str]":
    """Return a package's directories. In a namespace package, an object wraps the list."""
    found = path if type(path) is list else (guarded.attributes(path) or {}).get("_path")
    return [each for each in found if type(each) is str] if type(found) is list else []


def _real(paths: "list[str]") -> "list[str]":
    return [*dict.fromkeys(map(os.path.realpath, paths))]


class _Finder:
    """Finds modules for our threads in the standard library and site directories only.

    It reads the directories itself: the program may have changed `sys.path_hooks` and
    `sys.path_importer_cache` too.
    """

    def __init__(self) -> None:
        self.threads: dict[int, int] = {}
        self._trusted: list[str] = []
        self._reading: set[int] = set()  # the threads that are reading these directories
        self._by_directory: dict[str, FileFinder] = {}
        self._before: list[Any] = []
        self._installed: list[Any] | None = None

    def install(self) -> None:
        """Put this finder before all others, in a new list."""
        if not any(finder is self for finder in sys.meta_path):
            self._before = sys.meta_path
            self._installed = sys.meta_path = [self, *self._before]

    def uninstall(self) -> None:
        """Put the program's own list back, with the changes that were made in the meantime."""
        others = [finder for finder in sys.meta_path if finder is not self]
        if sys.meta_path is not self._installed:
            sys.meta_path[:] = others
            return
        if list(map(id, others)) != list(map(id, self._before)):
            self._before[:] = others
        sys.meta_path = self._before
        self._installed = None

    def find_spec(
        self, name: str, path: "Iterable[str] | None" = None, target: "ModuleType | None" = None
    ) -> "ModuleSpec | None":
        """Find a module for one of our threads. Return None for other threads.

        Raises:
            ModuleNotFoundError: the module would be imported, and is not in a trusted directory.
        """
        if get_ident() not in self.threads:
            return None
        for spec in self.found(name, path, target):
            if spec is not None:
                return spec
        if _is_only_asked():
            return None
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    def found(
        self, name: str, path: "Iterable[str] | None", target: "ModuleType | None" = None
    ) -> "Iterator[ModuleSpec | None]":
        """Yield the specs of a module that trusted directories have, and None for each other try."""
        yield BuiltinImporter.find_spec(name)
        yield FrozenImporter.find_spec(name)
        directories = self._directories() if path is None else _plain(path)
        # In a frozen program, files only go with the code in its archive, which PathFinder finds.
        for directory in directories if not is_frozen() else ():
            spec = self._in(directory).find_spec(name)
            if spec is not None and spec.loader is not None:
                yield spec
        yield PathFinder.find_spec(name, directories, target)  # archives, namespace packages
        yield from self.found_editable(name, None if path is None else directories, target)

    def found_editable(
        self, name: str, path: "list[str] | None", target: "ModuleType | None" = None
    ) -> "Iterator[ModuleSpec | None]":
        """Yield what the finders of editable installs find."""
        for finder in sys.meta_path:
            if self._is_editable(finder):
                yield finder.find_spec(name, path, target)
                # setuptools has another finder, for namespace packages, which is a hook of `sys.path`.
                module = guarded.module(finder) if guarded.is_a(finder, type) else None
                namespaces = guarded.module_names(module or "").get(NAMESPACES)
                if namespaces is not None:
                    yield namespaces.find_spec(name, target)

    def _in(self, directory: str) -> FileFinder:
        if directory not in self._by_directory:
            self._by_directory[directory] = FileFinder(directory, *LOADERS)
        return self._by_directory[directory]

    def _directories(self) -> "list[str]":
        if not self._trusted:
            if get_ident() in self._reading:  # what reading the others imports
                return standard_library()
            self._reading.add(get_ident())
            try:
                self._trusted = trusted()
            finally:
                self._reading.discard(get_ident())
        return self._trusted

    def _is_editable(self, finder: object) -> bool:
        """Return whether a finder belongs to an editable install. Others may search `sys.path`."""
        kind: type = finder if guarded.is_a(finder, type) else type(finder)
        name = guarded.module(kind) or ""
        if EDITABLE not in name:
            return False
        file = guarded.module_file(sys.modules.get(name))
        inside = name.replace(".", os.sep) + ".py"
        return any(os.path.join(path, inside) == file for path in self._directories())


def _is_only_asked() -> bool:
    """Return whether `importlib.util.find_spec` asks, which imports nothing and may find nothing."""
    caller = sys._getframe(3)  # noqa: SLF001 - a documented function; find_spec, _find_spec, caller
    return caller.f_globals.get("__name__") == "importlib.util"


_lock = allocate_lock()
_finder = _Finder()
