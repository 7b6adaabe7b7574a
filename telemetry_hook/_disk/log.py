"""Our log file: reads it, appends to it, and limits its size."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from telemetry_hook._disk import paths, storage

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_LOG_BYTES = 64 * 1024
MAX_READ_BYTES = 1024 * 1024
# If a link or a pipe has the file's name, do not follow the link, and do not wait for the pipe.
FLAGS = os.O_WRONLY | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


def lines() -> list[str]:
    """Return the lines of the log, or nothing if there is none.

    Raises:
        StorageError: the file cannot be read.
    """
    content = storage.read(paths.log(), MAX_READ_BYTES) or b""
    return content.decode("utf-8", "replace").splitlines()


def append(lines: Iterable[str]) -> None:
    """Append lines to the log. A log of `MAX_LOG_BYTES` or more is emptied first.

    Raises:
        OSError: the file cannot be written.
        StorageError: its directory cannot be made private.
    """
    path = paths.log()
    storage.make_private(path.parent)
    is_full = path.exists() and path.stat().st_size >= MAX_LOG_BYTES
    descriptor = os.open(path, FLAGS | (os.O_TRUNC if is_full else os.O_APPEND), 0o600)
    with os.fdopen(descriptor, "ab") as file:
        storage.make_readable(descriptor)
        file.write("".join(f"{line}\n" for line in lines).encode("utf-8", "backslashreplace"))
