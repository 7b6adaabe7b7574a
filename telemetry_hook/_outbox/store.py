"""The durable store of reports that the user agreed to, or kept for later.

A report is one file, ``<id>.report``: a line of JSON that says what is known of it (its head), then
the exact bytes of its body. Its life:

    a yes, an always → pending → sent | discarded, with the reason
    a later          → later   → pending | discarded, or deleted by a no

Every step writes the whole file under a temporary name, syncs it, and renames it over the old one:
each instant shows either the old state or the new, and a full disk leaves the old one.

*Claims.* Whoever wants to take a step first locks the file, and then looks whether its name still
stands for the file that is locked: after another's step it stands for a new one, and the claim on
the old one is given up. The lock belongs to the open file. It dies with its process, and the report
is then what it was; a kill between the receiver's answer and the step after it sends the report
again, under the same id.

*Quotas.* No more than so many reports wait, and no more than so many bytes are stored. What is over
that is not stored, and so not sent: nothing that was agreed to makes room. What is settled makes
room, the oldest first, and goes after thirty days. What waits for thirty days is discarded. Of what
is discarded the head stays, and the body goes.

*Clocks.* Times are the wall clock's, since they outlive boots. What lies in the future further than
we could have put it there was written under another clock, and counts as now.

*Versions.* What another version of ours has written is kept as it is: see `_entry.py`.
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
from telemetry_hook._outbox.entry import Entry, State, decode, encode
from telemetry_hook._report import MAX_BYTES, RedactedReport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from telemetry_hook.declare import Tool
    from telemetry_hook.receivers import Request

SUFFIX = ".report"
HOUR, DAY = 3_600, 86_400
MAX_AGE = 30 * DAY
MAX_WAITING, MAX_SETTLED = 200, 200
MAX_STORED = 32 * 1024 * 1024
MAX_TITLE = 200
MAX_HEAD = 16 * 1024
WAITING = ("pending", "later")


def add(
    report: RedactedReport,
    request: Request,
    tool: Tool,
    state: State,
    *,
    is_standing: bool = False,
) -> Entry:
    """Store a report, safely on disk when this returns; `is_standing`: by an *always*.

    Raises:
        StorageError: it cannot be stored, and so must not be sent.
    """
    if type(report) is not RedactedReport:
        raise TypeError("only a RedactedReport can be stored")
    if len(request.body) > MAX_BYTES:
        raise StorageError(f"the report is larger than {MAX_BYTES} bytes")
    storage.make_private(paths.outbox())
    _make_room(len(request.body))
    now = time.time()
    entry = Entry(
        id=str(report.id),
        state=state,
        tool=tool.name,
        publisher=tool.publisher,
        receiver=tool.receiver.address,
        title=_title(report),
        fingerprint=str(report.fingerprint),
        crash=_crash(report),
        is_standing=is_standing,
        release=_release(report),
        url=request.url,
        headers=request.headers,
        deletion=request.deletion or "",
        sha256=request.sha256,
        size=len(request.body),
        created=now,
        changed=now,
    )
    _write(entry, request.body)
    return entry


def entries() -> list[Entry]:
    """Return all stored reports, the oldest first; files that are not ours are passed over."""
    return sorted(_read_all(_files()), key=lambda each: (each.created, each.id))


def sent_before(
    report: RedactedReport, receiver: str, *, after: float, until: float
) -> Entry | None:
    """Return the latest report of the same crash of the same release that was sent to a receiver.

    Only reports sent later than `after` and not later than `until` are looked at, both in seconds
    since the epoch: one that was sent under a clock that ran ahead hides no other.
    """
    same = (_crash(report), _release(report), receiver)
    sent = [
        entry
        for entry in _read_all(_files())
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
    names = [each for each in _files() if short and each.name.startswith(short.lower())]
    found = _read_all(names)
    if len(found) == 1:
        return found[0]
    if found:
        raise StorageError(f"{short} stands for {len(found)} reports; give more of the id")
    raise StorageError(f"there is no report {short}; `telemetry-hook list` shows those there are")


def body(entry: Entry) -> bytes:
    """Return the exact bytes of a report; none, if it was discarded.

    Raises:
        StorageError: they are not there any more, or not the ones that were stored.
    """
    path = _path(entry.id)
    content = storage.read(path, MAX_HEAD + MAX_BYTES)
    if content is None:
        raise StorageError(f"{path} is gone")
    found = content.partition(b"\n")[2]
    if found and hashlib.sha256(found).hexdigest() != entry.sha256:
        raise StorageError(f"{path} is damaged")
    return found


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
    _write(changed, content)
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
    for each in entries():
        if each.state == "pending" and each.is_standing and tool in (None, each.tool):
            with claimed(each.id) as entry:
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
    _write(changed, body(entry))
    return changed


def remove(report_id: str) -> None:
    """Delete a report's file."""
    _path(report_id).unlink(missing_ok=True)


def discard_all(tool: str | None, reason: str) -> int:
    """Discard what is pending or kept, for one tool or for all; return how many."""
    chosen = [each for each in entries() if each.state in WAITING and tool in (None, each.tool)]
    return sum(_discard(each, reason) for each in chosen)


def tidy(room: int = 0) -> None:
    """Discard what has waited too long; delete what is settled and old, or over number and size.

    `room` is how many bytes are needed for a new report.
    """
    _delete_leftovers()
    now = time.time()
    found = entries()
    for each in found:
        if each.state in WAITING and now - each.created > MAX_AGE:
            _discard(each, f"it has waited for {MAX_AGE // DAY} days")
    stored = room + sum(each.size for each in found if each.state in WAITING)
    settled = [each for each in reversed(found) if each.state not in WAITING]
    for number, each in enumerate(settled):
        stored += each.size
        if now - each.changed > MAX_AGE or number >= MAX_SETTLED or stored > MAX_STORED:
            with claimed(each.id) as entry:
                if entry is not None:
                    remove(entry.id)


def _discard(found: Entry, reason: str) -> bool:
    with claimed(found.id) as entry:
        if entry is None or entry.state not in WAITING:
            return False
        change(entry, "discarded", reason)
        return True


def _make_room(size: int) -> None:
    """Refuse a report that is over the quotas, once what is settled has made room."""
    for is_tidied in (False, True):
        files = list(_files())
        stored = sum(each.stat().st_size for each in files)
        if len(files) < MAX_WAITING and stored + size <= MAX_STORED:
            return
        if not is_tidied:
            tidy(size)
    waiting = [each for each in _read_all(files) if each.state in WAITING]
    stored = sum(each.size for each in waiting)
    if len(waiting) >= MAX_WAITING or stored + size > MAX_STORED:
        raise StorageError(
            f"{len(waiting)} reports ({stored // 1024} KiB) wait already; "
            "`telemetry-hook send` or `discard` makes room"
        )


def _delete_leftovers() -> None:
    """Delete temporary files of processes that were killed while they wrote."""
    with contextlib.suppress(OSError), os.scandir(paths.outbox()) as found:
        for each in found:
            if each.name.startswith(".") and time.time() - each.stat().st_mtime > HOUR:
                os.unlink(each.path)


def _files() -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(paths.outbox()) as found:
            for each in found:
                if each.name.endswith(SUFFIX) and not each.name.startswith("."):
                    with contextlib.suppress(FileNotFoundError):
                        each.stat()  # it keeps this: another process may delete the file meanwhile
                        yield each
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise StorageError(f"{paths.outbox()} cannot be read: {error.strerror}") from error


def _read_all(files: Iterable[os.DirEntry[str]]) -> list[Entry]:
    found = []
    for each in files:
        with contextlib.suppress(StorageError):
            found.append(_read(paths.outbox() / each.name))
    return found


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


def _release(report: RedactedReport) -> str:
    return f"{report.tool.name}@{report.tool.version}"


def _crash(report: RedactedReport) -> str:
    # One statement can fail in many ways, all of which have its fingerprint.
    parts: list[str] = [report.fingerprint]
    for exception in report.exceptions:
        parts += [exception.message, *(f"{each.name}={each.value}" for each in exception.details)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _title(report: RedactedReport) -> str:
    exception = report.exceptions[0]
    return f"{exception.type}: {exception.message}"[:MAX_TITLE]


def _path(report_id: str) -> Path:
    if not report_id.isalnum():
        raise StorageError(f"{report_id!r} is no report's id")
    return paths.outbox() / f"{report_id}{SUFFIX}"


def _is_still(path: Path, descriptor: int) -> bool:
    opened, named = os.fstat(descriptor), path.stat()
    return (opened.st_dev, opened.st_ino) == (named.st_dev, named.st_ino)


def _write(entry: Entry, content: bytes) -> None:
    storage.write(_path(entry.id), encode(entry) + content)


def _read(path: Path) -> Entry:
    line, size = storage.read_line(path, MAX_HEAD)
    try:
        entry = decode(line)
    except ValueError as error:
        raise StorageError(f"{path} is damaged") from error
    if size != len(line) + entry.size or path.name != f"{entry.id}{SUFFIX}":
        raise StorageError(f"{path} is damaged")
    return entry
