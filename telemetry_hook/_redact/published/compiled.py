"""Finds the functions of compiled frames (mypyc, Cython) by their names, in published source.

Such a frame has no code to compare, only names and a line, which anybody could make up. So nothing
of them is taken over. The module must be loaded from a public extension module, the source must be
a public file of the same distribution, and a function of that name must be at that line there.
"""

from __future__ import annotations

import os
import re
import sys
from _imp import extension_suffixes
from typing import TYPE_CHECKING, NamedTuple

from telemetry_hook._crash import guarded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from telemetry_hook._crash.crash import Frame
    from telemetry_hook._redact.published.definitions import Definition, Definitions
    from telemetry_hook._redact.published.public_files import PublicFile, PublicFiles

MAX_PARTS = 20  # of a source's path
MAX_LINES = 50_000
MAX_HEAD = 300  # characters of a line
SOURCES = (".py", ".pyx", ".pxi", ".pxd")
# A file that is compiled for all its classes and functions has these names for its parts.
ANONYMOUS = {"lambda": "<lambda>", "genexpr": "<genexpr>"}
ACCESSORS = frozenset({"__get__", "__set__", "__del__"})  # Cython's properties: `Box.lid.__get__`
FUSED = re.compile(r"__pyx_fuse(_\d+)+")
# The head of a block in Cython's language. Before its name, a C function has the type of its result.
HEAD = re.compile(
    r"\s*(?:async\s+def|def|(?:cdef|cpdef)\b(?!\s+class\b)[^(=:#]*?|(?:cdef\s+|cpdef\s+)?class|property)"
    r"[\s*&]+(\w+)\s*[(:\[]"
)


class CompiledFunction(NamedTuple):
    """A compiled function in a public file.

    `file` is its source; or the extension module, if that alone is published. `qualname` is its name
    there, such as ``Parser.feed``. `definition` is set if the source is Python. `line` is the line that was
    running, if there is a source.
    """

    extension: PublicFile
    file: PublicFile
    qualname: str
    definition: Definition | None = None
    line: int | None = None


class CompiledFunctions:
    """Looks up compiled frames in public files."""

    def __init__(self, files: PublicFiles, definitions: Definitions) -> None:
        self._files = files
        self._definitions = definitions

    def of_frame(self, frame: Frame) -> CompiledFunction | None:
        """Return the function of a compiled frame, or None if it is not public."""
        extension = self._extension(frame.compiled_in)
        names = frame.code.co_filename, frame.code.co_name
        if extension is None or not all(type(name) is str for name in names):
            return None
        for file in self._sources(extension, frame.code.co_filename):
            found = self._in_source(extension, file, frame)
            if found is not None:
                return found
        qualname = frame.code.co_name.removeprefix(f"{extension.module}.")
        named = CompiledFunction(extension, extension, qualname)
        return named if has_function(extension, qualname) else None

    def _extension(self, module: str | None) -> PublicFile | None:
        """Return the public extension module that a module was loaded from, or None."""
        path = None if module is None else guarded.module_file(sys.modules.get(module))
        if path is None or not path.endswith((*extension_suffixes(),)):
            return None
        file = self._files.find(path)
        return file if file is not None and file.module == module else None

    def _sources(self, extension: PublicFile, filename: str) -> Iterator[PublicFile]:
        """Yield the public files that a compiler's file name may mean, the most likely first.

        ``src/acme/lift.py`` is the distribution's ``acme/lift.py``, or is beside the extension module.
        """
        parts = filename.replace("\\", "/").split("/")[-MAX_PARTS:]
        if not parts[-1].endswith(SOURCES) or ".." in parts:
            return
        root = extension.path[: -len(extension.name)]
        paths = [os.path.join(root, *parts[start:]) for start in range(len(parts))]
        paths.append(os.path.join(os.path.dirname(extension.path), parts[-1]))
        for path in dict.fromkeys(paths):
            file = self._files.find(path) if os.path.isabs(path) else None
            if file is not None and file.distribution is extension.distribution:
                yield file

    def _in_source(
        self, extension: PublicFile, file: PublicFile, frame: Frame
    ) -> CompiledFunction | None:
        line: int | None = frame.line
        if line is None:  # since Python 3.11, an entry may have none
            return None
        for name in _names(frame.code.co_name):
            if file.name.endswith(".py"):
                definition = self._definitions.named(name, file, line)
                if definition is not None:
                    return CompiledFunction(extension, file, definition.qualname, definition, line)
            elif (qualname := _in_text(name, file, line)) is not None:
                return CompiledFunction(extension, file, qualname, None, line)
        return None


def source_beside(path: str | None) -> str | None:
    """Return where the source of an extension module is: ``lift.cpython-311-darwin.so`` → ``lift.py``.

    Return None for a path of another kind.
    """
    known = [
        suffix for suffix in extension_suffixes() if path is not None and path.endswith(suffix)
    ]
    return f"{path[: -len(max(known, key=len))]}.py" if path is not None and known else None


def has_function(extension: PublicFile, qualname: str) -> bool:
    """Return whether an extension module has a function's full name, as a string of its own."""
    whole = f"\0{extension.module}.{qualname}\0"
    is_name = all(part.isidentifier() for part in qualname.split("."))
    return is_name and whole.encode("utf-8", "surrogatepass") in extension.content


def _names(name: str) -> Iterator[str]:
    """Yield the names that a function may have in its source.

    mypyc: ``feed``; Cython: ``acme.lift.Parser.feed``, ``init acme.lift`` for the module itself
    """
    if name.startswith("init "):
        yield "<module>"
    parts = name.split(".")
    last = FUSED.sub("", parts[-1])
    yield ANONYMOUS.get(last, last)
    if last in ACCESSORS:
        yield from parts[-2:-1]


def _in_text(name: str, file: PublicFile, line: int) -> str | None:
    """Return the qualified name of a function around a line, or None if there is none of this name.

    The blocks around a line are those whose heads are indented less. Cython's language has more than
    Python's syntax, so this reads the text.
    """
    lines = file.lines
    if not 1 <= line <= len(lines) or len(lines) > MAX_LINES:
        return None
    around: list[str] = []
    indent: int | None = None
    for text in reversed(lines[:line]):
        bare = text.lstrip()
        if not bare or bare.startswith("#"):
            continue
        own = len(text) - len(bare)
        if indent is not None and own >= indent:
            continue
        indent = own
        head = HEAD.match(text[:MAX_HEAD])
        if head is not None and (around or head[1] == name):
            around.append(head[1])
    return ".".join(reversed(around)) or None
