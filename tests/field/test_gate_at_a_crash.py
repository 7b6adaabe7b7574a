"""A crash whose report holds something private: it is dropped before the question, and the user is told."""

from __future__ import annotations

import json
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


# A build has written what it found on the user's machine.
BUILT = """
def main():
    prefix = "{home}/.cache/built"
    raise RuntimeError("cannot find the files of %s" % prefix)
"""


@pytest.mark.once
def test_what_a_build_has_written_is_withheld(
    shell: Shell, install: Callable[..., None], tmp_path: Path
) -> None:
    """The report is asked about and sent, without the user's home directory."""
    home = str(shell.home.directory)
    install(make_tool(tmp_path, "built", BUILT.replace("{home}", home)))
    terminal = shell.terminal("built")
    terminal.answer("yes")
    assert terminal.end() == 1
    (path,) = shell.home.reports.rglob("*.json")
    report = json.loads(path.read_text("utf-8"))
    assert home not in path.read_text("utf-8")
    (exception,) = report["exceptions"]
    frame = exception["frames"][-1]
    assert exception["message"] == "<…>"
    assert frame["function"] == "main"
    assert frame["source"]["before"][-1] == "<…>"
    assert "cannot find the files of" in frame["source"]["line"]
