r"""Templates of the messages that C code raises. No installed source contains these messages.

`messages.txt` lists the templates by class. `tools/learn_messages` writes that file. A template has
holes of four kinds, as labels in the file and as single characters here:

- `<…>`, `"\0"`: a value, which may be any text
- `<…type>`, `"\1"`: the name of a type
- `<…int>`, `"\2"`: an integer
- `<…name>`, `"\3"`: the name of a function, an attribute or an argument

No message matches two templates of a class, so no value decides which template is found.
"""

from __future__ import annotations

from functools import cache
from types import FunctionType

from telemetry_hook._crash import guarded

VALUE, TYPE, INT, NAME = MARKS = "\0\1\2\3"
LABELS = {VALUE: "<…>", TYPE: "<…type>", INT: "<…int>", NAME: "<…name>"}
# `system` has the C library's texts. They are not matched, because a text of the program may equal one.
SYSTEM = "[Errno "
# Beside letters and digits. `method-wrapper`, `f.<locals>.C` and `Model[int]` are names of types.
_IN_NAMES = frozenset("_.<>[]-")
_SPLIT_MARKS = str.maketrans({mark: f"\n{mark}\n" for mark in MARKS})


def templates(kind: type[BaseException]) -> tuple[str, ...]:
    r"""Return the templates of exactly this class: the longest text first.

    C code never raises a subclass with a message of its base. A `KeyError` has no templates,
    because its message is the missing key. For a `SyntaxError`, they are templates of its `msg`,
    because `str()` adds the file and line.

    `IndexError` → `("cannot fit '\1' into an index-sized integer", …, "pop from empty list", …)`
    """
    key = _key(kind)
    return () if key is None else _section(key)


def match(message: str, template: str) -> tuple[str, ...] | None:
    r"""Return the values of a template's holes in a whole normalised message, or None.

    `"name 'x' is not defined"` with `"name '\3' is not defined"` → `("x",)`

    Each part is matched as far left as possible. A value has no white space at its ends.
    """
    if template[0] not in MARKS and template[0] != message[:1]:
        return None
    first, *others = _segments(template)
    found = _at(message, first, 0, is_last=not others)
    for number, segment in enumerate(others, 1):
        if found is None:
            return None
        end, swallowed = found
        following = _search(message, segment, end, is_last=number == len(others))
        if following is None:
            return None
        start, end, values = following
        found = end, (*swallowed, message[found[0] : start].strip(), *values)
    return None if found is None else found[1]


@cache
def _segments(template: str) -> tuple[tuple[str, ...], ...]:
    r"""Split at the holes for any text: `"no \2 at \0 in"` → `(("no ", "\2", " at"), ("in",))`."""
    pieces = [piece.strip(" ") for piece in template.split(VALUE)]
    if len(pieces) == 1:
        pieces = [template]
    return tuple(
        tuple(part for part in piece.translate(_SPLIT_MARKS).split("\n") if part)
        for piece in pieces
    )


def _search(
    message: str, segment: tuple[str, ...], at: int, *, is_last: bool
) -> tuple[int, int, tuple[str, ...]] | None:
    """Return the start, end and values of a segment's first occurrence from a place on."""
    if not segment:
        return len(message), len(message), ()
    start = message.find(segment[0], at)
    while start >= 0:
        found = _at(message, segment, start, is_last=is_last)
        if found is not None:
            return start, *found
        start = message.find(segment[0], start + 1)
    return None


def _at(
    message: str, segment: tuple[str, ...], at: int, *, is_last: bool
) -> tuple[int, tuple[str, ...]] | None:
    """Return the end of a segment that begins at a place, and its values. Values are short."""
    if not segment:
        return (at, ()) if not is_last or at == len(message) else None
    part, rest = segment[0], segment[1:]
    if part not in MARKS:
        is_here = message.startswith(part, at)
        return _at(message, rest, at + len(part), is_last=is_last) if is_here else None
    end = at
    while end < len(message) and _is_in(message[end], part, is_first=end == at):
        end += 1
        if rest and not message.startswith(rest[0], end):
            continue
        found = _at(message, rest, end, is_last=is_last)
        if found is not None:
            return found[0], (message[at:end], *found[1])
    return None


def _is_in(character: str, mark: str, *, is_first: bool) -> bool:
    if mark == INT:
        return character.isdecimal() or (is_first and character == "-")
    return character.isalnum() or character in _IN_NAMES


@cache
def _section(key: str) -> tuple[str, ...]:
    section = _table().partition(f"\n[{key}]\n")[2].partition("\n\n")[0]
    for mark, label in LABELS.items():
        section = section.replace(label, mark)
    lines = (line for line in section.splitlines() if not line.startswith(SYSTEM))
    return tuple(sorted(lines, key=_fixed_length, reverse=True))


@cache
def _table() -> str:
    import pkgutil

    # The package's loader reads the file. This also works in a zip file.
    content = pkgutil.get_data(__package__, "messages.txt")
    return "" if content is None else content.decode().replace("\r\n", "\n")


def _fixed_length(template: str) -> int:
    return len(template) - sum(map(template.count, MARKS))


def _key(kind: type) -> str | None:
    """Return a class's name in the table, or None if its messages cannot be in the table.

    `IndexError` → `"IndexError"`, `sqlite3.OperationalError` → `"sqlite3.OperationalError"`
    """
    qualname, module = guarded.qualname(kind), guarded.module(kind)
    if guarded.is_static(kind):
        return qualname if guarded.class_at("builtins", qualname) is kind else None
    # The messages of a class that is written in Python are in its source.
    if type(guarded.names(kind).get("__init__")) is FunctionType:
        return None
    if module is None or guarded.class_at(module, qualname) is not kind:
        return None
    return f"{module}.{qualname}"
