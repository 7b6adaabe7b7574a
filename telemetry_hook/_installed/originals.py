"""Puts Python's own modules, functions and classes back while we use them.

A project's own `tomllib.py` may be loaded in place of Python's. And programs replace functions and
classes of the standard library: for green threads, for another clock, to trace them, in tests. What
was replaced is recognised by where it was defined. The original is taken from a second copy of the
module, which nobody else sees.
"""

import _io
import os
import sys
from _frozen_importlib import BuiltinImporter, module_from_spec

from telemetry_hook._crash import guarded
from telemetry_hook._installed import isolation
from telemetry_hook._installed.places import is_frozen, is_inside, trusted
from telemetry_hook._suspended import is_alone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import ModuleType
    from typing import Any

DEPENDENCIES = frozenset({"click", "exceptiongroup", "platformdirs", "pluggy", "tomli", "urllib3"})
# The modules of the standard library that a question needs, and that those import.
USED = """
abc ast base64 binascii bisect blake2 builtins bz2 codecs collections collections_abc
compression contextlib copy copyreg dataclasses datetime dis encodings enum errno fcntl
fnmatch functools gc genericpath glob grp hashlib importlib inspect io ipaddress itertools
json keyword linecache locale lzma marshal math nt ntpath opcode opcode_metadata operator os
pathlib pkgutil platform posix posixpath posixsubprocess pwd random re reprlib select
selectors sha512 shlex shutil signal sre stat string struct subprocess tempfile termios
textwrap thread threading time token tokenize tomllib traceback types typing unicodedata urllib
uuid warnings weakref weakrefset zipimport zlib
"""
# Where these are replaced, as for green threads, we could wait for ever.
WAITING = frozenset({"os", "posix", "select", "termios", "time"})
OURS = "telemetry_hook"
NOTES = frozenset({"__loader__", "__spec__"})  # a module's, about where it comes from
MOCKS = "unittest"  # belongs to the standard library, but its objects replace others

_module = type(sys)
_function, _built_in, _method = type(lambda: None), type(len), type(guarded.is_a.__get__(0))
_plain = {
    *(id(kind) for kind in (str, int, bool, float, bytes, tuple, list, dict, set, frozenset)),
    *(id(type(value)) for value in (None, ..., NotImplemented, property(), staticmethod(len))),
    *(id(type(value)) for value in (str.join, str.__add__, guarded.mro, OSError.errno)),
}


class NotAloneError(Exception):
    """Nothing can be changed, because other threads are alive and may be using it."""


class Replaced:
    """A name in a module, or in a class of it, whose value is not Python's own."""

    __slots__ = ("module", "name", "owner", "value")

    def __init__(self, module: str, owner: "ModuleType | type", name: str, value: object) -> None:
        self.module = module
        self.owner = owner
        self.name = name
        self.value = value


class unshadowed:  # noqa: N801 - reads as the statement that it makes
    """Context in which loaded modules from elsewhere that have the names of ours are set aside."""

    def __enter__(self) -> None:
        self._hidden = {name: sys.modules.pop(name) for name in shadows()}

    def __exit__(self, *_: object) -> None:
        tops = {name.partition(".")[0] for name in self._hidden}
        for name in [name for name in [*sys.modules] if name.partition(".")[0] in tops]:
            del sys.modules[name]
        sys.modules.update(self._hidden)


class originals(unshadowed):  # noqa: N801 - reads as the statement that it makes
    """Context in which the modules that we import are the originals. It undoes what it changes.

    Raises:
        NotAloneError: other threads are alive, and without the originals it is not safe to go on.
    """

    def __enter__(self) -> None:
        self._undo: list[Replaced] = []
        changed = {each.module for each in replaced()}
        if not is_alone():
            if shadows() or not changed.isdisjoint(WAITING):
                raise NotAloneError
            changed.clear()  # most replacements do the same and something more
        super().__enter__()
        # Modules of C code first, then those that others import.
        names = [name for name in reversed([*sys.modules]) if name in changed]
        try:
            for name in sorted(names, key=_is_source):
                self._restore(name)
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_: object) -> None:
        for each in reversed(self._undo):
            _put(each.owner, each.name, each.value)
        super().__exit__()

    def _restore(self, name: str) -> None:
        copy = _copied(name)
        if name == "builtins":  # it gets this function only after it was made
            copy["open"] = _io.open
        for each in list(_replaced_in(name, sys.modules[name])):
            held: Mapping[str, object] = copy
            if each.owner is not sys.modules[name]:
                kind = copy.get(guarded.name(each.owner))  # type: ignore[arg-type]
                held = guarded.names(kind) if guarded.is_a(kind, type) else {}
            if each.name in held:
                self._undo.append(each)
                _put(each.owner, each.name, held[each.name])


def shadows() -> "list[str]":
    """Return loaded modules with the same name as one that we import, but from another place."""
    directories = trusted()
    real = list(map(os.path.realpath, directories))

    def is_shadow(name: str, module: "ModuleType") -> bool:
        if name not in DEPENDENCIES and name not in sys.stdlib_module_names:
            return False
        if (file := guarded.module_file(module)) is None or _is_of_loader(name):
            return False
        return not any(is_inside(file, directory) for directory in directories) and not any(
            is_inside(os.path.realpath(file), directory) for directory in real
        )

    tops = {name for name, module in list(sys.modules.items()) if is_shadow(name, module)}
    return [name for name in [*sys.modules] if name.partition(".")[0] in tops]


def _is_of_loader(name: str) -> bool:
    """Return whether the loader of a frozen program imported a module before it could find others."""
    file = guarded.module_names(name).get("__file__")
    return is_frozen() and type(file) is str and not os.path.isabs(file)


def replaced() -> "Iterator[Replaced]":
    """Yield the names in modules that we use whose values were defined elsewhere."""
    used = frozenset(USED.split())
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0].lstrip("_") in used:
            yield from _replaced_in(name, module)


def _replaced_in(module_name: str, module: object) -> "Iterator[Replaced]":
    if type(module) is not _module:
        return
    held: dict[str, Any] = vars(module)
    for name, value in list(held.items()):
        kind = type(value)
        if name in NOTES or id(kind) in _plain or (kind is _function and value.__globals__ is held):
            continue
        if _is_foreign(value):
            yield Replaced(module_name, module, name, value)
        elif kind is type and value.__module__ == module_name and not guarded.is_static(value):
            for inner, member in list(guarded.names(value).items()):
                if type(member) is _function and member.__globals__ is held:
                    continue
                if id(type(member)) not in _plain and _is_foreign(member):
                    yield Replaced(module_name, value, inner, member)


def _is_foreign(value: "Any") -> bool:
    kind = type(value)
    if kind is _method:
        return _is_foreign(value.__func__)
    if guarded.name(kind) == "partial" and guarded.module(kind) == "functools":
        return _is_foreign(value.func)
    if kind is _function:
        home = value.__globals__.get("__name__")
    elif kind is _built_in:
        home = value.__module__
    elif guarded.is_a(value, type):
        home = guarded.module(value)
    elif kind is _module:
        home = vars(value).get("__name__")
    else:
        home = guarded.module(kind)
    top = home.partition(".")[0] if type(home) is str else ""
    if not top.isidentifier():
        return False
    return top == MOCKS or (top not in sys.stdlib_module_names and top != OURS)


def _copied(name: str) -> "dict[str, object]":
    """Return the names in a second copy of a module. The first copy stays as it is."""
    module = sys.modules[name]
    held = vars(module)
    before = held.copy()
    spec = BuiltinImporter.find_spec(name) or isolation.spec_of(name)
    if spec is None or spec.loader is None:
        return {}
    try:
        copy = module_from_spec(spec)
        sys.modules[name] = copy
        spec.loader.exec_module(copy)
        return dict(vars(copy))
    finally:
        sys.modules[name] = module
        # Some modules of C code exist only once. Their second copy is the first, made new.
        held.update(before)


def _is_source(name: str) -> bool:
    return (guarded.module_file(sys.modules[name]) or "").endswith(".py")


def _put(owner: "ModuleType | type", name: str, value: object) -> None:
    if guarded.is_a(owner, type):
        type.__setattr__(owner, name, value)
    else:
        vars(owner)[name] = value
