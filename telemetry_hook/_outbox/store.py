"""Stores the reports that the user agreed to, or kept for later, each in a file of its own.

The file ``<id>.report`` has a line of JSON (see `entry`) and then the exact bytes of the body. The life
of a report:

    a yes, an always → pending → sent | discarded, with the reason
    a later          → later   → pending | discarded, or deleted by a no

Each step writes the whole file under a temporary name, syncs it, and renames it over the old one. So
the file always has either the old state or the new one, and a full disk leaves the old one. When a
report is discarded, its body is deleted.

*Claims.* Whoever takes a step locks the file first, and then checks that its name still belongs to the
locked file: if another process has taken a step meanwhile, it belongs to a new one, and the claim is
given up. A lock ends with its process, and the report is then as it was. If the sender is killed
between the receiver's answer and the next step, the report is sent again, under the same id.

*Clocks.* Times are wall-clock times, because they outlive boots. A time further in the future than we
could have set was written under another clock, and is treated as now.

*Versions.* Files that another version of telemetry-hook has written are kept unchanged: see `entry`.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from telemetry_hook._disk import paths, storage
from telemetry_hook._errors import StorageError
from telemetry_hook._outbox import identity
from telemetry_hook._outbox.entry import Entry, State, decode, encode
from telemetry_hook._report import MAX_REPORT_BYTES, RedactedReport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path


SUFFIX = ".report"
MAX_HEAD_BYTES = 16 * 1024
WAITING = ("pending", "later")


def entries() -> list[Entry]:
    """Return all stored reports, the oldest first; files that are not ours are passed over."""
    return sorted(_read_all(files()), key=lambda entry: (entry.created, entry.id))


def sent_before(
    report: RedactedReport, receiver: str, *, after: float, until: float
) -> Entry | None:
    """Return the latest report of the same crash of the same release that was sent to a receiver.

    Only reports sent later than `after` and not later than `until` are looked at, both in seconds
    since the epoch: one that was sent under a clock that ran ahead hides no other.
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
        StorageError: there is none, or more than one.
    """
    matching = _read_all(file for file in files() if short and file.name.startswith(short.lower()))
    if len(matching) == 1:
        return matching[0]
    if matching:
        raise StorageError(f"{len(matching)} reports begin with {short}; give more of the id")
    raise StorageError(f"there is no report {short}; `telemetry-hook list` shows those there are")


def body(entry: Entry) -> bytes:
    """Return the exact bytes of a report; none, if it was discarded.

    Raises:
        StorageError: they are not there any more, or not the ones that were stored.
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
    """Hold a report as long as the context lasts; None when somebody else has it, or it is gone."""
    with contextlib.ExitStack() as stack:
        yield _claim(_path(report_id), stack)


def change(
    entry: Entry, state: State, reason: str = "", *, held_until: float | None = None
) -> Entry:
    """Take a claimed report to another state."""
    content = b"" if state == "discarded" else body(entry)
    changed = _changed(entry, state, reason, len(content), held_until)
    write(changed, content)
    return changed


@contextlib.contextmanager
def about_to_be_sent(entry: Entry, content: bytes) -> Iterator[Callable[[], Entry]]:
    """Have the step to ``sent`` written and synced before the attempt: then no full disk prevents it.

    Yields a function that takes the claimed report there.
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
    return replace(
        entry,
        state=state,
        reason=reason,
        size=size,
        changed=now,
        attempts=entry.attempts + is_sent,
        attempted=now if is_sent else entry.attempted,
        held_until=entry.held_until if held_until is None else held_until,
    )


def ask_again(tool: str | None) -> int:
    """Let what is pending by an *always* wait for the user's word again; return how many."""
    count = 0
    for stored in entries():
        if stored.state == "pending" and stored.is_standing and tool in (None, stored.tool):
            with claimed(stored.id) as entry:
                if entry is not None and entry.state == "pending":
                    change(replace(entry, is_standing=False), "later")
                    count += 1
    return count


def postpone(entry: Entry, reason: str, *, next_attempt: float, held_until: float) -> Entry:
    """Write down why an attempt for a claimed report failed, and when the next one is due."""
    attempts, now = entry.attempts + 1, time.time()
    due = replace(entry, attempts=attempts, attempted=now, next_attempt=next_attempt)
    return note(replace(due, held_until=held_until), reason)


def note(entry: Entry, reason: str) -> Entry:
    """Write down what is known of a claimed report, and why it is not sent."""
    changed = replace(entry, reason=reason, changed=time.time())
    write(changed, body(entry))
    return changed


def remove(report_id: str) -> None:
    """Delete a report's file."""
    _path(report_id).unlink(missing_ok=True)


def discard_all(tool: str | None, reason: str) -> int:
    """Discard what is pending or kept, for one tool or for all; return how many."""
    waiting = [entry for entry in entries() if entry.state in WAITING]
    return sum(discard(entry, reason) for entry in waiting if tool in (None, entry.tool))


def discard(waiting: Entry, reason: str) -> bool:
    """Discard a report if it still waits; return whether it did."""
    with claimed(waiting.id) as entry:
        if entry is None or entry.state not in WAITING:
            return False
        change(entry, "discarded", reason)
        return True


def files() -> Iterator[os.DirEntry[str]]:
    """Yield the files of all reports, each with its `stat()`, in no order.

    Raises:
        StorageError: the directory cannot be read; if there is none, there are no files.
    """
    try:
        with os.scandir(paths.outbox()) as directory:
            for file in directory:
                if file.name.endswith(SUFFIX) and not file.name.startswith("."):
                    with contextlib.suppress(FileNotFoundError):
                        file.stat()  # kept in `file`: another process may delete the file meanwhile
                        yield file
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise StorageError(f"{paths.outbox()} cannot be read: {error.strerror}") from error


def _read_all(found_files: Iterable[os.DirEntry[str]]) -> list[Entry]:
    read = []
    for file in found_files:
        with contextlib.suppress(StorageError):
            read.append(_read(paths.outbox() / file.name))
    return read


def _claim(path: Path, stack: contextlib.ExitStack) -> Entry | None:
    flags = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)
    try:
        descriptor = os.open(path, os.O_RDWR | flags)
        stack.callback(os.close, descriptor)
        if storage.try_lock(descriptor) and _is_still(path, descriptor):
            return _read(path)
    except (OSError, StorageError):
        pass
    return None


def _path(report_id: str) -> Path:
    if not report_id.isalnum():
        raise StorageError(f"{report_id!r} is not the id of a report")
    return paths.outbox() / f"{report_id}{SUFFIX}"


def _is_still(path: Path, descriptor: int) -> bool:
    opened, named = os.fstat(descriptor), path.stat()
    return (opened.st_dev, opened.st_ino) == (named.st_dev, named.st_ino)


def write(entry: Entry, content: bytes) -> None:
    """Write a report's file: its line, then its body."""
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
