"""What an exception says, where finding that out runs no code but published code.

`str(ValueError(thing))` would run the thing's own `__str__`. So an exception speaks only where its
`__str__` is public, and where all that it holds is plain: built-in scalars, containers of them, and
a few classes of the standard library whose texts are their own.
"""

from __future__ import annotations

import sys
from types import FunctionType
from typing import TYPE_CHECKING

from telemetry_hook import _stack
from telemetry_hook._contained import contained

if TYPE_CHECKING:
    from collections.abc import Callable

SECONDS = 1.0
MAX_DEPTH = 4
MAX_ITEMS = 1_000
SCALARS = frozenset(map(id, (str, bytes, int, float, complex, bool, type(None))))
CONTAINERS = frozenset(map(id, (list, tuple, set, frozenset)))
PLAIN = {
    "datetime": ("date", "datetime", "time", "timedelta", "timezone"),
    "decimal": ("Decimal",),
    "fractions": ("Fraction",),
    "ipaddress": ("IPv4Address", "IPv4Network", "IPv6Address", "IPv6Network"),
    "pathlib": ("PosixPath", "PurePosixPath", "PureWindowsPath", "WindowsPath"),
    "uuid": ("UUID",),
}
# Made in C, they print nothing but their arguments and these attributes.
SPEAKERS: dict[int, tuple[type[BaseException], tuple[str, ...]]] = {
    id(kind.__dict__["__str__"]): (kind, names)
    for kind, names in (
        (BaseException, ()),
        (AttributeError, ()),
        (KeyError, ()),
        (NameError, ()),
        (OSError, ("filename", "filename2", "errno", "strerror")),
        (ImportError, ("msg",)),
        (SyntaxError, ("msg", "filename", "lineno")),
        (UnicodeDecodeError, ("encoding", "object", "reason")),
        (UnicodeEncodeError, ("encoding", "object", "reason")),
        (UnicodeTranslateError, ("object", "reason")),
    )
}

_args = BaseException.__dict__["args"].__get__
_attributes = BaseException.__dict__["__dict__"].__get__
_names = type.__dict__["__dict__"].__get__


def speaker(kind: type[BaseException]) -> object:
    """Return the function that makes a class's exceptions into text."""
    return next(_names(base)["__str__"] for base in type.mro(kind) if "__str__" in _names(base))


def texts(
    exception: BaseException, is_public: Callable[[FunctionType], bool]
) -> tuple[str, ...] | None:
    """Return the message, or several arguments that stand for one; None where it cannot be told."""
    kind = type(exception)
    function = speaker(kind)
    if _stack.members(exception):
        message = _args(exception)[0]  # what a group prints beside is the number of its members
        return (message,) if type(message) is str else None
    if not can_speak(exception, is_public):
        return None
    arguments = _args(exception)
    if id(function) in SPEAKERS and not SPEAKERS[id(function)][1]:
        if len(arguments) == 1 and type(arguments[0]) is str:
            return (arguments[0],)
        if len(arguments) > 1:
            return tuple(each if type(each) is str else "" for each in arguments)
    if function is SyntaxError.__str__:
        message = SyntaxError.__dict__["msg"].__get__(exception)
        return (message,) if type(message) is str else None
    try:
        with contained(SECONDS):
            text = function(exception)  # type: ignore[operator]
    except BaseException:
        return None
    return (text,) if type(text) is str else None


def can_speak(
    exception: BaseException, is_public: Callable[[FunctionType], bool], depth: int = 0
) -> bool:
    """Tell whether making an exception into text runs public code only."""
    function = speaker(type(exception))
    held = list(_args(exception))
    if id(function) in SPEAKERS:
        kind, names = SPEAKERS[id(function)]
        held += [kind.__dict__[name].__get__(exception) for name in names]
    elif isinstance(function, FunctionType) and is_public(function):
        held += dict.values(_attributes(exception))
    else:
        return False
    return all(_is_plain(each, is_public, depth) for each in held)


def _is_plain(value: object, is_public: Callable[[FunctionType], bool], depth: int) -> bool:
    kind = type(value)
    if id(kind) in SCALARS:
        return True
    if depth > MAX_DEPTH:
        return False
    if id(kind) in CONTAINERS:
        items: list[object] = list(value)  # type: ignore[call-overload]
    elif kind is dict:
        items = [*dict.keys(value), *dict.values(value)]  # type: ignore[arg-type]
    elif issubclass(kind, BaseException):
        return can_speak(value, is_public, depth + 1)  # type: ignore[arg-type]
    else:
        return _is_of_the_library(kind)
    return len(items) <= MAX_ITEMS and all(_is_plain(each, is_public, depth + 1) for each in items)


def _is_of_the_library(kind: type) -> bool:
    return any(
        vars(sys.modules[module]).get(name) is kind
        for module, names in PLAIN.items()
        if module in sys.modules
        for name in names
    )
