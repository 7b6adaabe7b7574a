"""The fingerprint of a report: equal for crashes of the same bug.

The fingerprint is computed from:

- the name of the tool
- the class of each exception in the chain
- the tool's own functions in each traceback, and the statement that failed in the last of them
- if a traceback has no function of the tool: its public functions, and the message template

Everything that can change while the bug stays the same is left out: line numbers, versions, paths,
the values in messages, the depth of recursion, and how many exceptions look the same. Functions of
other distributions and of the standard library, and message templates, depend on the installed
versions. So they are used only if no frame is the tool's own. Frames of comprehensions are left
out: Python 3.12 dropped them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from telemetry_hook._redact import origins
from telemetry_hook._redact.source_lines import CUT

if TYPE_CHECKING:
    from telemetry_hook._report import PublicText, RedactedException, RedactedFrame, Release

_WORDS = origins.words("", ":")
_NOTHING = _WORDS[""]
COMPREHENSIONS = ("<listcomp>", "<setcomp>", "<dictcomp>")


def fingerprint(tool: Release, exceptions: tuple[RedactedException, ...]) -> PublicText:
    """Return 64 hexadecimal digits, computed only from contents of the report."""
    different = dict.fromkeys(
        (_NOTHING, exception.module or _NOTHING, exception.type, *_failed_at(exception))
        for exception in exceptions
    )
    return origins.fingerprint([tool.name, *(part for parts in different for part in parts)])


def _failed_at(exception: RedactedException) -> list[PublicText]:
    public = [frame for frame in exception.frames if frame.module is not None]
    own = [frame for frame in public if frame.in_app]
    if not own:
        return [*_functions(public), exception.message]
    return [*_functions(own), *_statement(own[-1])]


def _statement(frame: RedactedFrame) -> list[PublicText]:
    """Return the lines of the failing statement: ``refuse(``, ``x)``. Of a cut one, the ends."""
    source = frame.source
    if source is None:
        return []
    lines = [*source.before, source.line, *source.after]
    if source.first is None or source.last is None or frame.line is None:
        lines = [source.line]
    elif CUT in lines:
        lines = [lines[0], lines[-1]]
    else:
        start = len(source.before) - frame.line + source.first
        lines = lines[start : start + source.last - source.first + 1]
    return [origins.stripped(line) for line in lines]


def _functions(frames: list[RedactedFrame]) -> list[PublicText]:
    names = [
        origins.compose([frame.module or _NOTHING, _WORDS[":"], frame.function])
        for frame in frames
        if not frame.function.endswith(COMPREHENSIONS)
    ]
    return list(dict.fromkeys(names))
