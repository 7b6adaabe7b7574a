"""Classes by their published names.

A class counts when it is what its module holds under its name, and when that module's public file
has a class statement there; made in C, when it is the interpreter's own or its name stands in the
extension module's file.
"""

from __future__ import annotations

import builtins
import os
import sys
import types
from typing import TYPE_CHECKING

from telemetry_hook._crash import guarded
from telemetry_hook._redact.origins import PublicText, Vocabulary, words

if TYPE_CHECKING:
    from telemetry_hook._redact.published.code import PublicCode
    from telemetry_hook._redact.published.files import PublicFile, PublicFiles

# Exceptions of C modules that some builds of Python have no file for.
COMPILED_IN = frozenset(
    {
        *(("binascii", "Error"), ("binascii", "Incomplete"), ("io", "UnsupportedOperation")),
        *(("select", "error"), ("struct", "error"), ("zlib", "error")),
        *(("re", "Match"), ("re", "Pattern"), ("functools", "partial"), ("_thread", "lock")),
        *(("_io", "BufferedReader"), ("_io", "BufferedWriter"), ("_io", "BytesIO")),
        *(("_io", "FileIO"), ("_io", "StringIO"), ("_io", "TextIOWrapper")),
        *(("collections", "OrderedDict"), ("collections", "defaultdict")),
        *(("collections", "deque"), ("builtins", "ExceptionGroup")),
        ("pydantic_core._pydantic_core", "ValidationError"),
    }
)
USER_CLASS = words("<user class>")["<user class>"]
# Built-in classes that `builtins` has no name for.
UNNAMED = frozenset(id(each) for each in vars(types).values() if type(each) is type)


class PublicClasses:
    """Looks classes up in public files."""

    def __init__(self, files: PublicFiles, code: PublicCode) -> None:
        self._files = files
        self._code = code
        # By identity: a metaclass may define what its classes hash to.
        self._named: dict[int, tuple[PublicText | None, PublicText] | None] = {}

    def name(self, kind: type) -> tuple[PublicText | None, PublicText] | None:
        """Return module (None for built-ins) and qualified name; None for a class of the user's."""
        if id(kind) not in self._named:
            self._named[id(kind)] = self._name(kind)
        return self._named[id(kind)]

    def _name(self, kind: type) -> tuple[PublicText | None, PublicText] | None:
        qualname, module = guarded.qualname(kind), guarded.module(kind)
        if guarded.is_static(kind):
            return self._static(kind, qualname)
        if module is None or guarded.class_at(module, qualname) is not kind:
            return None
        found = self.file(kind)
        if found is not None:
            return PublicText(found.module, found), PublicText(qualname, found)
        return self._made_in_c(kind, module, qualname)

    def first_public_base(self, kind: type) -> PublicText | None:
        """Return the name of the nearest public class that a class of the user's derives from."""
        for base in guarded.mro(kind)[1:]:
            if (found := self.name(base)) is not None:
                return found[1]
        return None

    def qualname(self, kind: type) -> str:
        """Return what a class says it is called, running none of its metaclass's code."""
        return guarded.qualname(kind)

    def file(self, kind: type) -> PublicFile | None:
        """Return the public file that has the class statement of a class."""
        module = None if guarded.is_static(kind) else guarded.module(kind)
        path = None if module is None else guarded.module_file(sys.modules.get(module))
        # Some say that they are of the package which they are imported from.
        written = [each.__code__.co_filename for each in _functions(kind)][:1]
        for each in filter(None, (path, *written)):
            file = self._files.find(each) if os.path.isabs(each) else self._files.of_code(each)
            if file is not None and self._code.class_body(guarded.qualname(kind), file) is not None:
                return file
        return None

    def _static(self, kind: type, qualname: str) -> tuple[PublicText | None, PublicText] | None:
        """Name a class that no Python code can have made."""
        module = guarded.module(kind) or ""
        names = Vocabulary(frozenset({module, qualname}))
        if vars(builtins).get(qualname) is kind or id(kind) in UNNAMED:
            return None, PublicText(qualname, names)
        if (
            module.partition(".")[0] in sys.stdlib_module_names
            and guarded.class_at(module, qualname) is kind
        ):
            return PublicText(module, names), PublicText(qualname, names)
        return None

    def _made_in_c(
        self, kind: type, module: str, qualname: str
    ) -> tuple[PublicText | None, PublicText] | None:
        if (module, qualname) in COMPILED_IN:
            names = Vocabulary(frozenset({module, qualname}))
            home = None if module == "builtins" else PublicText(module, names)
            return home, PublicText(qualname, names)
        top = module.partition(".")[0]
        for name in [name for name in sys.modules if name.partition(".")[0].lstrip("_") == top]:
            path = guarded.module_file(sys.modules[name])
            if path is None or path.endswith(".py"):
                continue
            if guarded.class_at(name, qualname) is not kind:
                continue
            file = self._files.find(path)
            if file is not None and f"{module}.{qualname}".encode() in file.content:
                names = Vocabulary(frozenset({module, qualname}))
                return PublicText(module, names), PublicText(qualname, names)
        return None


def _functions(kind: type) -> list[types.FunctionType]:
    return [each for each in guarded.names(kind).values() if type(each) is types.FunctionType]
