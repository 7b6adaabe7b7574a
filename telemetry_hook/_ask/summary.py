"""Lays out what a report says as a short text for people, at most 80 columns where words allow it."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from telemetry_hook._ask import reading
from telemetry_hook.receivers._traceback import frame_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

WIDTH = 79
TITLE = 10


def summary(body: bytes) -> str:
    """Return the text for the body of a request, or '' if its encoding is not known.

    The error and the tool's innermost function are first, then the traceback, then other facts.
    """
    said = reading.read(body)
    return "" if said is None else "\n".join(map(_printable, _lines(said)))


def _lines(said: reading.Reading) -> Iterator[str]:
    yield f"{said.release} ended with"
    yield from _wrapped(said.error, "  ", "  ")
    if said.place is not None:
        yield "The innermost function of its own:"
        yield from frame_lines(said.place)
    yield ""
    yield from said.stack.split("\n")
    yield ""
    for name, text in said.facts:
        yield from _wrapped(text, f"{name:<{TITLE}}", " " * TITLE)


def _wrapped(text: str, first: str, rest: str) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _printable(line: str) -> str:
    """Replace characters that control a terminal by `?`. Published source may contain some."""
    return "".join(
        character if character.isprintable() else "?" for character in line.expandtabs(4)
    )
