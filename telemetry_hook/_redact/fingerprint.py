"""What makes two crashes the same bug.

The tool; the class of each exception of the chain; the functions of the tool's own code that it went
through, and the statement there that failed. Where none of the frames is the tool's own: the other
public functions, and the message's template.

Left out is what changes without the bug changing: line numbers, versions, paths, what messages are
filled with, how often a function called itself; what other distributions, Python's own library and
its messages look like in this version; and the frames of comprehensions, which Python 3.12 dropped.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from telemetry_hook._redact.origins import FINGERPRINT, PublicText

if TYPE_CHECKING:
    from telemetry_hook._report import RedactedException, RedactedFrame, Release

COMPREHENSIONS = ("<listcomp>", "<setcomp>", "<dictcomp>")


def fingerprint(tool: Release, exceptions: tuple[RedactedException, ...]) -> PublicText:
    """Return 64 hexadecimal digits, computed from nothing but what the report holds."""
    parts: list[str] = [tool.name]
    for exception in exceptions:
        parts += ["", exception.module or "", exception.type, *_place(exception)]
    digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()
    return PublicText(digest, FINGERPRINT)


def _place(exception: RedactedException) -> list[str]:
    public = [each for each in exception.frames if each.module is not None]
    own = [each for each in public if each.in_app]
    if not own:
        return [*_functions(public), exception.message]
    return [*_functions(own), *_statement(own[-1])]


def _statement(frame: RedactedFrame) -> list[str]:
    """Return the line, and those after it that its brackets reach to."""
    if frame.source is None:
        return []
    lines = [frame.source.line.strip()]
    for line in frame.source.after:
        text = "".join(lines)
        if sum(map(text.count, "([{")) <= sum(map(text.count, ")]}")):
            break
        lines.append(line.strip())
    return lines


def _functions(frames: list[RedactedFrame]) -> list[str]:
    names = [
        f"{each.module}:{each.function}"
        for each in frames
        if not each.function.endswith(COMPREHENSIONS)
    ]
    return list(dict.fromkeys(names))
