"""The stored reports, of which only those are read again that have changed: there may be many."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telemetry_hook._outbox import store

if TYPE_CHECKING:
    import os

    from telemetry_hook._outbox.entry import Entry


class Snapshot:
    """Remembers the entries by their files. Each change of a report makes a new file."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[tuple[int, int, int], Entry | None]] = {}

    def entries(self) -> list[Entry]:
        """Return all stored reports as they are now, oldest first."""
        self._known = {file.name: self._read(file) for file in store.files()}
        return store.in_order(entry for _, entry in self._known.values())

    def _read(self, file: os.DirEntry[str]) -> tuple[tuple[int, int, int], Entry | None]:
        status = file.stat()
        version = (status.st_ino, status.st_mtime_ns, status.st_size)
        known = self._known.get(file.name)
        return known if known and known[0] == version else (version, store.entry_in(file))
