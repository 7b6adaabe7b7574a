"""Delivers pending reports: one attempt per report, back-off, and limits for all processes together."""

from __future__ import annotations

import contextlib
import random
import time
from typing import TYPE_CHECKING

from telemetry_hook._errors import DamagedError, StorageError
from telemetry_hook._outbox import states, store
from telemetry_hook._outbox.entry import MAX_HELD_SECONDS
from telemetry_hook._outbox.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from telemetry_hook._outbox.answers import Outcome
    from telemetry_hook._outbox.entry import Entry, Withdrawal

    Withdrawn = Callable[[Entry], Withdrawal | None]  # raises StorageError if that is not known

FIRST_DELAY_SECONDS = 60.0
MAX_DELAY_SECONDS = 6 * 3600.0
PAUSE_SECONDS = 0.1
MAX_DRAINED = 50
MAX_HOURLY = 100
HOUR_SECONDS = 3600.0
DELETING = ("Authorization", "Idempotency-Key", "User-Agent")
HELD = "the receiver asked us to wait (Retry-After)"


def deliver(report_id: str, withdrawn: Withdrawn, stored: Snapshot) -> Entry | None:
    """Make one attempt for a pending report, without regard to our own back-off.

    Returns:
        The report afterwards. None if it is withdrawn, claimed by another process or no longer pending, or
        if its receiver asked us to wait.

    Raises:
        StorageError: a file cannot be read or written now. The report stays as it is.
    """
    from telemetry_hook._outbox import transport

    with store.claimed(report_id) as entry:
        if entry is None or entry.state != "pending" or withdrawn(entry) is not None:
            return None
        now = time.time()
        if now < held_until(entry.receiver, stored.entries(), now):
            _note_held(entry)
            return None
        try:
            body = store.body(entry)
        except DamagedError:
            return states.change(entry, "discarded", "its file was damaged")
        with states.about_to_be_sent(entry, body) as sent:
            outcome = transport.attempt(entry.url, entry.headers, body, "POST", entry.acceptance)
            accepted = sent() if outcome.kind == "accepted" else None
        return _settled(accepted or entry, outcome, withdrawn)


def take_back(report_id: str) -> Entry:
    """Have a sent report deleted at its receiver.

    Raises:
        StorageError: the receiver does not offer deletion, or the deletion failed.
    """
    from telemetry_hook._outbox import transport

    with store.claimed(report_id) as entry:
        if entry is None or entry.state != "sent" or not entry.deletion:
            publisher = "the publisher" if entry is None else entry.publisher
            raise StorageError(
                f"{report_id[:8]} cannot be taken back from here; give {publisher} its receipt"
            )
        kept = {name: entry.headers[name] for name in DELETING if name in entry.headers}
        outcome = transport.attempt(entry.deletion, kept, b"", "DELETE")
        if outcome.kind != "accepted":
            raise StorageError(f"{entry.receipt} is not deleted at its receiver: {outcome.reason}")
        return states.change(entry, "discarded", "you had it deleted at its receiver")


def _settled(entry: Entry, outcome: Outcome, withdrawn: Withdrawn) -> Entry:
    """Store the result of an attempt, and how long the receiver wants us to wait."""
    now = time.time()
    held = now + (outcome.delay or 0)
    if entry.state == "sent":
        if outcome.delay:
            with contextlib.suppress(StorageError):  # it is sent, whatever else is known
                return states.note(entry._replace(held_until=held), "")
        return entry
    entry = entry._replace(status=outcome.status)
    if outcome.kind == "rejected":
        return states.change(entry, "discarded", outcome.reason, held_until=held)
    why = None
    with contextlib.suppress(StorageError):
        why = withdrawn(entry)  # the user may have answered never in the meantime
    if why is not None and why.state != "pending":
        entry = entry._replace(is_standing=False)
        return states.change(entry, why.state, why.reason, held_until=held)
    due = now + backoff(entry.attempts)
    return states.postpone(entry, outcome.reason, next_attempt=due, held_until=held)


def _note_held(entry: Entry) -> None:
    """Store why a report was not attempted, unless another reason is stored already."""
    if not entry.reason:
        states.note(entry, HELD)


def drain(first: str, withdrawn: Withdrawn) -> None:
    """Deliver one report, then the others that are due, oldest first.

    After a failed attempt, other reports to that receiver are not attempted. No tool sends more than
    `MAX_HOURLY` reports an hour. Both limits are computed from the stored reports, so they hold for all
    processes together.

    Raises:
        StorageError: the first report cannot be read or written now.
    """
    stored = Snapshot()
    failing: set[str] = set()
    waiting = [entry for entry in stored.entries() if entry.state == "pending"]
    waiting.sort(key=lambda entry: entry.id != first)
    attempts, settled = 0, None
    for entry in waiting:
        now, is_first = time.time(), entry.id == first
        if entry.receiver in failing or not (is_first or is_due(entry, now)):
            continue
        if attempts == MAX_DRAINED:
            break
        try:
            if sent_within_hour(entry.tool, stored.entries(), now) >= MAX_HOURLY:
                _put_off(entry.id, now)
                continue
            if settled is not None:
                time.sleep(PAUSE_SECONDS)
            settled = deliver(entry.id, withdrawn, stored)
        except StorageError:
            if is_first:
                raise
            continue
        attempts += settled is not None
        if settled is not None and settled.state == "pending":
            failing.add(entry.receiver)


def _put_off(report_id: str, now: float) -> None:
    with store.claimed(report_id) as entry:
        if entry is not None and entry.state == "pending":
            reason = f"{MAX_HOURLY} reports of {entry.tool} were sent within the last hour"
            states.note(entry._replace(next_attempt=now + HOUR_SECONDS), reason)


def held_until(receiver: str, entries: Iterable[Entry], now: float) -> float:
    """Return the latest time until which a receiver asked us to wait, or 0 if it never did."""
    held = [entry.held_until for entry in entries if entry.receiver == receiver]
    return max((until for until in held if until <= now + MAX_HELD_SECONDS), default=0.0)


def is_due(entry: Entry, now: float) -> bool:
    """Return whether our back-off allows an attempt; a time set by a wrong clock is ignored."""
    return not now < entry.next_attempt <= now + MAX_DELAY_SECONDS


def sent_within_hour(tool: str, entries: Iterable[Entry], now: float) -> int:
    """Return how many attempts were made for a tool's reports within the last hour."""
    return sum(
        entry.tool == tool and now - HOUR_SECONDS < entry.attempted <= now for entry in entries
    )


def backoff(attempts: int) -> float:
    """Return the seconds until the next attempt, doubled each time: 30 to 60 after the first failure."""
    ceiling: float = min(FIRST_DELAY_SECONDS * 2 ** min(attempts, 20), MAX_DELAY_SECONDS)
    return random.uniform(ceiling / 2, ceiling)  # noqa: S311 - spreads load, hides nothing
