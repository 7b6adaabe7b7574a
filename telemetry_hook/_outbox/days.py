"""Counts the days on which the outbox was used. The age of stored reports is counted in them.

A clock that was wrong once, or was set, says nothing about how long a report has waited. So a day
counts if we have seen it: the count goes up by one when the date is another one than the last time, however far
it is away.
"""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

from telemetry_hook._disk import paths, storage
from telemetry_hook._errors import StorageError

if TYPE_CHECKING:
    from pathlib import Path

NAME = ".days"
DAY_SECONDS = 86_400
MAX_BYTES = 100


def today(at_least: int = 0) -> int:
    """Return the number of today, counted from 1 on the first day of use.

    `at_least` is the highest number that is known otherwise, if the file with the count is lost.
    """
    path, date = paths.outbox() / NAME, int(time.time() // DAY_SECONDS)
    last, count = _read(path)
    if date == last and count >= at_least:
        return count
    count = max(count, at_least) + (date != last)
    with contextlib.suppress(StorageError):  # then it is another day the next time
        if path.parent.is_dir():
            storage.write(path, b"%d %d\n" % (date, count))
    return count


def _read(path: Path) -> tuple[int, int]:
    """Return the last date, in days since the epoch, and its number."""
    with contextlib.suppress(StorageError, ValueError):
        date, count = (storage.read(path, MAX_BYTES) or b"").split()
        return int(date), int(count)
    return -1, 0
