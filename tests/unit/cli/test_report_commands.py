"""The commands for stored reports, as far as they need no other process."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from telemetry_hook import _facts
from telemetry_hook._cli import _reports
from telemetry_hook._disk import paths
from telemetry_hook._errors import StorageError
from telemetry_hook._outbox import intake, store
from telemetry_hook._outbox.entry import Entry
from telemetry_hook._report import RedactedReport
from telemetry_hook.receivers import Request

pytestmark = pytest.mark.once

URL = "https://errors.acme.example/1"


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Entry:
    """Keep a report in an outbox of this test."""
    monkeypatch.setattr(paths, "outbox", lambda: tmp_path / "outbox")
    monkeypatch.setattr(_facts, "forbidden", lambda entry: None)
    report: Any = object.__new__(RedactedReport)
    exception = SimpleNamespace(type="ValueError", message="no such file", details=())
    for name, value in {
        "id": "a" * 32,
        "fingerprint": "f" * 64,
        "exceptions": (exception,),
        "tool": SimpleNamespace(name="acme-lift", version="1.0"),
    }.items():
        object.__setattr__(report, name, value)
    tool: Any = SimpleNamespace(
        name="lift", publisher="Acme Ltd", receiver=SimpleNamespace(address=URL)
    )
    return intake.add(report, Request(URL, b"body", {}), tool, "later", is_standing=False)


def test_a_kept_report_is_released_once(kept: Entry) -> None:
    """After that it is pending, and may be sent again at once."""
    released = _reports._released(kept)
    assert released.state == "pending"
    assert _reports._released(released) == released


def test_a_report_that_another_process_uses_is_not_released(kept: Entry) -> None:
    """It is not called "later already"."""
    with (
        store.claimed(kept.id),
        pytest.raises(StorageError, match="aaaaaaaa is in use by another process"),
    ):
        _reports._released(kept)


def test_what_was_sent_is_not_released(kept: Entry) -> None:
    """The message says what became of the report."""
    sent = store.change(kept, "sent")
    with pytest.raises(StorageError, match="aaaaaaaa is sent already"):
        _reports._released(sent)
