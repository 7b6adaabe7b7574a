"""Reads attributes and items from where Python stores them, without running the program's code.

No property, no `__getattr__`, no class of dictionaries and no metaclass is asked. What only these could
give is `UNREADABLE`.
"""

import sys

from telemetry_hook._crash import guarded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import MemberDescriptorType

MAX_KEYS = 1_000  # of a dictionary whose items are read

MAX_BASES = 100


class UNREADABLE:
    """Says that a value cannot be read without running code."""


class MISSING:
    """Says that there is no such attribute or item."""


_module = type(sys)
_member = type(guarded.names(OSError)["errno"])
_KEYS = frozenset(map(id, (str, int, float, bool, bytes, type(None))))
# These classes look attributes up as `object` does.
_ORDINARY = frozenset(
    id(guarded.names(kind).get("__getattribute__"))
    for kind in (
        *(object, BaseException, _module, dict, list, tuple, str, set, int, float),
        *(bytes, bytearray, frozenset, complex),
    )
)
# So do these, which are written in C, and whose modules may not be loaded.
_ORDINARY_OF_MODULES = (
    ("_ast", "AST"),
    ("collections", "defaultdict"),
    ("collections", "deque"),
    ("functools", "partial"),
    ("types", "SimpleNamespace"),
)
_wrapper = type(guarded.names(object)["__getattribute__"])


def attribute(value: object, name: str) -> object:
    """Return the value of an attribute, `MISSING` or `UNREADABLE`."""
    kind = type(value)
    if _is_large(kind) or (guarded.is_a(value, type) and _is_large(value)):
        return UNREADABLE
    if kind is type:
        found = _in_class(value, name)  # type: ignore[arg-type]
        is_plain = _in_class(type, name) is MISSING and not _has(found, "__get__")
        return found if is_plain else UNREADABLE
    if guarded.is_a(value, type) or not _is_ordinary(kind):
        return UNREADABLE
    found = _in_class(kind, name)
    if type(found) is _member:
        return _in_slot(found, value)  # type: ignore[arg-type]
    if _has(found, "__set__") or _has(found, "__delete__"):
        return UNREADABLE
    own = guarded.attributes(value)
    if own is None:
        return UNREADABLE
    if name in own:
        return own[name]
    if found is not MISSING:
        return UNREADABLE if _has(found, "__get__") else found
    has_hook = _in_class(kind, "__getattr__") is not MISSING or (
        guarded.is_a(value, _module) and "__getattr__" in own
    )
    return UNREADABLE if has_hook else MISSING


def item(value: object, key: "str | int") -> object:
    """Return an item of a built-in dictionary, list or tuple, `MISSING` or `UNREADABLE`."""
    if type(value) is dict:
        # A look-up calls `__eq__` of keys with the same hash. This could be code of the program.
        is_plain = len(value) < MAX_KEYS and _KEYS.issuperset(map(id, map(type, value)))
        return value.get(key, MISSING) if is_plain else UNREADABLE
    if (type(value) is list or type(value) is tuple) and type(key) is int:
        return value[key] if -len(value) <= key < len(value) else MISSING
    return UNREADABLE


def _is_large(kind: type) -> bool:
    """Return whether a class has so many bases or names that looking at all of them takes long."""
    bases = guarded.mro(kind)
    return len(bases) > MAX_BASES or any(guarded.count(base) >= MAX_KEYS for base in bases)


def _is_ordinary(kind: type) -> bool:
    """Return whether objects of a class look attributes up as `object` does."""
    found = _in_class(kind, "__getattribute__")
    if id(found) in _ORDINARY:
        return True
    owner = found.__objclass__ if type(found) is _wrapper else None  # type: ignore[attr-defined]
    return owner is not None and any(
        guarded.class_at(module, name) is owner for module, name in _ORDINARY_OF_MODULES
    )


def _in_class(kind: type, name: str) -> object:
    """Return the value of a name that a class defines or inherits, or `MISSING`."""
    return next(
        (held[name] for base in guarded.mro(kind) if name in (held := guarded.names(base))), MISSING
    )


def _has(value: object, method: str) -> bool:
    return value is not MISSING and _in_class(type(value), method) is not MISSING


def _in_slot(slot: "MemberDescriptorType", value: object) -> object:
    try:
        return slot.__get__(value)
    except AttributeError:
        return MISSING  # nothing was assigned to it
    except TypeError:  # the class has taken the slot from another class
        return UNREADABLE
