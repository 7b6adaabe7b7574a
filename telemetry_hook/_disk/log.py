"""Our own failures, noted for `telemetry-hook doctor`: where in our code, and the kind of error.

No message is written down: it could hold what a report may not. Nothing is printed, and a log that
cannot be written is no reason to disturb anybody.
"""

import os
import sys

from telemetry_hook._crash import guarded
from telemetry_hook._installed.isolation import isolated

MAX_BYTES = 64 * 1024
SAFELY = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)  # neither a link nor a pipe
MAX_CHAIN = 5
MAX_FRAMES = 20


def failure(error: BaseException) -> None:
    """Note one failure, unless the user wants nothing left behind; never raise."""
    try:
        with isolated():
            write(error)
    except BaseException:
        pass


def write(error: BaseException) -> None:
    """Note one failure where imports are isolated already.

    Raises:
        Exception: it cannot be written down.
    """
    if os.environ.get("DO_NOT_TRACK", "") not in ("", "0"):
        return
    import time
    import traceback

    from telemetry_hook._disk import paths, storage

    path = paths.log()
    lines = [f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} {_chain(error)}"]
    lines += [
        f"  {os.path.basename(frame.filename)}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(guarded.traceback(error), limit=-MAX_FRAMES)
    ]
    storage.make_private(path.parent)
    mode = "ab" if not path.exists() or path.stat().st_size < MAX_BYTES else "wb"
    descriptor = os.open(
        path,
        os.O_WRONLY | os.O_CREAT | SAFELY | (os.O_APPEND if mode == "ab" else os.O_TRUNC),
        0o600,
    )
    with os.fdopen(descriptor, mode) as file:
        file.write("\n".join([*lines, ""]).encode())


def _chain(error: BaseException) -> str:
    names: list[str] = []
    link: "BaseException | None" = error
    while link is not None and len(names) < MAX_CHAIN:
        names.append(guarded.name(type(link)))
        cause = guarded.cause(link)
        link = guarded.context(link) if cause is None else cause
    return f"{' <- '.join(names)} on Python {sys.version_info[0]}.{sys.version_info[1]}"
