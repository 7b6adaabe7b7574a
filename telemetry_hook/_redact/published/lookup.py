"""What is published about a crash: definitions, classes, modules, and their parsed source."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from telemetry_hook._crash import guarded
from telemetry_hook._redact.message.sources import Sources

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import FunctionType

    from telemetry_hook._redact.origins import PublicText
    from telemetry_hook._redact.published.classes import PublicClasses
    from telemetry_hook._redact.published.code import Definition, PublicCode
    from telemetry_hook._redact.published.files import PublicFile, PublicFiles

Place = tuple["PublicFile", "Definition", "int | None"]


class Published:
    """Finds what is public among live objects."""

    def __init__(self, files: PublicFiles, code: PublicCode, classes: PublicClasses) -> None:
        self._files = files
        self._code = code
        self._classes = classes
        self.sources = Sources(code)

    def has(self, function: FunctionType) -> bool:
        """Tell whether a function is public."""
        return self.place_of(function) is not None

    def has_in_library(self, function: FunctionType) -> bool:
        """Tell whether a function is the standard library's."""
        place = self.place_of(function)
        return place is not None and place[0].distribution is None

    def place_of(self, function: FunctionType) -> Place | None:
        """Return where a function is defined, None where that is not public."""
        code = function.__code__
        file = self._files.of_code(code.co_filename)
        definition = None if file is None else self._code.twin(code, file)
        return None if file is None or definition is None else (file, definition, None)

    def classes_of(self, kind: type) -> Iterator[Place]:
        """Yield the public class statements of a class and its bases."""
        for base in guarded.mro(kind):
            file = self._classes.file(base)
            body = (
                None if file is None else self._code.class_body(self._classes.qualname(base), file)
            )
            if file is not None and body is not None:
                yield file, body, None

    def neighbours(self, files: Iterable[PublicFile]) -> Iterator[PublicFile]:
        """Yield the other loaded modules of the files' packages."""
        packages = {file.module.partition(".")[0] for file in files if file.distribution}
        for name, module in list(sys.modules.items()):
            if type(name) is str and name.partition(".")[0] in packages:
                path = guarded.module_file(module)
                file = self._files.find(path) if path is not None else None
                if file is not None:
                    yield file

    def name_of(self, kind: type) -> PublicText | None:
        """Return a public class's qualified name."""
        found = self._classes.name(kind)
        return None if found is None else found[1]
