"""The durable store of reports that the user agreed to, or kept for later.

A report is one file, ``<id>.report``: a line of JSON that says what is known of it, then the exact
bytes of its body. Its life:

    (a yes, an always) → pending → sent | discarded
    (a later)          → later   → pending | discarded

Every step writes the whole file under a temporary name and renames it over the old one, so each
instant shows either the old state or the new. Whoever wants to deliver a report first locks its
file. The lock belongs to the file that was opened, not to its name: after a step the name stands
for a new file, so a claim on the old one is given up. A killed process loses its lock with its
life, and the report is still pending.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import time
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from telemetry_hook import _paths, _storage
from telemetry_hook._errors import StorageError
from telemetry_hook._report import MAX_BYTES, RedactedReport

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from telemetry_hook.declare import Tool
    from telemetry_hook.receivers import Request

State = Literal["pending", "sent", "discarded", "later"]

SUFFIX = ".report"
RECEIPT = 8
DAY = 86_400
MAX_AGE = {"pending": 30 * DAY, "sent": 30 * DAY, "discarded": 30 * DAY, "later": 30 * DAY}
MAX_REPORTS = 200
MAX_TITLE = 200
FIELDS: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(
        ("id", "state", "tool", "publisher", "receiver", "url", "sha256", "reason"), (str,)
    ),
    **dict.fromkeys(("title", "fingerprint", "release"), (str,)),
    **dict.fromkeys(("created", "changed", "next_attempt", "held_until"), (int, float)),
    "attempts": (int,),
    "headers": (dict,),
}
# The head of a stored file; the body behind it is bounded by MAX_BYTES.
MAX_HEAD = 16 * 1024


@dataclass(frozen=True, slots=True)
class Entry:
    """A stored report. Times are in seconds since the epoch; `headers` and `body` are as sent.

    `receiver` is the address that the user agreed to, `url` where the report goes there.
    `title` is the exception's class and the template of its message. `fingerprint` and `release`
    tell the same crash when it happens again.

    The next attempt is due at `next_attempt` by our own back-off, and must not come before
    `held_until` by the receiver's word.
    """

    id: str
    state: State
    tool: str
    publisher: str
    title: str
    fingerprint: str
    release: str
    receiver: str
    url: str
    headers: dict[str, str]
    sha256: str
    created: float
    changed: float
    attempts: int
    next_attempt: float
    held_until: float
    reason: str
    body: bytes

    @property
    def receipt(self) -> str:
        """The short id that people use."""
        return self.id[:RECEIPT]


def add(report: RedactedReport, request: Request, tool: Tool, state: State) -> Entry:
    """Store a report, safely on disk when this returns.

    Raises:
        StorageError: it cannot be stored, and so must not be sent.
    """
    if type(report) is not RedactedReport:
        raise TypeError("only a RedactedReport can be stored")
    if len(request.body) > MAX_BYTES:
        raise StorageError(f"the report is larger than {MAX_BYTES} bytes")
    now = time.time()
    entry = Entry(
        id=str(report.id),
        state=state,
        tool=tool.name,
        publisher=tool.publisher,
        receiver=tool.receiver.address,
        title=_title(report),
        fingerprint=str(report.fingerprint),
        release=_release(report),
        url=request.url,
        headers=request.headers,
        sha256=hashlib.sha256(request.body).hexdigest(),
        created=now,
        changed=now,
        attempts=0,
        next_attempt=0,
        held_until=0,
        reason="",
        body=request.body,
    )
    _write(entry)
    return entry


def entries() -> list[Entry]:
    """Return all stored reports, the oldest first; files that are not ours are passed over."""
    found = []
    try:
        names = os.listdir(_paths.outbox())
    except OSError:
        return []
    for name in names:
        if name.endswith(SUFFIX) and not name.startswith("."):
            with contextlib.suppress(StorageError):
                found.append(_read(_paths.outbox() / name))
    return sorted(found, key=lambda each: (each.created, each.id))


def sent_before(report: RedactedReport, receiver: str) -> Entry | None:
    """Return the latest report of the same crash of the same release that went to that receiver."""
    fingerprint, release = str(report.fingerprint), _release(report)
    same = [
        each
        for each in entries()
        if each.state == "sent"
        and (each.fingerprint, each.release, each.receiver) == (fingerprint, release, receiver)
    ]
    return max(same, key=lambda each: each.changed) if same else None


def find(short: str) -> Entry:
    """Return the stored report whose id begins with these characters.

    Raises:
        StorageError: there is none, or more than one.
    """
    found = [each for each in entries() if short and each.id.startswith(short.lower())]
    if len(found) == 1:
        return found[0]
    if found:
        raise StorageError(f"{short} stands for {len(found)} reports; give more of the id")
    raise StorageError(f"there is no report {short}; `telemetry-hook list` shows those there are")


@contextlib.contextmanager
def claimed(report_id: str) -> Iterator[Entry | None]:
    """Hold a report as long as the context lasts; None when somebody else has it, or it is gone."""
    with contextlib.ExitStack() as stack:
        yield _claim(_path(report_id), stack)


def _claim(path: Path, stack: contextlib.ExitStack) -> Entry | None:
    try:
        descriptor = os.open(path, os.O_RDWR | getattr(os, "O_NONBLOCK", 0))
        stack.callback(os.close, descriptor)
        if _storage.try_lock(descriptor) and _is_still(path, descriptor):
            return _read(path)
    except (OSError, StorageError):
        pass
    return None


def change(entry: Entry, state: State, reason: str = "") -> Entry:
    """Write a claimed report's next state; a reason is for people to read."""
    changed = replace(entry, state=state, reason=reason, changed=time.time())
    _write(changed)
    return changed


def postpone(entry: Entry, reason: str, *, next_attempt: float, held_until: float) -> Entry:
    """Write down that a claimed report's attempt has failed and when the next one is due."""
    changed = replace(
        entry,
        reason=reason,
        attempts=entry.attempts + 1,
        next_attempt=next_attempt,
        held_until=held_until,
        changed=time.time(),
    )
    _write(changed)
    return changed


def remove(report_id: str) -> None:
    """Delete a report's file."""
    _path(report_id).unlink(missing_ok=True)


def discard_all(tool: str | None, reason: str) -> int:
    """Discard what is pending or kept, for one tool or for all; return how many."""
    count = 0
    for each in entries():
        if each.state in ("pending", "later") and tool in (None, each.tool):
            with claimed(each.id) as entry:
                if entry is not None and entry.state in ("pending", "later"):
                    change(entry, "discarded", reason)
                    count += 1
    return count


def tidy() -> None:
    """Delete what is over its age or number; a pending report that is too old is discarded first."""
    now = time.time()
    kept = 0
    for each in reversed(entries()):
        kept += 1
        if now - each.changed < MAX_AGE[each.state] and kept <= MAX_REPORTS:
            continue
        with claimed(each.id) as entry:
            if entry is None:
                continue
            if entry.state == "pending":
                change(entry, "discarded", "it could not be sent in time")
            else:
                remove(entry.id)


def _release(report: RedactedReport) -> str:
    return f"{report.tool.name}@{report.tool.version}"


def _title(report: RedactedReport) -> str:
    exception = report.exceptions[0]
    return f"{exception.type}: {exception.message}"[:MAX_TITLE]


def _path(report_id: str) -> Path:
    if not report_id.isalnum():
        raise StorageError(f"{report_id!r} is no report's id")
    return _paths.outbox() / f"{report_id}{SUFFIX}"


def _is_still(path: Path, descriptor: int) -> bool:
    opened, named = os.fstat(descriptor), path.stat()
    return (opened.st_dev, opened.st_ino) == (named.st_dev, named.st_ino)


def _write(entry: Entry) -> None:
    head = asdict(entry)
    body = head.pop("body")
    _storage.write(_path(entry.id), json.dumps({"format": 1, **head}).encode() + b"\n" + body)


def _read(path: Path) -> Entry:
    content = _storage.read(path, MAX_HEAD + MAX_BYTES)
    if content is None:
        raise StorageError(f"{path} is gone")
    head, _, body = content.partition(b"\n")
    try:
        values = json.loads(head)
        entry = Entry(body=body, **{name: _checked(values, name) for name in FIELDS})
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise StorageError(f"{path} is damaged") from error
    if entry.sha256 != hashlib.sha256(body).hexdigest() or path.name != f"{entry.id}{SUFFIX}":
        raise StorageError(f"{path} is damaged")
    return entry


def _checked(values: dict[str, Any], name: str) -> Any:
    value = values[name]
    if type(value) not in FIELDS[name] or (name == "state" and value not in MAX_AGE):
        raise TypeError(name)
    if name == "headers" and any(type(each) is not str for each in value.values()):
        raise TypeError(name)
    return value
