"""Private files, written whole or not at all, and locks that die with their process."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
import tempfile
from typing import TYPE_CHECKING

from telemetry_hook._errors import StorageError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def write(path: Path, content: bytes) -> None:
    """Write a file that only the user can read: to a temporary name, fsynced, renamed.

    Raises:
        StorageError: it cannot be written; what was there before is still there.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise
        _sync_directory(path.parent)
    except OSError as error:
        raise StorageError(f"{path} cannot be written: {error.strerror or error}") from error


def read(path: Path, limit: int) -> bytes | None:
    """Return a file's content, None where there is no file.

    Raises:
        StorageError: it cannot be read, is larger than the limit, or is not the user's own alone.
    """
    flags = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)
    try:
        descriptor = os.open(path, os.O_RDONLY | flags)
    except FileNotFoundError:
        return None
    except OSError as error:
        if path.is_symlink():
            raise StorageError(f"{path} is a symbolic link; remove it") from None
        raise StorageError(f"{path} cannot be read: {error.strerror or error}") from error
    try:
        _check_owner(path, os.fstat(descriptor))
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            content = file.read(limit + 1)
    finally:
        os.close(descriptor)
    if len(content) > limit:
        raise StorageError(f"{path} is larger than {limit} bytes; remove it")
    return content


@contextlib.contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Hold a directory for one process at a time."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if sys.platform == "win32":  # it has no locks of directories
            descriptor = os.open(directory / "lock", os.O_RDWR | os.O_CREAT)
        else:
            descriptor = os.open(directory, os.O_RDONLY)
    except OSError as error:
        raise StorageError(f"{directory} cannot be used: {error.strerror or error}") from error
    try:
        if sys.platform == "win32":
            msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)
        else:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def try_lock(descriptor: int) -> bool:
    """Lock an open file without waiting; the lock is gone when the file is closed."""
    try:
        if sys.platform == "win32":
            os.lseek(descriptor, 1 << 30, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
            os.lseek(descriptor, 0, os.SEEK_SET)
        else:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _check_owner(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise StorageError(f"{path} is no file; remove it")
    if sys.platform == "win32":
        return
    if status.st_uid != os.geteuid():
        raise StorageError(f"{path} belongs to somebody else; remove it")
    if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise StorageError(f"{path} can be written by others; run: chmod 600 {path}")


def _sync_directory(directory: Path) -> None:
    if sys.platform != "win32":
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
