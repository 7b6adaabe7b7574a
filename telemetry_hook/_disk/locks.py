"""Locks that end when their process ends."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import time
from typing import TYPE_CHECKING

from telemetry_hook._disk import owners, storage
from telemetry_hook._errors import StorageError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


MAX_WAIT, STEP = 10.0, 0.02
LOCK = ".lock"
HELD = (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK)
# Lustre without the option flock, NFS without its daemon, some file systems of FUSE.
WITHOUT_LOCKS = (errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EINVAL)


@contextlib.contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Context in which only one process at a time uses a directory.

    Raises:
        StorageError: another process has the lock for `MAX_WAIT` seconds, or nothing can be locked.
    """
    storage.make_private(directory)
    path = directory / LOCK
    try:
        if sys.platform == "win32":  # Windows cannot lock directories
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT)
        else:
            descriptor = os.open(directory, os.O_RDONLY)
    except OSError as error:
        raise StorageError(f"{directory} cannot be used: {error.strerror or error}") from error
    deadline = time.monotonic() + MAX_WAIT
    try:
        while True:
            with contextlib.ExitStack() as stack:
                if _is_locked(path, descriptor, stack, is_new=True):
                    yield
                    return
            if time.monotonic() > deadline:
                raise StorageError(f"{directory} is locked by another process; try again later")
            time.sleep(STEP)
    finally:
        if sys.platform == "win32":
            _delete_locked(path, descriptor)
        else:
            storage.close(descriptor)


@contextlib.contextmanager
def claimed(path: Path) -> Iterator[bool]:
    """Lock a file that exists for this lock alone. Yield whether that worked, without waiting.

    The file is deleted at the end by the process that has the lock. A process that has opened the
    file before and locks it after that finds that the name has another file, or none, and gives up.

    Raises:
        StorageError: the file cannot be made or locked now.
    """
    descriptor, is_new = _opened(path)
    is_claimed = False
    with contextlib.ExitStack() as stack:
        try:
            with contextlib.suppress(OSError):
                storage.make_readable(descriptor)
            is_claimed = _is_locked(path, descriptor, stack, is_new=is_new)
            is_claimed = is_claimed and _is_still(path, descriptor)
            yield is_claimed
        finally:
            if is_claimed:
                _delete_locked(path, descriptor)
            else:
                storage.close(descriptor)


def _opened(path: Path) -> tuple[int, bool]:
    """Open the file of a lock. Return its descriptor, and whether there was none before."""
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)
    try:
        with contextlib.suppress(FileExistsError):
            return os.open(path, flags | os.O_EXCL, storage.MODE), True
        return os.open(path, flags, storage.MODE), False
    except OSError as error:
        raise StorageError(f"{path} cannot be made: {error.strerror or error}") from error


def _is_locked(path: Path, descriptor: int, stack: contextlib.ExitStack, *, is_new: bool) -> bool:
    """Lock an open file, or where that is not possible, make a link that names this process.

    Return False if another process has done either. A file that is not new and has no link may be
    locked by a process that can lock.
    """
    try:
        return try_lock(descriptor) and not owners.is_claimed(path)
    except OSError as error:
        if error.errno in WITHOUT_LOCKS:
            is_free = is_new or owners.is_marked(path)
            return is_free and stack.enter_context(owners.claimed(path))
        raise StorageError(f"{path} cannot be locked: {error.strerror or error}") from error


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
        storage.close(descriptor)
        with contextlib.suppress(OSError):
            os.unlink(path)
    else:
        with contextlib.suppress(OSError):
            os.unlink(path)
        storage.close(descriptor)


def try_lock(descriptor: int) -> bool:
    """Lock an open file without waiting, and return whether that worked. Closing it unlocks it.

    Raises:
        OSError: it cannot be locked, whether another process has it or not. The number is one of
            `WITHOUT_LOCKS` if nothing can be locked on this drive.
    """
    try:
        if sys.platform == "win32":
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in HELD:
            return False
        raise
    return True


def are_known(directory: Path) -> bool:
    """Return whether files in a directory can be locked, or it is not known whether they can."""
    if sys.platform == "win32":
        return True
    try:
        descriptor = os.open(directory, os.O_RDONLY)
    except OSError:
        return True
    try:
        try_lock(descriptor)
    except OSError as error:
        return error.errno not in WITHOUT_LOCKS
    finally:
        storage.close(descriptor)
    return True
