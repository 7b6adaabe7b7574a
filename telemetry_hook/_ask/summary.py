"""Lays out what a report says as a short text for people, at most 80 columns where words allow it."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from telemetry_hook._ask import reading
from telemetry_hook.receivers._traceback import WIDTH, frame_lines, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator

TITLE = 10


def summary(body: bytes) -> str:
    """Return the text for the body of a request, or '' if its encoding is not known.

    The error and the tool's innermost function are first, then the traceback, then other facts.
    """
    try:
        return "\n".join(map(_printable, _lines(reading.read(body))))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return ""


def _lines(said: reading.Reading) -> Iterator[str]:
    yield from textwrap.wrap(
        f"{said.release} ended with {said.error}", WIDTH, subsequent_indent="  "
    )
    if said.place is not None:
        yield ""
        yield "The tool's innermost function:"
        yield from frame_lines(said.place)
    yield ""
    yield from said.stack.split("\n")
    yield ""
    for name, texts in said.facts.items():
        yield from wrapped(texts, f"{name:<{TITLE}}", " " * TITLE)


def _printable(line: str) -> str:
    """Replace characters that control a terminal by `?`. Published source may contain some."""
    return "".join(
        character if character.isprintable() else "?" for character in line.expandtabs(4)
    )
