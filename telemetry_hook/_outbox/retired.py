"""Which releases of tools need not report any more: a receiver has answered 410 to a report of theirs.

The memory of that is the stored report itself. `quotas` keeps the newest one of each release and
receiver, so there are never more than that.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from telemetry_hook._outbox import store

if TYPE_CHECKING:
    from collections.abc import Iterable

    from telemetry_hook._outbox.entry import Entry


def latest(entries: Iterable[Entry]) -> dict[tuple[str, str], Entry]:
    """Return the newest report that was answered by 410, of each release and receiver's address."""
    gone = [entry for entry in entries if entry.status == HTTPStatus.GONE and entry.release]
    gone.sort(key=lambda entry: entry.changed)
    return {(entry.release, entry.receiver): entry for entry in gone}


def receipt(release: str, receiver: str) -> str:
    """Return the receipt of the report that retired a release, or '' if it still reports.

    Raises:
        StorageError: the outbox cannot be read.
    """
    entry = latest(store.entries()).get((release, receiver))
    return "" if entry is None else entry.receipt
