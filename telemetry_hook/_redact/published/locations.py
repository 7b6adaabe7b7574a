"""Finds where functions and classes are defined in public files, and other modules of a package."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from telemetry_hook._crash.crash import Gap
from telemetry_hook._redact.published.compiled import CompiledFunctions

if TYPE_CHECKING:
    from types import CodeType, FunctionType

    from telemetry_hook._crash.crash import Frame
    from telemetry_hook._redact.published.class_names import ClassNames
    from telemetry_hook._redact.published.compiled import CompiledFunction
    from telemetry_hook._redact.published.definitions import Definition, Definitions
    from telemetry_hook._redact.published.public_files import PublicFile, PublicFiles
    from telemetry_hook._redact.traceback_text import TextFrame


class Location(NamedTuple):
    """A definition in a public file. `line` is the line that was running, or None if none was.

    `known_by` is how the definition was found, if it was not found by its running code: ``text``.
    """

    file: PublicFile
    definition: Definition
    line: int | None = None
    known_by: str | None = None


class Locations:
    """Finds live objects in public files."""

    def __init__(self, files: PublicFiles, definitions: Definitions, classes: ClassNames) -> None:
        self._files = files
        self._definitions = definitions
        self._classes = classes
        self._compiled = CompiledFunctions(files, definitions)

    def of_code(self, code: CodeType) -> Location | None:
        """Return the location where a code object is defined, or None if the code is not public."""
        file = self._files.of_code(code.co_filename)
        definition = None if file is None else self._definitions.twin(code, file)
        return None if file is None or definition is None else Location(file, definition)

    def of_frame(self, frame: Frame | Gap) -> Location | None:
        """Return the definition and line that a frame was running, or None if not public."""
        if isinstance(frame, Gap):
            return None
        if frame.compiled_in is not None:
            found = self.compiled(frame)
            if found is None or found.definition is None:
                return None
            return Location(found.file, found.definition, found.line)
        location = self.of_code(frame.code)
        if location is None:
            return None
        return location._replace(line=location.definition.line_at(frame.lasti))

    def compiled(self, frame: Frame) -> CompiledFunction | None:
        """Return the public function of a compiled frame. None for any other frame."""
        return None if frame.compiled_in is None else self._compiled.of_frame(frame)

    def of_text(self, frame: TextFrame) -> Location | None:
        """Return what a frame in the text of a traceback names, or None if it is not public.

        The file has to have the function there, and the very line that the text shows.
        """
        file = self._files.of_code(frame.file)
        if file is None or not 0 < frame.line <= len(file.lines):
            return None
        if not frame.source or file.lines[frame.line - 1].strip() != frame.source:
            return None
        definition = self._definitions.running(file, frame.function, frame.line)
        return None if definition is None else Location(file, definition, frame.line, "text")

    def around(self, file: PublicFile, line: int) -> Definition | None:
        """Return the innermost function or class in a file that contains a line, or None."""
        return self._definitions.around(file, line)

    def has(self, function: FunctionType) -> bool:
        """Return whether a function is public."""
        return self.of_code(function.__code__) is not None

    def has_in_library(self, function: FunctionType) -> bool:
        """Return whether a function is defined in the standard library."""
        location = self.of_code(function.__code__)
        return location is not None and location.file.distribution is None

    def of_class(self, kind: type) -> Location | None:
        """Return the location of a class's public statement, or None if it has none."""
        statement = self._classes.statement(kind)
        return None if statement is None else Location(*statement)
