"""Draining the outbox: in a child process that outlives the program, one attempt a report."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
import warnings
from typing import TYPE_CHECKING

from telemetry_hook import _outbox

if TYPE_CHECKING:
    from collections.abc import Callable

    from telemetry_hook._outbox import Entry

    Withdrawn = Callable[[Entry], str | None]  # why it must not be sent now, None if it may

FIRST_DELAY = 60.0
MAX_DELAY = 6 * 3600.0
PAUSE = 0.1
MAX_DRAINED = 20
STEP = 0.02


class Sender:
    """A child process that delivers, isolated from this program and its directory."""

    def __init__(self, report_id: str) -> None:
        if not sys.executable:
            raise OSError("there is no interpreter to run it with")
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "_sender.py")
        self._process: subprocess.Popen[bytes] | None = subprocess.Popen(  # noqa: S603 - no shell
            [sys.executable, "-I", script, report_id],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=os.path.abspath(os.sep),
            start_new_session=True,
        )

    def wait(self, report_id: str, seconds: float) -> Entry | None:
        """Wait until the report is settled; None when it is not yet, after so many seconds."""
        deadline = time.monotonic() + seconds
        process = self._process
        while process is not None:
            ended = process.poll() is not None
            entry = _outbox.find(report_id)
            if entry.state != "pending" or entry.attempts or ended:
                return entry
            if time.monotonic() > deadline:
                return None
            time.sleep(STEP)
        return None

    def release(self) -> None:
        """Let the process go on alone, without the warning that it still runs."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            self._process = None


def deliver(report_id: str, withdrawn: Withdrawn) -> Entry | None:
    """Make one attempt for a pending report, whatever our back-off; a receiver's own word holds.

    Returns:
        The report as it is then; None when it is not pending, held, withdrawn, or somebody else
        has it.
    """
    from telemetry_hook import _transport

    with _outbox.claimed(report_id) as entry:
        if entry is None or entry.state != "pending" or time.time() < entry.held_until:
            return None
        if withdrawn(entry) is not None:
            return None
        outcome = _transport.attempt(entry.url, entry.headers, entry.body)
        if outcome.kind == "accepted":
            return _outbox.change(entry, "sent")
        if outcome.kind == "rejected":
            return _outbox.change(entry, "discarded", outcome.reason)
        now = time.time()
        return _outbox.postpone(
            entry,
            outcome.reason,
            next_attempt=now + backoff(entry.attempts),
            held_until=now + (outcome.delay or 0),
        )


def drain(withdrawn: Withdrawn) -> None:
    """Deliver what is due by our back-off."""
    for each in [each for each in _outbox.entries() if each.state == "pending"][:MAX_DRAINED]:
        if each.next_attempt <= time.time():
            deliver(each.id, withdrawn)
            time.sleep(PAUSE)


def backoff(attempts: int) -> float:
    """Return the seconds until the next attempt: doubled each time, with full jitter."""
    ceiling: float = min(FIRST_DELAY * 2 ** min(attempts, 20), MAX_DELAY)
    return random.uniform(ceiling / 2, ceiling)  # noqa: S311 - spreads load, hides nothing
