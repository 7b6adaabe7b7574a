"""The file of standing answers: many writers at once, and files that are not to be trusted."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Shell

pytestmark = [pytest.mark.once, pytest.mark.account]

CRASH = ("lift", "up", "--schema", "cycle.lift", "--create-db")
WRITERS = 50


def test_fifty_answers_at_once_lose_none(shell: Shell) -> None:
    """Every answer is in the file in the end, and the file is whole at each moment."""
    damaged, done = [], threading.Event()

    def watch() -> None:
        while not done.is_set():
            text = shell.home.answers.read_text() if shell.home.answers.exists() else "{}"
            if not text.rstrip().endswith("}"):
                damaged.append(text)

    watcher = threading.Thread(target=watch)
    watcher.start()
    command = [str(shell.environment.bin / "telemetry-hook"), "never"]
    writers = [
        subprocess.Popen(
            [*command, f"tool{number}"], env=shell.home.environment, stdout=subprocess.DEVNULL
        )
        for number in range(WRITERS)
    ]
    assert [each.wait(timeout=120) for each in writers] == [0] * WRITERS
    done.set()
    watcher.join()
    answers = json.loads(shell.home.answers.read_text())["answers"]
    assert sorted(answers) == sorted(f"tool{number}" for number in range(WRITERS))
    assert damaged == []
    assert [each.name for each in shell.home.answers.parent.iterdir()] == ["answers.json"]


def test_the_file_can_be_read_by_a_person(project: Shell) -> None:
    """It says in words what was answered, when, and what for."""
    project.run("telemetry-hook", "always", "lift")
    project.run("telemetry-hook", "never", "photon")
    text = project.home.answers.read_text()
    answers = json.loads(text)["answers"]
    assert text == json.dumps(json.loads(text), indent=2) + "\n"
    assert answers["photon"]["answer"] == "never"
    assert answers["lift"]["scope"]["distribution"] == "acme-lift"
    assert answers["lift"]["scope"]["phase"] == "preview"
    assert "schema.models: Count()" in answers["lift"]["scope"]["attributes"]


def huge(path: Path) -> None:
    path.write_bytes(b" " * 2_000_000)
    path.chmod(0o600)


def symlink(path: Path) -> None:
    target = path.parent.parent / "target"
    target.write_text('{"answers": {}}')
    path.symlink_to(target)


def fifo(path: Path) -> None:
    os.mkfifo(path)


def directory(path: Path) -> None:
    path.mkdir()


def writable(path: Path) -> None:
    path.write_text('{"format": 1, "answers": {}}')
    path.chmod(0o666)


def foreign(path: Path) -> None:
    path.write_text('{"format": 1, "answers": {}}')
    os.chown(path, 12345, 12345)


HOSTILE: dict[Callable[[Path], None], str] = {
    huge: "is larger than",
    symlink: "is a symbolic link; remove it",
    fifo: "is not a regular file; remove it",
    directory: "is not a regular file; remove it",
    writable: "can be written by others; run: chmod 600",
    foreign: "belongs to somebody else; remove it",
}


@pytest.mark.parametrize("make", HOSTILE, ids=lambda make: make.__name__)
def test_a_file_that_cannot_be_trusted_is_no_answer(
    project: Shell, make: Callable[[Path], None]
) -> None:
    """A clear word, no question, nothing sent, and nothing overwritten."""
    if make is foreign and os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    path = project.home.answers
    path.parent.mkdir(mode=0o700, parents=True)
    make(path)
    before = path.lstat()
    terminal = project.terminal(*CRASH)
    assert terminal.end() == 1
    assert "has crashed" not in terminal.screen
    status = project.run("telemetry-hook", "status")
    assert HOSTILE[make] in status.stdout
    assert "lift: would do nothing" in status.stdout
    never = project.run("telemetry-hook", "never", "lift")
    assert (never.returncode, HOSTILE[make] in never.stderr) == (1, True)
    assert len(never.stderr.splitlines()) == 1
    after = path.lstat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert [each.name for each in path.parent.iterdir()] == ["answers.json"]
    assert not project.home.outbox.exists()


@pytest.mark.parametrize(
    "entry",
    [
        '{"answer": "perhaps", "since": "2026-01-01"}',
        '{"answer": "never", "since": "2026-01-01\\u001b[2J"}',
        '{"answer": "always", "since": "2026-01-01"}',
        '{"answer": "always", "since": "2026-01-01", "scope": {"distribution": 5}}',
        '{"answer": ["never"], "since": "2026-01-01"}',
    ],
)
def test_wrong_entries_count_as_no_answer(project: Shell, entry: str) -> None:
    """An entry that we would not write is no answer, and nothing of it reaches the screen."""
    project.home.write_answers(f'{{"format": 1, "answers": {{"lift": {entry}}}}}')
    status = project.terminal("telemetry-hook", "status")
    status.end()
    assert "lift: would ask" in status.screen
    assert "answers.json is damaged" in " ".join(status.screen.split())
    assert "\033" not in status.screen


# Others are in the tests of the module that reads them.
DAMAGED = {"deep": "[" * 100_000, "half": '{"format": 1, "answers": {"lift": {"answer": "alw'}


@pytest.mark.parametrize("case", DAMAGED)
def test_damaged_answers_count_as_none_and_are_kept(project: Shell, case: str) -> None:
    """A damaged file is no answer; it is kept aside when a new answer is saved, and said."""
    project.home.write_answers(DAMAGED[case])
    found = project.run("telemetry-hook", "doctor")
    assert (found.returncode, "answers.json is damaged" in found.stdout) == (1, True)
    asked = project.terminal(*CRASH)
    asked.answer("never")
    asked.end()
    assert "the saved answers were damaged" in asked.screen
    [aside] = project.home.answers.parent.glob("answers.damaged-*.json")
    assert aside.read_text() == DAMAGED[case]
    assert json.loads(project.home.answers.read_text())["answers"]["lift"]["answer"] == "never"
