"""`doctor` names a tool whose receiver has refused the latest report for its key or project."""

from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from stored import RECEIVER, add

from telemetry_hook._cli import _doctor
from telemetry_hook._cli._answers import Standing
from telemetry_hook._cli._finding import Finding
from telemetry_hook._disk import paths
from telemetry_hook._errors import StorageError
from telemetry_hook._outbox import states, store

pytestmark = pytest.mark.once


@pytest.fixture(autouse=True)
def _outbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have an empty outbox, and a clock that goes on by a second each time."""
    seconds = iter(range(1_800_000_000, 1_900_000_000))
    monkeypatch.setattr(paths, "outbox", lambda: tmp_path / "outbox")
    monkeypatch.setattr(time, "time", lambda: float(next(seconds)))


def findings(address: str = RECEIVER) -> list[Finding]:
    """Return what `doctor` finds about one tool, and one whose plugin cannot be loaded."""
    registration: Any = SimpleNamespace(package="lift")
    plugin: Any = SimpleNamespace(
        tool=SimpleNamespace(name="lift", receiver=SimpleNamespace(address=address))
    )
    tools = [
        Standing(registration, plugin, None, ""),
        Standing(registration, None, None, "broken"),
    ]
    return _doctor._refusals(tools)


def settle(number: int, state: Any, status: int = 0) -> None:
    states.change(add(number)._replace(status=status), state, "why")


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_refusal_is_found(status: int) -> None:
    """Host and status are named, and whom to turn to."""
    settle(1, "sent")
    settle(2, "discarded", status)
    settle(3, "discarded")  # by the user
    settle(4, "pending", 503)
    [finding] = findings()
    assert (finding.title, finding.is_well) == ("receiver of lift", False)
    assert finding.text == (
        f"errors.acme.example answered {status} to the latest report, which is discarded: why"
    )
    assert "its author must correct the plugin's receiver" in finding.advice
    assert findings("https://other.example") == []
    settle(5, "sent", 403)  # it was tried before the key was mended
    assert findings() == []


@pytest.mark.parametrize("status", [400, 410, 413, 503])
def test_other_answers_are_no_refusal(status: int) -> None:
    settle(1, "discarded", 403)
    settle(2, "discarded", status)
    assert findings() == []


def test_an_outbox_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another check is for that."""

    def unreadable() -> None:
        raise StorageError("unreadable")

    monkeypatch.setattr(store, "entries", unreadable)
    assert findings() == []
