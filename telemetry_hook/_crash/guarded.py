"""Reads a program's objects without running any of its code: no user code runs here.

Classes may define properties, `__getattribute__`, `__class__` and `__eq__`, and metaclasses define
them for classes. So nothing is looked up on an object: each value comes out of the C slot that
keeps it, types are compared by identity, and only exact `str` is compared as text.
"""

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from types import CodeType, TracebackType
    from typing import Any, TypeGuard, TypeVar

    T = TypeVar("T")

_IS_HEAP_TYPE = 1 << 9  # Py_TPFLAGS_HEAPTYPE
_function = type(lambda: None)
# What C code makes for its attributes: a getter, and a member of the structure.
_slots = (type(type.__dict__["__dict__"]), type(OSError.__dict__["errno"]))

_exception = BaseException.__dict__
traceback: "Callable[[BaseException], TracebackType | None]" = _exception["__traceback__"].__get__
set_traceback: "Callable[[BaseException, TracebackType | None], None]" = _exception[
    "__traceback__"
].__set__
cause: "Callable[[BaseException], BaseException | None]" = _exception["__cause__"].__get__
context: "Callable[[BaseException], BaseException | None]" = _exception["__context__"].__get__
hides_context: "Callable[[BaseException], bool]" = _exception["__suppress_context__"].__get__
arguments: "Callable[[BaseException], tuple[object, ...]]" = _exception["args"].__get__

mro: "Callable[[type], tuple[type, ...]]" = type.__dict__["__mro__"].__get__
_names = type.__dict__["__dict__"].__get__
_name = type.__dict__["__name__"].__get__
_qualname = type.__dict__["__qualname__"].__get__
_module = type.__dict__["__module__"].__get__
_flags = type.__dict__["__flags__"].__get__
_module_names = _names(type(sys))["__dict__"].__get__


def is_a(value: object, kind: "type[T]") -> "TypeGuard[T]":
    """Tell whether a value is an instance of a built-in class, whatever its `__class__` says."""
    return issubclass(type(value), kind)


def field(exception: BaseException, kind: "type[BaseException]", field_name: str) -> object:
    """Return what a built-in class keeps beside `args`, such as `OSError.errno`; None if nothing."""
    slot: Any = names(kind).get(field_name)
    return slot.__get__(exception) if _is_slot(slot) and is_a(exception, kind) else None


def attributes(value: object) -> "dict[str, object] | None":
    """Return an instance's own attributes; None where they cannot be read without its code."""
    held = [names(base)["__dict__"] for base in mro(type(value)) if "__dict__" in names(base)]
    for slot in held:
        if not _is_slot(slot):
            continue
        try:
            found = slot.__get__(value)
        except (AttributeError, TypeError):  # the class has taken it from another one
            continue
        return found if type(found) is dict and _are_plain(found) else None
    return None if held else {}


def names(kind: type) -> "Mapping[str, Any]":
    """Return what the body of a class defines (its `__dict__`), without what it inherits."""
    found: Mapping[str, Any] = _names(kind)
    return found if _are_plain(found) else _plain(found)


def in_class(kind: type, wanted: str) -> object:
    """Return what a class defines or inherits under a name, None where it has no such name."""
    return next((names(base)[wanted] for base in mro(kind) if wanted in names(base)), None)


def name(kind: type) -> str:
    """Return the name of a class."""
    return str.__str__(_name(kind))  # a subclass of `str` becomes a `str`


def qualname(kind: type) -> str:
    """Return the qualified name of a class."""
    return str.__str__(_qualname(kind))


def module(kind: type) -> "str | None":
    """Return the name of the module that a class says it is from."""
    if is_static(kind):
        return str(_module(kind))
    found = names(kind).get("__module__")
    return found if type(found) is str else None


def is_static(kind: type) -> bool:
    """Tell whether a class is a C structure: no Python code can have made or changed it."""
    return not _flags(kind) & _IS_HEAP_TYPE


def code(value: object) -> "CodeType | None":
    """Return a function's code, None for anything else."""
    return value.__code__ if type(value) is _function else None


def module_names(module_name: str) -> "Mapping[str, Any]":
    """Return what a loaded module holds; nothing where an object stands in for the module."""
    return _held_by(sys.modules.get(module_name))


def class_at(module_name: str, path: str) -> "type | None":
    """Return the class that a loaded module holds under a qualified name, such as `Outer.Inner`."""
    inside, found = module_names(module_name), None
    for part in path.split("."):
        found = inside.get(part)
        if not is_a(found, type):
            return None
        inside = names(found)
    return found


def module_file(loaded: object) -> "str | None":
    """Return the file or directory that a module object was loaded from, as an absolute path."""
    inside = _held_by(loaded)
    file, is_main = inside.get("__file__"), inside.get("__name__")
    if file is None and type(is_main) is str and is_main == "__main__":
        # The interpreter takes a script's __file__ away when it is over, but not its loader.
        file = (attributes(inside.get("__loader__")) or {}).get("path")
    if file is None:
        path = inside.get("__path__")  # of a namespace package it is an object around a list
        path = path if type(path) is list else (attributes(path) or {}).get("_path")
        file = path[0] if type(path) is list and path else None
    return os.path.abspath(file) if type(file) is str else None


def _is_slot(descriptor: object) -> bool:
    return any(type(descriptor) is kind for kind in _slots)


def _held_by(loaded: object) -> "Mapping[str, Any]":
    found = _module_names(loaded) if is_a(loaded, type(sys)) else None
    if type(found) is not dict:
        return {}
    return found if _are_plain(found) else _plain(found)


def _are_plain(keys: "Iterable[object]") -> bool:
    # Looking a text up compares it with keys of the same hash, by their own `__eq__`.
    return {id(str)}.issuperset(map(id, map(type, keys)))


def _plain(held: "Mapping[Any, Any]") -> "dict[str, Any]":
    return {key: value for key, value in [*held.items()] if type(key) is str}
