"""A crash whose report holds something private: it is dropped before the question, and the user is told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import PLUGIN, Shell, make_tool

# A receiver that puts into its own words what it was not given.
LEAKY = PLUGIN.replace("FileReceiver(os.environ", "Leaky(os.environ").replace(
    "@hookimpl",
    """
import dataclasses

class Leaky(FileReceiver):
    def encode(self, report):
        request = super().encode(report)
        extra = b'{"note": "' + os.environ["LEAK"].encode() + b'"}'
        return dataclasses.replace(request, body=request.body + extra)

@hookimpl""",
    1,
)


@pytest.mark.parametrize("leak", ["hunter2-of-the-environment", "10.11.12.13"])
def test_a_hit_drops_the_report_and_says_so(
    shell: Shell, install: Callable[..., None], tmp_path: Path, leak: str
) -> None:
    """Nobody is asked, nothing is stored, the user is told, and it is noted as our bug."""
    code = "def main(): raise RuntimeError('nothing to see here')"
    install(make_tool(tmp_path, "leaky", code, plugin=LEAKY))
    terminal = shell.terminal("leaky", LEAK=leak)
    assert terminal.end() == 1
    assert "no report of this crash was made, and nothing was sent" in terminal.screen
    assert "Send this report?" not in terminal.screen
    assert leak not in terminal.screen
    assert not list(shell.home.outbox.rglob("*.report"))
    assert "GateError" in shell.home.log.read_text()
    assert leak not in shell.home.log.read_text()
    shell.home.log.unlink()
