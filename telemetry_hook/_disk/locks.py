"""Locks that end when their process ends."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from typing import TYPE_CHECKING

from telemetry_hook._disk import storage
from telemetry_hook._errors import StorageError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


MAX_WAIT, STEP = 10.0, 0.02


@contextlib.contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Context in which only one process at a time uses a directory."""
    storage.make_private(directory)
    try:
        if sys.platform == "win32":  # Windows cannot lock directories
            descriptor = os.open(directory / ".lock", os.O_RDWR | os.O_CREAT)
        else:
            descriptor = os.open(directory, os.O_RDONLY)
    except OSError as error:
        raise StorageError(f"{directory} cannot be used: {error.strerror or error}") from error
    try:
        deadline = time.monotonic() + MAX_WAIT
        while not try_lock(descriptor):
            if time.monotonic() > deadline:
                raise StorageError(f"{directory} is locked by another process; try again later")
            time.sleep(STEP)
        yield
    finally:
        if sys.platform == "win32":
            _delete_locked(directory / ".lock", descriptor)
        else:
            os.close(descriptor)


@contextlib.contextmanager
def claimed(path: Path) -> Iterator[bool]:
    """Lock a file that exists for this lock alone. Yield whether that worked, without waiting.

    The file is deleted at the end by the process that has the lock. A process that has opened the
    file before and locks it after that finds that the name has another file, or none, and gives up.
    """
    flags = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)
    descriptor = -1
    with contextlib.suppress(OSError):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | flags, 0o600)
    is_claimed = descriptor >= 0 and try_lock(descriptor) and _is_still(path, descriptor)
    try:
        yield is_claimed
    finally:
        if is_claimed:
            _delete_locked(path, descriptor)
        elif descriptor >= 0:
            os.close(descriptor)


def _is_still(path: Path, descriptor: int) -> bool:
    if sys.platform == "win32":
        return True  # nobody can delete a file that we have opened
    try:
        return os.path.samestat(os.fstat(descriptor), path.lstat())
    except OSError:
        return False


def _delete_locked(path: Path, descriptor: int) -> None:
    """Delete a locked file and close it. If another process locks it, it is not deleted."""
    if sys.platform == "win32":  # deletes no file that is open anywhere
        os.close(descriptor)
        with contextlib.suppress(OSError):
            os.unlink(path)
    else:
        with contextlib.suppress(OSError):
            os.unlink(path)
        os.close(descriptor)


def try_lock(descriptor: int) -> bool:
    """Lock an open file without waiting, and return whether that worked. Closing it unlocks it."""
    try:
        if sys.platform == "win32":
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
