"""A no sends and keeps nothing, a never leaves the answers file alone, DO_NOT_TRACK leaves nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from conftest import Receiver, Shell, free_port

CRASH = ("lift", "up", "--schema", "cycle.lift", "--create-db")


def crash(project: Shell, dsn: str, answer: str) -> None:
    """Crash Lift and answer."""
    terminal = project.terminal(*CRASH, LIFT_TELEMETRY_DSN=dsn)
    terminal.answer(answer)
    assert terminal.end() == 1


def listed(project: Shell) -> list[dict[str, Any]]:
    """Return the stored reports."""
    found: list[dict[str, Any]] = json.loads(project.run("telemetry-hook", "list", "--json").stdout)
    return found


@pytest.mark.parametrize("answer", ["no", "n", "", "N O".replace(" ", "")])
def test_no_leaves_nothing(project: Shell, answer: str) -> None:
    """A no, and a bare Enter, leave no file and no directory behind."""
    terminal = project.terminal(*CRASH)
    terminal.answer(answer)
    assert terminal.end() == 1
    assert project.home.files() == []


def test_never_leaves_the_answers_alone(project: Shell) -> None:
    """A never leaves the answers file alone behind, says how to undo it, and is kept to."""
    terminal = project.terminal(*CRASH)
    terminal.answer("never")
    terminal.expect("telemetry-hook ask lift")
    terminal.end()
    only = [".config", ".config/telemetry-hook", ".config/telemetry-hook/answers.json"]
    assert project.home.files() == only
    again = project.terminal(*CRASH)
    again.end()
    assert "has crashed" not in again.screen
    assert project.home.files() == only
    assert project.run("telemetry-hook", "ask", "lift").returncode == 0
    asked = project.terminal(*CRASH)
    asked.answer("no")
    asked.end()


@pytest.mark.parametrize(
    "variables",
    [
        {"DO_NOT_TRACK": "1"},
        {"TELEMETRY_HOOK": "never"},
        {"TELEMETRY_HOOK_STARTUP": "0"},
        {"CI": "true"},
        {"CLAUDECODE": "1"},
    ],
)
def test_variables_forbid(project: Shell, variables: dict[str, str]) -> None:
    """Where a variable forbids it, or nobody is there, nobody is asked and nothing stays."""
    terminal = project.terminal(*CRASH, **variables)
    assert terminal.end() == 1
    assert "has crashed" not in terminal.screen
    assert project.home.files() == []


@pytest.mark.once
def test_never_discards_what_is_pending(project: Shell) -> None:
    """A never discards the tool's pending and kept reports."""
    crash(project, f"http://key@127.0.0.1:{free_port()}/1", "yes")
    crash(project, f"http://key@127.0.0.1:{free_port()}/1", "later")
    said = project.run("telemetry-hook", "never", "lift")
    assert "Discarded: 2." in said.stdout
    assert {each["state"] for each in listed(project)} == {"discarded"}


@pytest.mark.once
def test_do_not_track_forbids_sending(project: Shell, receiver: Receiver) -> None:
    """Under DO_NOT_TRACK not even `send` sends."""
    crash(project, receiver.dsn, "later")
    [report] = listed(project)
    said = project.run("telemetry-hook", "send", report["receipt"], DO_NOT_TRACK="1")
    assert (said.returncode, "DO_NOT_TRACK is set" in said.stderr) == (1, True)
    assert receiver.asked == 0
