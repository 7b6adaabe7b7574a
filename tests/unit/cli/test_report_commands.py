"""The commands for stored reports, as far as they need no other process."""

from __future__ import annotations

import json
import signal
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner
from stored import RECEIVER, add

from telemetry_hook import _facts
from telemetry_hook._ask.summary import summary
from telemetry_hook._cli import _reports
from telemetry_hook._disk import paths
from telemetry_hook._errors import StorageError
from telemetry_hook._outbox import delivery, states, store, transport
from telemetry_hook._outbox.answers import Outcome
from telemetry_hook._outbox.entry import Entry, Withdrawal
from telemetry_hook._outbox.snapshot import Snapshot

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
    sent = states.change(kept, "sent")
    with pytest.raises(StorageError, match="00000000 is sent already"):
        _reports._released(sent)


REPORT = b"""{
  "tool": {"name": "acme-lift", "version": "1.2"},
  "exceptions": [{"type": "Stuck", "message": "stuck"}],
  "command": null,
  "attributes": [],
  "packages": [],
  "python": {"implementation": "CPython", "version": "3.12.1"},
  "system": {"name": "Linux", "machine": "x86_64"},
  "circumstances": {"installed": "pipx", "terminal": true}
}
"""


@pytest.mark.usefixtures("kept")
def test_show_prints_a_summary_and_then_the_exact_bytes() -> None:
    """The bytes are the end of the output, or all of it."""
    entry = add(2, body=REPORT)
    said = summary(REPORT)
    assert said.startswith("acme-lift 1.2 ended with Stuck: stuck\n")
    shown = CliRunner().invoke(_reports.show, [entry.id])
    assert shown.stdout_bytes == f"{said}\n\n".encode() + REPORT
    assert entry.sha256 in shown.stderr
    raw = CliRunner().invoke(_reports.show, ["--raw", entry.id])
    assert raw.stdout_bytes == REPORT
    assert json.loads(CliRunner().invoke(_reports.show, ["--json", entry.id]).stdout)["body"] == (
        REPORT.decode()
    )


@pytest.mark.usefixtures("kept")
def test_show_prints_only_the_bytes_of_what_it_cannot_read() -> None:
    entry = add(2, body=b"<report/>")
    assert CliRunner().invoke(_reports.show, [entry.id]).stdout_bytes == b"<report/>"


def test_receivers_take_turns(kept: Entry) -> None:
    """Those who wait for one that does not answer wait for one attempt, and not for all of its reports."""
    for number in (2, 3, 4):
        add(number)
    other = SimpleNamespace(address=f"{RECEIVER}/1")
    add(5, tool={"receiver": other})
    pending = [entry for entry in store.entries() if entry.state == "pending"]
    assert [int(entry.id, 16) for entry in _reports._in_turn(pending)] == [2, 5, 3, 4]


def test_one_that_cannot_be_sent_delays_no_other(
    kept: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its reason is in its line, and the exit status says that not all were sent."""
    for number in (2, 3, 4):
        add(number, tool={"name": f"tool{number}"})

    def attempt(*_: object) -> Outcome:
        return Outcome("accepted")

    def forbidden(entry: Entry) -> Withdrawal | None:
        if entry.tool == "tool3":
            raise StorageError("answers.json cannot be read: Stale file handle")
        return Withdrawal("your administrator said never") if entry.tool == "tool2" else None

    monkeypatch.setattr(transport, "attempt", attempt)
    monkeypatch.setattr(_facts, "forbidden", forbidden)
    ended = CliRunner().invoke(_reports.send, [])
    assert ended.stdout.splitlines() == [
        "00000000  pending: 00000000 of tool2 is not sent: your administrator said never",
        "00000000  pending: answers.json cannot be read: Stale file handle",
        "00000000  sent",
    ]
    assert str(ended.exception) == "2 of 3 not sent"
    assert [entry.state for entry in store.entries()] == ["later", "pending", "pending", "sent"]


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("sent", "00000000 is sent already"),
        ("discarded", "00000000 is discarded already"),
        ("later", "00000000 is in use by another process"),
        (None, "00000000 is deleted"),
    ],
)
def test_what_others_have_done_meanwhile_is_said(
    kept: Entry, state: Any, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By `send` and by `review`: a state that is not true any more is never printed."""
    pending = add(2)
    if state is None:
        store.remove(pending.id)
        store.remove(kept.id)
    else:
        states.change(pending, state)
        states.change(kept, state)
    monkeypatch.setattr(delivery, "deliver", lambda *_: None)
    assert not _reports._send_one(pending, Snapshot())
    with store.claimed(kept.id), pytest.raises(StorageError, match=said):
        _reports._released(kept)
    assert _reports._now(pending) == said


def test_files_that_are_passed_over_are_counted(kept: Entry) -> None:
    """Nobody believes that there are no reports, or that all are discarded."""
    (paths.outbox() / f"{7:032x}.report").write_text("half")
    for command in (_reports.list_, _reports.send, _reports.discard):
        ended = CliRunner().invoke(command, [])
        assert "reports that cannot be read: 1; see " in ended.stderr


def test_ctrl_c_waits_for_the_record(kept: Entry, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that is there when it comes is written down: the report must not be sent again."""
    add(2)
    answered, main = threading.Event(), threading.main_thread().ident
    assert main is not None

    def attempt(*_: object) -> Outcome:
        signal.pthread_kill(main, signal.SIGINT)
        answered.wait(0.2)
        return Outcome("accepted")

    monkeypatch.setattr(transport, "attempt", attempt)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        ended = CliRunner().invoke(_reports.send, [])
    finally:
        signal.signal(signal.SIGINT, before)
    assert ended.exit_code == 1
    assert [entry.state for entry in store.entries()] == ["later", "sent"]
