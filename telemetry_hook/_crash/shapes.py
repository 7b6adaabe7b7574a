"""The shape of a value: its class, and for exact built-in types the magnitude of its size.

None of the value's code runs. The shape of a text does not contain its length, because the text
could be a password.
"""

from telemetry_hook._crash import responses

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType

MAX_VARIABLES = 100
CO_OPTIMIZED = 1

# Compared by identity, because a metaclass may define `__eq__` for its classes.
SIZED = frozenset(map(id, (list, tuple, dict, set, frozenset)))
TEXTS = frozenset(map(id, (str, bytes, bytearray)))
NUMBERS = frozenset(map(id, (int, float, complex)))


class Shape:
    """A value's exact class and a detail, such as ``10+``, ``empty``, ``negative`` or ``nan``.

    An HTTP response has its facts: ``404, application/json, empty``.
    """

    __slots__ = ("detail", "kind")

    def __init__(self, kind: type, detail: str) -> None:
        self.kind = kind
        self.detail = detail


def shape(value: object) -> Shape:
    """Return a value's shape: ``[1, 2]`` is `list` and ``1+``, ``""`` is `str` and ``empty``."""
    kind = type(value)
    if id(kind) in SIZED:
        return Shape(kind, order(len(value)))  # type: ignore[arg-type]
    if id(kind) in TEXTS:
        return Shape(kind, "" if value else "empty")
    if id(kind) in NUMBERS:
        return Shape(kind, _number(value))
    response = responses.response(value)
    return Shape(kind, "" if response is None else response.text)


def order(count: int) -> str:
    """Return the largest power of ten that a count reaches: 12 gives ``10+``, and 0 gives ``0``."""
    return "1" + "0" * (len(str(count)) - 1) + "+" if count else "0"


def variables(frame: "FrameType") -> "dict[str, Shape]":
    """Return the shapes of a function's variables, by name, in the order of their definition."""
    code = frame.f_code
    if not code.co_flags & CO_OPTIMIZED:
        return {}  # the frame is of a module or class, whose names are public anyway
    values = frame.f_locals
    names = (*code.co_varnames, *code.co_cellvars, *code.co_freevars)[: 2 * MAX_VARIABLES]
    shapes = {name: shape(values[name]) for name in names if is_named(name) and name in values}
    return dict(list(shapes.items())[:MAX_VARIABLES])


def is_named(name: str) -> bool:
    """Return whether a variable's name is the source's. Comprehensions and `super()` add others."""
    return name[:1] != "." and name != "__class__"


def _number(value: object) -> str:
    if value != value:  # noqa: PLR0124 - NaN is the only value that differs from itself
        return "nan"
    if not value:
        return "0"
    return "negative" if type(value) is not complex and value < 0 else ""  # type: ignore[operator]
