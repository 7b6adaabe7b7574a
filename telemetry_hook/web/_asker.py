"""Asks about a crash in the page that answers the failed request."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from telemetry_hook.web import _process_checks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from telemetry_hook._consent.answers import Answer
    from telemetry_hook._pipeline import Case
    from telemetry_hook._plugins import Plugin
    from telemetry_hook.web._open_question import CrashKey, OpenQuestion, Slot

# Offered if the user may not be the machine's owner: only the owner may set standing answers.
WORDS_FOR_OTHERS: tuple[Answer, ...] = ("yes", "no")


class PageAsker:
    """Asks in one browser. The caller shows the result, which is in `opened` and `lines`.

    `is_owner`: the request is certainly from this machine's owner.
    """

    def __init__(self, slot: Slot, crash_key: CrashKey, browser: str, *, is_owner: bool) -> None:
        self.is_exiting = False
        self._slot = slot
        self._crash_key = crash_key
        self._browser = browser
        self._is_owner = is_owner
        self._is_late = threading.Event()
        self._environment = _process_checks.started_environment()
        self.case: Case | None = None
        self.opened: OpenQuestion | None = None
        self.lines: list[str] = []

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment variables as the user set them. `os.environ` itself is not changed."""
        return self._environment

    def why_unaskable(self, plugin: Plugin) -> str | None:  # noqa: ARG002 - a page can always ask
        """Return None: the person who made the request sees the page."""
        return None

    def accept(self, case: Case) -> bool:
        """Record a crash. Return False if the failed request was answered in the meantime."""
        with self._slot.lock:
            if self._is_late.is_set():
                return False
            self.case = case
            return True

    def may_send(self) -> bool:
        """Return whether a saved *always* applies: only to the machine's owner, who saved it."""
        return self._is_owner

    def ask(self, case: Case) -> None:
        """Open the question. The answer arrives in another request."""
        from telemetry_hook._ask.question import ANSWERS

        words = ANSWERS if self._is_owner else WORDS_FOR_OTHERS
        with self._slot.lock:
            if not self._is_late.is_set():
                self.opened = self._slot.open(case, self._crash_key, self._browser, words)

    def write(self, text: str) -> None:
        """Keep a text for the page. If there will be no page, print the text on the terminal."""
        if self.case is None:
            print_text(text)
        else:
            self.lines.append(text)

    def give_up(self) -> None:
        """Accept no crash and open no question from now on: it is too late."""
        with self._slot.lock:
            self._is_late.set()


def print_text(text: str) -> None:
    """Print a text on the server's terminal."""
    from telemetry_hook._ask.terminal import say

    say(text)
