"""Where a parser stopped in a text: one of four places, never a position.

A position could tell the length of a password that is in the text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from telemetry_hook._redact import origins

if TYPE_CHECKING:
    from telemetry_hook._report import PublicText

START = (1, 0)  # a line and a column
_WORDS = origins.words("empty", "at the start", "later", "at the end")


def of_position(position: object, text: object, end: object = None) -> PublicText | None:
    """Return where a position in a text is, or None if these are not exactly an `int` and a text.

    White space at the ends is left out. `end` is where the part of the text that is wrong ends.
    """
    if type(position) is not int or (type(text) is not str and type(text) is not bytes):
        return None
    size = len(text.rstrip())
    if not size:
        return _WORDS["empty"]
    if position <= len(text) - len(text.lstrip()):
        return _WORDS["at the start"]
    last = end if type(end) is int else position
    return _WORDS["at the end" if last >= size else "later"]


def of_line(line: object, column: object) -> PublicText | None:
    """Return where a line and a column are, or None if they are not exactly `int`. The end is not known."""
    if type(line) is not int or type(column) is not int:
        return None
    return _WORDS["at the start" if (line, column) <= START else "later"]
