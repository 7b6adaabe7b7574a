"""Notes our own failures for `telemetry-hook doctor`, unless an environment variable forbids it.

A note contains the classes of the errors, and the file, line and function of each frame. It
contains no message, because a message could contain private text. Nothing is printed.

If there is no report because an installed distribution was changed while the program ran, that is no
failure. The note is one line, with the name of the distribution and its versions.
"""

import os
import sys

from telemetry_hook._crash import guarded
from telemetry_hook._errors import ChangedError
from telemetry_hook._installed import changes
from telemetry_hook._installed.isolation import isolated
from telemetry_hook._installed.originals import originals, shadows
from telemetry_hook._suspended import unwarned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

NO_REPORT = "no report was made: "
MAX_CHAIN = 5
MAX_FRAMES = 20


def note(failure: BaseException, started_with: "Mapping[object, object]") -> None:
    """Note one of our own failures. Never raises.

    `started_with` is the content of ``os.environ._data`` at the start of the process. If it is
    empty, the current environment is used.
    """
    try:
        with unwarned(), isolated():
            if not shadows():
                write(failure, started_with)
                return
            with originals():
                write(failure, started_with)
    except BaseException:
        pass


def write(failure: BaseException, started_with: "Mapping[object, object]") -> None:
    """Note one of our own failures, in a process or thread with imports that are isolated already.

    Raises:
        Exception: the note cannot be written.
    """
    from telemetry_hook import _environment
    from telemetry_hook._consent import environment, rules
    from telemetry_hook._disk import log

    users = environment.as_started(started_with)
    if rules.forbidden_here(users) is None:
        if started_with:
            _environment.adopt(users)
        log.append(_described(failure))


def read() -> "tuple[list[str], list[str]]":
    """Return the first lines of the notes: those of failures, and those of changed distributions.

    Raises:
        StorageError: the log cannot be read.
    """
    from telemetry_hook._disk import log

    notes = [line for line in log.lines() if not line.startswith(" ")]
    changed = [line for line in notes if NO_REPORT in line]
    return [line for line in notes if line not in changed], changed


def _described(failure: BaseException) -> "list[str]":
    """Return the lines of a note.

    An `OSError` that was caused by a `KeyError` becomes::

        2026-01-31T12:00:00Z OSError <- KeyError on Python 3.12
          store.py:120 add
    """
    import time
    import traceback

    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    try:
        changes.check_own()  # files of two versions may fail together
    except ChangedError as change:
        failure = change
    if type(failure) is ChangedError:
        return [f"{now} {NO_REPORT}{failure}"]
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    frames = traceback.extract_tb(guarded.traceback(failure), limit=-MAX_FRAMES)
    return [
        f"{now} {' <- '.join(_kinds(failure))} on Python {version}",
        *(f"  {os.path.basename(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames),
    ]


def _kinds(failure: BaseException) -> "list[str]":
    """Return the class names of an exception and of those that led to it, the newest first."""
    kinds: list[str] = []
    link: "BaseException | None" = failure
    while link is not None and len(kinds) < MAX_CHAIN:
        kinds.append(guarded.name(type(link)))
        cause = guarded.cause(link)
        link = guarded.context(link) if cause is None else cause
    return kinds
