"""Names of classes as they are published.

A class written in Python is public if a module contains this class under its name, and if a public
file of that package has a class statement with that name, or a call that makes it. A class made in
C is public if it is part of the interpreter, or if its name is in the public file of an extension
module.
"""

from __future__ import annotations

import os
import sys
from _imp import extension_suffixes
from types import FunctionType
from typing import TYPE_CHECKING

from telemetry_hook._crash import guarded
from telemetry_hook._redact import origins
from telemetry_hook._redact.published import compiled, names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from telemetry_hook._redact.origins import ClassName
    from telemetry_hook._redact.published.definitions import Definition, Definitions
    from telemetry_hook._redact.published.public_files import PublicFile, PublicFiles
    from telemetry_hook._report import PublicText

MAX_HOLDERS = 100
_WORDS = origins.words("<user class>", " (", ")", ".")
USER_CLASS = _WORDS["<user class>"]


class ClassNames:
    """Looks up classes in public files."""

    def __init__(self, files: PublicFiles, definitions: Definitions) -> None:
        self._files = files
        self._definitions = definitions
        # The keys are ids, because a metaclass may define the hash of its classes.
        self._names: dict[int, ClassName | None] = {}
        self._statements: dict[int, tuple[PublicFile, Definition] | None] = {}
        self._modules: dict[str, dict[str, list[str]]] = {}

    def name(self, kind: type) -> ClassName | None:
        """Return the module (None for built-ins) and qualified name, or None for a user's class."""
        if id(kind) not in self._names:
            self._names[id(kind)] = self._name(kind)
        return self._names[id(kind)]

    def qualname(self, kind: type) -> PublicText | None:
        """Return the qualified name of a class, or None if the class is not public."""
        name = self.name(kind)
        return None if name is None else name[1]

    def full(self, kind: type) -> PublicText:
        """Return a class's name with its module: ``acme.Car``, ``int``, ``<user class> (acme.Car)``.

        A user's class is described by its nearest public base other than `object`.
        """
        if (name := self.name(kind)) is not None:
            return _joined(name)
        name = next(filter(None, map(self.name, guarded.mro(kind)[1:-1])), None)
        if name is None:
            return USER_CLASS
        return origins.compose([USER_CLASS, _WORDS[" ("], _joined(name), _WORDS[")"]])

    def statement(self, kind: type) -> tuple[PublicFile, Definition] | None:
        """Return the public file with a class's statement, and the class body in it, or None."""
        if id(kind) not in self._statements:
            self._statements[id(kind)] = self._statement(kind)
        return self._statements[id(kind)]

    def _statement(self, kind: type) -> tuple[PublicFile, Definition] | None:
        if guarded.is_immutable(kind):
            return None
        qualname = guarded.qualname(kind)
        for file in self._files_of(kind):
            # Most files are not the right one, and need not be compiled.
            if not file.content or names.has_statement(file, qualname):
                body = self._definitions.class_body(qualname, file)
                if body is not None:
                    return file, body
        return None

    def _files_of(self, kind: type) -> Iterator[PublicFile]:
        """Yield the public files that may have a class's statement, the likeliest first."""
        home = self._home(kind)
        if home is not None:
            yield home
        # The `__module__` of some classes is the package that exports them.
        functions = [value for value in guarded.names(kind).values() if type(value) is FunctionType]
        for function in functions[:1]:
            filename = function.__code__.co_filename
            is_path = os.path.isabs(filename)
            file = self._files.find(filename) if is_path else self._files.of_code(filename)
            if file is not None:
                yield file
        for module in self._holders(kind)[:MAX_HOLDERS]:
            path = guarded.module_file(sys.modules.get(module))
            file = None if path is None else self._files.find(path)
            if file is not None and file is not home:
                yield file

    def _home(self, kind: type) -> PublicFile | None:
        """Return the public file of the module that a class names itself, or None."""
        module = guarded.module(kind)
        if module is None or module not in sys.modules:
            return None
        path = guarded.module_file(sys.modules[module])
        if path is None:
            return self._files.of_code(f"<frozen {module}>")
        return self._files.find(compiled.source_beside(path) or path)

    def _holders(self, kind: type) -> list[str]:
        """Return the loaded modules of a class's package that contain it under its name."""
        module, qualname = guarded.module(kind), guarded.qualname(kind)
        if module is None or "<" in qualname:
            return []
        package = _package(module)
        if package not in self._modules:
            self._modules[package] = _by_class(package)
        candidates = self._modules[package].get(qualname.partition(".")[0], ())
        return [name for name in candidates if guarded.holds(name, qualname, kind)]

    def _name(self, kind: type) -> ClassName | None:
        if guarded.is_immutable(kind):
            return origins.c_class(kind)
        home = self._home(kind)
        if (statement := self.statement(kind)) is not None:
            return origins.source_class(kind, *statement, home)
        if (name := origins.c_class(kind)) is not None:
            return name
        if home is not None and (name := origins.called_class(kind, home)) is not None:
            return name
        found = (origins.extension_class(kind, file) for file in self._extensions(kind))
        return next(filter(None, found), None)

    def _extensions(self, kind: type) -> Iterator[PublicFile]:
        """Yield the files of the public extension modules of a class's package."""
        for name in _modules_of(_package(guarded.module(kind) or "")):
            path = guarded.module_file(sys.modules.get(name))
            is_compiled = path is not None and path.endswith(tuple(extension_suffixes()))
            file = self._files.find(path) if path is not None and is_compiled else None
            if file is not None:
                yield file


def _joined(name: ClassName) -> PublicText:
    module, qualname = name
    return qualname if module is None else origins.compose([module, _WORDS["."], qualname])


def _package(module: str) -> str:
    """Return the name of a top-level package: ``_acme.fast`` → ``acme``."""
    return module.partition(".")[0].strip("_")


def _modules_of(package: str) -> list[str]:
    """Return the names of a package's loaded modules: of `acme`, also ``_acme``."""
    return [name for name in [*sys.modules] if type(name) is str and _package(name) == package]


def _by_class(package: str) -> dict[str, list[str]]:
    """Return the loaded modules of a package that contain a class, by the class's name in them."""
    modules: dict[str, list[str]] = {}
    for module in _modules_of(package):
        for name, value in [*guarded.module_names(module).items()]:
            if guarded.is_a(value, type):
                modules.setdefault(name, []).append(module)
    return modules
