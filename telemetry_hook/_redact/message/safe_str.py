"""What an exception says, where finding that out runs no code but published code.

`str(ValueError(thing))` would run the thing's own `__str__`. So an exception speaks only where its
`__str__` is public, and where all that this reads is plain: built-in scalars, containers of them,
and objects for which the same holds.
"""

from __future__ import annotations

import sys
from types import FunctionType
from typing import TYPE_CHECKING

from telemetry_hook._contained import contained
from telemetry_hook._crash import capture, guarded
from telemetry_hook._redact.message.templates import normalize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SECONDS = 1.0
MAX_DEPTH = 5
MAX_ITEMS = 1_000
SCALARS = frozenset(map(id, (str, bytes, int, float, complex, bool, type(None), type)))
CONTAINERS = frozenset(map(id, (list, tuple, set, frozenset)))
# Made in C, they print nothing but their arguments and these attributes. Which of the classes have
# a `__str__` of their own depends on Python's version: the others print as their bases do.
SPEAKERS: dict[int, tuple[type[BaseException], tuple[str, ...]]] = {
    id(guarded.in_class(kind, "__str__")): (kind, names)
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
    if "__str__" in guarded.names(kind)
}
# Who asks for these may read every attribute there is.
READS_ALL = frozenset({"__dict__", "vars", "getattr", "locals", "asdict"})
WHAT_PRINTS = ("__str__", "__repr__", "__format__")
# Made in C, they print what they hold, which is no object of anybody's.
PLAIN = {
    "builtins": ("BaseException", "bytes", "complex", "float", "int", "range", "str"),
    "datetime": ("date", "datetime", "time", "timedelta", "timezone"),
    "decimal": ("Decimal",),
}


def speaker(kind: type[BaseException]) -> object:
    """Return the function that makes a class's exceptions into text."""
    return guarded.in_class(kind, "__str__")


def texts(
    exception: BaseException,
    is_public: Callable[[FunctionType], bool],
    is_of_the_library: Callable[[FunctionType], bool],
) -> tuple[str, tuple[str, ...]] | None:
    """Return the whole message, and the texts it consists of; None where it cannot be told.

    The exception's own code must be public; what it holds must be the standard library's. An exception of several arguments consists of those; '' stands for one that is no text.
    """
    function = speaker(type(exception))
    arguments = guarded.arguments(exception)
    if capture.members(exception):
        return _one(arguments[0])  # what a group prints beside is the number of its members
    if not _Listener(is_public, is_of_the_library).may_hear(exception, 0):
        return None
    is_bare = id(function) in SPEAKERS and not SPEAKERS[id(function)][1]
    if is_bare and len(arguments) == 1 and type(arguments[0]) is str:
        return _one(arguments[0])
    if function is SyntaxError.__str__:
        return _one(guarded.field(exception, SyntaxError, "msg"))
    try:
        with contained(SECONDS):
            text = function(exception)  # type: ignore[operator]
    except BaseException:
        return None
    if is_bare and len(arguments) > 1 and type(text) is str:
        return normalize(text), tuple(each if type(each) is str else "" for each in arguments)
    return _one(text)


def _one(text: object) -> tuple[str, tuple[str, ...]] | None:
    return (normalize(text), (text,)) if type(text) is str else None


class _Listener:
    """Tells whether making a value into text runs public code only."""

    def __init__(
        self,
        is_public: Callable[[FunctionType], bool],
        is_of_the_library: Callable[[FunctionType], bool],
    ) -> None:
        self._is_public = is_public
        self._is_of_the_library = is_of_the_library

    def may_hear(self, value: object, depth: int) -> bool:
        """Tell whether `str()` and `repr()` of a value may be called."""
        kind = type(value)
        if id(kind) in SCALARS:
            return True
        if depth > MAX_DEPTH:
            return False
        if id(kind) in CONTAINERS:
            return self._all(list(value), depth)  # type: ignore[call-overload]
        if kind is dict:
            return self._all([*dict.keys(value), *dict.values(value)], depth)  # type: ignore[arg-type]
        return self._object(value, kind, depth)

    def _all(self, values: list[object], depth: int) -> bool:
        return len(values) <= MAX_ITEMS and all(self.may_hear(each, depth + 1) for each in values)

    def _object(self, value: object, kind: type, depth: int) -> bool:
        held: list[object] = []
        if guarded.is_a(value, BaseException):
            held += guarded.arguments(value)
        elif not all(map(_is_of_the_library, guarded.mro(kind))):
            return False
        read: set[str] = set()
        for name in WHAT_PRINTS:
            for base, function in _found(kind, name):
                if id(function) in SPEAKERS:
                    speaking, names = SPEAKERS[id(function)]
                    held += [guarded.field(value, speaking, each) for each in names]  # type: ignore[arg-type]
                elif type(function) is FunctionType:
                    if not self._reads(function, kind, read):
                        return False
                elif not _is_plain(base):
                    return False
        attributes = self._attributes(value, kind)
        if attributes is None:
            return not read and self._all(held, depth)
        is_all = not READS_ALL.isdisjoint(read)
        held += [each for name, each in attributes.items() if is_all or name in read]
        return self._all(held, depth)

    def _reads(self, function: object, kind: type, read: set[str]) -> bool:
        """Collect the names that a function and the methods it calls read; false: it is not public."""
        if type(function) is property:
            function = function.fget
        if type(function) is classmethod or type(function) is staticmethod:
            function = function.__func__
        if type(function) is not FunctionType:
            return True  # made in C: a slot of `object`, a member of `__slots__`
        may = self._is_public if issubclass(kind, BaseException) else self._is_of_the_library
        if not may(function):
            return False
        new = {*function.__code__.co_names} - read
        read |= new
        return all(self._reads(each, kind, read) for name in new for _, each in _found(kind, name))

    def _attributes(self, value: object, kind: type) -> dict[str, object] | None:
        for name in ("__getattribute__", "__getattr__"):
            for _, function in _found(kind, name):
                if type(function) is FunctionType and not self._is_public(function):
                    return None
        return guarded.attributes(value)


def _found(kind: type, name: str) -> Iterator[tuple[type, object]]:
    """Yield what a class and its bases have by a name, but for what `object` has."""
    for base in guarded.mro(kind)[:-1]:
        names = guarded.names(base)
        if name in names:
            yield base, names[name]
            if id(names[name]) in SPEAKERS:
                return


def _is_of_the_library(kind: type) -> bool:
    module = guarded.module(kind)
    if module is None or module.partition(".")[0] not in sys.stdlib_module_names:
        return False
    return guarded.module_names(module).get(guarded.qualname(kind)) is kind


def _is_plain(kind: type) -> bool:
    return any(
        guarded.module_names(module).get(name) is kind
        for module, names in PLAIN.items()
        for name in names
    )
