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
from typing import TYPE_CHECKING, Any

from telemetry_hook._installed.isolation import module_file
from telemetry_hook._redact.origins import PublicText, Vocabulary, words

if TYPE_CHECKING:
    from telemetry_hook._redact.published.code import PublicCode
    from telemetry_hook._redact.published.files import PublicFile, PublicFiles

HEAP_TYPE = 1 << 9
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

_flags = type.__dict__["__flags__"].__get__
_names = type.__dict__["__dict__"].__get__
_qualname = type.__dict__["__qualname__"].__get__
_module_dict = vars(types.ModuleType)["__dict__"].__get__
_module = type.__dict__["__module__"].__get__


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
        qualname = _qualname(kind)
        if not _flags(kind) & HEAP_TYPE:
            return self._static(kind, qualname)
        module = _names(kind).get("__module__")
        if type(module) is not str or _at(sys.modules.get(module), qualname) is not kind:
            return None
        found = self.file(kind)
        if found is not None:
            return PublicText(found.module, found), PublicText(qualname, found)
        return self._made_in_c(kind, module, qualname)

    def first_public_base(self, kind: type) -> PublicText | None:
        """Return the name of the nearest public class that a class of the user's derives from."""
        for base in type.mro(kind)[1:]:
            if (found := self.name(base)) is not None:
                return found[1]
        return None

    def qualname(self, kind: type) -> str:
        """Return what a class says it is called, running none of its metaclass's code."""
        name: str = _qualname(kind)
        return name

    def file(self, kind: type) -> PublicFile | None:
        """Return the public file that has the class statement of a class."""
        module = _names(kind).get("__module__")
        path = module_file(sys.modules.get(module)) if type(module) is str else None
        # Some say that they are of the package which they are imported from.
        written = [each.__code__.co_filename for each in _functions(kind)][:1]
        for each in filter(None, (path, *written)):
            file = self._files.find(each) if os.path.isabs(each) else self._files.of_code(each)
            if file is not None and self._code.class_body(_qualname(kind), file) is not None:
                return file
        return None

    def _static(self, kind: type, qualname: str) -> tuple[PublicText | None, PublicText] | None:
        """Name a class that no Python code can have made."""
        module = _module(kind)
        names = Vocabulary(frozenset({module, qualname}))
        if vars(builtins).get(qualname) is kind or id(kind) in UNNAMED:
            return None, PublicText(qualname, names)
        if (
            module.partition(".")[0] in sys.stdlib_module_names
            and _at(sys.modules.get(module), qualname) is kind
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
            path = module_file(sys.modules[name])
            if path is None or path.endswith(".py") or _at(sys.modules[name], qualname) is not kind:
                continue
            file = self._files.find(path)
            if file is not None and f"{module}.{qualname}".encode() in file.content:
                names = Vocabulary(frozenset({module, qualname}))
                return PublicText(module, names), PublicText(qualname, names)
        return None


def module_names(name: str) -> dict[str, Any]:
    """Return what a loaded module holds, running none of its code; nothing for what is none."""
    module = sys.modules.get(name)
    is_module = issubclass(type(module), types.ModuleType)
    found: dict[str, Any] = _module_dict(module) if is_module else {}
    return found


def _functions(kind: type) -> list[types.FunctionType]:
    return [each for each in _names(kind).values() if type(each) is types.FunctionType]


def _at(module: object, qualname: str) -> object:
    if not issubclass(type(module), type(sys)):
        return None
    found: object = None
    names = object.__getattribute__(module, "__dict__")
    for part in qualname.split("."):
        found = names.get(part)
        if not issubclass(type(found), type):
            return None
        names = _names(found)
    return found
