"""View, the stored report, what is sent and the hash that is shown are of the same bytes."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING

from telemetry_hook._ask.summary import summary

if TYPE_CHECKING:
    from conftest import Receiver, Shell

CRASH = ("lift", "up", "--schema", "cycle.lift", "--create-db")


def test_view_stored_and_sent_are_the_same_bytes(project: Shell, receiver: Receiver) -> None:
    """What `view` and `show` print is what is stored and what the receiver gets."""
    terminal = project.terminal(*CRASH, LIFT_TELEMETRY_DSN=receiver.dsn)
    terminal.answer("view")
    terminal.answer("y")
    terminal.expect("sent. Receipt: ")
    terminal.end()
    viewed = terminal.screen.replace("\r\n", "\n")
    sha = re.search(r"SHA-256 ([0-9a-f]{64})", viewed)
    assert sha is not None
    [path] = project.home.outbox.glob("*.report")
    head, _, body = path.read_bytes().partition(b"\n")
    assert receiver.bodies == [body]
    assert sha[1] == json.loads(head)["sha256"] == hashlib.sha256(body).hexdigest()
    assert body.decode().rstrip() in viewed
    shown = project.run("telemetry-hook", "show", "--raw", path.name[:8])
    assert shown.stdout.encode() == body
    said = summary(body)
    shown = project.run("telemetry-hook", "show", path.name[:8])
    assert shown.stdout.encode() == f"{said}\n\n".encode() + body
    assert said in viewed


def test_a_report_that_was_changed_is_not_sent(project: Shell, receiver: Receiver) -> None:
    """Nothing is added after the question: other bytes than those of the hash are no report."""
    terminal = project.terminal(*CRASH, LIFT_TELEMETRY_DSN=receiver.dsn)
    terminal.answer("later")
    terminal.end()
    [path] = project.home.outbox.glob("*.report")
    content = path.read_bytes()
    path.write_bytes(content[:-2] + b" " + content[-1:])
    assert project.run("telemetry-hook", "send", path.name[:8]).returncode == 1
    assert receiver.asked == 0
    path.write_bytes(content)
    assert project.run("telemetry-hook", "send", path.name[:8]).returncode == 0
    assert receiver.bodies == [content.partition(b"\n")[2]]
