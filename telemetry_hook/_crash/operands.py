"""Shapes of what the failing statement has read: of variables, and of attributes and items of them.

The values are those at the time of the crash. What only the program's code could give, such as a property,
is left out, and the value that it would be read from is shown instead.
"""

import sys

from telemetry_hook._crash import bytecode, guarded, shapes
from telemetry_hook._crash.bytecode import Key
from telemetry_hook._crash.stored import MISSING, UNREADABLE, attribute, item

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import FrameType

    from telemetry_hook._crash.bytecode import Path
    from telemetry_hook._crash.shapes import Shape

_module = type(sys)
# Functions, classes and modules are named by the source; their kind says nothing more.
_CODE = frozenset(map(id, (type(lambda: None), type(len), type("".join), type(dict.fromkeys))))


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
            if not shapes.is_named(path.name):
                continue
            operand = _operand(path, variables, is_innermost=is_innermost)
            if operand is not None:
                found.setdefault((operand.name, tuple(map(_hashable, operand.steps))), operand)
    except RuntimeError:  # another thread has changed a dictionary meanwhile
        return ()
    return tuple(found.values())


def _operand(path: "Path", variables: "_Variables", *, is_innermost: bool) -> "Operand | None":
    """Return the value at a path, or that of the last step to it that can be read."""
    value = variables.value(path)
    if value is MISSING:
        return None
    is_operand = path.is_operand or path.is_result
    for index, step in enumerate(path.steps):
        following = item(value, step.value) if isinstance(step, Key) else attribute(value, step)
        if following is MISSING or following is UNREADABLE:
            # Of what was not read, only the failure itself says that it is missing.
            is_failure = path.is_result and is_innermost and index == len(path.steps) - 1
            if following is MISSING and is_failure:
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


class _Variables:
    """The variables of a frame and the names of its module."""

    def __init__(self, frame: "FrameType") -> None:
        self._frame = frame
        self._is_function = bool(frame.f_code.co_flags & shapes.CO_OPTIMIZED)
        self._locals: Mapping[str, object] = frame.f_locals

    def value(self, path: "Path") -> object:
        """Return the value of a path's variable, or `MISSING`."""
        if self._is_function and not path.is_global:
            return self._locals.get(path.name, MISSING)
        if not self._is_function and (found := item(self._locals, path.name)) is not MISSING:
            return MISSING if found is UNREADABLE else found
        found = item(self._frame.f_globals, path.name)
        return MISSING if found is UNREADABLE else found


def _hashable(step: "str | Key") -> object:
    return (type(step.value), step.value) if isinstance(step, Key) else step
