"""The stored reports as they were when they were last read."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from telemetry_hook._disk import paths
from telemetry_hook._outbox import store

if TYPE_CHECKING:
    from collections.abc import Iterable

    from telemetry_hook._outbox.entry import Entry


class Snapshot:
    """Reads the outbox again only if another process has changed it: it may have many files."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}
        self._changed = -1

    def entries(self) -> Iterable[Entry]:
        """Return all stored reports, oldest first."""
        changed = _changed()
        if changed != self._changed:
            self._entries = {entry.id: entry for entry in store.entries()}
            self._changed = changed
        return self._entries.values()

    def update(self, entry: Entry) -> None:
        """Take note of a change that this process has made."""
        self._entries[entry.id] = entry
        self._changed = _changed()


def _changed() -> int:
    """Return when a file was last added to the outbox or replaced there, in nanoseconds."""
    try:
        return os.stat(paths.outbox()).st_mtime_ns
    except OSError:
        return 0
