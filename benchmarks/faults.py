"""Measures what each fault of a receiver costs the user and the report, beside sentry-sdk as it comes.

Times are differences to the same crash without reporting, just before. Afterwards the fault is
taken away, and both get a later run. It asserts nothing: run with tests/ on PYTHONPATH.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conftest import ROOT, Environment, Home, Shell, build_wheel, make_environment, until
from faulty import FAULTS, Certificates, FaultyReceiver, Proxy, stand_ins, unpacked

if TYPE_CHECKING:
    from collections.abc import Mapping

CRASH = ("lift", "up", "--schema", "cycle.lift", "--create-db")
LATER_CRASH = ("lift", "status", "--schema", "cycle.lift")
SENTRY = """
import os, sys
if "DSN" in os.environ:
    import sentry_sdk
    sentry_sdk.init(os.environ["DSN"])
raise RuntimeError("this is the " + sys.argv[1] + " crash")
"""
NAME = "errors.invalid"
PLAIN = {"TELEMETRY_HOOK_STARTUP": "0"}
FIRST = b"this is the first crash"
# The slow ones come first: by the time of the later runs, what they have put off is due.
SLOW = ("silent", "drips", "drips the body", "silent before TLS", "look-up hangs")
OTHERS = ("wrong certificate", "dead DNS", "proxy refuses")
WORKING = ("none", "private authority", "proxy")
# The receiver has said 200 in these.
TAKING = ("drips the body", "breaks off in the body", "1 GB reply", "gzip bomb")
READING = 0.2  # what even a quick person needs for the question; it is not counted
LONGEST_WAIT = 90.0
ROW = "{:<29}{:>9}  {:<56}{:<12}{:>9}  {}"


@dataclass
class Case:
    """A receiver with a fault, for one of the two, and the shell of a user who has to do with it."""

    fault: str
    shell: Shell
    receiver: FaultyReceiver
    elsewhere: FaultyReceiver
    dsn: str = ""
    proxy: Proxy | None = None
    variables: dict[str, str] = field(default_factory=dict)
    extra: float = 0.0
    tls: Any = None  # a right certificate, for when the fault is over

    def heal(self) -> None:
        self.receiver.heal(self.tls)
        if self.proxy is not None:
            self.proxy.heal()
        if "FAULTS_RESOLVER" in self.variables:
            self.variables["FAULTS_RESOLVER"] = "127.0.0.1"

    def close(self) -> None:
        for each in (self.receiver, self.elsewhere, self.proxy):
            if each is not None:
                each.close()

    def run(self, command: tuple[str, ...], more: Mapping[str, str], *, asks: bool) -> float:
        """Run a program on a terminal, say yes where it asks, and return the seconds it took."""
        start = time.perf_counter()
        terminal = self.shell.terminal(*command, **self.variables, **more)
        if asks:
            terminal.process.delaybeforesend = READING
            terminal.answer("yes")
        terminal.end()
        return time.perf_counter() - start - READING * asks

    def crash_ours(self) -> None:
        without = self.run(CRASH, PLAIN, asks=False)
        with_it = self.run(CRASH, {"LIFT_TELEMETRY_DSN": self.dsn}, asks=True)
        self.extra = with_it - without

    def crash_sentry(self) -> None:
        without = self.run(("python", "crash.py", "first"), PLAIN, asks=False)
        with_it = self.run(("python", "crash.py", "first"), PLAIN | {"DSN": self.dsn}, asks=False)
        self.extra = with_it - without

    def stored(self) -> dict[str, Any]:
        """Return what is known of our first report, once it was attempted."""

        def reports() -> list[dict[str, Any]]:
            heads = [each.read_bytes().split(b"\n")[0] for each in self.shell.home.outbox.glob("*")]
            return sorted(map(json.loads, heads), key=lambda each: each["created"])

        until(lambda: reports()[0]["state"] != "pending" or reports()[0]["attempts"], 40)
        return reports()[0]


def make_case(fault: str, shell: Shell, certificates: Certificates) -> Case:
    elsewhere = FaultyReceiver()
    right = certificates.server("127.0.0.1", NAME)
    is_named = fault in ("dead DNS", "look-up hangs", "proxy refuses", "proxy")
    tls = right if is_named or fault in ("private authority", "silent before TLS") else None
    if fault == "wrong certificate":
        tls = Certificates().server("127.0.0.1")
    location = elsewhere.dsn("localhost").replace("key@", "")
    receiver = FaultyReceiver(fault, tls=tls, location=location)
    case = Case(fault, shell, receiver, elsewhere, receiver.dsn(NAME if is_named else "127.0.0.1"))
    if tls is not None:
        case.tls = right
        path = certificates.write(shell.directory / "ca.pem")
        case.variables["SSL_CERT_FILE"] = str(path)
    if is_named:
        case.variables["FAULTS_RESOLVER"] = "hangs" if fault == "look-up hangs" else "fails"
    if fault in ("proxy", "proxy refuses"):
        case.proxy = Proxy(receiver.port, refuses=fault == "proxy refuses")
        case.variables["HTTPS_PROXY"] = f"http://127.0.0.1:{case.proxy.port}"
    return case


def make_shell(environment: Environment, directory: Path) -> Shell:
    home, work = Home(directory / "home"), directory / "work"
    home.directory.mkdir(parents=True)
    work.mkdir()
    shutil.copy(ROOT / "examples/lift/demo/cycle.lift", work)
    (work / "crash.py").write_text(SENTRY)
    return Shell(environment, home, work)


def later_ours(case: Case) -> str:
    """Return whether our first report has arrived, or arrives with the next crash's yes."""
    stored = case.stored()
    if stored["state"] != "pending":
        return "" if stored["state"] == "sent" else "-"
    wait = max(stored["next_attempt"], stored["held_until"]) - time.time()
    if wait > LONGEST_WAIT:
        return f"in {wait:.0f} s"
    time.sleep(max(wait, 0))
    case.run(LATER_CRASH, {"LIFT_TELEMETRY_DSN": case.dsn}, asks=True)
    try:
        until(lambda: case.stored()["state"] == "sent", 5)
    except AssertionError:
        return "no"
    return "arrives"


def became_of_ours(case: Case) -> str:
    stored = case.stored()
    reason = stored["reason"].removeprefix("the network failed: ")
    return f"{stored['state']}: {reason}" if reason else str(stored["state"])


def has_first(receiver: FaultyReceiver, since: int = 0) -> bool:
    got = zip(receiver.heads[since:], receiver.bodies[since:], strict=True)
    return any(FIRST in unpacked(head, body) for head, body in got)


def later_sentry(case: Case, before: int) -> str:
    """Return whether sentry-sdk's first event has arrived, or arrives in a later run."""
    takes = case.fault.startswith("200") or case.fault in (*TAKING, *WORKING)
    if takes and has_first(case.receiver):
        return "arrived"
    target = "; went to the redirect's target" if case.elsewhere.heads else ""
    case.run(("python", "crash.py", "later"), PLAIN | {"DSN": case.dsn}, asks=False)
    later = case.receiver
    until(lambda: len(later.bodies) > before, 5)
    return ("arrives in a later run" if has_first(later, before) else "lost") + target


def main() -> None:
    """Try every fault with both, and print a table."""
    with tempfile.TemporaryDirectory() as place:
        directory = Path(place)
        # A build leaves directories behind where it happens.
        ignored = shutil.ignore_patterns(".*", "build", "dist", "*.egg-info", "__pycache__")
        shutil.copytree(ROOT, directory / "project", ignore=ignored)
        wheel = build_wheel(directory / "project", directory)
        tools = []
        for name in ("lift", "photon"):
            (directory / name).mkdir()
            tools.append(build_wheel(directory / "project/examples" / name, directory / name))
        environment = make_environment(directory / "environment")
        environment.pip("install", wheel, *tools, "sentry-sdk")
        with stand_ins(environment.site):
            measure(environment, directory)


def measure(environment: Environment, directory: Path) -> None:
    certificates = Certificates()
    faults = list(dict.fromkeys((*SLOW, *FAULTS, *OTHERS, *WORKING)))
    pairs: list[tuple[Case, Case]] = []
    for number, fault in enumerate(faults):
        ours, sentry = (
            make_case(fault, make_shell(environment, directory / f"{who}{number}"), certificates)
            for who in ("ours", "sentry")
        )
        if not number:  # what is read for the first time is read slowly
            ours.run(CRASH, PLAIN, asks=False)
            sentry.run(("python", "-c", "import sentry_sdk"), PLAIN, asks=False)
        ours.crash_ours()
        sentry.crash_sentry()
        pairs.append((ours, sentry))
    became = [became_of_ours(ours) for ours, _ in pairs]
    print(
        "longer: seconds more than the same crash without reporting, the question and its yes\n"
        "included; later: once the fault is over, at the next crash\n"
    )
    print(ROW.format("", "telemetry", "-hook", "", "sentry-", "sdk"))
    print(ROW.format("fault", "longer", "the report", "later", "longer", "the event"))
    for (ours, sentry), text in zip(pairs, became, strict=True):
        before = len(sentry.receiver.bodies)
        ours.heal()
        sentry.heal()
        later, lost = later_ours(ours), later_sentry(sentry, before)
        longer = (f"{each.extra:.2f}" for each in (ours, sentry))
        print(ROW.format(ours.fault, next(longer), text, later, next(longer), lost), flush=True)
        ours.close()
        sentry.close()


if __name__ == "__main__":
    main()
