"""Folds recursion in a traceback. How deep a recursion was can be the length of a private text.

A stretch of a traceback begins and ends with calls of one function. What remains of it are its last
frame and, before that, each place in it once. So the frames depend only on which statements ran, and
their number does not depend on how often each ran.
"""

from telemetry_hook._crash import compiled
from telemetry_hook._crash.crash import Gap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence
    from types import TracebackType
    from typing import TypeVar

    T = TypeVar("T")


def folded(entries: "list[T]", place_of: "Callable[[T], tuple[Hashable, int]]") -> "list[T | Gap]":
    """Replace each recursion by its different frames, a `Gap` and its last frame.

    `place_of` returns an entry's function and line.

    Frames of one function stand together, sorted by line, where the function was called first.
    ``main f1 f1 f1 f2 g`` → ``main f1 Gap(3) f2 g``; ``a1 b a2 c a1 d`` → ``a1 a2 b c Gap(2) a1 d``
    """
    places = [place_of(entry) for entry in entries]
    codes = [function for function, _ in places]
    last = {code: at for at, code in enumerate(codes)}
    kept: list[T | Gap] = []
    at = 0
    while at < len(entries):
        start, end = at, last[codes[at]]
        while at < end:
            at += 1
            end = max(end, last[codes[at]])
        if start != end:
            kept += _different(entries[start:end], places[start:end])
            kept.append(Gap(_rounds(codes[start : end + 1]), is_repetition=True))
        kept.append(entries[end])
        at = end + 1
    return kept


def of_traceback(entries: "list[TracebackType]") -> "list[TracebackType | Gap]":
    """Fold the recursions in a traceback. A frame that it passes another time begins a part."""
    parts: list[list[TracebackType]] = []
    passed: set[int] = set()
    for entry in entries:
        if id(entry.tb_frame) in passed or not parts:
            parts.append([])
            passed.clear()
        parts[-1].append(entry)
        passed.add(id(entry.tb_frame))
    return folded_apart(parts, place)


def folded_apart(
    parts: "list[list[T]]", place_of: "Callable[[T], tuple[Hashable, int]]"
) -> "list[T | Gap]":
    """Fold the parts of a traceback of an exception that was raised again, each by itself.

    What is in a part has not been called from what is before it, and is no recursion:
    ``a1 b1``, ``a2 c`` → ``a1 b1 a2 c``
    """
    if len({tuple(map(place_of, part)) for part in parts}) < len(parts):
        parts = [[each for part in parts for each in part]]  # it was raised again in a loop
    return [each for part in parts for each in folded(part, place_of)]


def place(entry: "TracebackType") -> "tuple[Hashable, int]":
    """Return the function and line of a traceback's entry."""
    return compiled.function(entry.tb_frame.f_code), entry.tb_lineno or 0


def _different(entries: "Sequence[T]", places: "list[tuple[Hashable, int]]") -> "list[T]":
    by_function: dict[Hashable, dict[int, T]] = {}
    for entry, (function, line) in zip(entries, places, strict=True):
        by_function.setdefault(function, {}).setdefault(line, entry)
    return [lines[line] for lines in by_function.values() for line in sorted(lines)]


def _rounds(codes: "list[Hashable]") -> int:
    """Return how often the function that was called most often was called again."""
    counts: dict[Hashable, int] = {}
    for code in codes:
        counts[code] = counts.get(code, 0) + 1
    return max(counts.values()) - 1
