"""Takes a new report into the store."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from telemetry_hook._disk import paths, storage
from telemetry_hook._errors import StorageError
from telemetry_hook._outbox import identity, quotas, store
from telemetry_hook._outbox.entry import Entry, day
from telemetry_hook._report import MAX_REPORT_BYTES, RedactedReport

if TYPE_CHECKING:
    from telemetry_hook._outbox.entry import State
    from telemetry_hook.declare import Tool
    from telemetry_hook.receivers import Request


def add(
    report: RedactedReport,
    request: Request,
    tool: Tool,
    state: State,
    *,
    is_standing: bool = False,
) -> Entry:
    """Store a report. When this function returns, the report is safely on disk.

    `is_standing`: the user agreed by a saved *always*, not by an answer to this report.

    Raises:
        StorageError: the report cannot be stored, and so must not be sent.
    """
    if type(report) is not RedactedReport:
        raise TypeError("only a RedactedReport can be stored")
    if len(request.body) > MAX_REPORT_BYTES:
        raise StorageError(f"the report is larger than {MAX_REPORT_BYTES} bytes")
    storage.make_private(paths.outbox())
    quotas.make_room(len(request.body))
    now = time.time()
    entry = Entry(
        id=str(report.id),
        state=state,
        tool=tool.name,
        publisher=tool.publisher,
        receiver=tool.receiver.address,
        title=identity.title(report),
        fingerprint=str(report.fingerprint),
        crash=identity.crash(report),
        is_standing=is_standing,
        release=identity.release(report),
        url=request.url,
        acceptance=request.acceptance,
        headers=request.headers,
        deletion=request.deletion or "",
        sha256=request.sha256,
        size=len(request.body),
        created=now,
        changed=now,
        days=(day(),),
    )
    with store.claimed_anew(entry.id):
        store.write(entry, request.body)
        quotas.check(entry)
    return entry
