"""The command `telemetry-hook`, its outbox, and what becomes of a report."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from conftest import Kent, Receiver, Shell, free_port, senders, until

pytestmark = [pytest.mark.once, pytest.mark.account]

CRASH = ("lift", "up", "--schema", "cycle.lift", "--create-db")


def crash(project: Shell, dsn: str, answer: str = "yes") -> str:
    """Crash Lift, answer, and return the screen."""
    terminal = project.terminal(*CRASH, LIFT_TELEMETRY_DSN=dsn)
    terminal.answer(answer)
    assert terminal.end() == 1
    return " ".join(terminal.screen.split())


def listed(project: Shell) -> list[dict[str, Any]]:
    """Return the stored reports."""
    found: list[dict[str, Any]] = json.loads(project.run("telemetry-hook", "list", "--json").stdout)
    return found


def test_dead_network_keeps_the_report(project: Shell, kent: Kent) -> None:
    """What could not be sent stays, says so, and is sent by `telemetry-hook send`, once."""
    port = free_port()
    screen = crash(project, f"http://key@127.0.0.1:{port}/1")
    assert "not yet: the network failed" in screen
    assert "telemetry-hook send" in screen
    [report] = listed(project)
    assert (report["state"], report["attempts"]) == ("pending", 1)
    [path] = project.home.outbox.glob("*.report")
    path.write_bytes(path.read_bytes().replace(str(port).encode(), str(kent.port).encode()))
    sent = project.run("telemetry-hook", "send")
    assert (sent.returncode, sent.stdout) == (0, f"{report['receipt']}  sent\n")
    assert len(kent.events()) == 1
    assert project.run("telemetry-hook", "send").stdout == "Nothing is pending.\n"
    assert len(kent.events()) == 1


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (200, "sent"),
        (202, "sent"),
        (301, "pending"),
        (400, "discarded"),
        (403, "discarded"),
        (413, "discarded"),
        (429, "pending"),
        (500, "pending"),
        (503, "pending"),
    ],
)
def test_answers_of_receivers(project: Shell, receiver: Receiver, status: int, state: str) -> None:
    """2xx is sent, redirects, 429 and 5xx stay pending, all else is discarded with its reason."""
    receiver.status = status
    receiver.headers = {"Location": receiver.dsn.replace("key@", "")}
    crash(project, receiver.dsn)
    [report] = listed(project)
    assert report["state"] == state
    assert str(status) in report["reason"] or state == "sent"
    assert receiver.asked == 1


def test_retry_after_holds_for_send_too(project: Shell, receiver: Receiver) -> None:
    """`send` overrides our back-off, but not a receiver's own word."""
    receiver.status, receiver.headers = 503, {"Retry-After": "3600"}
    crash(project, receiver.dsn)
    receiver.status = 200
    held = project.run("telemetry-hook", "send")
    assert held.returncode == 1
    assert "the receiver asked us to wait" in held.stdout
    assert receiver.bodies == []


def test_slow_receiver_is_waited_for_three_seconds(project: Shell, receiver: Receiver) -> None:
    """After three seconds the sender goes on alone, and the report arrives."""
    receiver.delay = 5
    screen = crash(project, receiver.dsn)
    assert "it continues in the background" in screen
    until(lambda: [each["state"] for each in listed(project)] == ["sent"])
    assert len(receiver.bodies) == 1


def test_interrupt_while_sending_is_quiet(project: Shell, receiver: Receiver) -> None:
    """Ctrl-C while we wait ends the wait; the report is not lost."""
    receiver.delay = 2
    terminal = project.terminal(*CRASH, LIFT_TELEMETRY_DSN=receiver.dsn)
    terminal.answer("yes")
    terminal.expect("Sending to")
    until(lambda: receiver.asked)
    terminal.process.sendintr()
    assert terminal.end() == 1
    assert "Traceback" not in terminal.screen.split("Sending to")[1]
    until(lambda: [each["state"] for each in listed(project)] == ["sent"])
    assert len(receiver.bodies) == 1


@pytest.mark.parametrize("moment", [0.0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3])
def test_killed_sender_loses_nothing(project: Shell, receiver: Receiver, moment: float) -> None:
    """Killed at any time before the receiver has answered, the report is there and arrives once."""
    receiver.delay = 1
    terminal = project.terminal(*CRASH, LIFT_TELEMETRY_DSN=receiver.dsn)
    terminal.answer("yes")
    until(lambda: list(project.home.outbox.glob("*.report")) and senders(project))
    time.sleep(moment)
    for each in senders(project):
        os.kill(each, signal.SIGKILL)
    terminal.end()
    [report] = listed(project)
    assert report["state"] == "pending"
    # The receiver may have got what the killed sender had handed over: then the id is the same.
    time.sleep(1.1)
    already = len(receiver.bodies)
    receiver.delay = 0
    assert project.run("telemetry-hook", "send").returncode == 0
    assert len(receiver.bodies) == already + 1
    assert len({json.loads(each.splitlines()[0])["event_id"] for each in receiver.bodies}) == 1


def test_two_senders_deliver_once(project: Shell, receiver: Receiver) -> None:
    """A report is claimed by one process; another leaves it alone."""
    receiver.delay = 1.5
    terminal = project.terminal(*CRASH, LIFT_TELEMETRY_DSN=receiver.dsn)
    terminal.answer("yes")
    until(lambda: receiver.asked)
    other = project.run("telemetry-hook", "send")
    assert (other.returncode, "it is being sent" in other.stdout) == (1, True)
    terminal.end()
    assert len(receiver.bodies) == 1


def test_discard(project: Shell) -> None:
    """One report, or all that wait, can be dropped; a sent one cannot."""
    for _ in range(3):
        crash(project, f"http://key@127.0.0.1:{free_port()}/1", "later")
    first = listed(project)[0]["receipt"]
    assert project.run("telemetry-hook", "discard", first).stdout == f"Discarded {first}.\n"
    assert project.run("telemetry-hook", "discard", first).returncode == 1
    assert project.run("telemetry-hook", "discard").stdout == "Discarded: 2.\n"


def test_status_says_what_happens(project: Shell, receiver: Receiver) -> None:
    """`status` names the decision and its rule; it is the crash's own function."""
    asks = project.terminal("telemetry-hook", "status", LIFT_TELEMETRY_DSN=receiver.dsn)
    asks.end()
    assert "lift: would ask: there is no standing answer" in asks.screen
    project.run("telemetry-hook", "always", "lift", LIFT_TELEMETRY_DSN=receiver.dsn)
    found = project.run(
        "telemetry-hook", "status", "lift", "--json", LIFT_TELEMETRY_DSN=receiver.dsn
    )
    [lift] = json.loads(found.stdout)
    assert lift["action"] == "send"
    ended = project.run(*CRASH, LIFT_TELEMETRY_DSN=receiver.dsn)
    assert "as you said always on " in ended.stderr
    until(lambda: receiver.bodies)
    assert project.run("telemetry-hook", "never", "--all").returncode == 0
    [lift] = json.loads(project.run("telemetry-hook", "status", "lift", "--json").stdout)
    assert lift["action"] == "discard"
    assert "you said never" in lift["reason"]
    said = project.run("telemetry-hook", "ask", "lift").stdout
    assert "But you said never to every tool on " in said
    assert "To change this: telemetry-hook ask --all" in said
    project.run("telemetry-hook", "ask", "--all")


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["never"], 2),
        (["never", "lift", "--all"], 2),
        (["nonsense"], 2),
        (["always", "unknown"], 1),
        (["status", "unknown"], 1),
        (["show", "unknown"], 1),
        (["send", "unknown"], 1),
        (["status"], 0),
        (["list"], 0),
        (["doctor"], 0),
        (["--version"], 0),
    ],
)
def test_exit_statuses(shell: Shell, arguments: list[str], status: int) -> None:
    """0 is done, 1 not done, 2 wrong usage; and a failure is one clear line."""
    ended = shell.run("telemetry-hook", *arguments)
    assert ended.returncode == status
    assert "Traceback" not in ended.stderr
    if status == 1:
        assert len(ended.stderr.splitlines()) == 1
    assert shell.home.files() == []


def test_unwritable_home_is_said_once(project: Shell, kent: Kent, tmp_path: Path) -> None:
    """Where nothing can be stored nothing is sent; one line says so, the crash is untouched."""
    (project.home.directory / ".local").write_text("a file where a directory should be")
    terminal = project.terminal(*CRASH, LIFT_TELEMETRY_DSN=kent.dsn)
    terminal.answer("yes")
    assert terminal.end() == 1
    after = terminal.screen.split("yes\r\n")[-1]
    assert after.count("telemetry-hook: nothing was sent") == 1
    assert "Traceback" not in after
    assert kent.events() == []


def test_foreign_files_in_the_outbox_are_passed_over(project: Shell, receiver: Receiver) -> None:
    """A damaged report and files of others do not keep the rest from being sent."""
    crash(project, receiver.dsn, "later")
    for name, content in {"x.report": b"junk", "y.report": b'{"format": 1}\n', "z": b""}.items():
        (project.home.outbox / name).write_bytes(content)
    assert len(listed(project)) == 1
    [good] = [each for each in project.home.outbox.glob("*.report") if len(each.stem) == 32]
    good.write_bytes(good.read_bytes()[:-10])
    assert listed(project) == []
    assert project.run("telemetry-hook", "send").stdout == "Nothing is pending.\n"
    assert receiver.asked == 0
