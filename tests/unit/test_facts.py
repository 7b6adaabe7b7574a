"""What a decision depends on: gathered from the files, the environment and the earlier reports."""

from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from telemetry_hook import _facts
from telemetry_hook._consent import rules
from telemetry_hook._consent.answers import Answers, Scope
from telemetry_hook._consent.policy import Policy
from telemetry_hook._consent.rules import REPEAT_AFTER_SECONDS, Facts
from telemetry_hook._disk import paths
from telemetry_hook._outbox import entry as _entry
from telemetry_hook._outbox import store
from telemetry_hook._outbox.entry import Entry

NOW = 1_800_000_000.0
RECEIVER = "https://errors.acme.example/"
SCOPE = Scope("acme-lift", RECEIVER, "preview", ())
FACTS = Facts({}, Policy(), Answers(), "lift", SCOPE, None)
REPORT: Any = SimpleNamespace(
    fingerprint="f" * 64, exceptions=(), tool=SimpleNamespace(name="acme-lift", version="1.4.0")
)


@pytest.fixture(autouse=True)
def outbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an outbox of this test's own; it is always `NOW`."""
    directory = tmp_path / "outbox"
    directory.mkdir(mode=0o700)
    monkeypatch.setattr(paths, "outbox", lambda: directory)
    monkeypatch.setattr(time, "time", lambda: NOW)
    return directory


def add(outbox: Path, number: int, changed: float, **values: Any) -> None:
    """Store a sent report of the crash, with other values where they are given."""
    known: dict[str, Any] = {
        "id": f"{number:032x}",
        "state": "sent",
        "tool": "lift",
        "publisher": "Acme Ltd",
        "url": RECEIVER,
        "receiver": RECEIVER,
        "headers": {},
        "sha256": "",
        "size": 0,
        "created": changed,
        "changed": changed,
        "crash": store._crash(REPORT),
        "release": "acme-lift@1.4.0",
    }
    path = outbox / f"{number:032x}.report"
    path.write_bytes(_entry.encode(Entry(**{**known, **values})))
    path.chmod(0o600)


@pytest.mark.parametrize(
    ("age", "action"),
    [
        (-1, "ask"),  # by a clock that ran ahead
        (0, "discard"),
        (1, "discard"),
        (REPEAT_AFTER_SECONDS - 1, "discard"),
        (REPEAT_AFTER_SECONDS, "ask"),
        (REPEAT_AFTER_SECONDS + 1, "ask"),
    ],
)
def test_a_crash_that_was_sent_may_be_sent_again_after_24_hours(
    outbox: Path, age: float, action: str
) -> None:
    """The time that the stored report itself states decides, to the second."""
    add(outbox, 1, NOW - age)
    facts = _facts.with_earlier(FACTS, REPORT)
    assert (facts.earlier is not None) == (action == "discard")
    assert facts.now == NOW
    assert rules.decide(facts).action == action


def test_the_latest_earlier_report_is_named(outbox: Path) -> None:
    """A report that a wrong clock put into the future hides no other."""
    for number, age in enumerate((3600, 60, 7200, -3600), start=1):
        add(outbox, number, NOW - age, id=f"{number}{'0' * 31}")
        (outbox / f"{number:032x}.report").rename(outbox / f"{number}{'0' * 31}.report")
    assert _facts.with_earlier(FACTS, REPORT).earlier == rules.Earlier("20000000", NOW - 60)


@pytest.mark.parametrize(
    "other",
    [
        {"state": "pending"},
        {"state": "later"},
        {"state": "discarded"},
        {"crash": "another"},
        {"release": "acme-lift@1.4.1"},
        {"receiver": "https://corp.example/", "url": "https://corp.example/"},
    ],
    ids=str,
)
def test_other_reports_are_no_earlier_report(outbox: Path, other: dict[str, str]) -> None:
    """Only a report of the same crash and release that was sent to the same receiver is one."""
    add(outbox, 1, NOW - 60, **other)
    assert _facts.with_earlier(FACTS, REPORT).earlier is None


def test_an_unreadable_outbox_holds_no_earlier_report(
    outbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The question is asked; storing the report then says what is wrong."""
    outbox.rename(outbox.with_name("elsewhere"))
    loop = outbox.with_name("loop")
    loop.symlink_to(loop)
    monkeypatch.setattr(paths, "outbox", lambda: loop)
    assert _facts.with_earlier(FACTS, REPORT).earlier is None
