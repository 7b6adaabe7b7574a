"""The fingerprint of a report: equal for crashes of the same bug.

It is computed from the tool; the class of each exception of the chain; the functions of the tool's own code that it went
through, and the statement there that failed. Where none of the frames is the tool's own: the other
public functions, and the message's template.

Left out is what changes without the bug changing: line numbers, versions, paths, what messages are
filled with, how often a function called itself; what other distributions, Python's own library and
its messages look like in this version; and the frames of comprehensions, which Python 3.12 dropped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from telemetry_hook._redact import origins

if TYPE_CHECKING:
    from telemetry_hook._report import PublicText, RedactedException, RedactedFrame, Release

_WORDS = origins.words("", ":")
_NOTHING = _WORDS[""]
COMPREHENSIONS = ("<listcomp>", "<setcomp>", "<dictcomp>")


def fingerprint(tool: Release, exceptions: tuple[RedactedException, ...]) -> PublicText:
    """Return 64 hexadecimal digits, computed from nothing but what the report holds."""
    parts = [tool.name]
    for exception in exceptions:
        module = exception.module or _NOTHING
        parts += [_NOTHING, module, exception.type, *_failed_at(exception)]
    return origins.fingerprint(parts)


def _failed_at(exception: RedactedException) -> list[PublicText]:
    public = [frame for frame in exception.frames if frame.module is not None]
    own = [frame for frame in public if frame.in_app]
    if not own:
        return [*_functions(public), exception.message]
    return [*_functions(own), *_statement(own[-1])]


def _statement(frame: RedactedFrame) -> list[PublicText]:
    """Return the line, and those after it that its brackets reach to: ``refuse(`` → ``x)``."""
    if frame.source is None:
        return []
    lines = [origins.stripped(frame.source.line)]
    for line in frame.source.after:
        text = "".join(lines)
        if sum(map(text.count, "([{")) <= sum(map(text.count, ")]}")):
            break
        lines.append(origins.stripped(line))
    return lines


def _functions(frames: list[RedactedFrame]) -> list[PublicText]:
    names = [
        origins.compose([frame.module or _NOTHING, _WORDS[":"], frame.function])
        for frame in frames
        if not frame.function.endswith(COMPREHENSIONS)
    ]
    return list(dict.fromkeys(names))
