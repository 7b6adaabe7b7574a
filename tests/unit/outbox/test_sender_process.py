"""The child process that delivers: how it is started, how long it is waited for."""

from __future__ import annotations

import io
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import telemetry_hook
from telemetry_hook import _started
from telemetry_hook._errors import StorageError
from telemetry_hook._installed import places
from telemetry_hook._outbox import sender, store
from telemetry_hook._outbox.sender import Sender

pytestmark = pytest.mark.once

ID = "1" * 32


class Child:
    """A process and its report; each look at the report takes the next of its states."""

    def __init__(self, **report: Any) -> None:
        self.reports = [{}, {}, report]
        self.ends_after = 1_000
        self.polls = 0
        self.stdout = io.BytesIO(b"it is \x1b[1mfull")

    def poll(self) -> int | None:
        """Return the exit code, None while it runs."""
        self.polls += 1
        return 0 if self.polls > self.ends_after else None

    def stored(self, report_id: str) -> Any:
        """Return the report as it is by now."""
        assert report_id == ID
        fields = self.reports.pop(0) if len(self.reports) > 1 else self.reports[0]
        return SimpleNamespace(**{"state": "pending", "attempts": 0, "reason": "", **fields})


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Start no process, have a clock that only sleeping moves; return the last call to start one."""
    calls: list[Any] = []
    now = [0.0]

    def start(command: list[str], **options: Any) -> Child:
        calls[:] = [command, options]
        return Child()

    def sleep(seconds: float) -> None:
        now[0] += seconds

    monkeypatch.setattr(subprocess, "Popen", start)
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(time, "sleep", sleep)
    return calls


def waited(monkeypatch: pytest.MonkeyPatch, child: Child, seconds: float = 3) -> Any:
    """Wait for a child."""
    monkeypatch.setattr(store, "stored", child.stored)
    made = Sender(ID)
    made._process = child  # type: ignore[assignment]
    return made.wait(ID, seconds)


def test_it_runs_isolated_in_the_root_directory(
    started: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has no terminal, the variables of the program's start, and nothing of its directory."""
    monkeypatch.setattr(_started, "environment", lambda: {b"HOME": b"/users"})
    Sender(ID)
    command, options = started
    script = Path(telemetry_hook.__file__).with_name("_sender.py")
    assert command == [sys.executable, "-I", str(script), ID]
    assert script.is_file()
    assert options == {
        "stdin": subprocess.DEVNULL,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.DEVNULL,
        "cwd": "/",
        "env": {"HOME": "/users"},
        "start_new_session": True,
    }


def test_a_way_to_detach_that_is_refused(
    started: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On Windows, a job may let no process out: the sender is started inside. The last must do."""
    ways = [{"creationflags": 3}, {"creationflags": 1}]
    monkeypatch.setattr(sender, "_ways_to_detach", lambda: ways)
    Sender(ID)
    assert started[1]["creationflags"] == 3
    start = subprocess.Popen
    refused = [3]

    def refuse(command: list[str], **options: Any) -> Any:
        if options["creationflags"] in refused:
            raise PermissionError(13, "Access is denied")
        return start(command, **options)

    monkeypatch.setattr(subprocess, "Popen", refuse)
    Sender(ID)
    assert started[1]["creationflags"] == 1
    refused.append(1)
    with pytest.raises(PermissionError):
        Sender(ID)


def test_without_an_interpreter_it_is_not_started(
    started: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A frozen program that does not look at our arguments would start over."""
    monkeypatch.setattr(places, "are_served", lambda: False)
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    with pytest.raises(OSError, match="no Python interpreter"):
        Sender(ID)
    monkeypatch.setattr(sys, "frozen", False)
    monkeypatch.setattr(sys, "executable", None)
    with pytest.raises(OSError, match="no Python interpreter"):
        Sender(ID)
    assert started == []


@pytest.mark.parametrize(
    "report",
    [{"state": "sent"}, {"state": "discarded"}, {"attempts": 1}, {"reason": "the receiver asked"}],
)
def test_waiting_ends_with_an_attempt(
    started: list[Any], monkeypatch: pytest.MonkeyPatch, report: dict[str, Any]
) -> None:
    """Whatever came of it, and also if none may be made."""
    child = Child(**report)
    found = waited(monkeypatch, child)
    assert vars(found).items() >= report.items()
    assert child.polls == 3


def test_waiting_ends_with_the_process(started: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """The report is read once more after that: the last thing that it did is not missed."""
    child = Child()
    child.ends_after = 4
    assert waited(monkeypatch, child).state == "pending"
    assert child.polls == 5


def test_what_cannot_be_read_is_looked_at_again(
    started: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The drive, or a limit, may fail for a moment."""
    child, faults = Child(state="sent"), iter([True, False, True])
    look = child.stored

    def stored(report_id: str) -> Any:
        if next(faults, False):
            raise StorageError("Stale file handle")
        return look(report_id)

    monkeypatch.setattr(child, "stored", stored)
    assert waited(monkeypatch, child).state == "sent"
    assert child.polls == 5


def test_a_process_that_has_ended_says_why(
    started: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing can be written, what it could not write cannot be noted in the report."""
    child = Child()
    made = Sender(ID)
    made._process = child  # type: ignore[assignment]
    assert made.complaint() == ""
    child.ends_after = 0
    assert made.complaint() == "it is ?[1mfull"
    made.release()
    assert child.stdout.closed
    assert made.complaint() == ""


def test_waiting_has_an_end(started: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """After so many seconds nothing is known."""
    assert waited(monkeypatch, Child(), 0.5) is None
    assert 0.5 < time.monotonic() < 0.6


def test_what_is_released_is_not_waited_for(started: list[Any]) -> None:
    """It continues alone."""
    made = Sender(ID)
    made.release()
    assert made.wait(ID, 3) is None
    assert time.monotonic() == 0


def test_in_a_bundle_its_directories_are_named(
    started: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python cannot run a file in an archive; in a pex, what we need is in other directories."""
    monkeypatch.setattr(places, "home", lambda: "/bin/lift.pyz")
    monkeypatch.setattr(places, "bundled", lambda: ["/bin/lift.pyz"])
    Sender(ID)
    command, _ = started
    python, isolated, option, code, *rest = command
    assert (python, isolated, option, rest) == (sys.executable, "-I", "-c", [ID])
    compile(code, "", "exec")
    assert "['/bin/lift.pyz']" in code


def test_a_frozen_program_is_started_as_the_sender(
    started: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It must unpack itself anew: the files of this process are removed when it ends."""
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(places, "are_served", lambda: True)
    Sender(ID)
    command, options = started
    assert command == [sys.executable, "--telemetry-hook-sender", ID]
    assert options["env"]["PYINSTALLER_RESET_ENVIRONMENT"] == "1"
