"""Shapes of what the failing statement has read: of variables, and of attributes and items of them.

The values are those at the time of the crash. They are read from the places where Python keeps them,
so none of the program's code runs: no property, no `__getattr__`, no class of dictionaries or metaclass.
What only such code could give is left out, and the value that it would be read from is shown instead.
"""

import sys

from telemetry_hook._crash import bytecode, guarded, shapes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import FrameType, MemberDescriptorType

    from telemetry_hook._crash.bytecode import Key, Path
    from telemetry_hook._crash.shapes import Shape

MAX_KEYS = 10_000  # of a dictionary whose items are read


class _Unreadable:
    """Says that a value cannot be read without running code."""


class _Missing:
    """Says that there is no value: no such variable, attribute or item."""


# Functions, classes and modules are named by the source; their kind says nothing more.
_CODE = frozenset(map(id, (type(lambda: None), type(len), type("".join), type(dict.fromkeys))))
_module = type(sys)
_member = type(guarded.names(OSError)["errno"])
_KEYS = frozenset(map(id, (str, int, float, bool, bytes, type(None))))
# These classes find attributes in the way of `object`, so far as their values are kept in a `__dict__`.
_ORDINARY = frozenset(
    id(guarded.names(kind).get("__getattribute__"))
    for kind in (object, BaseException, _module, dict, list, tuple, str, set, int, float)
)


class Operand:
    """What a statement has read: a variable, the steps from it, and the value's shape.

    The shape is None if the failing instruction was to read it and it is missing. `is_operand`: the
    failing instruction worked on it, or was to read it.
    """

    __slots__ = ("is_operand", "name", "shape", "steps")

    def __init__(
        self,
        name: str,
        steps: "tuple[str | Key, ...]",
        shape: "Shape | None",
        *,
        is_operand: bool,
    ) -> None:
        self.name = name
        self.steps = steps
        self.shape = shape
        self.is_operand = is_operand


def operands(frame: "FrameType", offset: int, *, is_innermost: bool) -> "tuple[Operand, ...]":
    """Return what the statement of a frame has read when its instruction at an offset failed.

    What the failing instruction was to read comes first, then what it worked on.
    """
    found: dict[object, Operand] = {}
    try:
        variables = _Variables(frame)
        for path in bytecode.paths(frame.f_code, offset):
            operand = _operand(path, variables, is_innermost=is_innermost)
            if operand is not None:
                found.setdefault((operand.name, tuple(map(_hashable, operand.steps))), operand)
    except RuntimeError:  # another thread has changed a dictionary meanwhile
        return ()
    return tuple(found.values())


def _operand(path: "Path", variables: "_Variables", *, is_innermost: bool) -> "Operand | None":
    """Return the value at a path, or that of the last step to it that can be read."""
    value = variables.value(path)
    if value is _Missing:
        return None
    is_operand = path.is_operand or path.is_result
    for index, step in enumerate(path.steps):
        following = attribute(value, step) if type(step) is str else item(value, step.value)  # type: ignore[union-attr]
        if following is _Missing or following is _Unreadable:
            # Of what was not read, only the failure itself says that it is missing.
            is_failure = path.is_result and is_innermost and index == len(path.steps) - 1
            if following is _Missing and is_failure:
                return Operand(path.name, path.steps, None, is_operand=True)
            if path.is_result:
                return None  # what it was to be read from is an operand itself
            return _shown(path, path.steps[:index], value, is_operand=is_operand)
        value = following
    return None if path.is_result else _shown(path, path.steps, value, is_operand=is_operand)


def _shown(
    path: "Path", steps: "tuple[str | Key, ...]", value: object, *, is_operand: bool
) -> "Operand | None":
    is_code = id(type(value)) in _CODE or guarded.is_a(value, type)
    is_module = guarded.is_a(value, _module)
    if (steps or path.is_global) and (is_code or (is_module and steps != path.steps)):
        return None
    if is_module and not is_operand:
        return None
    return Operand(path.name, steps, shapes.shape(value), is_operand=is_operand)


def attribute(value: object, name: str) -> object:
    """Return the value of an attribute, `_Missing` or `_Unreadable`."""
    kind = type(value)
    if kind is type:
        found = _in_class(value, name)  # type: ignore[arg-type]
        in_metaclass = _in_class(type, name)
        is_plain = in_metaclass is _Missing and not _is_descriptor(found)
        return found if is_plain else _Unreadable
    if guarded.is_a(value, type) or id(_in_class(kind, "__getattribute__")) not in _ORDINARY:
        return _Unreadable
    found = _in_class(kind, name)
    if type(found) is _member:
        return _in_slot(found, value)  # type: ignore[arg-type]
    if _is_descriptor(found, "__set__") or _is_descriptor(found, "__delete__"):
        return _Unreadable
    own = guarded.attributes(value)
    if own is None:
        return _Unreadable
    if name in own:
        return own[name]
    if found is not _Missing:
        return _Unreadable if _is_descriptor(found) else found
    has_hook = _in_class(kind, "__getattr__") is not _Missing or (
        guarded.is_a(value, _module) and "__getattr__" in own
    )
    return _Unreadable if has_hook else _Missing


def item(value: object, key: "str | int") -> object:
    """Return an item of a built-in dictionary, list or tuple, `_Missing` or `_Unreadable`."""
    if type(value) is dict:
        # A look-up calls `__eq__` of keys with the same hash. This could be code of the program.
        is_plain = len(value) <= MAX_KEYS and _KEYS.issuperset(map(id, map(type, value)))
        return value.get(key, _Missing) if is_plain else _Unreadable
    if (type(value) is list or type(value) is tuple) and type(key) is int:
        return value[key] if -len(value) <= key < len(value) else _Missing
    return _Unreadable


class _Variables:
    """The variables of a frame and the names of its module."""

    def __init__(self, frame: "FrameType") -> None:
        self._frame = frame
        self._is_function = bool(frame.f_code.co_flags & shapes.CO_OPTIMIZED)
        self._locals: Mapping[str, object] = frame.f_locals

    def value(self, path: "Path") -> object:
        """Return the value of a path's variable, or `_Missing`."""
        if self._is_function and not path.is_global:
            return self._locals.get(path.name, _Missing)
        if not self._is_function and (found := item(self._locals, path.name)) is not _Missing:
            return _Missing if found is _Unreadable else found
        found = item(self._frame.f_globals, path.name)
        return _Missing if found is _Unreadable else found


def _in_class(kind: type, name: str) -> object:
    """Return the value of a name that a class defines or inherits, or `_Missing`."""
    return next(
        (held[name] for base in guarded.mro(kind) if name in (held := guarded.names(base))),
        _Missing,
    )


def _is_descriptor(value: object, method: str = "__get__") -> bool:
    return value is not _Missing and _in_class(type(value), method) is not _Missing


def _in_slot(slot: "MemberDescriptorType", value: object) -> object:
    try:
        return slot.__get__(value)
    except AttributeError:
        return _Missing  # nothing was assigned to it
    except TypeError:  # the class has taken the slot from another class
        return _Unreadable


def _hashable(step: "str | Key") -> object:
    return step if type(step) is str else (type(step.value), step.value)  # type: ignore[union-attr]
