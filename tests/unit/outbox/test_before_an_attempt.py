"""What is on disk before an attempt to send, and how a body is escaped for terminals."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from telemetry_hook import _report
from telemetry_hook._disk import paths
from telemetry_hook._errors import StorageError
from telemetry_hook._outbox import entry, states


def test_the_step_after_an_attempt_is_on_disk_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the step could not be written down, there is no attempt."""
    monkeypatch.setattr(paths, "outbox", lambda: tmp_path)
    stored = entry.Entry(
        id="0" * 32,
        state="pending",
        tool="t",
        publisher="p",
        url="https://a/",
        headers={},
        sha256="",
        size=4,
        created=1.0,
        changed=1.0,
    )
    with states.about_to_be_sent(stored, b"body") as sent:
        [temporary] = tmp_path.iterdir()
        assert temporary.read_bytes().endswith(b"body")
        sent()
    assert [each.name for each in tmp_path.iterdir()] == [f"{'0' * 32}.report"]

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    attempts = []
    with pytest.raises(StorageError), states.about_to_be_sent(stored, b"body"):
        attempts.append(1)
    assert attempts == []
    assert len(list(tmp_path.iterdir())) == 1


def test_what_steers_a_terminal_is_escaped() -> None:
    """Control characters and those that turn the writing round are escapes in every body."""
    text = "a\x9b2Jb\u202ec\x7f\x1b[2J\ud800…é"
    body = _report.dump({"text": text})
    assert json.loads(body)["text"] == text
    assert all(each.isprintable() or each == "\n" for each in body.decode())
    assert "…é" in body.decode()
