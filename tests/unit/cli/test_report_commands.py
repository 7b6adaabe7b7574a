"""The commands for stored reports, as far as they need no other process."""

from __future__ import annotations

from pathlib import Path

import pytest
from stored import add

from telemetry_hook import _facts
from telemetry_hook._cli import _reports
from telemetry_hook._disk import paths
from telemetry_hook._errors import StorageError
from telemetry_hook._outbox import store
from telemetry_hook._outbox.entry import Entry

pytestmark = pytest.mark.once


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Entry:
    """Keep a report in an outbox of this test."""
    monkeypatch.setattr(paths, "outbox", lambda: tmp_path / "outbox")
    monkeypatch.setattr(_facts, "forbidden", lambda entry: None)
    return add(1, "later")


def test_a_kept_report_is_released_once(kept: Entry) -> None:
    """After that it is pending, and may be sent again at once."""
    released = _reports._released(kept)
    assert released.state == "pending"
    assert _reports._released(released) == released


def test_a_report_that_another_process_uses_is_not_released(kept: Entry) -> None:
    """It is not called "later already"."""
    with (
        store.claimed(kept.id),
        pytest.raises(StorageError, match="00000000 is in use by another process"),
    ):
        _reports._released(kept)


def test_what_was_sent_is_not_released(kept: Entry) -> None:
    """The message says what became of the report."""
    sent = store.change(kept, "sent")
    with pytest.raises(StorageError, match="00000000 is sent already"):
        _reports._released(sent)
