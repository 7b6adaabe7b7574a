"""Private files, written completely or not at all."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
import time
from typing import TYPE_CHECKING, BinaryIO

from telemetry_hook._errors import DamagedError, StorageError, UntrustedError

if sys.platform != "win32":
    import fcntl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


STEP = 0.02
# On Windows, a file cannot be replaced or deleted while another process reads it. That is not long.
# Elsewhere, a network drive may fail once. A report that was sent would be sent again then.
ATTEMPTS, PASSING = (100, PermissionError) if sys.platform == "win32" else (3, OSError)
MODE = 0o600


def write(path: Path, content: bytes) -> None:
    """Write a file that only the user can read. It is synced under a temporary name, then renamed.

    Raises:
        StorageError: the file cannot be written. The old content is still there.
    """
    with prepared(path, content) as commit:
        commit()


@contextlib.contextmanager
def prepared(path: Path, content: bytes) -> Iterator[Callable[[], None]]:
    """Write a file under a temporary name and yield a function that renames it.

    If that function is not called, the temporary file is deleted.

    Raises:
        StorageError: the file cannot be written. The old content is still there.
    """
    import tempfile

    temporary = ""

    def commit() -> None:
        nonlocal temporary
        _patiently(lambda: os.replace(temporary, path))
        temporary = ""
        # The file has its name by now, whatever the directory's sync says: some drives refuse it.
        with contextlib.suppress(OSError):
            _sync_directory(path.parent)

    try:
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(descriptor, "wb") as file:
            make_readable(descriptor)
            file.write(content)
            file.flush()
            _sync(file.fileno())
        yield commit
    except OSError as error:
        raise StorageError(f"{path} cannot be written: {error.strerror or error}") from error
    finally:
        if temporary:
            with contextlib.suppress(OSError):
                os.unlink(temporary)


def make_readable(descriptor: int) -> None:
    """Let the user read and write a file that was just made, whatever the program's umask is."""
    if sys.platform != "win32":
        os.fchmod(descriptor, MODE)


def remove(path: Path) -> None:
    """Delete a file, if there is one.

    Raises:
        StorageError: the file cannot be deleted.
    """
    try:
        _patiently(lambda: path.unlink(missing_ok=True))
    except OSError as error:
        raise StorageError(f"{path} cannot be deleted: {error.strerror or error}") from error


def _patiently(change: Callable[[], None]) -> None:
    for _ in range(ATTEMPTS - 1):
        with contextlib.suppress(PASSING):
            change()
            return
        time.sleep(STEP)
    change()


def read(path: Path, limit: int) -> bytes | None:
    """Return the content of a file, or None if there is no file.

    Raises:
        DamagedError: the file is larger than `limit`.
        StorageError: the file cannot be read now, or other users can write it.
    """
    try:
        with _opened(path) as file:
            content = file.read(limit + 1)
    except FileNotFoundError:
        return None
    if len(content) > limit:
        raise DamagedError(f"{path} is larger than {limit} bytes; remove it")
    return content


def read_line(path: Path, limit: int) -> tuple[bytes, int] | None:
    """Return the first line of a file, with its line feed, and the size of the whole file.

    Return None if there is no file.

    Raises:
        DamagedError: the line is longer than `limit`.
        StorageError: the file cannot be read now, or other users can write it.
    """
    try:
        with _opened(path) as file:
            line, size = file.readline(limit + 1), os.fstat(file.fileno()).st_size
    except FileNotFoundError:
        return None
    if len(line) > limit:
        raise DamagedError(f"{path} has a first line of more than {limit} bytes; remove it")
    return line, size


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    flags = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)
    try:
        descriptor = os.open(path, os.O_RDONLY | flags)
    except FileNotFoundError:
        raise
    except OSError as error:
        if path.is_symlink():
            raise UntrustedError(f"{path} is a symbolic link; remove it") from None
        raise StorageError(f"{path} cannot be read: {error.strerror or error}") from error
    try:
        _check_owner(path, os.fstat(descriptor))
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            yield file
    except OSError as error:
        raise StorageError(f"{path} cannot be read: {error.strerror or error}") from error
    finally:
        close(descriptor)


def close(descriptor: int) -> None:
    """Close a file that was synced or only read. It is closed also if that fails: there is no more to do."""
    with contextlib.suppress(OSError):
        os.close(descriptor)


def make_private(directory: Path) -> None:
    """Create a directory that only the user can access, if it does not exist.

    Raises:
        StorageError: the directory cannot be created, or others can write it or one above it.
    """
    check_above(directory)
    try:
        for path in (*reversed(directory.parents), directory):
            if not path.exists():
                with contextlib.suppress(FileExistsError):
                    path.mkdir(mode=0o700)
                    path.chmod(0o700)  # whatever the program's umask is
        status = directory.lstat()
    except OSError as error:
        raise StorageError(f"{directory} cannot be made: {error.strerror or error}") from error
    if not stat.S_ISDIR(status.st_mode):
        raise StorageError(f"{directory} is not a directory; remove it")
    if sys.platform != "win32":
        if status.st_uid != os.geteuid():
            raise StorageError(f"{directory} belongs to somebody else; remove it")
        if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise StorageError(f"{directory} can be written by others; run: chmod 700 {directory}")


def check_above(path: Path) -> None:
    """Refuse a path in a directory of another user, or below one that anybody can write.

    Under sudo, the home directory may still be the user's. Files that belong to root would cause
    problems for the user there.

    Raises:
        StorageError: nothing may be written at this path.
    """
    if sys.platform == "win32":
        return
    is_nearest = True
    for directory in path.parents:
        try:
            status = directory.stat()
        except OSError:
            continue
        if is_nearest and status.st_uid not in (os.geteuid(), 0):
            raise StorageError(f"{directory} belongs to another user than the one who runs this")
        is_nearest = False
        if status.st_mode & stat.S_IWOTH and not status.st_mode & stat.S_ISVTX:
            raise StorageError(f"{directory} can be written by anybody; run: chmod o-w {directory}")


def _check_owner(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise UntrustedError(f"{path} is not a regular file; remove it")
    if sys.platform == "win32":
        return
    if status.st_uid != os.geteuid():
        raise UntrustedError(f"{path} belongs to somebody else; remove it")
    if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise UntrustedError(f"{path} can be written by others; run: chmod 600 {path}")
    if status.st_nlink > 1:
        raise UntrustedError(f"{path} has more than one name (hard links); remove it")


def _sync(descriptor: int) -> None:
    """Write a file to the disk. On macOS, `fsync` leaves it in the drive's own memory."""
    if sys.platform != "win32":
        with contextlib.suppress(AttributeError, OSError):  # some network drives refuse it
            fcntl.fcntl(descriptor, getattr(fcntl, "F_FULLFSYNC"))  # noqa: B009 - macOS alone has it
            return
    os.fsync(descriptor)


def _sync_directory(directory: Path) -> None:
    if sys.platform != "win32":
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            _sync(descriptor)
        finally:
            close(descriptor)
