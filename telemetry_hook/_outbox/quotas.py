"""Limits the number, the total size and the age of stored reports.

A new report that exceeds the quotas is not stored, and so not sent. No waiting report is deleted to
make room for it. Reports that were sent or discarded are deleted after thirty days, or earlier to
make room, oldest first, except those that are needed still. A report that has waited for thirty days
is discarded. Only days count on which we have seen the report: a clock that was set says nothing
about how long it has waited.
"""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

from telemetry_hook import _invocation
from telemetry_hook._errors import StorageError
from telemetry_hook._outbox import retired, states, store
from telemetry_hook._outbox.entry import day
from telemetry_hook._outbox.store import WAITING

if TYPE_CHECKING:
    from telemetry_hook._outbox.entry import Entry

MAX_AGE_DAYS = 30
MAX_WAITING_REPORTS, MAX_SETTLED_REPORTS = 200, 200
MAX_COUNTED = 1000  # in one go: there are more files only if something is wrong
MAX_STORED_BYTES = 32 * 1024 * 1024


def make_room(size: int) -> None:
    """Delete settled reports until there is room for a new report of `size` bytes.

    Raises:
        StorageError: there is no room for the new report.
    """
    files = list(store.files())
    stored = sum(file.stat().st_size for file in files)
    if len(files) < MAX_WAITING_REPORTS and stored + size <= MAX_STORED_BYTES:
        return
    waiting = _delete_settled(store.entries(), size)
    stored = sum(entry.size for entry in waiting)
    if len(waiting) >= MAX_WAITING_REPORTS or stored + size > MAX_STORED_BYTES:
        raise _full(len(waiting), stored)


def check(new: Entry) -> None:
    """Remove a report that was just stored, if others were stored at the same time and fill the quotas.

    Raises:
        StorageError: it was removed.
    """
    waiting = []
    with contextlib.suppress(StorageError):  # it is stored, and counted the next time
        if len(list(store.files())) > MAX_WAITING_REPORTS:
            waiting = [entry for entry in store.entries() if entry.state in WAITING]
    before = waiting[: next((n for n, entry in enumerate(waiting) if entry.id == new.id), 0)]
    stored = sum(entry.size for entry in before)
    if len(before) >= MAX_WAITING_REPORTS or stored + new.size > MAX_STORED_BYTES:
        store.remove(new.id)
        raise _full(len(before), stored)


def _full(count: int, size: int) -> StorageError:
    return StorageError(
        f"{count} reports ({size // 1024} KiB) wait already; "
        f"`{_invocation.command('send')}` or `discard` makes room"
    )


def tidy() -> None:
    """Count today, discard reports that waited too long, and delete settled ones that are not needed.

    What cannot be changed now stays.
    """
    store.delete_leftovers()
    entries = store.entries()
    for number, entry in enumerate(entries[:MAX_COUNTED]):
        entries[number] = _counted(entry)
        if entries[number].state in WAITING and entries[number].age > MAX_AGE_DAYS:
            with contextlib.suppress(StorageError):
                states.discard(entries[number], f"it has waited for {MAX_AGE_DAYS} days")
    _delete_settled(entries)


def _delete_settled(entries: list[Entry], room: int = 0) -> list[Entry]:
    """Delete settled reports that are old, or exceed the quotas. Return the reports that wait.

    `room` is the number of bytes that a new report needs.
    """
    waiting = [entry for entry in entries if entry.state in WAITING]
    stored = room + sum(entry.size for entry in waiting)
    needed = {*_holding(entries), *(entry.id for entry in retired.latest(entries).values())}
    settled = [entry for entry in reversed(entries) if entry.state not in WAITING]
    for number, entry in enumerate(entry for entry in settled if entry.id not in needed):
        stored += entry.size
        is_old = entry.age > MAX_AGE_DAYS
        is_over = number >= MAX_SETTLED_REPORTS or stored > MAX_STORED_BYTES
        if is_old or is_over:
            with contextlib.suppress(StorageError), store.claimed(entry.id) as claimed:
                if claimed is not None:
                    store.remove(claimed.id)
    return waiting


def _counted(entry: Entry) -> Entry:
    """Return an entry in which today is counted."""
    if day() in entry.days:
        return entry
    with contextlib.suppress(StorageError), store.claimed(entry.id) as claimed:
        if claimed is not None and day() not in claimed.days:
            days = (*(claimed.days or _days_by_clock(claimed)), day())
            counted = claimed._replace(days=days[: MAX_AGE_DAYS + 2])
            store.write(counted, store.body(claimed))
            return counted
    return entry


def _days_by_clock(entry: Entry) -> tuple[int, ...]:
    """Return the days that an entry has waited, by the clock: its version has not counted them."""
    since = day(entry.created if entry.state in WAITING else entry.changed)
    return tuple(range(max(since, day() - MAX_AGE_DAYS - 1), day()))


def _holding(entries: list[Entry]) -> set[str]:
    """Return the ids of settled reports that say how long a receiver wants us to wait: one for each."""
    now = time.time()
    held = [entry for entry in entries if entry.state not in WAITING and entry.held_until > now]
    held.sort(key=lambda entry: entry.held_until)
    return {*{entry.receiver: entry.id for entry in held}.values()}
