"""Makes each single system call of saving and of sending a report fail, and judges what became of it.

A made-up tool crashes and is answered; from the answer on, its calls are counted, and in each run one
of them fails. So it is with the sender and with `telemetry-hook send`, from their first call on. Then
everything is healed, what is pending is delivered, and the outbox, the receiver and the words that
were printed are compared.

Calls on a user's files, on pipes and on the network fail in each way there is. Those on Python's own
files, which an import looks for and reads, are thousands of one kind: each fails in one way, in turn.
Calls of `traced.LEFT_OUT` do not fail. It is for Linux alone.

    PYTHONPATH=tests python tests/faults_by_call.py --every 20 --offset 3
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import kills
import traced
from conftest import Environment, Home, Receiver, make_tool, until
from faults_judge import ANSWERS, HANG, Judge, Run, Scene
from traced import ERRORS, SIGNAL, Fault

WORKERS = 3
LONG = 60  # seconds, until what hangs is killed
DRAINS = 4
HOMES = "homes"
SENDERS = ("sender", "sender-thread", "send", "send-thread")
ANSWERED = "<answered>\n"
COLUMNS = ("runs", "lost", "doubled", "false words", "hangs")

STOPPING = "    import signal\n    os.write(2, {!r})\n    os.kill(os.getpid(), signal.SIGSTOP)\n"
PLUGIN = kills.DOOMED.replace("    return os", f"{STOPPING.format(ANSWERED.encode())}    return os")
# A process that is to be traced in the thread that it starts stops itself there.
STOPPING_THREAD = f"""
import os
if "FAULTS_THREAD" in os.environ:
    import _thread, sys
    first = _thread.get_ident()
    def stop(*_):
        global first
        if first not in (None, _thread.get_ident()):
            first = None
            os.kill(os.getpid(), {int(signal.SIGSTOP)})
    sys.addaudithook(stop)
"""

SCENES = [
    *(Scene(answer, status) for answer in ("yes", "always") for status in (200, 500)),
    *(Scene("never"), Scene("later")),
    *(Scene(sender, status) for sender in SENDERS for status in (200, 500)),
]
# Where calls on Python's own files fail too: what a sender imports does not depend on its receiver.
WITH_IMPORTS = [scene for scene in SCENES if scene.column == "save" or scene.status == 200]


class Place:
    """A receiver, and one home after another; one run at a time."""

    def __init__(self, environment: Environment, directory: Path) -> None:
        self._environment = environment
        self._directory = directory
        self._receiver = Receiver()
        self._numbers = itertools.count()
        self._home = Home(directory)
        self._kept = b""
        self._new_home()
        self._save(Run(Scene("later"), None))
        [kept] = self._home.outbox.iterdir()
        self._name, self._kept = kept.name, kept.read_bytes()

    def run(self, scene: Scene, fault: Fault | None = None) -> Run:
        """Do what a scene is of, with a fault, heal, deliver and look. Without one, record the calls."""
        run = Run(scene, fault)
        self._new_home()
        self._receiver.status = scene.status
        self._receiver.bodies.clear()
        (self._save if scene.what in ANSWERS else self._send)(run)
        self._await_end(run)
        log = self._home.directory.parent / "log"
        if fault is not None:
            run.hit = fault.hit(log)
        run.before, run.arrived_in_time = self._states(run), self._arrived()
        self._receiver.status = 200
        for _ in range(DRAINS):
            if "pending" not in self._states(run).values():
                break
            self._command("send")
        for report, state in self._states(run).items():
            if state == "later" and scene.what != "never":
                self._command("send", report)
        run.after, run.arrived = self._states(run), self._arrived()
        shutil.rmtree(self._home.directory.parent)
        return run

    def _new_home(self) -> None:
        directory = self._directory / str(next(self._numbers))
        self._home = Home(directory / "home", is_measured=False)
        self._home.directory.mkdir(parents=True)

    def _save(self, run: Run) -> None:
        if run.scene.what == "never":
            self._write_pending()
        log = self._home.directory.parent / "log"
        program = self._start(self._environment.bin / "doomed", "1", answer=run.scene.what)
        with program:
            assert traced.await_stop(program.pid), "the tool did not crash"
            options = traced.CHILDREN if run.fault is None else run.fault.options()
            began = time.monotonic()
            with traced.attached(program.pid, log, *options):
                self._wait(program)
            run.seconds = time.monotonic() - began
        run.status = program.returncode
        run.words = self._output.read_text().partition(ANSWERED)[2]
        if run.fault is None:
            run.calls = traced.without_polls(traced.calls(log, program.pid))

    def _send(self, run: Run) -> None:
        self._write_pending()
        log = self._home.directory.parent / "log"
        report = self._name.partition(".")[0]
        program: list[str | Path] = [self._environment.bin / "telemetry-hook", "send", report]
        if run.scene.what.startswith("sender"):
            script = self._environment.site / "telemetry_hook/_sender.py"
            program = [self._environment.python, "-I", script, report]
        began = time.monotonic()
        if run.scene.what.endswith("thread"):
            with self._start(*program, FAULTS_THREAD="1") as process:
                assert traced.await_stop(process.pid), "it has started no thread"
                task = traced.second_task(process.pid)
                options = ["--trace=all"] if run.fault is None else run.fault.options()
                with traced.attached(task, log, *options):
                    self._wait(process)
        else:
            with self._start(*traced.command(log, run.fault, *program)) as process:
                self._wait(process)
        run.seconds = time.monotonic() - began
        run.status = process.returncode
        run.words = self._output.read_text()
        if run.fault is None:
            run.calls = [call for call in traced.calls(log) if call.name != "execve"]

    def _write_pending(self) -> None:
        """Put a report that waits to be sent into the outbox."""
        line, _, body = self._kept.partition(b"\n")
        line = line.replace(b'"state": "later"', b'"state": "pending"')
        self._home.outbox.mkdir(mode=0o700, parents=True)
        path = self._home.outbox / self._name
        path.write_bytes(line + b"\n" + body)
        path.chmod(0o600)

    @property
    def _output(self) -> Path:
        return self._home.directory.parent / "output"

    def _start(
        self, *command: str | Path, answer: str = "", **variables: str
    ) -> subprocess.Popen[bytes]:
        # The order of sets is the same in each run, and with it the order of calls.
        variables |= {
            "PYTHONHASHSEED": "0",
            "DOOMED_DSN": self._receiver.dsn,
            "DOOMED_ANSWER": answer,
        }
        with self._output.open("wb") as output:
            return subprocess.Popen(
                command,
                env={**self._home.environment, **variables},
                cwd=self._home.directory.parent,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        try:
            process.wait(LONG)
        except subprocess.TimeoutExpired:
            for each in kills.Processes(self._home).alive():
                os.kill(each, signal.SIGKILL)

    def _await_end(self, run: Run) -> None:
        """Wait for the senders too."""
        processes = kills.Processes(self._home)
        try:
            until(lambda: not processes.alive(), LONG)
        except AssertionError:
            run.seconds += LONG
            for each in processes.alive():
                os.kill(each, signal.SIGKILL)

    def _command(self, *arguments: str) -> None:
        with self._start(self._environment.bin / "telemetry-hook", *arguments) as process:
            self._wait(process)

    def _states(self, run: Run) -> dict[str, str]:
        witness = kills.Witness(self._home.outbox)
        witness.look()
        run.damaged += witness.complaints
        run.reasons = {
            report: str(witness.last(report)["reason"])
            for report in witness.heads
            if witness.last(report).get("reason")
        }
        if self._home.answers.exists():
            answers = json.loads(self._home.answers.read_text())["answers"]
            run.saved = answers.get("doomed", {}).get("answer")
        return {report: str(witness.last(report)["state"]) for report in witness.heads}

    def _arrived(self) -> Counter[str]:
        return Counter(filter(None, map(event_id, self._receiver.bodies)))


def event_id(body: bytes) -> str:
    """Return the id of a report, '' if a part of it is missing: then no receiver takes it."""
    try:
        head, item, event = map(json.loads, body.split(b"\n", 2))
    except ValueError:
        return ""
    return str(head["event_id"]) if item and event else ""


@dataclass
class Figures:
    """What all runs have come to."""

    counts: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    complaints: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    def add(self, run: Run, plain: Run) -> None:
        """Add a run."""
        self.counts[run.error, run.scene.column, "runs"] += 1
        if not run.hit:
            self.missed.append(run.described())
        found: dict[str, list[str]] = {}
        for column, text in Judge(run, plain).complaints():
            found.setdefault(column, []).append(text)
        for column, texts in found.items():
            self.counts[run.error, run.scene.column, column] += 1
            self.complaints.append(f"{column}: {'; '.join(texts)}\n  {run.described()}")

    def table(self) -> str:
        """Return a table: errors, and what came of them in saving and in sending."""
        columns = [(part, name) for part in ("save", "send") for name in COLUMNS]
        lines = [" " * 8 + "".join(f"{part} {name}".rjust(18) for part, name in columns)]
        for error in (*ERRORS, SIGNAL):
            row = [self.counts[error, part, name] for part, name in columns]
            lines.append(f"{error:<8}" + "".join(f"{count:>18}" for count in row))
        return "\n".join([*lines, f"calls that were not reached again: {len(self.missed)}"])


def wheel(directory: Path) -> Path:
    """Make the tool that crashes, and stops itself at the answer."""
    files = {"faults_stop.py": STOPPING_THREAD, "faults_stop.pth": "import faults_stop\n"}
    return make_tool(directory, "doomed", kills.CODE, plugin=PLUGIN, files=files)


def faults(plain: Run, homes: Path, turn: Iterator[int]) -> Iterator[Fault]:
    """Yield the faults of a scene whose calls were recorded."""
    errors = (*ERRORS, SIGNAL)
    for call in plain.calls:
        if traced.is_of(call, homes):
            yield from (Fault(call, error) for error in errors)
        elif plain.scene in WITH_IMPORTS:
            yield Fault(call, errors[next(turn) % len(errors)])


def only(description: str, plains: dict[Scene, Run]) -> list[tuple[Scene, Fault]]:
    """Return the fault of a complaint."""
    what, status, name, number, error = description.split()
    scene = Scene(what, int(status))
    calls = [
        call for call in plains[scene].calls if (call.name, call.number) == (name, int(number))
    ]
    return [(scene, Fault(call, error)) for call in calls]


def run(
    environment: Environment,
    directory: Path,
    every: int = 1,
    offset: int = 0,
    description: str = "",
) -> Figures:
    """Run each fault, or every so many of them, beginning with one; or the described one."""
    signal.signal(
        signal.SIGINT, signal.default_int_handler
    )  # or programs in the background ignore it
    places: queue.Queue[Place] = queue.Queue()
    for number in range(WORKERS):
        places.put(Place(environment, directory / HOMES / str(number)))
    turn = itertools.count()

    def with_place(scene: Scene, fault: Fault | None = None) -> Run:
        place = places.get()
        try:
            return place.run(scene, fault)
        finally:
            places.put(place)

    figures = Figures()
    with ThreadPoolExecutor(WORKERS) as pool:
        plains = dict(zip(SCENES, pool.map(with_place, SCENES), strict=True))
        for plain in plains.values():
            assert not [*Judge(plain, plain).complaints()], plain
        todo = [
            (scene, fault)
            for scene, plain in plains.items()
            for fault in faults(plain, directory / HOMES, turn)
        ]
        chosen = only(description, plains) if description else todo[offset % every :: every]

        def judged(chosen_one: tuple[Scene, Fault]) -> Run:
            """Run a fault; if it takes long, once more, since the machine may be busy."""
            made = with_place(*chosen_one)
            hangs = made.seconds > plains[made.scene].seconds + HANG
            return with_place(*chosen_one) if hangs else made

        for made in pool.map(judged, chosen):
            figures.add(made, plains[made.scene])
    return figures


def main() -> None:
    """Run what the command line says, and print a table and the complaints."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--every", type=int, default=1, help="run every so many of the faults")
    parser.add_argument("--offset", type=int, default=0, help="beginning with this one")
    parser.add_argument("--only", default="", help="run one: 'yes 200 fsync 2 EIO'")
    options = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as place:
        directory = Path(place)
        environment = kills.make(directory, wheel(directory))
        figures = run(environment, directory, options.every, options.offset, options.only)
    seconds = f"{time.monotonic() - began:.0f} seconds"
    sys.stdout.write(
        "\n".join([figures.table(), seconds, *figures.complaints, *figures.missed, ""])
    )
    sys.exit(bool(figures.complaints))


if __name__ == "__main__":
    main()
