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
out: Python 3.12 dropped them. Other crashes of the process are left out.

Two bugs in withheld code may have one fingerprint: that of the public functions that called it. So
two crashes are taken for the same only if the fingerprint covers where they failed; see `covers`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from telemetry_hook._redact import origins
from telemetry_hook._redact.source_lines import CUT
from telemetry_hook._report import of_crash

if TYPE_CHECKING:
    from telemetry_hook._report import PublicText, RedactedException, RedactedFrame, Release

_WORDS = origins.words("", ":")
_NOTHING = _WORDS[""]
USER_CODE = "<user code>"
COMPREHENSIONS = ("<listcomp>", "<setcomp>", "<dictcomp>")


def fingerprint(tool: Release, exceptions: tuple[RedactedException, ...]) -> PublicText:
    """Return 64 hexadecimal digits, computed only from contents of the report."""
    different = dict.fromkeys(
        (_NOTHING, exception.module or _NOTHING, exception.type, *_failed_at(exception))
        for exception in of_crash(exceptions)
    )
    return origins.fingerprint([tool.name, *(part for parts in different for part in parts)])


def covers(exceptions: tuple[RedactedException, ...]) -> bool:
    """Return whether the fingerprint covers the place where each exception was raised.

    It does not if withheld code was running there, or called what was running there. A group's member
    without frames was created where the group was raised.
    """
    return all(
        _is_public_place(exception) if exception.frames else exception.relation == "member"
        for exception in exceptions
    )


def _is_public_place(exception: RedactedException) -> bool:
    frames = exception.frames
    own = [index for index, frame in enumerate(frames) if frame.in_app]
    called = frames[own[-1] + 1 :] if own else frames
    if any(frame.function == USER_CODE for frame in called):
        return False
    # A pool that calls C code has no frames but its own.
    pool = (exception.module or "").partition(".")[0]
    modules = {(frame.module or "").partition(".")[0] for frame in frames}
    return not all(frame.known_by == "text" for frame in frames) or modules != {pool}


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
