"""Changes the states of stored reports. The report must be claimed: see `store`.

The user's answer decides the first state of a report:

    yes or always → pending → sent | discarded, with the reason
    later         → later   → pending | discarded | deleted, if the user then answers no
"""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

from telemetry_hook._errors import StorageError
from telemetry_hook._outbox import store
from telemetry_hook._outbox.entry import day

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from telemetry_hook._outbox.entry import Entry, State


def change(
    entry: Entry, state: State, reason: str = "", *, held_until: float | None = None
) -> Entry:
    """Change the state of a claimed report."""
    content = b"" if state == "discarded" else store.body(entry)
    changed = _changed(entry, state, reason, len(content), held_until)
    store.write(changed, content)
    return changed


@contextlib.contextmanager
def about_to_be_sent(entry: Entry, content: bytes) -> Iterator[Callable[[], Entry]]:
    """Write and sync the state ``sent`` before the attempt, so that a full disk cannot prevent it.

    Yields a function that replaces the claimed report's file by the new file.
    """
    changed = _changed(entry, "sent", "", len(content), None)
    with store.prepared(changed, content) as commit:

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
        days=(day(),),
        attempts=entry.attempts + is_sent,
        attempted=now if is_sent else entry.attempted,
        held_until=entry.held_until if held_until is None else held_until,
    )


def ask_again(tool: str | None) -> int:
    """For reports that a saved *always* made pending, set the state ``later``. Return how many."""
    count = 0
    for stored in store.entries():
        if stored.state == "pending" and stored.is_standing and tool in (None, stored.tool):
            with store.claimed(stored.id) as entry:
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
    store.write(changed, store.body(entry))
    return changed


def discard_all(tool: str | None, reason: str) -> tuple[int, int]:
    """Discard the pending and kept reports of one tool, or of all tools.

    Return how many were discarded, and how many still wait: another process is sending them, or their
    files cannot be changed now.
    """
    waiting = _waiting(tool)
    done = sum(_is_discarded(entry, reason) for entry in waiting)
    left = 0 if done == len(waiting) else len(_waiting(tool))
    return done, left


def _waiting(tool: str | None) -> list[Entry]:
    waiting = [entry for entry in store.entries() if entry.state in store.WAITING]
    return [entry for entry in waiting if tool in (None, entry.tool)]


def _is_discarded(waiting: Entry, reason: str) -> bool:
    try:
        return discard(waiting, reason)
    except (StorageError, OSError):
        return False


def discard(waiting: Entry, reason: str) -> bool:
    """Discard a report if it still waits. Return whether the report was discarded.

    Raises:
        StorageError: its file cannot be read or changed now.
    """
    with store.claimed(waiting.id) as entry:
        if entry is None or entry.state not in store.WAITING:
            return False
        change(entry, "discarded", reason)
        return True
