"""A line from a console that hands over keys one by one, as that of Windows does.

There is no Windows here: a keyboard with the same three functions stands in.
"""

from __future__ import annotations

import pytest

from telemetry_hook._ask import keyboard
from telemetry_hook._ask.keyboard import read_line


class Console:
    """A console with keys that will be pressed."""

    def __init__(self, keys: str) -> None:
        self._keys = list(keys)
        self.shown = ""

    def kbhit(self) -> bool:
        return bool(self._keys)

    def getwch(self) -> str:
        return self._keys.pop(0)

    def putwch(self, unicode_char: str, /) -> None:
        self.shown += unicode_char


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait between looks at the keyboard."""
    monkeypatch.setattr(keyboard, "STEP", 0)


@pytest.mark.parametrize(
    ("typed", "line", "shown"),
    [
        ("yes\r", "yes\n", "yes\n"),
        ("\r", "\n", "\n"),
        ("nx\b\r", "n\n", "nx\b \b\n"),
        ("\b\bn\r", "n\n", "n\n"),
        ("\xe0Hy\x00;es\r", "yes\n", "yes\n"),
        ("y\x1b\r", "y\n", "y\n"),
        ("ja\x1a", None, "ja\n"),
    ],
)
def test_a_line_is_typed(typed: str, line: str | None, shown: str) -> None:
    """Keys make a line and are shown; a backspace takes one back; arrows are no characters."""
    console = Console(typed)
    assert read_line(console, 5) == line
    assert console.shown == shown


def test_interrupt() -> None:
    """Ctrl-C interrupts."""
    with pytest.raises(KeyboardInterrupt):
        read_line(Console("y\x03"), 5)


def test_silence_ends_it() -> None:
    """Without a key there is no line."""
    assert read_line(Console(""), 0.05) is None
    assert read_line(Console("yes"), 0.05) is None


def test_a_line_is_bounded() -> None:
    """A key that is stuck fills no memory."""
    line = read_line(Console("y" * 5000 + "\r"), 5)
    assert line is not None
    assert len(line) == keyboard.MAX_LINE + 1
