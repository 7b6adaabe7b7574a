"""Reads a program's objects without running any of the program's code.

Classes may define properties, `__getattribute__`, `__class__` and `__eq__`, and metaclasses may
define them for classes. So this module never looks up an attribute on an object. It reads each
value from the C slot that stores the value. It compares types by identity, and only exact `str`
objects as text.
"""

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from types import CodeType, TracebackType
    from typing import Any, TypeGuard, TypeVar

    T = TypeVar("T")

MAX_ATTRIBUTES = 1_000  # they are all looked at, again and again
_IS_IMMUTABLE_TYPE = 1 << 8  # Py_TPFLAGS_IMMUTABLETYPE
_IS_HEAP_TYPE = 1 << 9  # Py_TPFLAGS_HEAPTYPE
_function = type(lambda: None)
# The types of the descriptors that C code makes: a getter, and a member of the structure.
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
    """Return whether a value is an instance of a built-in class. Its `__class__` is ignored."""
    return issubclass(type(value), kind)


def field(exception: BaseException, kind: "type[BaseException]", field_name: str) -> object:
    """Return a field that a built-in exception has beside `args`, such as `errno`, or None."""
    slot: Any = names(kind).get(field_name)
    return slot.__get__(exception) if _is_slot(slot) and is_a(exception, kind) else None


def slot(value: object, field_name: str) -> object:
    """Return the value of one of the `__slots__` of an instance, or None if it has no such value."""
    descriptor: Any = in_class(type(value), field_name)
    try:
        return descriptor.__get__(value) if _is_slot(descriptor) else None
    except (AttributeError, TypeError):  # it is not set, or the slot is of another class
        return None


def attributes(value: object) -> "dict[str, object] | None":
    """Return an instance's own attributes, or None if there are too many, or reading them could run code."""
    held = [names(base)["__dict__"] for base in mro(type(value)) if "__dict__" in names(base)]
    for slot in held:
        if not _is_slot(slot):
            continue
        try:
            found = slot.__get__(value)
        except (AttributeError, TypeError):  # the class has taken the slot from another class
            continue
        is_small = type(found) is dict and len(found) < MAX_ATTRIBUTES
        return found if is_small and _are_plain(found) else None
    return None if held else {}


def names(kind: type) -> "Mapping[str, Any]":
    """Return the names that a class itself defines (its `__dict__`), without inherited names."""
    found: Mapping[str, Any] = _names(kind)
    return found if _are_plain(found) else _plain(found)


def count(kind: type) -> int:
    """Return how many names a class itself defines."""
    return len(_names(kind))


def in_class(kind: type, wanted: str) -> object:
    """Return the value of a name that a class defines or inherits, or None if there is none."""
    return next((names(base)[wanted] for base in mro(kind) if wanted in names(base)), None)


def name(kind: type) -> str:
    """Return the name of a class."""
    return str.__str__(_name(kind))  # a subclass of `str` becomes a `str`


def qualname(kind: type) -> str:
    """Return the qualified name of a class."""
    return str.__str__(_qualname(kind))


def module(kind: type) -> "str | None":
    """Return the `__module__` of a class, or None if it is not a `str`."""
    if is_static(kind):
        return str(_module(kind))
    found = names(kind).get("__module__")
    return found if type(found) is str else None


def is_static(kind: type) -> bool:
    """Return whether a class is a C structure, which Python code cannot make or change."""
    return not _flags(kind) & _IS_HEAP_TYPE


def is_immutable(kind: type) -> bool:
    """Return whether Python code can neither make nor change a class. C code has made it."""
    return is_static(kind) or bool(_flags(kind) & _IS_IMMUTABLE_TYPE)


def code(value: object) -> "CodeType | None":
    """Return the code of a function, or None for any other object."""
    return value.__code__ if type(value) is _function else None


def module_names(module_name: str) -> "Mapping[str, Any]":
    """Return the names in a loaded module, or an empty mapping if no real module is loaded."""
    return in_module(sys.modules.get(module_name))


def in_module(loaded: object) -> "Mapping[str, Any]":
    """Return the names in a module object, or an empty mapping for any other object."""
    found = _module_names(loaded) if is_a(loaded, type(sys)) else None
    if type(found) is not dict:
        return {}
    return found if _are_plain(found) else _plain(found)


def class_at(module_name: str, path: str) -> "type | None":
    """Return a class in a loaded module by its qualified name, such as `Outer.Inner`, or None."""
    inside, found = module_names(module_name), None
    for part in path.split("."):
        found = inside.get(part)
        if not is_a(found, type):
            return None
        inside = names(found)
    return found


def is_plain(names: object) -> "TypeGuard[dict[str, object]]":
    """Return whether an object is a built-in dictionary whose keys are all exactly `str`."""
    return type(names) is dict and _are_plain(names)


def is_module_of(loaded: object, names: object) -> bool:
    """Return whether an object is a module, and a dictionary is the one that holds its names."""
    return is_a(loaded, type(sys)) and _module_names(loaded) is names


def holds(module_name: str, path: str, kind: type) -> bool:
    """Return whether a loaded module has a class by a qualified name, alone or in a tuple of classes."""
    outer, _, last = path.rpartition(".")
    if outer:
        return class_at(module_name, path) is kind
    found = module_names(module_name).get(last)
    return any(held is kind for held in (found if type(found) is tuple else (found,)))


def module_file(loaded: object) -> "str | None":
    """Return the file or directory that a module object was loaded from, as an absolute path."""
    inside = in_module(loaded)
    file, is_main = inside.get("__file__"), inside.get("__name__")
    if file is None and type(is_main) is str and is_main == "__main__":
        # When a script has ended, the interpreter removes its __file__, but not its loader.
        file = (attributes(inside.get("__loader__")) or {}).get("path")
    if file is None:
        path = inside.get("__path__")  # in a namespace package, an object that wraps a list
        path = path if type(path) is list else (attributes(path) or {}).get("_path")
        file = path[0] if type(path) is list and path else None
    return absolute(file) if type(file) is str else None


def absolute(path: str) -> str:
    """Return an absolute path. No file has it if the working directory has been deleted."""
    try:
        return os.path.abspath(path)
    except OSError:
        return os.path.join(os.sep, "(deleted)", path)


def _is_slot(descriptor: object) -> bool:
    return any(type(descriptor) is kind for kind in _slots)


def _are_plain(keys: "Iterable[object]") -> bool:
    # A look-up calls `__eq__` of keys with the same hash. This could be code of the program.
    return {id(str)}.issuperset(map(id, map(type, keys)))


def _plain(held: "Mapping[Any, Any]") -> "dict[str, Any]":
    return {key: value for key, value in [*held.items()] if type(key) is str}
