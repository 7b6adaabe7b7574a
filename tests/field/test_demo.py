"""The demonstration, which is the first thing that README has a reader run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Shell

pytestmark = pytest.mark.account

ENDS = {
    "yes": "got one report:",
    "always": "got one report:",
    "no": "Nothing arrived in the receiver",
    "later": "The report was kept for later.",
}


@pytest.mark.parametrize("answer", ENDS)
def test_the_demo_without_a_terminal(answer: str, shell: Shell) -> None:
    """A real crash, the question, the answer, and what arrived; nothing of it stays behind."""
    ended = shell.run("telemetry-hook", "demo", "--answer", answer)
    assert (ended.returncode, ended.stderr) == (0, "")
    for text in ("LookupError: no table found where", f"Send this report? (no) {answer}"):
        assert text in ended.stdout
    assert ENDS[answer] in ended.stdout
    assert shell.home.files() == []


def test_the_demo_on_a_terminal(shell: Shell) -> None:
    """The reader answers it."""
    terminal = shell.terminal("telemetry-hook", "demo")
    terminal.answer("yes")
    assert terminal.end() == 0
    assert "Message      no table found where <…> sits" in terminal.screen
    assert shell.home.files() == []
