"""What somebody could try to get a report sent, or an answer lost, without the user's word."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pexpect
import pytest
from conftest import PLUGIN, QUESTION, Receiver, Shell, Terminal, make_tool, until

from telemetry_hook import _report
from telemetry_hook._disk import paths
from telemetry_hook._errors import StorageError
from telemetry_hook._outbox import entry, store

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


def test_what_a_program_forbids_itself_is_forbidden(wired: Shell) -> None:
    """A program may set DO_NOT_TRACK while it runs."""
    terminal = wired.terminal("wired", "changes", "DO_NOT_TRACK=1")
    terminal.end()
    assert "has crashed" not in terminal.screen


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


def test_looking_often_is_no_answer(wired: Shell) -> None:
    """View can be asked for as often as one likes."""
    terminal = wired.terminal("wired", "plain")
    for _ in range(7):
        terminal.answer("v")
    terminal.answer("no")
    assert terminal.end() == 1
    assert terminal.screen.count("SHA-256") == 7


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


def test_a_loose_umask_opens_nothing(wired: Shell) -> None:
    """Every directory that we make is the user's alone, whatever the program has set."""
    answered(wired, "later", "wired", "loose")
    made = [each for each in wired.home.directory.rglob("*") if each.is_dir()]
    assert {stat.S_IMODE(each.stat().st_mode) for each in made} == {0o700}


def test_a_report_whose_message_holds_marks_arrives(wired: Shell, receiver: Receiver) -> None:
    """What is known of a report can be read again, whatever its source has in a message."""
    assert "sent. Receipt: " in answered(wired, "yes", "wired", "joined")
    assert len(receiver.bodies) == 1
    assert listed(wired)[0]["title"] == "WiredError: the ? joiner and the ? mark are in the way"


def test_what_steers_a_terminal_is_escaped() -> None:
    """Control characters and those that turn the writing round are escapes in every body."""
    text = "a\x9b2Jb\u202ec\x7f\x1b[2J\ud800…é"
    body = _report.dump({"text": text})
    assert json.loads(body)["text"] == text
    assert all(each.isprintable() or each == "\n" for each in body.decode())
    assert "…é" in body.decode()


@pytest.mark.parametrize(
    "values",
    [
        {"created": 1e300},
        {"created": float("nan")},
        {"changed": -5},
        {"tool": "a\x1b[2J"},
        {"headers": {"a": "b\n"}},
        {"id": "../../evil"},
        {"attempts": True},
        {"state": "sending"},
    ],
    ids=str,
)
def test_heads_that_are_odd_are_no_heads(values: dict[str, object]) -> None:
    """Times that no clock shows, texts that steer a terminal, and ids that lead elsewhere."""
    good = {
        "format": 1,
        "id": "0" * 32,
        "state": "sent",
        "tool": "t",
        "publisher": "p",
        "url": "https://a/",
        "headers": {},
        "sha256": "",
        "size": 0,
        "created": 1,
        "changed": 1,
    }
    assert entry.decode(json.dumps(good).encode()).tool == "t"
    with pytest.raises(ValueError, match=r".*"):
        entry.decode(json.dumps({**good, **values}).encode())


def test_the_step_after_an_attempt_is_on_disk_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the step could not be written down, there is no attempt."""
    monkeypatch.setattr(paths, "outbox", lambda: tmp_path)
    stored = entry.Entry(
        id="0" * 32,
        state="pending",
        tool="t",
        publisher="p",
        url="https://a/",
        headers={},
        sha256="",
        size=4,
        created=1.0,
        changed=1.0,
    )
    with store.about_to_be_sent(stored, b"body") as sent:
        [temporary] = tmp_path.iterdir()
        assert temporary.read_bytes().endswith(b"body")
        sent()
    assert [each.name for each in tmp_path.iterdir()] == [f"{'0' * 32}.report"]

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    attempts = []
    with pytest.raises(StorageError), store.about_to_be_sent(stored, b"body"):
        attempts.append(1)
    assert attempts == []
    assert len(list(tmp_path.iterdir())) == 1
