"""The lines of published source that frames show: the failing statement, or a single line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telemetry_hook._redact import origins
from telemetry_hook._report import SourceLines

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterable, Iterator

    from telemetry_hook._redact.published.locations import Location
    from telemetry_hook._redact.published.public_files import PublicFile
    from telemetry_hook._redact.published.statements import Statement
    from telemetry_hook._report import PublicText

NEIGHBOURS = 3
MAX_LINES = 20
MAX_CHARACTERS = 1_500
MAX_HANDLERS = 8
MAX_COLUMN = 1_000_000  # of any line

_WORDS = origins.words("…", ":")
CUT = _WORDS["…"]


def alone(file: PublicFile, line: int | None) -> SourceLines | None:
    """Return a line without its neighbours."""
    if line is None or line > len(file.lines):
        return None
    return SourceLines((), origins.line(file, line), ())


def around(file: PublicFile, line: int | None) -> SourceLines | None:
    """Return a line and up to three lines on each side."""
    return None if line is None else _source(file, line, line, line)


def of_statement(
    location: Location, offset: int, statement: Statement | None
) -> SourceLines | None:
    """Return the lines of a statement, its neighbours, and the expression that failed in it.

    `offset` is that of the failing instruction.
    """
    file, line = location.file, location.line
    if line is None or statement is None:
        return around(file, line)
    first, last = statement.first, statement.last
    source = _source(file, line, first, last)
    if source is None:
        return None
    if first < last:
        source = source._replace(first=first, last=last)
    place = statement.expression(location.definition.code, offset)
    if place is None or (first < last and (place[0][0], place[1][0]) == (first, last)):
        return source  # the lines show it
    text = origins.excerpt(file, *place)
    whole = origins.excerpt(file, (first, 0), (last, MAX_COLUMN))
    return source._replace(expression=None if text == whole else text)


def headers(file: PublicFile, handlers: Iterable[ast.ExceptHandler]) -> Iterator[PublicText]:
    """Yield the first lines of `except` clauses, without the name: ``except KeyError:``."""
    for handler in [*handlers][:MAX_HANDLERS]:
        kind = handler.type
        start = handler.lineno, handler.col_offset
        end = handler.lineno, handler.col_offset + len("except")
        if kind is not None:
            end = kind.end_lineno or kind.lineno, kind.end_col_offset or 0
        yield origins.compose([origins.excerpt(file, start, end), _WORDS[":"]])


def _source(file: PublicFile, line: int, first: int, last: int) -> SourceLines | None:
    if line > len(file.lines):
        return None
    kept = sorted(_kept(file, line, first, last))
    numbers: list[int | None] = []
    for number in kept:
        if numbers and number - 1 not in kept:
            numbers.append(None)
        numbers.append(number)
    at = numbers.index(line)
    texts = [CUT if number is None else origins.line(file, number) for number in numbers]
    return SourceLines(tuple(texts[:at]), texts[at], tuple(texts[at + 1 :]))


def _kept(file: PublicFile, line: int, first: int, last: int) -> set[int]:
    """Return the numbers of the lines to show: those of a statement, nearest first, then neighbours.

    Of a long statement, only the first, the last and the nearest lines are left.
    """

    def distance(number: int) -> int:
        return abs(number - line)

    nearest = range(max(first, line - MAX_LINES), min(last, line + MAX_LINES) + 1)
    neighbours = range(max(1, line - NEIGHBOURS), min(len(file.lines), line + NEIGHBOURS) + 1)
    wanted = dict.fromkeys(
        [line, first, last, *sorted(nearest, key=distance), *sorted(neighbours, key=distance)]
    )
    kept: set[int] = set()
    characters = 0
    for number in wanted:
        characters += len(file.lines[number - 1][: origins.MAX_LINE])
        if kept and (len(kept) == MAX_LINES or characters > MAX_CHARACTERS):
            break
        kept.add(number)
    return kept
