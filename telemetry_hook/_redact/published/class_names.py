"""Names of classes as they are published.

A class written in Python is public if its module contains this class under its name, and if the
module's public file has a class statement with that name. A class made in C is public if it is part
of the interpreter, or if its name is in the public file of its extension module.
"""

from __future__ import annotations

import os
import sys
from types import FunctionType
from typing import TYPE_CHECKING

from telemetry_hook._crash import guarded
from telemetry_hook._redact import origins
from telemetry_hook._redact.published import compiled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from telemetry_hook._redact.origins import ClassName
    from telemetry_hook._redact.published.definitions import Definition, Definitions
    from telemetry_hook._redact.published.public_files import PublicFile, PublicFiles
    from telemetry_hook._report import PublicText

USER_CLASS = origins.words("<user class>")["<user class>"]


class ClassNames:
    """Looks up classes in public files."""

    def __init__(self, files: PublicFiles, definitions: Definitions) -> None:
        self._files = files
        self._definitions = definitions
        # The keys are ids, because a metaclass may define the hash of its classes.
        self._names: dict[int, ClassName | None] = {}

    def name(self, kind: type) -> ClassName | None:
        """Return the module (None for built-ins) and qualified name, or None for a user's class."""
        if id(kind) not in self._names:
            self._names[id(kind)] = self._name(kind)
        return self._names[id(kind)]

    def qualname(self, kind: type) -> PublicText | None:
        """Return the qualified name of a class, or None if the class is not public."""
        name = self.name(kind)
        return None if name is None else name[1]

    def first_public_base(self, kind: type) -> PublicText | None:
        """Return the name of the nearest public class that a user's class derives from, or None."""
        names = map(self.qualname, guarded.mro(kind)[1:])
        return next((name for name in names if name is not None), None)

    def statement(self, kind: type) -> tuple[PublicFile, Definition] | None:
        """Return the public file with a class's statement, and the class body in it, or None."""
        if guarded.is_static(kind):
            return None
        module = guarded.module(kind)
        path = None if module is None else guarded.module_file(sys.modules.get(module))
        # The `__module__` of some classes is the package that exports them.
        functions = [value for value in guarded.names(kind).values() if type(value) is FunctionType]
        written = [function.__code__.co_filename for function in functions[:1]]
        beside = compiled.source_beside(path)
        for filename in filter(None, (path, beside, *written)):
            is_path = os.path.isabs(filename)
            file = self._files.find(filename) if is_path else self._files.of_code(filename)
            if file is not None:
                body = self._definitions.class_body(guarded.qualname(kind), file)
                if body is not None:
                    return file, body
        return None

    def _name(self, kind: type) -> ClassName | None:
        if guarded.is_static(kind):
            return origins.c_class(kind)
        if (statement := self.statement(kind)) is not None:
            return origins.source_class(kind, *statement)
        names = (origins.extension_class(kind, file) for file in self._extensions(kind))
        return origins.c_class(kind) or next((name for name in names if name), None)

    def _extensions(self, kind: type) -> Iterator[PublicFile]:
        """Yield the files of the public extension modules that contain a class."""
        top = (guarded.module(kind) or "").partition(".")[0]
        for name in [name for name in [*sys.modules] if name.partition(".")[0].lstrip("_") == top]:
            path = guarded.module_file(sys.modules[name])
            if path is None or path.endswith(".py"):
                continue
            if guarded.class_at(name, guarded.qualname(kind)) is not kind:
                continue
            if (file := self._files.find(path)) is not None:
                yield file
