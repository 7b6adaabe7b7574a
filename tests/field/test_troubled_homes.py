"""Homes that were copied, linked in a circle, or are full: each has a true word, and nothing is lost."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import Home, Receiver, Shell, needs, senders, until

pytestmark = [pytest.mark.once, pytest.mark.account]

CRASH = ("lift", "status", "--schema", "cycle.lift")  # it writes no file of its own


def crash(project: Shell, receiver: Receiver, answer: str, *before: str) -> str:
    """Let Lift crash and answer; return what is said from then on, in one line."""
    command = [*before, str(project.environment.bin / CRASH[0]), *CRASH[1:]]
    terminal = project.terminal(*command, LIFT_TELEMETRY_DSN=receiver.dsn)
    terminal.answer(answer)
    assert terminal.end() == 1
    return " ".join(terminal.screen.rpartition(f" {answer}\r\n")[2].split())


def listed(project: Shell) -> list[dict[str, Any]]:
    """Return the stored reports."""
    found: list[dict[str, Any]] = json.loads(project.run("telemetry-hook", "list", "--json").stdout)
    return found


def of_stored_reports(project: Shell) -> tuple[bool, str]:
    """Return whether `doctor` finds the stored reports well, and its words."""
    findings = json.loads(project.run("telemetry-hook", "doctor", "--json").stdout)
    [found] = [each for each in findings if each["title"] == "stored reports"]
    return found["ok"], f"{found['text']} {found['advice']}".strip()


def test_doctor_counts_what_is_stored(project: Shell, receiver: Receiver) -> None:
    """It says where the reports are."""
    assert of_stored_reports(project) == (True, "there are none")
    crash(project, receiver, "later")
    assert of_stored_reports(project) == (True, f"1 in {project.home.outbox}")


def test_a_home_that_was_copied_by_links(project: Shell, receiver: Receiver) -> None:
    """`cp -al` gives each file a second name. Such files are not read; doctor says what to do, which helps."""
    crash(project, receiver, "later")
    copy = project.home.directory.parent / "copy"
    subprocess.run(["cp", "-al", project.home.directory, copy], check=True)
    there = replace(project, home=Home(copy, project.home.variables))
    for shell in (project, there):
        assert listed(shell) == []
    is_well, text = of_stored_reports(there)
    [file] = there.home.outbox.iterdir()
    assert not is_well
    assert text.startswith(f"1 files cannot be read: {file} has more than one name (hard links)")
    command = text.partition(": cp")[2].replace("FILE", shlex.quote(str(file)))
    subprocess.run(["sh", "-c", f"cp{command}"], check=True)
    for shell in (project, there):
        assert of_stored_reports(shell)[0]
        assert len(listed(shell)) == 1


@pytest.mark.parametrize("place", ["outbox", "telemetry-hook"])
def test_links_in_a_circle(project: Shell, receiver: Receiver, place: str) -> None:
    """Nothing is sent, nothing hangs, and each command says what is wrong, a saved never included."""
    state = project.home.outbox.parent
    path = {"outbox": state / "outbox", "telemetry-hook": state}[place]
    path.parent.mkdir(parents=True, mode=0o700)
    path.symlink_to(path)
    why = {
        "outbox": f"{path} is not a directory; remove it",
        "telemetry-hook": f"{path}/outbox cannot be made: Too many levels of symbolic links",
    }
    assert crash(project, receiver, "yes") == f"telemetry-hook: nothing was sent: {why[place]}"
    for command in ("list", "send", "discard", "review"):
        ended = project.run("telemetry-hook", command)
        assert ended.returncode == 1
        assert "Too many levels of symbolic links" in ended.stderr
    is_well, text = of_stored_reports(project)
    assert (is_well, "Too many levels of symbolic links" in text) == (False, True)
    never = project.run("telemetry-hook", "never", "lift")
    assert never.stdout.startswith("lift will never ask.\nTo undo: ")
    assert "would do nothing: you said never" in project.run("telemetry-hook", "status").stdout
    assert receiver.asked == 0


# The sender finds a disk that has become full.
FILLS = """
import contextlib, os, sys
if any(each.endswith("_sender.py") for each in sys.orig_argv):
    with contextlib.suppress(OSError), open(os.environ["HOME"] + "/rest", "wb", 0) as file:
        while True: file.write(bytes(512))
"""
FILLS_UP = """
set -e
mount -t tmpfs -o size=600k tmpfs "$1"
shift
"$@" || status=$?
find "$HOME" -name "*.report" -exec cp {} "$KEPT" ';'
exit $status
"""


def test_a_disk_that_is_full_before_an_attempt(
    project: Shell, receiver: Receiver, tmp_path: Path
) -> None:
    """A result could not be recorded, so nothing is sent, and the user reads why."""
    needs("mount namespaces")
    kept = tmp_path / "kept.report"
    (project.environment.site / "fills.py").write_text(FILLS)
    start = project.environment.site / "zzz_fills.pth"
    start.write_text("import fills\n")
    try:
        said = crash(
            *(project, receiver, "yes", "env", f"KEPT={kept}"),
            *("unshare", "--map-root-user", "--mount", "sh", "-c", FILLS_UP, "sh"),
            str(project.home.directory),
        )
    finally:
        start.unlink()
    expected = re.compile(
        r"Sending to 127\.0\.0\.1:\d+ \.\.\. not yet: /\S+ cannot be (written|made): "
        r"No space left on device\. It is kept and tried again .* "
        r"But the directory of these reports goes away: it is in memory\."
    )
    assert expected.fullmatch(said), said
    assert receiver.asked == 0
    assert b'"state": "pending"' in kept.read_bytes().partition(b"\n")[0]


def test_discarding_during_the_flight(project: Shell, receiver: Receiver) -> None:
    """What is being sent is not discarded, and nobody says that it was."""
    receiver.delay = 5
    terminal = project.terminal(*CRASH, LIFT_TELEMETRY_DSN=receiver.dsn)
    terminal.answer("yes")
    until(lambda: receiver.asked)
    [report] = listed(project)
    one = project.run("telemetry-hook", "discard", report["id"])
    assert (one.returncode, one.stdout) == (1, "")
    assert one.stderr == f"telemetry-hook: {report['receipt']} is being sent right now\n"
    every = project.run("telemetry-hook", "discard")
    assert (every.returncode, every.stdout) == (1, "Discarded: 0.\n")
    assert every.stderr.startswith("telemetry-hook: 1 could not be discarded: ")
    never = project.run("telemetry-hook", "never", "lift")
    assert never.returncode == 0
    assert never.stdout.endswith("may arrive: 1.\n")
    terminal.end()
    until(lambda: not senders(project), 60)
    assert [each["state"] for each in listed(project)] == ["sent"]
    assert len(receiver.bodies) == 1


def test_a_program_with_a_strange_mask(project: Shell, receiver: Receiver) -> None:
    """What is stored under any umask can be read by the sender, and again later."""
    for mask in ("0477", "0777", "0000"):
        shutil.rmtree(project.home.outbox, ignore_errors=True)
        said = crash(project, receiver, "yes", "sh", "-c", f'umask {mask}; exec "$@"', "sh")
        assert "sent. Receipt: " in said
        assert [each["state"] for each in listed(project)] == ["sent"]
        for path in (project.home.outbox, *project.home.outbox.iterdir()):
            assert os.access(path, os.R_OK)
            assert path.stat().st_mode & 0o077 == 0
