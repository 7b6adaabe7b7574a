"""Limits the number, the total size and the age of stored reports.

A new report that exceeds the quotas is not stored, and so not sent. No waiting report is deleted to
make room for it. Reports that were sent or discarded are deleted after thirty days, or earlier to
make room, oldest first, except those that `retired` needs. A report that has waited for thirty days is
discarded.
"""

from __future__ import annotations

import contextlib
import os
import time

from telemetry_hook import _invocation
from telemetry_hook._disk import locks, paths
from telemetry_hook._errors import StorageError
from telemetry_hook._outbox import retired, store
from telemetry_hook._outbox.store import WAITING

MAX_AGE_DAYS = 30
MAX_AGE_SECONDS = MAX_AGE_DAYS * 86_400
MAX_LEFTOVER_SECONDS = 3_600  # no write takes longer
MAX_WAITING_REPORTS, MAX_SETTLED_REPORTS = 200, 200
MAX_STORED_BYTES = 32 * 1024 * 1024


def make_room(size: int) -> None:
    """Delete settled reports until there is room for a new report of `size` bytes.

    Raises:
        StorageError: there is no room for the new report.
    """
    for is_tidied in (False, True):
        files = list(store.files())
        stored = sum(file.stat().st_size for file in files)
        if len(files) < MAX_WAITING_REPORTS and stored + size <= MAX_STORED_BYTES:
            return
        if not is_tidied:
            tidy(size)
    waiting = [entry for entry in store.entries() if entry.state in WAITING]
    stored = sum(entry.size for entry in waiting)
    if len(waiting) >= MAX_WAITING_REPORTS or stored + size > MAX_STORED_BYTES:
        raise StorageError(
            f"{len(waiting)} reports ({stored // 1024} KiB) wait already; "
            f"`{_invocation.command('send')}` or `discard` makes room"
        )


def tidy(room: int = 0) -> None:
    """Discard reports that waited too long. Delete settled ones that are old or exceed the quotas.

    `room` is the number of bytes that a new report needs.
    """
    _delete_leftovers()
    now = time.time()
    entries = store.entries()
    for entry in entries:
        if entry.state in WAITING and now - entry.created > MAX_AGE_SECONDS:
            store.discard(entry, f"it has waited for {MAX_AGE_DAYS} days")
    stored = room + sum(entry.size for entry in entries if entry.state in WAITING)
    kept = {entry.id for entry in retired.latest(entries).values()}
    settled = [entry for entry in reversed(entries) if entry.state not in WAITING]
    for number, entry in enumerate(entry for entry in settled if entry.id not in kept):
        stored += entry.size
        is_old = now - entry.changed > MAX_AGE_SECONDS
        if is_old or number >= MAX_SETTLED_REPORTS or stored > MAX_STORED_BYTES:
            with store.claimed(entry.id) as claimed:
                if claimed is not None:
                    store.remove(claimed.id)


def _delete_leftovers() -> None:
    """Delete temporary files and locks of processes that were killed. Locks in use are kept."""
    with contextlib.suppress(OSError), os.scandir(paths.outbox()) as files:
        for file in files:
            if not file.name.startswith("."):
                continue
            if time.time() - file.stat().st_mtime <= MAX_LEFTOVER_SECONDS:
                continue
            if file.name.endswith(store.LOCK):
                with locks.claimed(paths.outbox() / file.name):
                    pass  # the end of a claim deletes its file
            else:
                os.unlink(file.path)
