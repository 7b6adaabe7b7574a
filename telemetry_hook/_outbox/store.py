"""Stores the reports that the user agreed to or kept for later, each in its own file.

The file ``<id>.report`` consists of a line of JSON (see `entry`) and the exact bytes of the body.
Each change of state writes the whole file under a temporary name, syncs it, and renames it over the
old file. So the file always has either the old state or the new one. If the disk is full, the old
state remains. When a report is discarded, its body is deleted.

*Claims.* A process that changes a report first locks the file ``.<id>.lock`` beside it, and then reads
the report. The lock has a file of its own, because the report's file is replaced at each change, and
Windows does not replace an open file. A lock ends with its process, and the report then keeps its
state. If the sender is killed after the receiver's response but before the change of state, the
report is sent again, under the same id.

*What cannot be read now* stays as it is: a network drive, a limit of open files or a full memory may
pass. A report is discarded as damaged only if it was read and its hash is not that of what was stored.

*Clocks.* Times are wall-clock times, because these remain valid after a reboot. If a time is
further in the future than we could have set it, the clock was different then, and the time is
treated as now. A clock that was set says nothing about how long a report has waited. So its age is
the number of days on which we have seen it.

*Versions.* Files that another version of telemetry-hook has written are kept unchanged: see
`entry`.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import stat
import time
from typing import TYPE_CHECKING

from telemetry_hook import _invocation
from telemetry_hook._disk import locks, paths, storage
from telemetry_hook._errors import DamagedError, StorageError, UntrustedError
from telemetry_hook._hashes import sha256
from telemetry_hook._outbox import identity
from telemetry_hook._outbox.entry import MAX_LINE_BYTES, Entry, decode, encode
from telemetry_hook._report import MAX_REPORT_BYTES, RedactedReport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path


SUFFIX = ".report"
LEFTOVER = re.compile(r"\.([0-9a-f]{32})(?:\.lock|\.report\..+)")
YOUNG_SECONDS = 60.0
PATIENCE_SECONDS, STEP_SECONDS = 1.0, 0.02
WAITING = ("pending", "later")


def entries() -> list[Entry]:
    """Return all stored reports, oldest first. Files that cannot be read now are skipped."""
    return in_order(map(entry_in, files()))


def in_order(found: Iterable[Entry | None]) -> list[Entry]:
    """Return those of the entries that could be read, oldest first."""
    read = [entry for entry in found if entry is not None]
    return sorted(read, key=lambda entry: (entry.created, entry.id))


def sent_before(
    report: RedactedReport, receiver: str, *, after: float, until: float
) -> Entry | None:
    """Return the latest report of the same crash and release that was sent to `receiver`, or None.

    Only reports that were sent after `after` and not later than `until` are considered. Both are in
    seconds since the epoch. So a report that was sent while the clock was ahead hides no other one.
    """
    same = (identity.crash(report), identity.release(report), receiver)
    sent = [
        entry
        for entry in entries()
        if entry.state == "sent"
        and after < entry.changed <= until
        and (entry.crash, entry.release, entry.receiver) == same
    ]
    return max(sent, key=lambda entry: entry.changed, default=None)


def find(short: str) -> Entry:
    """Return the stored report whose id begins with these characters.

    Raises:
        StorageError: there is no such report, or more than one.
    """
    named = (file for file in files() if short and file.name.startswith(short.lower()))
    matching = in_order(map(entry_in, named))
    if len(matching) == 1:
        return matching[0]
    if matching:
        raise StorageError(
            f"{len(matching)} reports begin with {short}; give more characters of the id"
        )
    raise StorageError(
        f"there is no report {short}; `{_invocation.command('list')}` shows those there are"
    )


def stored(report_id: str) -> Entry | None:
    """Return the report with this id, or None if no file is that report.

    Raises:
        StorageError: it cannot be read now.
    """
    try:
        return _read(_path(report_id))
    except (DamagedError, UntrustedError):
        return None
    except StorageError:
        if _is_nowhere():
            return None
        raise


def _is_nowhere() -> bool:
    """Return whether the outbox certainly is no directory, so that nothing is stored there."""
    try:
        return not stat.S_ISDIR(os.stat(paths.outbox()).st_mode)
    except OSError as error:
        return error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)


def body(entry: Entry) -> bytes:
    """Return the exact bytes of a report's body, or b'' if the report was discarded.

    Raises:
        DamagedError: the bytes are not those that were stored.
        StorageError: the file is gone, or cannot be read now.
    """
    path = _path(entry.id)
    content = storage.read(path, MAX_LINE_BYTES + MAX_REPORT_BYTES)
    if content is None:
        raise StorageError(f"{path} is gone")
    content = content.partition(b"\n")[2]
    if content and sha256(content).hexdigest() != entry.sha256:
        raise DamagedError(f"{path} is damaged")
    return content


@contextlib.contextmanager
def claimed(report_id: str) -> Iterator[Entry | None]:
    """Claim a report within the context. Yield None if it is gone or claimed by another process.

    Raises:
        StorageError: it cannot be read or claimed now.
    """
    if stored(report_id) is None:  # makes no lock in another user's outbox
        yield None
        return
    with locks.claimed(_lock(report_id)) as is_claimed:
        yield stored(report_id) if is_claimed else None


@contextlib.contextmanager
def claimed_anew(report_id: str) -> Iterator[None]:
    """Claim a report that is not stored yet, so that its files are not taken for left ones.

    Raises:
        StorageError: it cannot be claimed now.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        with locks.claimed(_lock(report_id)) as is_claimed:
            if is_claimed:
                yield
                return
        if time.monotonic() > deadline:  # nobody else stores it; another may look for left files
            raise StorageError(f"{_path(report_id)} is in use by another process")
        time.sleep(STEP_SECONDS)


def remove(report_id: str) -> None:
    """Delete a report's file."""
    storage.remove(_path(report_id))


def files() -> Iterator[os.DirEntry[str]]:
    """Yield the files of all reports, in no particular order. Their `stat()` results are cached.

    Raises:
        StorageError: the directory exists but cannot be read.
    """
    try:
        with os.scandir(paths.outbox()) as directory:
            for file in directory:
                if file.name.endswith(SUFFIX) and not file.name.startswith("."):
                    with contextlib.suppress(FileNotFoundError):
                        file.stat()  # cached in `file`: another process may delete the file
                        yield file
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise StorageError(f"{paths.outbox()} cannot be read: {error.strerror}") from error


def unreadable() -> list[str]:
    """Return what is wrong with each file that looks like a report and cannot be read as one."""
    return list(filter(None, (_fault(paths.outbox() / file.name) for file in files())))


def _fault(path: Path) -> str | None:
    try:
        _read(path)
    except StorageError as error:
        return str(error)
    return None


def delete_leftovers() -> None:
    """Delete the files that processes have left which ended while they wrote. Those in use are kept.

    A file that was just made may be about to be locked. So it is not looked at for a minute.
    """
    with contextlib.suppress(OSError):
        for file in [*os.scandir(paths.outbox())]:
            with contextlib.suppress(OSError, StorageError):  # it may be gone with its claim
                _delete_if_left(file)


def _delete_if_left(file: os.DirEntry[str]) -> None:
    name = LEFTOVER.fullmatch(file.name)
    if name is None or abs(time.time() - file.stat().st_mtime) < YOUNG_SECONDS:
        return
    with locks.claimed(_lock(name[1])) as is_claimed:
        if is_claimed:
            storage.remove(paths.outbox() / file.name)


def entry_in(file: os.DirEntry[str]) -> Entry | None:
    """Return the report in a file, or None if it cannot be read now, or is none."""
    try:
        return _read(paths.outbox() / file.name)
    except StorageError:
        return None


def _path(report_id: str) -> Path:
    if not report_id.isalnum():
        raise StorageError(f"{report_id!r} is not the id of a report")
    return paths.outbox() / f"{report_id}{SUFFIX}"


def _lock(report_id: str) -> Path:
    return paths.outbox() / f".{report_id}{locks.LOCK}"


def write(entry: Entry, content: bytes) -> None:
    """Write a report's file: the line of JSON, then the body.

    Raises:
        StorageError: it cannot be written, or could not be read afterwards.
    """
    with prepared(entry, content) as commit:
        commit()


def prepared(entry: Entry, content: bytes) -> AbstractContextManager[Callable[[], None]]:
    """Return a context in which the new file is on the disk. Its function puts it in the place of the old one.

    Raises:
        StorageError: as `write`.
    """
    return storage.prepared(_path(entry.id), _line(entry) + content)


def _line(entry: Entry) -> bytes:
    try:
        return encode(entry)
    except ValueError as error:
        raise StorageError(f"{entry.receipt} cannot be stored: {error}") from error


def _read(path: Path) -> Entry | None:
    """Return the report in a file, or None if there is no file."""
    found = storage.read_line(path, MAX_LINE_BYTES)
    if found is None:
        return None
    line, size = found
    try:
        entry = decode(line)
    except ValueError as error:
        raise DamagedError(f"{path} is damaged: {error}") from error
    if size != len(line) + entry.size or path.name != f"{entry.id}{SUFFIX}":
        raise DamagedError(f"{path} is damaged: it is not as long as when it was stored")
    return entry
