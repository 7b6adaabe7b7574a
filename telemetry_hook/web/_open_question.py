"""Holds the one question that may be open in a process, and the crashes already asked about.

At most one question is open at a time, so memory is bounded and no user sees another user's report.
The question closes when it is answered, or after ten minutes. No answer in that time means *no*.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from telemetry_hook.web._browsers import random_name

if TYPE_CHECKING:
    from telemetry_hook._ask.question import Question
    from telemetry_hook._consent.answers import Answer
    from telemetry_hook._pipeline import Case

    CrashKey = tuple[object, ...]

OPEN_SECONDS = 600.0
MAX_CRASH_KEYS = 1000
KEY_FRAMES = 5


@dataclass(slots=True)
class OpenQuestion:
    """A question that waits for its answer.

    `token` identifies the question's page. `browser` identifies the browser that may see the page.
    `words` are the answers that are offered. The question closes at `until`, on the monotonic
    clock.
    """

    token: str
    browser: str
    crash_key: CrashKey
    case: Case
    words: tuple[Answer, ...]
    until: float
    state: Literal["waits", "is being answered"] = "waits"

    @property
    def question(self) -> Question:
        """The question itself, as the page shows it."""
        return self.case.question


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of an answered question, whose page has this token."""

    token: str
    question: Question
    text: str


class Slot:
    """Holds the open question, if there is one. The question changes only while `lock` is held."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.last_outcome: Outcome | None = None
        self._open: OpenQuestion | None = None
        self._crash_keys: set[CrashKey] = set()
        self._is_preparing = False

    def current(self) -> OpenQuestion | None:
        """Return the open question, or None if there is none or its time is over."""
        if self._open is not None and time.monotonic() > self._open.until:
            self._open = None
        return self._open

    def is_free_for(self, crash_key: CrashKey) -> bool:
        """Return whether the crash is new and no question is open or being prepared."""
        is_new = crash_key not in self._crash_keys and len(self._crash_keys) < MAX_CRASH_KEYS
        return is_new and not self._is_preparing and self.current() is None

    def reserve(self, crash_key: CrashKey) -> bool:
        """Reserve the slot while a crash is prepared. Return False if the slot is not free."""
        with self.lock:
            if not self.is_free_for(crash_key):
                return False
            self._crash_keys.add(crash_key)
            self._is_preparing = True
            return True

    def release(self) -> None:
        """End the reservation. If a preparation hangs, the slot stays reserved."""
        self._is_preparing = False

    def open(
        self, case: Case, crash_key: CrashKey, browser: str, words: tuple[Answer, ...]
    ) -> OpenQuestion:
        """Open the question about a crash and return it. The caller must hold `lock`."""
        until = time.monotonic() + OPEN_SECONDS
        self._open = OpenQuestion(random_name(), browser, crash_key, case, words, until)
        return self._open

    def close(self, answered: OpenQuestion, text: str) -> None:
        """Close a question that was answered. The caller must hold `lock`."""
        if self._open is answered:
            self._open = None
        self.last_outcome = Outcome(answered.token, answered.question, text)


def crash_key(error: BaseException) -> CrashKey:
    """Return a cheap key for a crash: its class, and the files and lines of its last frames."""
    from telemetry_hook._crash import guarded

    lines: list[object] = []
    traceback = guarded.traceback(error)
    while traceback is not None:
        lines += [traceback.tb_frame.f_code.co_filename, traceback.tb_lineno]
        del lines[: -2 * KEY_FRAMES]
        traceback = traceback.tb_next
    return (guarded.qualname(type(error)), *lines)
