"""Nothing leaves before a yes or against a never, whatever programs, projects and other senders try."""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Callable
from pathlib import Path

import pexpect
import pytest
from conftest import PLUGIN, QUESTION, Kent, Receiver, Shell, Terminal, make_tool, until

CRASH = ("lift", "up", "--schema", "cycle.lift", "--create-db")
TOOL = """
import os, sqlite3, sys
class WiredError(Exception): pass
def plain(*_): raise WiredError("this was bound to happen")
def changes(*given):
    os.environ.update(each.split("=", 1) for each in given)
    plain()
def clears(*_):
    os.environ.clear()
    plain()
def queries(statement): sqlite3.connect(":memory:").execute(statement)
def joined(*_): raise WiredError("the \u200d joiner and the \u200f mark are in the way")
def loose(*_):
    os.umask(0)
    plain()
def main(): globals()[sys.argv[1]](*sys.argv[2:])
"""


AUDIT = """\
import sys, os
def _audit(event, arguments):
    if event.startswith("socket.") and event != "socket.gethostname":
        with open(os.environ["AUDIT"], "a") as file:
            file.write(f"{event} {arguments}\\n")
sys.addaudithook(_audit)
"""


@pytest.fixture
def wired(shell: Shell, receiver: Receiver, install: Callable[..., None], tmp_path: Path) -> Shell:
    """Return a shell with a tool that does as it is told, and reports to the receiver."""
    plugin = PLUGIN.replace(
        'FileReceiver(os.environ["REPORTS"])', f'SentryReceiver("{receiver.dsn}")'
    )
    install(make_tool(tmp_path, "wired", TOOL, plugin=plugin))
    return shell


def answered(shell: Shell, answer: str, *command: str, **variables: str) -> str:
    terminal = shell.terminal(*command, **variables)
    terminal.answer(answer)
    assert terminal.end() == 1
    return " ".join(terminal.screen.rpartition(QUESTION)[2].split())


def listed(shell: Shell) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(shell.run("telemetry-hook", "list", "--json").stdout)
    return found


def test_nothing_is_connected_before_the_answer(project: Shell, kent: Kent) -> None:
    """No socket is made, no name looked up before the yes; then one connection is."""
    audit = project.home.directory.parent / "sockets"
    start = project.environment.site / "aaa_audit.pth"
    module = project.environment.site / "aaa_audit.py"
    module.write_text(AUDIT)
    start.write_text("import aaa_audit\n")
    try:
        terminal = project.terminal(*CRASH, LIFT_TELEMETRY_DSN=kent.dsn, AUDIT=str(audit))
        terminal.answer("view")
        terminal.expect(QUESTION)
        assert not audit.exists()
        terminal.process.sendline("yes")
        terminal.expect("Receipt: ")
        terminal.end()
        until(audit.exists)
        connected = [
            line for line in audit.read_text().splitlines() if line.startswith("socket.connect ")
        ]
        assert len(connected) == 1
        assert str(kent.port) in connected[0]
    finally:
        start.unlink()
        module.unlink()


def test_always_sends_without_asking_or_waiting(project: Shell, kent: Kent) -> None:
    """After an always, crashes are sent without a terminal, announced in one line."""
    terminal = project.terminal(*CRASH, LIFT_TELEMETRY_DSN=kent.dsn)
    terminal.answer("always")
    terminal.expect("Receipt: ")
    terminal.end()
    ended = project.run("lift", "status", "--schema", "cycle.lift", LIFT_TELEMETRY_DSN=kent.dsn)
    assert ended.returncode == 1
    [line] = ended.stderr.split("is waiting for Profile\n")[1].splitlines()
    assert re.fullmatch(
        r"telemetry-hook: sending report [0-9a-f]{8} of this crash to Acme Ltd, "
        r"as you said always on [0-9-]{10}\. To stop: telemetry-hook never lift",
        line,
    )
    until(lambda: len(kent.events()) == 2)


def test_always_asks_again_for_a_new_receiver(project: Shell, kent: Kent) -> None:
    """An always is for one address: another one asks again."""
    terminal = project.terminal(*CRASH, LIFT_TELEMETRY_DSN=kent.dsn)
    terminal.answer("always")
    terminal.end()
    elsewhere = kent.dsn.replace("/3", "/4")
    again = project.terminal(*CRASH, LIFT_TELEMETRY_DSN=elsewhere)
    again.answer("no")
    again.end()
    assert len(kent.events()) == 1


def test_later_keeps_the_report_and_sends_nothing(project: Shell, kent: Kent) -> None:
    """A later keeps the report for the commands; sending it is a second decision."""
    terminal = project.terminal(*CRASH, LIFT_TELEMETRY_DSN=kent.dsn)
    terminal.answer("l")
    terminal.expect("telemetry-hook review")
    terminal.end()
    assert kent.events() == []
    [kept] = json.loads(project.run("telemetry-hook", "list", "--json").stdout)
    assert kept["state"] == "later"
    assert project.run("telemetry-hook", "send").stdout == "Nothing is pending.\n"
    sent = project.run("telemetry-hook", "send", kept["receipt"])
    assert (sent.returncode, sent.stdout) == (0, f"{kept['receipt']}  sent\n")
    assert len(kent.events()) == 1


def test_typed_ahead_is_no_answer(project: Shell) -> None:
    """What was typed before the question is dropped."""
    terminal = project.terminal(*CRASH)
    terminal.process.send("yes\nalways\n")
    terminal.expect(QUESTION)
    terminal.process.sendline("no")
    terminal.end()
    assert project.home.files() == []


@pytest.mark.once
def test_an_answer_is_for_the_question_it_was_typed_under(wired: Shell, receiver: Receiver) -> None:
    """Where two programs die on one terminal, one of them asks, and gets the answer."""
    script = (
        "import subprocess, time; one = subprocess.Popen(['wired', 'plain']); time.sleep(1.5);"
        "two = subprocess.Popen(['wired', 'plain', 'two']); two.wait(); print('TWO', flush=True);"
        "one.wait()"
    )
    path = f"{wired.environment.bin}:{os.environ['PATH']}"
    terminal = wired.terminal("python", "-c", script, PATH=path)
    terminal.expect(QUESTION)
    terminal.expect("TWO")
    terminal.process.sendline("yes")
    terminal.end()
    assert terminal.screen.count("has crashed") == 1
    assert len(receiver.bodies) == 1


@pytest.mark.parametrize("how", ["changes", "clears"])
@pytest.mark.parametrize(
    "variables",
    [{"DO_NOT_TRACK": "1"}, {"DO_NOT_TRACK": "false"}, {"TELEMETRY_HOOK": "never"}],
    ids=str,
)
def test_what_forbade_at_the_start_forbids(
    wired: Shell, receiver: Receiver, how: str, variables: dict[str, str]
) -> None:
    """A program that changes its environment, as for a project's file, cannot allow what was forbidden."""
    wired.run("telemetry-hook", "always", "wired")
    wired.run("wired", how, "DO_NOT_TRACK=0", "TELEMETRY_HOOK=", **variables)
    terminal = wired.terminal("wired", how, "DO_NOT_TRACK=0", "TELEMETRY_HOOK=", **variables)
    terminal.end()
    assert "has crashed" not in terminal.screen
    assert receiver.asked == 0
    assert not wired.home.outbox.exists()


@pytest.mark.once
def test_what_a_program_forbids_itself_is_forbidden(wired: Shell) -> None:
    """A program may set DO_NOT_TRACK while it runs."""
    terminal = wired.terminal("wired", "changes", "DO_NOT_TRACK=1")
    terminal.end()
    assert "has crashed" not in terminal.screen


@pytest.mark.once
def test_a_project_cannot_answer_for_its_user(wired: Shell, receiver: Receiver) -> None:
    """Answers that a program is led to while it runs do not count."""
    elsewhere = wired.directory / "evil"
    wired.run("telemetry-hook", "always", "wired", XDG_CONFIG_HOME=str(elsewhere))
    assert list(elsewhere.rglob("answers.json"))
    wired.run("telemetry-hook", "never", "--all")
    terminal = wired.terminal("wired", "changes", f"XDG_CONFIG_HOME={elsewhere}")
    terminal.end()
    assert "has crashed" not in terminal.screen
    assert receiver.asked == 0
    wired.run("telemetry-hook", "ask", "--all")
    fresh = wired.terminal("wired", "changes", f"XDG_CONFIG_HOME={elsewhere}", f"HOME={elsewhere}")
    fresh.answer("no")
    fresh.end()
    assert receiver.asked == 0


@pytest.mark.once
def test_another_failure_of_the_same_statement_is_another_crash(
    wired: Shell, receiver: Receiver
) -> None:
    """What one statement says in one way today it may say in another tomorrow."""
    answered(wired, "yes", "wired", "queries", "select * from nosuch")
    answered(wired, "yes", "wired", "queries", "this is no query")
    again = wired.terminal("wired", "queries", "select * from another")
    again.end()
    assert "reported already" in again.screen
    assert len(receiver.bodies) == 2


@pytest.mark.once
def test_a_report_goes_to_the_address_that_was_agreed_to(wired: Shell, receiver: Receiver) -> None:
    """A stored report whose address was changed is no report of ours."""
    other = Receiver()
    answered(wired, "later", "wired", "plain")
    [path] = wired.home.outbox.glob("*.report")
    content = path.read_bytes()
    for url in (
        f"{other.url}/api/1/envelope/",
        "file:///tmp/overwritten",
        f"{receiver.url}/api/2/",
    ):
        head, _, body = content.partition(b"\n")
        values = {**json.loads(head), "url": url, "state": "pending"}
        path.write_bytes(json.dumps(values).encode() + b"\n" + body)
        assert wired.run("telemetry-hook", "send").stdout == "Nothing is pending.\n"
        assert wired.run("telemetry-hook", "send", path.name[:8]).returncode == 1
    assert (receiver.asked, other.asked) == (0, 0)


@pytest.mark.once
def test_an_always_that_was_taken_back_sends_nothing(wired: Shell, receiver: Receiver) -> None:
    """What is pending by an always waits for the user's word once that is gone."""
    wired.run("telemetry-hook", "always", "wired")
    receiver.status = 503
    wired.run("wired", "plain")
    until(lambda: receiver.asked == 1)
    until(lambda: listed(wired)[0]["state"] == "pending" and listed(wired)[0]["reason"])
    receiver.status = 200
    said = wired.run("telemetry-hook", "ask", "wired").stdout
    assert "Pending reports that are now kept for `telemetry-hook review`: 1." in said
    answered(wired, "yes", "wired", "queries", "nonsense")
    assert len(receiver.bodies) == 1
    assert sorted(each["state"] for each in listed(wired)) == ["later", "sent"]


@pytest.mark.once
@pytest.mark.parametrize("answer", ["yes", "always", "later"])
def test_a_never_that_was_said_meanwhile_counts(
    wired: Shell, receiver: Receiver, answer: str
) -> None:
    """While a question waits, a never elsewhere ends it: nothing is sent, kept or saved."""
    terminal = wired.terminal("wired", "plain")
    terminal.expect(QUESTION)
    wired.run("telemetry-hook", "never", "--all")
    terminal.process.sendline(answer)
    assert terminal.end() == 1
    assert "you said never to every tool" in " ".join(terminal.screen.split())
    assert not list(wired.home.outbox.glob("*")) if wired.home.outbox.exists() else True
    assert list(json.loads(wired.home.answers.read_text())["answers"]) == ["*"]
    assert receiver.asked == 0


@pytest.mark.once
def test_a_never_while_it_is_being_sent_is_the_last_attempt(
    wired: Shell, receiver: Receiver
) -> None:
    """A report whose attempt fails after a never is discarded, and not tried again."""
    receiver.delay, receiver.status = 1.5, 503
    terminal = wired.terminal("wired", "plain")
    terminal.answer("yes")
    until(lambda: receiver.asked)
    wired.run("telemetry-hook", "never", "wired")
    terminal.end()
    until(lambda: [each["state"] for each in listed(wired)] == ["discarded"])


@pytest.mark.once
def test_looking_often_is_no_answer(wired: Shell) -> None:
    """View can be asked for as often as one likes."""
    terminal = wired.terminal("wired", "plain")
    for _ in range(7):
        terminal.answer("v")
    terminal.answer("no")
    assert terminal.end() == 1
    assert terminal.screen.count("SHA-256") == 7


@pytest.mark.once
def test_what_is_typed_and_not_sent_is_no_command(wired: Shell) -> None:
    """What stands on the line when the question ends does not reach the shell."""
    quick = wired.environment.site / "zzz_quick.pth"
    quick.write_text("import telemetry_hook._ask.terminal as t; t.SILENCE = 1\n")
    path = f"{wired.environment.bin}:{os.environ['PATH']}"
    try:
        command = ["sh", "-c", "wired plain; read -t 1 line || read line; echo GOT=$line="]
        terminal = Terminal(command, {**wired.home.environment, "PATH": path}, wired.directory)
        terminal.expect(QUESTION)
        terminal.process.send("touch x")
        terminal.expect("Nothing was sent.")
        terminal.process.sendline("mine")
        terminal.process.expect(pexpect.EOF)
    finally:
        quick.unlink()
    assert "GOT=mine=" in str(terminal.process.before)


@pytest.mark.once
@pytest.mark.account
def test_a_loose_umask_opens_nothing(wired: Shell) -> None:
    """Every directory that we make is the user's alone, whatever the program has set."""
    answered(wired, "later", "wired", "loose")
    made = [each for each in wired.home.directory.rglob("*") if each.is_dir()]
    assert {stat.S_IMODE(each.stat().st_mode) for each in made} == {0o700}


@pytest.mark.once
def test_a_report_whose_message_holds_marks_arrives(wired: Shell, receiver: Receiver) -> None:
    """What is known of a report can be read again, whatever its source has in a message."""
    assert "sent. Receipt: " in answered(wired, "yes", "wired", "joined")
    assert len(receiver.bodies) == 1
    assert listed(wired)[0]["title"] == "WiredError: the ? joiner and the ? mark are in the way"
