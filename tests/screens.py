"""What a person sees: a program on a terminal of a given size, and the screen as it is in the end."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

import pexpect
import pyte

if TYPE_CHECKING:
    from conftest import Shell

QUESTION = "Send this report? (no) "
# What differs from machine to machine, and from run to run.
VARYING = (
    (r"CPython \d\.\d+\.\d+", "CPython 3.x"),
    (r"Linux [\d.]+", "Linux 6.x"),
    (r"click \d+\.\d+(\.\d+)?", "click 8.x"),
    (r"platformdirs \d+\.\d+(\.\d+)?", "platformdirs 4.x"),
    (r"pluggy \d+\.\d+(\.\d+)?", "pluggy 1.x"),
    (r"\b\d+\.\d kB", "n kB"),
    (r"\b\d{3,6} bytes", "n bytes"),
    (r"\b[0-9a-f]{64}\b", "HASH"),
    (r"\b[0-9a-f]{8}\b", "RECEIPT"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d", "YYYY-MM-DD HH:MM"),
    (r"\d{4}-\d\d-\d\d", "YYYY-MM-DD"),
    (r"127\.0\.0\.1:\d+", "127.0.0.1:PORT"),
)


class Person:
    """Somebody who runs a program on a terminal, sees the screen, and types."""

    def __init__(
        self,
        shell: Shell,
        command: list[str],
        *,
        columns: int = 80,
        lines: int = 60,
        **variables: str,
    ) -> None:
        self.columns = columns
        path = shell.environment.bin / command[0]
        self.process = pexpect.spawn(
            str(path if path.exists() else command[0]),
            command[1:],
            env={**shell.variables, **variables},
            cwd=str(shell.directory),
            timeout=20,
            dimensions=(lines, columns),
        )
        self.screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = b""

    def sees(self, text: str) -> None:
        """Wait until a text is on the screen."""
        deadline = time.monotonic() + 20
        while text.strip() not in self.text():
            assert time.monotonic() < deadline, self.text()
            assert self._read(), f"it ended; the screen:\n{self.text()}"

    def asked(self, times: int, question: str = QUESTION) -> None:
        """Wait until the question has been asked so many times."""
        deadline = time.monotonic() + 20
        while self.raw.count(question.encode()) < times:
            assert time.monotonic() < deadline, self.text()
            assert self._read(), f"it ended; the screen:\n{self.text()}"

    def types(self, text: str) -> None:
        """Type, Enter included where the text has it."""
        self.process.send(text)

    def ends(self) -> int:
        """Watch until the program ends, and return its status."""
        while self._read():
            pass
        self.process.close()
        status = self.process.exitstatus
        return status if status is not None else -(self.process.signalstatus or 0)

    def text(self) -> str:
        """Return what is on the screen."""
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip()

    def after(self, text: str) -> str:
        """Return what is on the screen below the line that begins with a text, with that line."""
        lines = self.text().splitlines()
        [first, *_] = [at for at, line in enumerate(lines) if line.startswith(text)]
        return steady("\n".join(lines[first:]))

    def _read(self) -> bool:
        try:
            data: Any = self.process.read_nonblocking(
                65536, timeout=20
            )  # bytes: it has no encoding
        except pexpect.EOF:
            return False
        self.raw += data
        self._stream.feed(data)
        return True


def steady(text: str) -> str:
    """Return a text with what varies replaced."""
    for pattern, name in VARYING:
        text = re.sub(pattern, name, text)
    return text
