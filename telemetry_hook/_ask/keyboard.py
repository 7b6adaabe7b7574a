"""Reads a line from a keyboard that returns single keys, as the Windows console does."""

from __future__ import annotations

import time
from typing import Protocol

STEP = 0.05
MAX_LINE = 1024
INTERRUPT, END_OF_INPUT, ERASE = "\x03", "\x1a", "\b"
ENTER = ("\r", "\n")
PREFIXES = ("\x00", "\xe0")  # of keys without a character; a second code follows


class Keyboard(Protocol):
    """The functions that we use from the standard module `msvcrt`."""

    def kbhit(self) -> bool:
        """Return whether a key was pressed and not read yet."""

    def getwch(self) -> str:
        """Return the next key, without showing it."""

    def putwch(self, unicode_char: str, /) -> None:
        """Show a character."""


def read_line(keyboard: Keyboard, seconds: float) -> str | None:
    """Return the next typed line, or None at end of input or after `seconds` without a key.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed.
    """
    line = ""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not keyboard.kbhit():
            time.sleep(STEP)
            continue
        deadline = time.monotonic() + seconds
        key = keyboard.getwch()
        if key == INTERRUPT:
            raise KeyboardInterrupt
        if key in ENTER or key == END_OF_INPUT:
            keyboard.putwch("\n")
            return f"{line}\n" if key in ENTER else None
        line = _typed(line, key, keyboard)
    return None


def _typed(line: str, key: str, keyboard: Keyboard) -> str:
    if key in PREFIXES:
        keyboard.getwch()
    elif key == ERASE and line:
        for character in "\b \b":
            keyboard.putwch(character)
        return line[:-1]
    elif key.isprintable() and len(line) < MAX_LINE:
        keyboard.putwch(key)
        return line + key
    return line
