"""Kills and stops whatever crashes, stores and sends, at random, and judges what became of each report.

A made-up tool crashes again and again, each time in another function; its receiver fails at random
as well. Processes are killed by SIGKILL at a random instant of their lives, or where it hurts: as
they write a report, and around a receiver's answer. Others are stopped, and go on when others have
tidied and sent, and files that they write look old. In every other round each program has another
clock: a year ahead, years behind, or at the start of 1970. The harness looks at the outbox with its own
eyes, asks the kernel who holds what, and believes nothing that the code under test says of it.

    PYTHONPATH=tests python tests/kills.py 1000
"""

from __future__ import annotations

import contextlib
import hashlib
import http.server
import itertools
import json
import os
import random
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from conftest import (
    PLUGIN,
    ROOT,
    Environment,
    Home,
    build_wheel,
    make_environment,
    make_tool,
    until,
)

CRASHES = 150  # in a round: the outbox keeps no more than 200 settled reports
KILLS = 100  # in a round
LAST = CRASHES + 1
ANSWERS = ("yes", "always")  # after a yes the program waits for its sender, then no more
WORKERS = 2
PROJECTS = 3  # addresses of the receiver: one that asks to wait leaves the others
OLD = 2 * 3600
YEAR = 365 * 86_400
# By how many seconds the clock of a program, and of the sender that it starts, is wrong.
CLOCKS = (0, YEAR, -3 * YEAR, -time.time() + 86_400)
FINAL = (200, 400)
SETTLED = ("sent", "discarded")
AFTER = {"pending": ("sent", "discarded"), "sent": (), "discarded": ()}
RECEIPT = re.compile(r"\b[0-9a-f]{8}\b")
TRACEBACK = "Traceback (most recent call last)"

DOOMED = PLUGIN.replace("FileReceiver", "SentryReceiver").replace("REPORTS", "DOOMED_DSN")
DOOMED += "@hookimpl\ndef telemetry_ask(report, tool):\n    return os.environ['DOOMED_ANSWER']\n"
CODE = "import sys\n\ndef main():\n    globals()[f'fail_{sys.argv[1]}']()\n" + "".join(
    f"\ndef fail_{number}():\n    raise RuntimeError('this is crash {number}')\n"
    for number in range(LAST + 1)
)
# A slow disk, for half of the programs and their senders: a kill finds each step half done.
SLOW = """
import os
if "DOOMED_SLOW" in os.environ:
    import fcntl, time
    def slow(function):
        def slowed(*arguments, **named):
            time.sleep(os.urandom(1)[0] / 50_000)
            try:
                return function(*arguments, **named)
            finally:
                time.sleep(os.urandom(1)[0] / 50_000)
        return slowed
    def open_slowly(path, flags, *rest, opening=os.open, **named):
        function = slow(opening) if flags & os.O_CREAT else opening
        return function(path, flags, *rest, **named)
    fcntl.flock, os.fsync, os.replace = map(slow, (fcntl.flock, os.fsync, os.replace))
    os.open = open_slowly
"""

# A wrong clock. Under libfaketime, `time.sleep` fails.
CLOCK = """
if "DOOMED_CLOCK" in os.environ:
    import time
    time.time = lambda real=time.time: real() + float(os.environ["DOOMED_CLOCK"])
"""

# What is killed, and when; how often each comes up among crashes.
EPISODES = {
    "program, at any time": 26,
    "program, as it stores": 26,
    "program and sender": 10,
    "sender, at any time": 18,
    "`send`, at any time": 14,
    "program stopped, as it stores": 6,
    "sender stopped, at any time": 8,
    "nothing": 8,
    "nothing, but two send": 6,
}
# How the receiver takes a request; the last two kill who has sent it, before or after the answer.
MANNERS = {
    "taken": 40,
    "taken late": 10,
    "500": 5,
    "503": 5,
    "429": 6,
    "400": 2,
    "reset unread": 5,
    "reset, answer lost": 6,
    "answer cut off": 4,
    "sender killed unanswered": 7,
    "sender killed at the answer": 10,
}
CUT = b"HTTP/1.1 20"  # with a whole status line, `http.client` takes what it has for an answer

chance = random.SystemRandom()  # no seed would bring an instant back


def choose(weights: dict[str, int]) -> str:
    return chance.choices(list(weights), list(weights.values()))[0]


@dataclass(frozen=True)
class Kill:
    """A process that was alive, and what it was."""

    what: str
    process: int
    time: float


@dataclass
class Attempt:
    """One request: who made it, with what, and what became of it."""

    report: str
    sender: int | None  # none where it is dead already
    is_held: bool  # by its sender
    sha256: str
    is_stored: bool
    began: float
    ended: float = float("inf")
    taken: bool = False
    answer: int = 0
    is_whole: bool = False

    @property
    def is_final(self) -> bool:
        return self.is_whole and self.answer in FINAL


class Processes:
    """The processes of one home, and the kills among them."""

    def __init__(self, home: Home) -> None:
        self._mark = f"HOME={home.directory}\0".encode()
        self.kills: list[Kill] = []

    def alive(self) -> list[int]:
        numbers = (int(each.name) for each in Path("/proc").glob("[0-9]*"))
        return [each for each in numbers if self.is_alive(each)]

    def is_alive(self, process: int | None) -> bool:
        """Tell whether a process runs, and is of this home: a dead one has no environment."""
        try:
            return self._mark in Path(f"/proc/{process}/environ").read_bytes()
        except OSError:
            return False

    def with_port(self, port: int) -> int | None:
        """Return the process that a connection from a port of this machine comes from."""
        rows = [each.split() for each in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        inodes = [each[9] for each in rows if int(each[1].rpartition(":")[2], 16) == port]
        links = {f"socket:[{each}]" for each in inodes}
        found = (each for each in self.alive() if not links.isdisjoint(open_files(each).values()))
        return next(found, None)

    @contextlib.contextmanager
    def stopped(self, process: int) -> Iterator[bool]:
        """Stop a process within the context; tell whether it was still alive."""
        is_alive = self.is_alive(process)
        with contextlib.suppress(ProcessLookupError):
            if is_alive:
                os.kill(process, signal.SIGSTOP)
        try:
            yield is_alive
        finally:
            with contextlib.suppress(ProcessLookupError):
                if is_alive:
                    os.kill(process, signal.SIGCONT)

    def kill(self, process: int | None, what: str) -> bool:
        """Kill a process of this home; tell whether it was still alive."""
        if process is None or not self.is_alive(process):
            return False
        now = time.monotonic()
        try:
            os.kill(process, signal.SIGKILL)
        except ProcessLookupError:
            return False
        self.kills.append(Kill(what, process, now))
        return True


class Receiver(http.server.ThreadingHTTPServer):
    """A receiver that fails in many ways, and keeps a record of what it did."""

    daemon_threads = True

    def __init__(self, outbox: Path, processes: Processes) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.outbox = outbox
        self.processes = processes
        self.attempts: list[Attempt] = []
        self.manners: Counter[str] = Counter()
        self.failures: list[str] = []
        self.is_calm = False
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def dsn(self) -> str:
        port, project = self.server_address[1], chance.randint(1, PROJECTS)
        return f"http://key@127.0.0.1:{port}/{project}"

    def manner(self) -> str:
        manner = "taken" if self.is_calm else choose(MANNERS)
        self.manners[manner] += 1
        return manner

    def note(self, body: bytes, port: int, began: float) -> Attempt:
        report = json.loads(body.partition(b"\n")[0])["event_id"]
        path = self.outbox / f"{report}.report"
        lock = self.outbox / f".{report}.lock"
        is_stored, sender = path.exists(), self.processes.with_port(port)
        attempt = Attempt(
            report=report,
            sender=sender,
            is_held=holder(lock) == sender or not self.processes.is_alive(sender),
            sha256=hashlib.sha256(body).hexdigest(),
            is_stored=is_stored,
            began=began,
        )
        self.attempts.append(attempt)
        return attempt

    def handle_error(self, request: object, client_address: object) -> None:
        """Note what is wrong with the harness; that clients go away is what it is for."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            self.failures.append(f"the harness's receiver failed: {error!r}")


class Handler(http.server.BaseHTTPRequestHandler):
    """Takes one request, in one of the manners."""

    server: Receiver

    def do_POST(self) -> None:
        began, manner = time.monotonic(), self.server.manner()
        if manner == "reset unread":
            self._reset()
            return
        size = int(self.headers["Content-Length"])
        body = self.rfile.read(size)
        if len(body) < size:
            return  # its sender was killed meanwhile
        attempt = self.server.note(body, self.client_address[1], began)
        try:
            self._take(attempt, manner)
        finally:
            attempt.ended = time.monotonic()

    def _take(self, attempt: Attempt, manner: str) -> None:
        if manner in ("500", "503", "429", "400"):
            self._answer(attempt, int(manner))
            return
        if manner == "sender killed unanswered" and chance.random() < 0.5:
            self.server.processes.kill(attempt.sender, manner)
            return
        attempt.taken = True
        if manner == "sender killed unanswered":
            self.server.processes.kill(attempt.sender, manner)
        elif manner == "reset, answer lost":
            self._reset()
        elif manner == "answer cut off":
            self.wfile.write(CUT)
        else:
            time.sleep(chance.uniform(0.05, 0.8) if manner == "taken late" else 0)
            self._answer(attempt, 200)
            if manner == "sender killed at the answer":
                time.sleep(shortly())
                self.server.processes.kill(attempt.sender, manner)

    def _answer(self, attempt: Attempt, status: int) -> None:
        attempt.answer = status
        self.send_response(status)
        if status == 429:
            self.send_header("Retry-After", chance.choice("001"))
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")
        attempt.is_whole = True

    def _reset(self) -> None:
        # Closed without lingering, and without a farewell, it is reset.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self.connection.detach())

    def log_message(self, *_: object) -> None: ...


def holder(path: Path) -> int | None:
    """Return which process holds the lock of a file, by the kernel's own table."""
    try:
        number = path.stat().st_ino
    except OSError:
        return None
    for line in Path("/proc/locks").read_text().splitlines():
        words = line.split()
        if words[1] == "FLOCK" and words[5].rpartition(":")[2] == str(number):
            return int(words[4])
    return None


def children_of(process: int) -> list[int]:
    try:
        return [*map(int, Path(f"/proc/{process}/task/{process}/children").read_text().split())]
    except OSError:
        return []


def open_files(process: int) -> dict[int, str]:
    """Return what stands behind the descriptors of a process."""
    found = {}
    with contextlib.suppress(OSError):
        for each in os.scandir(f"/proc/{process}/fd"):
            with contextlib.suppress(OSError):
                found[int(each.name)] = os.readlink(each.path)
    return found


def is_writing(process: int, outbox: Path) -> bool:
    for number, path in open_files(process).items():
        if path.startswith(f"{outbox}/"):
            with contextlib.suppress(OSError):
                flags = Path(f"/proc/{process}/fdinfo/{number}").read_text().split()[3]
                if int(flags, 8) & (os.O_WRONLY | os.O_RDWR):
                    return True
    return False


def shortly() -> float:
    """Return a delay between ten microseconds and thirty milliseconds, often a short one."""
    return float(10 ** chance.uniform(-5, -1.5))


class Witness:
    """Reads the outbox again and again, and remembers each state that a report was seen in."""

    def __init__(self, outbox: Path, *, may_forget: bool = False) -> None:
        self._outbox = outbox
        self._may_forget = may_forget  # what is settled, when it is old by a wrong clock
        self._versions: dict[str, tuple[int, ...]] = {}
        self._gone: set[str] = set()
        self._lock = threading.Lock()
        self.heads: dict[str, list[tuple[float, dict[str, object]]]] = {}
        self.complaints: list[str] = []

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        """Look again and again as long as the context lasts, and once more at its end."""
        is_over = threading.Event()

        def watch() -> None:
            while not is_over.wait(0.01):
                self.look()

        thread = threading.Thread(target=watch)
        thread.start()
        try:
            yield
        finally:
            is_over.set()
            thread.join()
            self.look()

    def look(self) -> None:
        with self._lock:
            found = {each.stem: each for each in self._outbox.glob("*.report")}
            for name, path in found.items():
                self._look_at(name, path)
            for name in self.heads.keys() - found - self._gone:
                if not (self._outbox / f"{name}.report").exists():
                    self._gone.add(name)
                    if not (self._may_forget and self.last(name)["state"] in SETTLED):
                        self.complaints.append(f"{name} is gone from the outbox")

    def states(self, report: str) -> list[str]:
        return [str(head["state"]) for _, head in self.heads[report]]

    def last(self, report: str) -> dict[str, object]:
        """Return a report's last head; an empty one, where it was never seen whole."""
        return self.heads[report][-1][1] if self.heads[report] else {"state": None, "title": ""}

    def is_forgotten(self, report: str) -> bool:
        return report in self._gone

    def title(self, report: str) -> str:
        return str(self.last(report)["title"])

    def _look_at(self, name: str, path: Path) -> None:
        status = path.stat()
        version = (status.st_ino, status.st_mtime_ns, status.st_size)
        if self._versions.get(name) == version:
            return
        self._versions[name] = version
        content = path.read_bytes()
        line, _, body = content.partition(b"\n")
        try:
            head = json.loads(line)
            is_whole = (head["id"], head["size"]) == (name, len(body))
        except (ValueError, KeyError):
            is_whole = False
        if is_whole and head["state"] != "discarded":
            is_whole = hashlib.sha256(body).hexdigest() == head["sha256"]
        if is_whole:
            self.heads.setdefault(name, []).append((time.monotonic(), head))
        else:
            self.complaints.append(f"{name} was damaged: {content[:60]!r}, {len(content)} bytes")
            self.heads.setdefault(name, [])


class Round:
    """A new home, in which programs crash and are killed until there were so many kills."""

    def __init__(
        self,
        environment: Environment,
        directory: Path,
        kills: int,
        answer: str,
        clocks: tuple[float, ...] = (),
    ) -> None:
        self.home = Home(directory / "home")
        self.home.directory.mkdir(parents=True)
        self.processes = Processes(self.home)
        self.receiver = Receiver(self.home.outbox, self.processes)
        self.witness = Witness(self.home.outbox, may_forget=bool(clocks))
        self.stops: Counter[str] = Counter()
        self.said: dict[int, str] = {}
        self.ended: set[int] = set()  # by itself
        self.complaints: list[str] = []
        self.left_behind = 0
        self._environment = environment
        self._directory = directory
        self._wanted = kills
        self._answer = answer
        self._clocks = clocks
        self._numbers = itertools.count()
        self._spans = {"program": 1.0, "sender": 0.5, "send": 0.6}

    def run(self) -> None:
        """Crash and kill, then deliver what is left in peace, and judge."""
        with self.witness.watching():
            with ThreadPoolExecutor(WORKERS) as pool:
                for each in [pool.submit(self._work) for _ in range(WORKERS)]:
                    each.result()
            self._wait_for_senders()
            self.receiver.is_calm = True
            self._clean_up()
            self._deliver()
        self.receiver.shutdown()
        self.receiver.server_close()
        self.complaints += self.receiver.failures + self.witness.complaints
        self.complaints += [*Judgement(self).complaints(), *self._listed_otherwise()]
        if self.home.log.exists():
            self.complaints.append(f"failures of ours: {self.home.log.read_text()}")

    def _work(self) -> None:
        while (
            len(self.processes.kills) < self._wanted and (number := next(self._numbers)) < CRASHES
        ):
            what = choose(EPISODES)
            if what.startswith("`send`"):
                self._send(what)
            else:
                self._crash(number, what)
            self.witness.look()

    def _crash(self, number: int, what: str) -> None:
        with self._started("doomed", str(number)) as (process, output):
            self._disturb(process, what)
            process.wait(60)
        self.said[number] = output.read_text()
        if process.returncode not in (1, -signal.SIGKILL):
            self.complaints.append(f"crash {number} ended with {process.returncode}")
        if process.returncode == 1:
            self.ended.add(number)

    def _disturb(self, process: subprocess.Popen[bytes], what: str) -> None:
        """Kill or stop a program that crashes, or its sender, or have others send too."""
        if what.endswith("as it stores"):
            self._await_store(process)
            time.sleep(shortly())
            if "stopped" in what:
                self._stop(process.pid, what)
            else:
                self.processes.kill(process.pid, what)
        elif what.startswith("program"):
            self._sleep("program")
            children = children_of(process.pid) if what.endswith("sender") else []
            self._learn("program", self.processes.kill(process.pid, what))
            for each in children:
                self.processes.kill(each, what)
        elif what.startswith("sender"):
            for each in self._await_sender(process):
                self._sleep("sender")
                if "stopped" in what:
                    self._stop(each, what)
                else:
                    self._learn("sender", self.processes.kill(each, what))
        elif what.endswith("two send"):
            self._await_sender(process)
            self._ask("send")

    def _stop(self, process: int, what: str) -> None:
        """Stop a process; meanwhile its files grow old, and others tidy and send."""
        with self.processes.stopped(process) as is_alive:
            if is_alive:
                self.stops[what] += 1
                self._age()
                self._ask("list")
                self._ask("send")

    def _age(self) -> list[Path]:
        """Have temporary files and locks look old, and return them."""
        left = [*self.home.outbox.glob(".*")]
        for each in left:
            with contextlib.suppress(FileNotFoundError):
                os.utime(each, (time.time() - OLD,) * 2)
        return left

    def _await_store(self, process: subprocess.Popen[bytes]) -> None:
        """Wait until a program has a temporary file open in the outbox, or is past that."""
        while process.poll() is None and not children_of(process.pid):
            if is_writing(process.pid, self.home.outbox):
                return
            time.sleep(0.0001)

    def _await_sender(self, process: subprocess.Popen[bytes]) -> list[int]:
        """Wait until a program has started its sender; none, if it ended without."""
        while process.poll() is None:
            if children := children_of(process.pid):
                return children
            time.sleep(0.002)
        return []

    def _send(self, what: str) -> None:
        with self._started("telemetry-hook", "send") as (process, output):
            self._sleep("send")
            self._learn("send", self.processes.kill(process.pid, what))
            process.wait(60)
        self._check(output)

    def _sleep(self, role: str) -> None:
        time.sleep(chance.uniform(0, self._spans[role]))

    def _learn(self, role: str, is_hit: bool) -> None:
        """Learn how long such a process lives: about four kills of five find it alive."""
        self._spans[role] *= 1.03 if is_hit else 0.88

    @contextlib.contextmanager
    def _started(self, *command: str) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
        """Start a program without a terminal, in a session of its own."""
        descriptor, name = tempfile.mkstemp(dir=self._directory, prefix="said-")
        with os.fdopen(descriptor, "wb") as output:
            process = subprocess.Popen(
                [self._environment.bin / command[0], *command[1:]],
                env={
                    **self.home.environment,
                    "DOOMED_DSN": self.receiver.dsn,
                    "DOOMED_ANSWER": self._answer,
                    **chance.choice(({}, {"DOOMED_SLOW": "1"})),
                    **self._clock(),
                },
                cwd=self._directory,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        with process:
            yield process, Path(name)

    def _clock(self) -> dict[str, str]:
        """Return the variables of a clock; at the end of a round, clocks are right again."""
        if self.receiver.is_calm or not self._clocks:
            return {}
        return {"DOOMED_CLOCK": str(chance.choice(self._clocks))}

    def _wait_for_senders(self) -> None:
        until(lambda: not self.processes.alive(), 60)

    def _clean_up(self) -> None:
        """Let one more program crash, in peace, when what was left behind is old."""
        left = self._age()
        self.left_behind = len(left)
        self._crash(LAST, "nothing")
        self._wait_for_senders()
        self.complaints += [f"{each.name} is left behind" for each in left if each.exists()]

    def _deliver(self) -> None:
        """Send until nothing is pending; a receiver may have asked to wait for a second."""
        deadline = time.monotonic() + 60
        while "Nothing is pending." not in self._ask("send"):
            if time.monotonic() > deadline:
                self.complaints.append("there is no end of what is pending")
                return
            time.sleep(0.3)

    def _ask(self, *arguments: str) -> str:
        with self._started("telemetry-hook", *arguments) as (process, output):
            process.wait(120)
        self._check(output)
        return output.read_text()

    def _check(self, output: Path) -> None:
        if TRACEBACK in output.read_text():
            self.complaints.append(f"a command failed: {output.read_text()}")

    def _listed_otherwise(self) -> Iterator[str]:
        listed = {each["id"]: each["state"] for each in json.loads(self._ask("list", "--json"))}
        for report in self.witness.heads:
            if self.witness.is_forgotten(report):
                continue
            if listed.get(report) != self.witness.last(report)["state"]:
                yield f"`list` says of {report}: {listed.get(report)}"


class Judgement:
    """What each report's requests, states and kills say together."""

    def __init__(self, run: Round) -> None:
        self._run = run
        self._kills = run.processes.kills
        self._attempts: dict[str, list[Attempt]] = {}
        for each in sorted(run.receiver.attempts, key=lambda each: each.began):
            self._attempts.setdefault(each.report, []).append(each)

    def complaints(self) -> Iterator[str]:
        """Yield all that must not be."""
        heads = self._run.witness.heads
        for report in heads.keys() | self._attempts.keys():
            for each in itertools.chain(
                self._of_states(report), self._of_attempts(report), self._of_doubles(report)
            ):
                yield f"{report} {each}"
        for number, said in self._run.said.items():
            for each in self._of_words(number, said):
                yield f"crash {number} {each}: {said}"
        titles = Counter(filter(None, map(self._run.witness.title, heads)))
        yield from (
            f"{title} was stored {count} times" for title, count in titles.items() if count > 1
        )

    def _of_states(self, report: str) -> Iterator[str]:
        """A report ends as sent, and has arrived, or as discarded, for the reason there was."""
        states = self._run.witness.states(report) if report in self._run.witness.heads else []
        if not states:
            yield "was never stored"
            return
        for before, after in itertools.pairwise(states):
            if before != after and after not in AFTER[before]:
                yield f"was {before}, and then {after}"
        answers = {each.answer for each in self._attempts.get(report, ()) if each.is_whole}
        reason = self._run.witness.last(report)["reason"]
        if states[-1] == "pending":
            yield f"is still pending: {reason!r}"
        elif states[-1] == "sent" and 200 not in answers:
            yield f"counts as sent, and was never taken: {answers}"
        elif states[-1] == "discarded" and not (400 in answers and "400" in str(reason)):
            yield f"was discarded for {reason!r} after {answers}"

    def _of_attempts(self, report: str) -> Iterator[str]:
        """What is sent was stored before, is what was stored, and is sent by whoever holds it."""
        heads = self._run.witness.heads.get(report)
        for each in self._attempts.get(report, ()):
            if not each.is_stored:
                yield "was sent before it was stored"
            if heads and each.sha256 != heads[0][1]["sha256"]:
                yield "was sent with another content than it was stored with"
            if not each.is_held:
                yield "was sent by a process that did not hold it"
            if each.sender is None and not self._killed(None, each.began - 3, each.began + 1):
                yield "was sent by nobody, and nobody was killed"

    def _of_doubles(self, report: str) -> Iterator[str]:
        """It is sent again only where the answer before was lost, or was not taken to the disk."""
        attempts = self._attempts.get(report, [])
        heads = self._run.witness.heads.get(report, [])
        settled = min(
            (at for at, head in heads if head["state"] != "pending"), default=float("inf")
        )
        for before, after in itertools.pairwise(attempts):
            # One that was dead when its request was looked at was killed.
            if (
                before.sender is not None
                and (before.is_final or before.ended > after.began)
                and not self._killed(before.sender, before.began, after.began)
            ):
                yield f"was sent again though nobody was killed: {before}, {after}"
            if after.began > settled:
                yield f"was sent again though it was settled: {before}, {after}"

    def _killed(self, process: int | None, since: float, until: float) -> bool:
        """Tell whether that process, or any, was killed within that time."""
        return any(
            process in (None, each.process) and since <= each.time <= until for each in self._kills
        )

    def _of_words(self, number: int, said: str) -> Iterator[str]:
        """A program says where its report is, and is right."""
        if said.count(TRACEBACK) > 1:
            yield "failed more than once"
        receipts = set(RECEIPT.findall(said))
        if number in self._run.ended and not receipts and "not accepted: the receiver" not in said:
            yield "has no receipt"
        for receipt in receipts:
            reports = [each for each in self._run.witness.heads if each.startswith(receipt)]
            if len(reports) != 1:
                yield f"has the receipts of {len(reports)} reports"
            elif "sent. Receipt:" in said and not self.arrived(reports[0]):
                yield "was said to be sent, and was not"

    def arrived(self, report: str) -> int:
        """Return how often a report has arrived."""
        return sum(each.taken for each in self._attempts.get(report, ()))


@dataclass
class Figures:
    """What all rounds have come to."""

    counts: Counter[str] = field(default_factory=Counter)
    kills: Counter[str] = field(default_factory=Counter)
    stops: Counter[str] = field(default_factory=Counter)
    manners: Counter[str] = field(default_factory=Counter)
    complaints: list[str] = field(default_factory=list)

    def add(self, run: Round) -> None:
        """Add a round that is over."""
        judgement = Judgement(run)
        self.kills.update(each.what for each in run.processes.kills)
        self.stops.update(run.stops)
        self.manners.update(run.receiver.manners)
        self.complaints += run.complaints
        self.counts["programs that crashed"] += len(run.said)
        crashed = re.findall(r"crash (\d+)", str([*map(run.witness.title, run.witness.heads)]))
        stored = {*map(int, crashed)}
        killed = run.said.keys() - run.ended
        self.counts["programs killed before it was stored"] += len(killed - stored)
        self.counts["programs killed when it was stored"] += len(killed & stored)
        self.counts["reports stored"] += len(run.witness.heads)
        for report in run.witness.heads:
            state, times = run.witness.last(report)["state"], judgement.arrived(report)
            self.counts[f"  {state}, arrived {times} x"] += 1
        self.counts["requests"] += sum(run.receiver.manners.values())
        self.counts["temporary files left, and cleaned up"] += run.left_behind
        self.counts["complaints"] += len(run.complaints)

    def table(self) -> str:
        """Return a short table."""
        states = sorted(each for each in self.counts.items() if each[0].startswith(" "))
        rows = [("kills", self.kills.total()), *self._below(self.kills)]
        rows += [("stops", self.stops.total()), *self._below(self.stops)]
        for each in self.counts.items():
            if each not in states:
                rows += [each, *(states if each[0] == "reports stored" else ())]
                rows += self._below(self.manners) if each[0] == "requests" else ()
        return "\n".join(f"{name:<42}{count:>6}" for name, count in rows)

    def _below(self, counts: Counter[str]) -> list[tuple[str, int]]:
        return [(f"  {name}", count) for name, count in counts.most_common()]


def wheel(directory: Path) -> Path:
    """Make the tool that crashes."""
    files = {"doomed_slow.py": SLOW + CLOCK, "doomed_slow.pth": "import doomed_slow\n"}
    return make_tool(directory, "doomed", CODE, plugin=DOOMED, files=files)


def run(environment: Environment, directory: Path, kills: int, each_round: int = KILLS) -> Figures:
    """Kill so many processes, in rounds."""
    figures = Figures()
    for number in itertools.count():
        left = kills - figures.kills.total()
        if left <= 0:
            return figures
        answer = ANSWERS[number % len(ANSWERS)]
        clocks = CLOCKS if number % 4 in (1, 2) else ()
        place = directory / f"round-{number}"
        made = Round(environment, place, min(left, each_round), answer, clocks)
        made.run()
        figures.add(made)
    raise AssertionError


def make(directory: Path, tool: Path) -> Environment:
    """Make an environment with the project as it is, and a tool."""
    # A build leaves directories behind where it happens.
    ignored = shutil.ignore_patterns(".*", "build", "dist", "*.egg-info", "__pycache__")
    shutil.copytree(ROOT, directory / "project", ignore=ignored)
    environment = make_environment(directory / "environment")
    environment.pip("install", build_wheel(directory / "project", directory / "wheels"))
    environment.pip("install", "--no-deps", tool)
    return environment


def main() -> None:
    """Kill as often as the command line says, and print a table."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as place:
        directory = Path(place)
        environment = make(directory, wheel(directory))
        figures = run(environment, directory, int(sys.argv[1]))
    seconds = f"{'seconds':<42}{time.monotonic() - began:>6.0f}"
    sys.stdout.write("\n".join([figures.table(), seconds, *figures.complaints, ""]))
    sys.exit(bool(figures.complaints))


if __name__ == "__main__":
    main()
