"""Finds the packages of an editable install, where the import system finds them.

Build backends make a project importable in different ways: by a `.pth` file with a directory, by a
directory of links, by a link in the site directory, or by a finder that knows where each package is.
The first two are read. For the others, the import system is asked.
"""

import os
import sys
from _imp import extension_suffixes

from telemetry_hook._installed import isolation
from telemetry_hook._installed.archives import names_in
from telemetry_hook._installed.places import is_inside

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

TESTS = ("test", "tests")
SUFFIXES = (".py", *extension_suffixes())


class Project:
    """The project of an editable install. Its packages are the distribution's; nothing else is.

    `directory` is the project's directory. `added` are the directories that its `.pth` files add.
    `declared` are modules that its metadata names, such as ``acme.lift.cli``.
    """

    def __init__(
        self, directory: str, site: str, added: "Iterable[str]", declared: "Iterable[str]"
    ) -> None:
        self.directory = os.path.realpath(directory)
        self._added = [*dict.fromkeys(map(os.path.realpath, added))]
        self._declared = [*dict.fromkeys(declared)]
        # An environment in the project's directory has the distributions of others.
        self._environments = [*map(os.path.realpath, (sys.prefix, site))]
        self._packages: dict[str, list[str]] | None = None

    def provides(self, package: str) -> bool:
        """Return whether the project has a package or module of this name: ``lift``, ``acme.lift``."""
        return any(self._parts(package))

    def shares(self, package: str) -> bool:
        """Return whether the project has a part of a namespace package of this name."""
        return any(
            not os.path.isfile(part) and not _is_regular(part) for part in self._parts(package)
        )

    def name(self, path: str) -> "str | None":
        """Return the import path of a file: ``/project/src/lift/cli.py`` → ``lift/cli.py``.

        `path` must be a real path. Returns None if the file belongs to no package of the project.
        """
        for package, places in [*self.packages().items(), *self._on_the_way(path)]:
            name = package.replace(".", "/")
            for place in places:
                if path == place:
                    return f"{name}.{os.path.basename(path).partition('.')[2]}"
                if is_inside(path, place):
                    return f"{name}/{os.path.relpath(path, place).replace(os.sep, '/')}"
        return None

    def files(self, suffix: str) -> "Iterator[str]":
        """Yield the files with a suffix, as real paths."""
        found: dict[str, None] = {}
        for places in self.packages().values():
            for place in places:
                names = [(place, "")] if os.path.isfile(place) else _below(place)
                found.update(dict.fromkeys(os.path.join(*name).rstrip(os.sep) for name in names))
        yield from (path for path in found if path.endswith(suffix))

    def packages(self) -> "dict[str, list[str]]":
        """Return where the packages and modules are: directories and files, as real paths."""
        if self._packages is None:
            self._packages = {}
            for name in self._names():
                if any(f"{name}.".startswith(f"{known}.") for known in self._packages):
                    continue
                places = [*filter(self._has, self._places(name))]
                if places:
                    self._packages[name] = [*dict.fromkeys(places)]
        return self._packages

    def _parts(self, package: str) -> "Iterator[str]":
        """Yield the files and directories of a package, or a namespace that it is in."""
        for known, places in self.packages().items():
            if f"{known}.".startswith(f"{package}."):
                yield from places if known == package else map(os.path.dirname, places)
            elif package.startswith(f"{known}."):
                inside = package[len(known) + 1 :].split(".")
                for place in places:
                    yield from _places_at(os.path.join(place, *inside))

    def _on_the_way(self, path: str) -> "Iterator[tuple[str, list[str]]]":
        """Yield packages that nothing declares, if a finder has one with the name of a directory."""
        parts = os.path.relpath(path, self.directory).split(os.sep) if self._has(path) else []
        for name in parts:
            if name.isidentifier() and name not in TESTS:
                places = [*filter(self._has, isolation.places_of(name))]
                if any(map(_is_regular, places)):
                    yield name, places

    def _names(self) -> "Iterator[str]":
        """Yield the names of what may be the project's: declared ones, outer packages first."""
        for module in self._declared:
            parts = module.split(".")
            if all(map(str.isidentifier, parts)):
                yield from (".".join(parts[: count + 1]) for count in range(len(parts)))
        for directory in self._added:
            for entry in names_in(directory):
                name = entry.partition(".")[0]
                path = os.path.join(directory, entry)
                if not name.isidentifier() or not (entry == name or entry.endswith(SUFFIXES)):
                    continue
                # Beside packages, the project's directory has its tests, scripts and documents.
                if directory != self.directory or (name not in TESTS and _is_regular(path)):
                    yield name

    def _places(self, name: str) -> "list[str]":
        paths = [os.path.join(directory, *name.split(".")) for directory in self._added]
        found = [place for path in paths for place in _places_at(path)]
        return found or isolation.places_of(name)

    def _has(self, place: str) -> bool:
        is_others = any(
            is_inside(place, environment) and is_inside(environment, self.directory)
            for environment in self._environments
        )
        roots = (self.directory, *self._added)
        return not is_others and any(place == root or is_inside(place, root) for root in roots)


def _places_at(path: str) -> "list[str]":
    """Return the real directories of the package, or the real file of the module, at a path."""
    start = os.path.realpath(os.path.join(path, "__init__.py"))
    if os.path.isfile(start):  # it may be a link, in a directory of links
        return [os.path.dirname(start), os.path.realpath(path)]
    files = [path + suffix for suffix in SUFFIXES if os.path.isfile(path + suffix)]
    if files:
        return [os.path.realpath(files[0])]
    return [os.path.realpath(path)] if os.path.isdir(path) else []


def _is_regular(path: str) -> bool:
    return os.path.isfile(os.path.join(path, "__init__.py"))


def _below(place: str) -> "Iterator[tuple[str, str]]":
    for directory, _, names in os.walk(place):
        yield from ((directory, name) for name in names)
