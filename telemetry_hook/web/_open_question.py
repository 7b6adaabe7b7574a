"""The one question that may be open in a process, and the crashes that were asked about already.

At most one question is open at a time, so memory is bounded and nobody sees the report of another
user. It closes with an answer, or after ten minutes, which means no.
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

    `token` identifies its page, `browser` the browser that may see it. `words` are the answers that
    are offered. `until` is a time of the monotonic clock.
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
        """What is asked."""
        return self.case.question


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of the question whose page has this token."""

    token: str
    question: Question
    text: str


class Slot:
    """Holds the open question, if there is one; every change of it happens under `lock`."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.last_outcome: Outcome | None = None
        self._open: OpenQuestion | None = None
        self._crash_keys: set[CrashKey] = set()
        self._is_preparing = False

    def current(self) -> OpenQuestion | None:
        """Return the open question, None if there is none any more."""
        if self._open is not None and time.monotonic() > self._open.until:
            self._open = None
        return self._open

    def is_free_for(self, crash_key: CrashKey) -> bool:
        """Tell whether a crash is new, and no other one is asked about or prepared."""
        is_new = crash_key not in self._crash_keys and len(self._crash_keys) < MAX_CRASH_KEYS
        return is_new and not self._is_preparing and self.current() is None

    def reserve(self, crash_key: CrashKey) -> bool:
        """Reserve the slot while a crash is prepared; False if it is not free."""
        with self.lock:
            if not self.is_free_for(crash_key):
                return False
            self._crash_keys.add(crash_key)
            self._is_preparing = True
            return True

    def release(self) -> None:
        """End the reservation. A preparation that hangs keeps it, so that it is not tried again."""
        self._is_preparing = False

    def open(
        self, case: Case, crash_key: CrashKey, browser: str, words: tuple[Answer, ...]
    ) -> OpenQuestion:
        """Open the question about a crash and return it; the caller holds `lock`."""
        until = time.monotonic() + OPEN_SECONDS
        self._open = OpenQuestion(random_name(), browser, crash_key, case, words, until)
        return self._open

    def close(self, answered: OpenQuestion, text: str) -> None:
        """Close a question that was answered; the caller holds `lock`."""
        if self._open is answered:
            self._open = None
        self.last_outcome = Outcome(answered.token, answered.question, text)


def crash_key(error: BaseException) -> CrashKey:
    """Return what identifies a crash cheaply: its class, and the files and lines of the last frames."""
    from telemetry_hook._crash import guarded

    lines: list[object] = []
    traceback = guarded.traceback(error)
    while traceback is not None:
        lines += [traceback.tb_frame.f_code.co_filename, traceback.tb_lineno]
        del lines[: -2 * KEY_FRAMES]
        traceback = traceback.tb_next
    return (guarded.qualname(type(error)), *lines)
