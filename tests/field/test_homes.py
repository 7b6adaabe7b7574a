"""Homes that are shared, that refuse locks or exclusive names, or that become read-only half-way."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import faults_by_call
import faults_judge
import kills
import pytest
from conftest import Environment, Home, Receiver, make_tool, needs, until

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(sys.platform != "linux", reason="it needs mounts and strace"),
]

ANSWERS = ("yes", "always", "never", "later")
COMMANDS = (("doomed", "1"), *(("telemetry-hook", name) for name in ("send", "discard", "doctor")))
CRASHES = 6  # on each of two machines
SECONDS = 5  # over the plain run
MACHINE = ("unshare", "--map-root-user", "--mount", "--pid", "--fork", "sh", "-c")
CRASHING = "for number in $1; do doomed $number; telemetry-hook send; telemetry-hook list; done"
# No file system without exclusive names can be had here: an `open` that refuses them stands in.
NOT_EXCLUSIVE = """
import os
if "DOOMED_NOT_EXCLUSIVE" in os.environ:
    import errno
    def not_exclusive(path, flags, *rest, opening=os.open, **named):
        if flags & os.O_EXCL and os.fspath(path).startswith(os.environ["HOME"]):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), path)
        return opening(path, flags, *rest, **named)
    os.open = not_exclusive
"""
OVER = 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1"'


@dataclass
class Homestead:
    """A home, a tool that crashes there, and its receiver."""

    environment: Environment
    home: Home
    receiver: Receiver

    def start(
        self, *command: str | Path, answer: str = "yes", **variables: str
    ) -> subprocess.Popen[str]:
        """Start a command with the environment's programs on its path."""
        environment = {**self.home.environment, "DOOMED_DSN": self.receiver.dsn}
        path = f"{self.environment.bin}{os.pathsep}{os.environ['PATH']}"
        return subprocess.Popen(
            command,
            env={**environment, "DOOMED_ANSWER": answer, "PATH": path, **variables},
            cwd=self.home.directory.parent,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, *command: str | Path, answer: str = "yes", **variables: str) -> str:
        """Run a command, wait for what it leaves behind, and return what it has printed."""
        process = self.start(*command, answer=answer, **variables)
        words = process.communicate(timeout=60)[0]
        self.wait()
        return words

    def wait(self) -> None:
        """Wait until no process of this home runs."""
        until(lambda: not kills.Processes(self.home).alive(), 60)

    def states(self) -> dict[str, str]:
        """Return the state of each report, by our own reading."""
        witness = kills.Witness(self.home.outbox)
        witness.look()
        assert witness.complaints == []
        return {report: str(witness.last(report)["state"]) for report in witness.heads}

    def arrived(self) -> Counter[str]:
        return Counter(filter(None, map(faults_by_call.event_id, self.receiver.bodies)))

    def deliver(self) -> None:
        """Send what is pending or kept, when all is well again."""
        self.run("telemetry-hook", "send")
        for report, state in self.states().items():
            if state == "later":
                self.run("telemetry-hook", "send", report)

    def judge(self, words: str) -> list[str]:
        """Return what is false of what was printed, and whether anything was printed at all."""
        states, is_sent = {*self.states().values()}, bool(self.receiver.bodies)
        complaints = [*faults_judge.false_claims(words, states, is_sent=is_sent)]
        if not any(claim.search(words) for claim in faults_judge.CLAIMS):
            complaints.append("silence")
        return [*complaints, *["a traceback of ours"] * (words.count(kills.TRACEBACK) > 1)]


@pytest.fixture
def doomed(environment: Environment, receiver: Receiver, tmp_path: Path) -> Iterator[Homestead]:
    """Return a home and a tool that crashes in many ways, and asks by a variable."""
    files = {
        "homes.py": faults_by_call.STOPPING_THREAD + NOT_EXCLUSIVE,
        "homes.pth": "import homes\n",
    }
    wheel = make_tool(tmp_path, "doomed", kills.CODE, plugin=kills.DOOMED, files=files)
    environment.pip("install", "--no-deps", wheel)
    home = Home(tmp_path / "home", is_measured=False)
    home.directory.mkdir()
    yield Homestead(environment, home, receiver)
    environment.remove(wheel)


def test_two_machines_share_a_home(doomed: Homestead) -> None:
    """They crash, tidy and send at once, and number processes alike; each report arrives once."""
    needs("mount namespaces")
    machines = []
    for first in (0, CRASHES):
        numbers = " ".join(map(str, range(first, first + CRASHES)))
        machines.append(doomed.start(*MACHINE, CRASHING, "sh", numbers))
    words = [machine.communicate(timeout=120)[0] for machine in machines]
    doomed.wait()
    doomed.deliver()
    assert [*doomed.states().values()] == ["sent"] * 2 * CRASHES, words
    assert [*doomed.arrived().values()] == [1] * 2 * CRASHES, words
    assert not doomed.home.log.exists(), doomed.home.log.read_text()


@pytest.mark.parametrize("error", ["ENOLCK", "ENOSYS"])
@pytest.mark.parametrize("answer", ANSWERS)
def test_a_home_without_locks(doomed: Homestead, answer: str, error: str) -> None:
    """Where `flock` fails in every process, as on some network disks, a report arrives, once."""
    needs("strace")
    tracer = ["strace", "-f", "-qq", "--seccomp-bpf", "-o", "/dev/null", "--trace=flock"]
    inject = ["-e", f"inject=flock:error={error}"]

    def seconds(command: tuple[str, ...], *options: str) -> tuple[float, str]:
        began = time.monotonic()
        words = doomed.run(*tracer, *options, *command, answer=answer)
        return time.monotonic() - began, words

    plain = {command: seconds(command)[0] for command in COMMANDS}
    shutil.rmtree(doomed.home.directory)
    doomed.home.directory.mkdir()
    doomed.receiver.bodies.clear()
    for command in COMMANDS:
        took, words = seconds(command, *inject)
        assert took < plain[command] + SECONDS, (command, words)
        assert words.count(kills.TRACEBACK) == (command[0] == "doomed"), (command, words)
        if command[0] == "doomed":
            assert doomed.judge(words) == [], words
            is_refused = faults_judge.NOTHING.search(words)
        if command == ("telemetry-hook", "send") and answer == "later":
            for report in doomed.states():
                doomed.run(*tracer, *inject, "telemetry-hook", "send", report)
    if answer == "never":
        saved = doomed.home.answers.exists() and '"never"' in doomed.home.answers.read_text()
        assert saved != bool(is_refused)
    is_expected = answer != "never" and not is_refused
    assert [*doomed.arrived().values()] == [1] * is_expected


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_home_without_exclusive_names(doomed: Homestead, answer: str) -> None:
    """Where no file can be made for one process alone, that is said, and what is said is so."""
    words = doomed.run("doomed", "1", answer=answer, DOOMED_NOT_EXCLUSIVE="1")
    assert doomed.judge(words) == [], words
    doomed.run("telemetry-hook", "send", DOOMED_NOT_EXCLUSIVE="1")
    doomed.deliver()
    is_refused = faults_judge.NOTHING.search(words) is not None
    assert len(doomed.arrived()) == (answer != "never" and not is_refused), words
    assert max(doomed.arrived().values(), default=1) == 1


@dataclass
class Mounts:
    """A namespace of mounts, in which a home can become read-only while programs run there."""

    home: Path
    process: subprocess.Popen[bytes]

    def enter(self, *command: str | Path) -> tuple[str | Path, ...]:
        """Return the command that runs another one in there."""
        process = str(self.process.pid)
        inside = ("nsenter", "-U", "--preserve-credentials", "-m", "-t", process)
        return (*inside, *command)

    def freeze(self) -> None:
        """Have nothing written in the home: what is open for writing stays so, as it may on a disk."""
        subprocess.run(self.enter("sh", "-c", OVER, "sh", self.home), check=True)

    def thaw(self) -> None:
        subprocess.run(self.enter("umount", self.home), check=True)


@pytest.fixture
def mounts(doomed: Homestead) -> Iterator[Mounts]:
    """Return a namespace that lasts as long as the test."""
    needs("mount namespaces")
    command = ["unshare", "--map-root-user", "--mount", "sh", "-c", "echo; exec sleep 600"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield Mounts(doomed.home.directory, process)
        process.kill()


def test_read_only_before_it_is_sent(doomed: Homestead, mounts: Mounts) -> None:
    """A kept report cannot be sent from a home that can no longer be written, and is not lost."""
    doomed.run(*mounts.enter("doomed", "1"), answer="later")
    [report] = doomed.states()
    mounts.freeze()
    words = doomed.run(*mounts.enter("telemetry-hook", "send", report))
    assert "Read-only file system" in words
    assert kills.TRACEBACK not in words
    assert doomed.arrived() == {}
    mounts.thaw()
    doomed.run(*mounts.enter("telemetry-hook", "send", report))
    assert doomed.states() == {report: "sent"}
    assert doomed.arrived() == {report: 1}


@pytest.mark.parametrize("moment", ["request", "answer"])
@pytest.mark.parametrize("answer", ["yes", "always"])
def test_read_only_while_it_is_sent(
    doomed: Homestead, mounts: Mounts, moment: str, answer: str
) -> None:
    """Before the request or before its answer: nothing is lost, and what is printed is so."""
    doomed.receiver.delay = 1.0 if moment == "answer" else 0
    variables = {"FAULTS_THREAD": "1"} if moment == "request" else {}
    program = doomed.start(*mounts.enter("doomed", "1"), answer=answer, **variables)
    if moment == "request":
        until(lambda: stopped(doomed.home))
        mounts.freeze()
        for process in stopped(doomed.home):
            os.kill(process, signal.SIGCONT)
    else:
        until(lambda: doomed.receiver.asked)
        mounts.freeze()
    words = program.communicate(timeout=60)[0]
    doomed.wait()
    assert doomed.judge(words) == [], words
    mounts.thaw()
    doomed.receiver.delay = 0
    doomed.deliver()
    assert [*doomed.states().values()] == ["sent"], words
    # That it has arrived cannot be written down, so that it may arrive again.
    assert [*doomed.arrived().values()] in ([1], [2])


def stopped(home: Home) -> list[int]:
    """Return the processes of a home that have stopped themselves."""
    states = {
        process: Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
        for process in kills.Processes(home).alive()
    }
    return [process for process, state in states.items() if state == "T"]
