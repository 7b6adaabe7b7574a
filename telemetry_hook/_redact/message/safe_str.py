"""Calls str(exception), but only if no unpublished code can run.

`str(ValueError(thing))` runs the `__str__` of `thing`. So `str()` is called only if the exception's
`__str__` is published, and if every value that it reads is safe to print. Safe values are built-in
scalars, containers of safe values, and objects of the standard library that print only safe values.
"""

from __future__ import annotations

from types import FunctionType
from typing import TYPE_CHECKING

from telemetry_hook._contained import contained
from telemetry_hook._crash import capture, guarded
from telemetry_hook._redact.message.templates import normalize
from telemetry_hook._redact.published import standard_library

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

STR_SECONDS = 1.0
MAX_DEPTH = 5
MAX_ITEMS = 1_000
SCALARS = frozenset(map(id, (str, bytes, int, float, complex, bool, type(None), type)))
CONTAINERS = frozenset(map(id, (list, tuple, set, frozenset)))
# Maps the id of a built-in class's method to the class and the fields that the method prints
# besides `args`. Which classes define a method depends on Python's version. The other classes
# inherit the method.
STR_IN_C: dict[int, tuple[type[BaseException], tuple[str, ...]]] = {
    id(guarded.names(kind)[method]): (kind, fields)
    for kind, method, fields in (
        (BaseException, "__str__", ()),
        (BaseException, "__repr__", ()),
        (AttributeError, "__str__", ()),
        (KeyError, "__str__", ()),
        (NameError, "__str__", ()),
        (OSError, "__str__", ("filename", "filename2", "errno", "strerror")),
        (ImportError, "__str__", ("msg",)),
        (ImportError, "__repr__", ("name", "path")),
        (SyntaxError, "__str__", ("msg", "filename", "lineno")),
        (UnicodeDecodeError, "__str__", ("encoding", "object", "reason")),
        (UnicodeEncodeError, "__str__", ("encoding", "object", "reason")),
        (UnicodeTranslateError, "__str__", ("object", "reason")),
    )
    if method in guarded.names(kind)
}
CODEC_ERRORS = (UnicodeDecodeError, UnicodeEncodeError, UnicodeTranslateError)
# A method that uses one of these names may read every attribute.
READS_ALL = frozenset({"__dict__", "vars", "getattr", "locals", "asdict"})
PRINTING_METHODS = ("__str__", "__repr__", "__format__")
# These classes are written in C. They print only their own value, and so run no Python code.
PLAIN = {
    "builtins": ("bytes", "complex", "float", "int", "range", "str"),
    "datetime": ("date", "datetime", "time", "timedelta", "timezone"),
    "decimal": ("Decimal",),
}


def texts(
    exception: BaseException,
    is_public: Callable[[FunctionType], bool],
    is_of_the_library: Callable[[FunctionType], bool],
) -> tuple[str, tuple[str, ...]] | None:
    """Return an exception's whole message and its parts, or None if `str()` is unsafe or fails.

    If the exception has several arguments, these are the parts. An argument that is not a text
    becomes ''.

    `ValueError("no  luck")` → `("no luck", ("no  luck",))`
    `ValueError("no luck", 7)` → `("('no luck', 7)", ("no luck", ""))`
    """
    function = guarded.in_class(type(exception), "__str__")
    arguments = guarded.arguments(exception)
    if capture.members(exception):
        return _one(arguments[0])  # a group also prints its number of members, but no other value
    if not StrSafety(is_public, is_of_the_library).is_safe(exception):
        return None
    prints_arguments = id(function) in STR_IN_C and not STR_IN_C[id(function)][1]
    if prints_arguments and len(arguments) == 1 and type(arguments[0]) is str:
        return _one(arguments[0])
    if function is SyntaxError.__str__:
        return _one(guarded.field(exception, SyntaxError, "msg"))
    try:
        with contained(STR_SECONDS):
            message = function(exception)  # type: ignore[operator]
    except BaseException:
        return None
    if prints_arguments and len(arguments) > 1 and type(message) is str:
        parts = tuple(part if type(part) is str else "" for part in arguments)
        return normalize(message), parts
    return _one(message)


def _one(text: object) -> tuple[str, tuple[str, ...]] | None:
    return (normalize(text), (text,)) if type(text) is str else None


def prints_fields(kind: type) -> bool:
    """Return whether C code makes the message of a class from fields: a codec's errors."""
    function = guarded.in_class(kind, "__str__")
    return id(function) in STR_IN_C and STR_IN_C[id(function)][0] in CODEC_ERRORS


class StrSafety:
    """Decides whether `str()` and `repr()` of a value run only published code."""

    def __init__(
        self,
        is_public: Callable[[FunctionType], bool],
        is_of_the_library: Callable[[FunctionType], bool],
    ) -> None:
        self._is_public = is_public
        self._is_of_the_library = is_of_the_library

    def is_safe(self, value: object, depth: int = 0) -> bool:
        """Return whether `str()` and `repr()` of a value may be called."""
        kind = type(value)
        if id(kind) in SCALARS:
            return True
        if depth > MAX_DEPTH:
            return False
        if id(kind) in CONTAINERS:
            return self._are_safe(list(value), depth)  # type: ignore[call-overload]
        if kind is dict:
            items: list[object] = [*dict.keys(value), *dict.values(value)]  # type: ignore[arg-type]
            return self._are_safe(items, depth)
        return self._is_safe_object(value, kind, depth)

    def _are_safe(self, values: list[object], depth: int) -> bool:
        return len(values) <= MAX_ITEMS and all(self.is_safe(value, depth + 1) for value in values)

    def _is_safe_object(self, value: object, kind: type, depth: int) -> bool:
        printed: list[object] = []
        if guarded.is_a(value, BaseException):
            printed += guarded.arguments(value)
        elif not all(map(_is_of_the_library, guarded.mro(kind))):
            return False
        names_read: set[str] = set()
        for method in PRINTING_METHODS:
            for base, function in _definitions(kind, method):
                if id(function) in STR_IN_C:
                    owner, fields = STR_IN_C[id(function)]
                    printed += [guarded.field(value, owner, name) for name in fields]  # type: ignore[arg-type]
                elif type(function) is FunctionType:
                    if not self._is_published(function, kind, names_read):
                        return False
                elif not _is_plain(base):
                    return False
        attributes = self._attributes(value, kind)
        if attributes is None:
            return not names_read and self._are_safe(printed, depth)
        reads_all = not READS_ALL.isdisjoint(names_read)
        printed += [item for name, item in attributes.items() if reads_all or name in names_read]
        return self._are_safe(printed, depth)

    def _is_published(self, function: object, kind: type, names_read: set[str]) -> bool:
        """Return whether a function and the methods it calls are published.

        Adds the names that they read to `names_read`.
        """
        if type(function) is property:
            function = function.fget
        if type(function) is classmethod or type(function) is staticmethod:
            function = function.__func__
        if type(function) is not FunctionType:
            return True  # written in C: a slot of `object`, a member of `__slots__`
        may_run = self._is_public if issubclass(kind, BaseException) else self._is_of_the_library
        if not may_run(function):
            return False
        new_names = {*function.__code__.co_names} - names_read
        names_read |= new_names
        return all(
            self._is_published(method, kind, names_read)
            for name in new_names
            for _, method in _definitions(kind, name)
        )

    def _attributes(self, value: object, kind: type) -> dict[str, object] | None:
        for method in ("__getattribute__", "__getattr__"):
            for _, function in _definitions(kind, method):
                if type(function) is FunctionType and not self._is_public(function):
                    return None
        return guarded.attributes(value)


def _definitions(kind: type, name: str) -> Iterator[tuple[type, object]]:
    """Yield (class, value) for a name that a class and its bases, except `object`, define."""
    for base in guarded.mro(kind)[:-1]:
        names = guarded.names(base)
        if name in names:
            yield base, names[name]
            if id(names[name]) in STR_IN_C:
                return


def _is_of_the_library(kind: type) -> bool:
    module = guarded.module(kind)
    if module is None or not standard_library.has_module(module):
        return False
    return guarded.module_names(module).get(guarded.qualname(kind)) is kind


def _is_plain(kind: type) -> bool:
    return any(
        guarded.module_names(module).get(name) is kind
        for module, names in PLAIN.items()
        for name in names
    )
