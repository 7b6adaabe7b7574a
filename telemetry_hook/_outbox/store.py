"""Stores the reports that the user agreed to or kept for later, each in its own file.

The file ``<id>.report`` consists of a line of JSON (see `entry`) and the exact bytes of the body.
The user's answer decides the first state of a report:

    yes or always → pending → sent | discarded, with the reason
    later         → later   → pending | discarded | deleted, if the user then answers no

Each change of state writes the whole file under a temporary name, syncs it, and renames it over the
old file. So the file always has either the old state or the new one. If the disk is full, the old
state remains. When a report is discarded, its body is deleted.

*Claims.* A process that changes a report first locks the file ``.<id>.lock`` beside it, and then reads
the report. The lock has a file of its own, because the report's file is replaced at each change, and
Windows does not replace an open file. A lock ends with its process, and the report then keeps its
state. If the sender is killed after the receiver's response but before the change of state, the
report is sent again, under the same id.

*Clocks.* Times are wall-clock times, because these remain valid after a reboot. If a time is
further in the future than we could have set it, the clock was different then, and the time is
treated as now.

*Versions.* Files that another version of telemetry-hook has written are kept unchanged: see
`entry`.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from typing import TYPE_CHECKING

from telemetry_hook import _invocation
from telemetry_hook._disk import locks, paths, storage
from telemetry_hook._errors import StorageError
from telemetry_hook._outbox import identity
from telemetry_hook._outbox.entry import Entry, State, decode, encode
from telemetry_hook._report import MAX_REPORT_BYTES, RedactedReport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path


SUFFIX = ".report"
LOCK = ".lock"
MAX_HEAD_BYTES = 16 * 1024
WAITING = ("pending", "later")


def entries() -> list[Entry]:
    """Return all stored reports, oldest first. Files that are not valid reports are skipped."""
    return sorted(_read_all(files()), key=lambda entry: (entry.created, entry.id))


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
        for entry in _read_all(files())
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
    matching = _read_all(file for file in files() if short and file.name.startswith(short.lower()))
    if len(matching) == 1:
        return matching[0]
    if matching:
        raise StorageError(
            f"{len(matching)} reports begin with {short}; give more characters of the id"
        )
    raise StorageError(
        f"there is no report {short}; `{_invocation.command('list')}` shows those there are"
    )


def body(entry: Entry) -> bytes:
    """Return the exact bytes of a report's body, or b'' if the report was discarded.

    Raises:
        StorageError: the file is gone, or its bytes are not those that were stored.
    """
    path = _path(entry.id)
    content = storage.read(path, MAX_HEAD_BYTES + MAX_REPORT_BYTES)
    if content is None:
        raise StorageError(f"{path} is gone")
    stored = content.partition(b"\n")[2]
    if stored and hashlib.sha256(stored).hexdigest() != entry.sha256:
        raise StorageError(f"{path} is damaged")
    return stored


@contextlib.contextmanager
def claimed(report_id: str) -> Iterator[Entry | None]:
    """Claim a report within the context. Yield None if it is gone or claimed by another process."""
    path = _path(report_id)
    if _read_valid(path) is None:  # makes no lock in another user's outbox
        yield None
        return
    with locks.claimed(path.with_name(f".{report_id}{LOCK}")) as is_claimed:
        yield _read_valid(path) if is_claimed else None


def change(
    entry: Entry, state: State, reason: str = "", *, held_until: float | None = None
) -> Entry:
    """Change the state of a claimed report."""
    content = b"" if state == "discarded" else body(entry)
    changed = _changed(entry, state, reason, len(content), held_until)
    write(changed, content)
    return changed


@contextlib.contextmanager
def about_to_be_sent(entry: Entry, content: bytes) -> Iterator[Callable[[], Entry]]:
    """Write and sync the state ``sent`` before the attempt, so that a full disk cannot prevent it.

    Yields a function that replaces the claimed report's file by the new file.
    """
    changed = _changed(entry, "sent", "", len(content), None)
    with storage.prepared(_path(entry.id), encode(changed) + content) as commit:

        def sent() -> Entry:
            commit()
            return changed

        yield sent


def _changed(entry: Entry, state: State, reason: str, size: int, held_until: float | None) -> Entry:
    now = time.time()
    is_sent = state == "sent"
    return entry._replace(
        state=state,
        reason=reason,
        size=size,
        changed=now,
        attempts=entry.attempts + is_sent,
        attempted=now if is_sent else entry.attempted,
        held_until=entry.held_until if held_until is None else held_until,
    )


def ask_again(tool: str | None) -> int:
    """For reports that a saved *always* made pending, set the state ``later``. Return how many."""
    count = 0
    for stored in entries():
        if stored.state == "pending" and stored.is_standing and tool in (None, stored.tool):
            with claimed(stored.id) as entry:
                if entry is not None and entry.state == "pending":
                    change(entry._replace(is_standing=False), "later")
                    count += 1
    return count


def postpone(entry: Entry, reason: str, *, next_attempt: float, held_until: float) -> Entry:
    """Store why an attempt to send a claimed report failed, and when the next attempt is due."""
    attempts, now = entry.attempts + 1, time.time()
    due = entry._replace(attempts=attempts, attempted=now, next_attempt=next_attempt)
    return note(due._replace(held_until=held_until), reason)


def note(entry: Entry, reason: str) -> Entry:
    """Store the entry of a claimed report, with the reason why the report is not sent."""
    changed = entry._replace(reason=reason, changed=time.time())
    write(changed, body(entry))
    return changed


def remove(report_id: str) -> None:
    """Delete a report's file."""
    storage.remove(_path(report_id))


def discard_all(tool: str | None, reason: str) -> int:
    """Discard the pending and kept reports of one tool, or of all tools. Return how many."""
    waiting = [entry for entry in entries() if entry.state in WAITING]
    return sum(discard(entry, reason) for entry in waiting if tool in (None, entry.tool))


def discard(waiting: Entry, reason: str) -> bool:
    """Discard a report if it still waits. Return whether the report was discarded."""
    with claimed(waiting.id) as entry:
        if entry is None or entry.state not in WAITING:
            return False
        change(entry, "discarded", reason)
        return True


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


def _read_all(found_files: Iterable[os.DirEntry[str]]) -> list[Entry]:
    read = (_read_valid(paths.outbox() / file.name) for file in found_files)
    return [entry for entry in read if entry is not None]


def _read_valid(path: Path) -> Entry | None:
    try:
        return _read(path)
    except StorageError:
        return None


def _path(report_id: str) -> Path:
    if not report_id.isalnum():
        raise StorageError(f"{report_id!r} is not the id of a report")
    return paths.outbox() / f"{report_id}{SUFFIX}"


def write(entry: Entry, content: bytes) -> None:
    """Write a report's file: the line of JSON, then the body."""
    storage.write(_path(entry.id), encode(entry) + content)


def _read(path: Path) -> Entry:
    line, size = storage.read_line(path, MAX_HEAD_BYTES)
    try:
        entry = decode(line)
    except ValueError as error:
        raise StorageError(f"{path} is damaged") from error
    if size != len(line) + entry.size or path.name != f"{entry.id}{SUFFIX}":
        raise StorageError(f"{path} is damaged")
    return entry
