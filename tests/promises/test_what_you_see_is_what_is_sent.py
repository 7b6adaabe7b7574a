"""The main job: Lift dies, its user is asked, the report arrives in a real tracker."""

from __future__ import annotations

import hashlib
import json
import re
import socket
from pathlib import Path
from typing import Any

import pytest
from conftest import QUESTION, Kent, Shell, make_tool, until

CRASH = ("lift", "up", "--schema", "cycle.lift", "--create-db")

AUDIT = """\
import sys, os
def _audit(event, arguments):
    if event.startswith("socket.") and event != "socket.gethostname":
        with open(os.environ["AUDIT"], "a") as file:
            file.write(f"{event} {arguments}\\n")
sys.addaudithook(_audit)
"""


def test_yes_arrives_as_one_event(project: Shell, kent: Kent) -> None:
    """A yes arrives as one event with release, stack, tags and the template of the message."""
    terminal = project.terminal(*CRASH, LIFT_TELEMETRY_DSN=kent.dsn)
    terminal.answer("yes")
    terminal.expect("sent. Receipt: ")
    assert terminal.end() == 1

    [event] = kent.events()
    payload = event["payload"]["body"] if "payload" in event else event
    text = json.dumps(payload)
    assert "acme-lift@1.4.0" in text
    assert "cannot order models: <\\u2026> is waiting for <\\u2026>" in text
    found = _find(payload, "exception")
    [exception] = found["values"]
    assert (exception["type"], exception["module"]) == ("PlanError", "lift.plan")
    frames = exception["stacktrace"]["frames"]
    assert frames[0]["function"] == "<console script>"
    assert frames[-1]["function"] == "order_models"
    assert frames[-1]["context_line"].strip().startswith("raise PlanError(")
    assert {each.get("package", "").partition("@")[0] for each in frames} == {
        "",
        "acme-lift",
        "click",
    }
    assert _find(payload, "tags") == {
        "schema.models": "2",
        "schema.enums": "1",
        "schema.relations": "2",
        "schema.has_enums": "true",
        "schema.provider": "sqlite",
        "command": "up",
        "options": "--schema,--create-db",
        "installed": "pip",
        "terminal": "true",
        "ci": "false",
        "container": _find(payload, "tags")["container"],
    }
    assert frames[-1]["vars"]["ready"] == "list(0)"


def test_view_stored_and_sent_are_the_same_bytes(project: Shell, kent: Kent) -> None:
    """The view, the stored report and its hash are one and the same."""
    terminal = project.terminal(*CRASH, LIFT_TELEMETRY_DSN=kent.dsn)
    terminal.answer("view")
    terminal.answer("y")
    terminal.end()
    viewed = terminal.screen.replace("\r\n", "\n")
    sha = re.search(r"SHA-256 ([0-9a-f]{64})", viewed)
    assert sha is not None
    [path] = project.home.outbox.glob("*.report")
    head, _, body = path.read_bytes().partition(b"\n")
    assert sha[1] == json.loads(head)["sha256"] == hashlib.sha256(body).hexdigest()
    assert body.decode().rstrip() in viewed
    shown = project.run("telemetry-hook", "show", path.name[:8])
    assert shown.stdout.encode() == body


LEAKY_TOOL = """
import os, sys
from decimal import Decimal
class LibraryError(Exception): pass
class Row(dict): pass
def connect(url, password):
    local = password + "-in-a-local"
    try:
        {}[password]
    except KeyError as error:
        try:
            error.add_note("note " + password)
        except AttributeError:
            pass
        raise LibraryError(f"could not connect to {url} with {password!r} today") from error
def main():
    connect(sys.argv[2], os.environ["DATABASE_PASSWORD"])
"""


def test_no_planted_secret_leaves(shell: Shell, kent: Kent, install: Any, tmp_path: Path) -> None:
    """Arguments, locals, environment, messages, notes, paths, host and user stay here."""
    plugin = (
        "from telemetry_hook import *\nfrom telemetry_hook import hookimpl\nimport os\n"
        "@hookimpl\ndef telemetry_tool():\n"
        "    return Tool(name='leaky', publisher='A', purpose='to see',"
        " receiver=SentryReceiver(os.environ['DSN']), attributes=(Flag('has.things', 'Whether'),))\n"
        "@hookimpl\ndef telemetry_attributes(crash):\n"
        "    return {'has.things': True, 'undeclared': os.environ['DATABASE_PASSWORD']}\n"
    )
    install(make_tool(tmp_path, "leaky", LEAKY_TOOL, plugin=plugin))
    secrets = {
        "password": "hunter2-s3cret",
        "url": "postgresql://admin@db.internal.example/orders",
        "token": "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
    }
    terminal = shell.terminal(
        "leaky",
        "--connect",
        secrets["url"],
        secrets["token"],
        DATABASE_PASSWORD=secrets["password"],
        API_TOKEN=secrets["token"],
        DSN=kent.dsn,
        USER="johanna-doe",
    )
    terminal.answer("yes")
    terminal.expect("sent. Receipt: ")
    terminal.end()
    [event] = kent.events()
    text = json.dumps(event)
    assert "could not connect to <\\u2026> with <\\u2026> today" in text
    planted = [
        *secrets.values(),
        *("hunter2", "orders", "db.internal", "johanna-doe", "ghp_", "undeclared", 'in-a-local"'),
        *(str(shell.directory), str(shell.home.directory), str(shell.environment.directory)),
        socket.gethostname(),
    ]
    assert [each for each in planted if each in text] == []


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


@pytest.mark.parametrize("answer", ["no", "n", "", "N O".replace(" ", "")])
def test_no_leaves_nothing(project: Shell, answer: str) -> None:
    """A no, and a bare Enter, leave no file and no directory behind."""
    terminal = project.terminal(*CRASH)
    terminal.answer(answer)
    assert terminal.end() == 1
    assert project.home.files() == []


def test_end_of_input_and_interrupt_are_no(project: Shell) -> None:
    """Ctrl-D and Ctrl-C are a no, and the exit status stays."""
    for key in ("\x04", "\x03"):
        terminal = project.terminal(*CRASH)
        terminal.expect(QUESTION)
        terminal.process.send(key)
        assert terminal.end() == 1
        assert "Traceback" not in terminal.screen.split("has crashed")[1]
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


def test_typed_ahead_is_no_answer(project: Shell) -> None:
    """What was typed before the question is dropped."""
    terminal = project.terminal(*CRASH)
    terminal.process.send("yes\nalways\n")
    terminal.expect(QUESTION)
    terminal.process.sendline("no")
    terminal.end()
    assert project.home.files() == []


def test_users_mistakes_are_no_crash(project: Shell) -> None:
    """What the plugin expects, and what the tool handles itself, asks nothing."""
    terminal = project.terminal("lift", "up", "--schema", "missing.lift")
    assert terminal.end() == 1
    assert "has crashed" not in terminal.screen


def _find(payload: Any, key: str) -> Any:
    """Return the first value under a key, wherever it is nested."""
    if isinstance(payload, dict):
        if key in payload:
            return payload[key]
        payload = list(payload.values())
    if isinstance(payload, list):
        for each in payload:
            if (found := _find(each, key)) is not None:
                return found
    return None
