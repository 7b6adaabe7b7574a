"""Parts of published source, on one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from telemetry_hook._redact.published.public_files import PublicFile

    Place = tuple[int, int]  # a line, from 1, and a column in bytes of UTF-8, as Python counts

MAX_LENGTH = 200
MAX_LINES = 20


def text(file: PublicFile, start: Place, end: Place) -> str:
    r"""Return the part of a file between two places: ``find(\n    key)`` → ``find( key)``.

    White space is collapsed, and a part that is too long ends with `…`.
    """
    (first, left), (last, right) = start, end
    lines = file.lines[first - 1 : min(last, first + MAX_LINES)]
    parts = [line.encode("utf-8", "replace") for line in lines]
    if parts and last - first < len(parts):
        parts[-1] = parts[-1][:right]
    if parts:
        parts[0] = parts[0][left:]
    whole = " ".join(" ".join(part.decode("utf-8", "replace") for part in parts).split())
    return whole if len(whole) <= MAX_LENGTH else f"{whole[:MAX_LENGTH]}…"
