"""Containers: the kernel kills the sender when the tool ends, so an exit under always waits for it.

`unshare` makes a process namespace, as a container's runtime does. Its first process is PID 1.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import (
    PLUGIN,
    Environment,
    Home,
    Receiver,
    Shell,
    make_tool,
    needs,
    processes,
    until,
)

CODE = """
import sys

def main():
    globals()[f"fail_{sys.argv[1]}"]()
""" + "".join(
    f"\ndef fail_{number}():\n    raise RuntimeError('this is crash {number}')\n"
    for number in range(10)
)
SENTRY = PLUGIN.replace("FileReceiver", "SentryReceiver").replace("REPORTS", "BOXED_DSN")
NAMESPACE = ("unshare", "--map-root-user", "--pid", "--fork")
# How a container starts a tool, and what shows its processes in /proc.
FIRST = (*NAMESPACE, "--mount-proc")
BELOW_SHELL = (*FIRST, "sh", "-c", '"$@"; exit $?', "sh")
OTHER_PROC = (*NAMESPACE, "sh", "-c", '"$@"; exit $?', "sh")
NO_PROC = (*NAMESPACE, "--mount", "sh", "-c", 'mount -t tmpfs none /proc; "$@"; exit $?', "sh")
WAYS = {
    "PID 1": FIRST,
    "below a shell": BELOW_SHELL,
    "other /proc": OTHER_PROC,
    "no /proc": NO_PROC,
}


@pytest.fixture(scope="module", autouse=True)
def boxed(environment: Environment, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Install a tool that has ten ways to crash."""
    wheel = make_tool(tmp_path_factory.mktemp("boxed"), "boxed", CODE, plugin=SENTRY)
    environment.pip("install", "--no-deps", wheel)
    yield
    environment.pip("uninstall", "--yes", "acme-boxed")


@pytest.fixture
def container(shell: Shell, receiver: Receiver) -> Shell:
    """Return a shell whose user has said always."""
    needs("mount namespaces")
    shell.home.variables["BOXED_DSN"] = receiver.dsn
    assert shell.run("telemetry-hook", "always", "boxed").returncode == 0
    return shell


def crash(
    container: Shell, way: str, number: int = 0, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Crash in a namespace of its own."""
    return container.run(*WAYS[way], container.find("boxed"), str(number), **variables)


def states(home: Home) -> list[Any]:
    """Return the states of the stored reports."""
    files = home.outbox.glob("*.report")
    return [json.loads(each.read_bytes().partition(b"\n")[0])["state"] for each in files]


@pytest.mark.parametrize("way", WAYS)
def test_a_report_arrives_from_a_container(container: Shell, receiver: Receiver, way: str) -> None:
    """The exit waits until the receiver has answered, and says so."""
    receiver.delay = 0.5
    ended = crash(container, way)
    assert ended.returncode == 1
    assert len(receiver.bodies) == 1
    assert states(container.home) == ["sent"]
    assert ended.stderr.count("telemetry-hook: ") == 2
    assert "telemetry-hook: sent. Receipt: " in ended.stderr.splitlines()[-1]


@pytest.mark.once
def test_ten_reports_of_ten_arrive(container: Shell, receiver: Receiver) -> None:
    """One after the other, each in a container of its own."""
    for number in range(10):
        crash(container, list(WAYS)[number % 4], number)
    assert len(receiver.bodies) == 10
    assert states(container.home) == ["sent"] * 10


@pytest.mark.once
@pytest.mark.parametrize("fault", ["unreachable", "hanging", "503"])
def test_a_receiver_that_fails(container: Shell, receiver: Receiver, fault: str) -> None:
    """The exit does not wait for long, and the report is kept."""
    if fault == "503":
        receiver.status = 503
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        if fault == "unreachable":
            silent.close()
        if fault != "503":
            dsn = f"http://key@127.0.0.1:{port}/1"
            container.home.variables["BOXED_DSN"] = dsn
            container.run("telemetry-hook", "always", "boxed")
        start = time.monotonic()
        ended = crash(container, "PID 1")
        took = time.monotonic() - start
    assert ended.returncode == 1
    assert states(container.home) == ["pending"]
    [stored] = container.home.outbox.glob("*.report")
    assert took < 15  # an attempt alone may take 20 seconds
    late = "there was no answer within 5 seconds"  # on a busy machine, of any receiver
    reasons = {
        "unreachable": ("the network failed: the receiver cannot be reached", late),
        "hanging": (late,),
        "503": ("the receiver answered 503", late),
    }
    ends = [
        f"telemetry-hook: not yet: {reason}.\nIt is kept and tried again the next time a "
        f"report is sent. To try now: telemetry-hook send {stored.name[:8]}\n"
        for reason in reasons[fault]
    ]
    assert ended.stderr.endswith(tuple(ends))


@pytest.mark.once
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_container_that_is_stopped_ends_at_once(
    container: Shell, receiver: Receiver, number: int
) -> None:
    """For PID 1, the kernel discards a signal that has no handler."""
    receiver.delay = 10
    home = f"HOME={container.home.directory}".encode()
    # In the background of a shell, tests run with SIGINT ignored.
    heard = ("env", "--default-signal=INT")
    with subprocess.Popen(
        [*heard, *FIRST, container.find("boxed"), "0"],
        env=container.home.environment,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        until(lambda: receiver.asked)
        [first] = [
            each
            for each, status in processes("status").items()
            if b"PPid:\t%d\n" % process.pid in status
        ]
        assert home in processes("environ")[first]
        os.kill(first, number)
        assert process.stderr is not None
        said = process.stderr.read()
        process.wait()
    assert process.returncode == 1
    assert "not yet: the program was stopped." in said
    assert states(container.home) == ["pending"]


@pytest.mark.once
def test_a_yes_in_a_container_is_not_said_to_continue(container: Shell, receiver: Receiver) -> None:
    """After three seconds the sender ends with the tool, so nothing goes on in the background."""
    container.run("telemetry-hook", "ask", "boxed")
    receiver.delay = 5
    terminal = container.terminal(*FIRST, container.find("boxed"), "0")
    terminal.answer("yes")
    assert terminal.end() == 1
    assert "background" not in terminal.screen
    assert "not yet: there was no answer within 3 seconds." in terminal.screen
    assert states(container.home) == ["pending"]


@pytest.mark.once
def test_elsewhere_the_exit_does_not_wait(container: Shell, receiver: Receiver) -> None:
    """The sender continues alone."""
    receiver.delay = 4
    ended = container.run("boxed", "0")
    assert not receiver.bodies
    assert ended.stderr.count("telemetry-hook: ") == 1
    until(lambda: states(container.home) == ["sent"])
