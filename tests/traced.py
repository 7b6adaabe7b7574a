"""Runs programs under strace: records the system calls of one task, and makes one of them fail.

strace counts the calls of each task (a process or a thread) apart, so that a fault is in one task only if
one task is traced. A program can stop itself (SIGSTOP) where its calls are to be counted from, and
is traced from there on.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from conftest import until

ERRORS = ("EIO", "ENOSPC", "EINTR", "ENOLCK", "ESTALE", "EMFILE")
SIGNAL = "SIGINT"
# What cannot fail for the reasons above, or whose failure ends any program: the memory of the process, locks
# between its threads, its signals, clocks, ids and limits, and its end.
LEFT_OUT = {
    *("brk", "madvise", "mmap", "mprotect", "mremap", "munmap", "futex", "rseq"),
    *("rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack", "restart_syscall"),
    *("clock_gettime", "clock_nanosleep", "gettimeofday", "setitimer", "sched_yield"),
    *("getegid", "geteuid", "getgid", "getpid", "getppid", "gettid", "getuid", "prlimit64"),
    *("arch_prctl", "set_robust_list", "set_tid_address", "sched_getaffinity", "sysinfo", "uname"),
    *("kill", "tgkill", "exit", "exit_group"),
}
LINE = re.compile(r"(?:(\d+) +)?(\w+)\(")
INJECTED = "(INJECTED)"
CHILDREN = ("-f", "--detach-on=execve")  # children too, until they become other programs
# With `-f`, strace can leave other calls alone. No second thread of ours makes as many of one kind.
MANY = 40
QUICK = ("-f", "--seccomp-bpf")


@dataclass(frozen=True)
class Call:
    """A system call: its name, its number among the task's calls of this name, and its line."""

    name: str
    number: int
    line: str = field(compare=False)
    is_childs: bool = False


@dataclass(frozen=True)
class Fault:
    """The error, or the signal, at one call."""

    call: Call
    error: str

    def options(self) -> list[str]:
        """Return strace's options."""
        kind = "signal" if self.error == SIGNAL else "error"
        name = self.call.name
        inject = f"inject={name}:{kind}={self.error}:when={self.call.number}"
        return [*(CHILDREN if self.call.is_childs else ()), f"--trace={name}", "-e", inject]

    def hit(self, log: Path) -> str:
        """Return the line of the call that it hit, '' if it hit none."""
        before = ""
        for line in log.read_text(errors="replace").splitlines():
            if INJECTED in line:
                return line
            if self.error == SIGNAL and f"--- {SIGNAL} " in line:
                return before
            before = line
        return ""


def can_trace() -> bool:
    """Return whether strace is here, can attach to a process that runs, and can make a call fail."""
    if shutil.which("strace") is None:
        return False
    with subprocess.Popen(["sleep", "60"]) as process, tempfile.NamedTemporaryFile() as log:
        try:
            with attached(process.pid, Path(log.name), "--trace=none"):
                return True
        except (AssertionError, OSError):
            return False
        finally:
            process.kill()


@contextlib.contextmanager
def attached(task: int, log: Path, *options: str) -> Iterator[None]:
    """Trace a task that has stopped itself, and let it go on."""
    status = Path(f"/proc/{task}/status")
    command: list[str | Path] = ["strace", "-qq", "-y", "-o", log, *options, "-p", str(task)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as tracer:
        until(lambda: "TracerPid:\t0\n" not in status.read_text() or tracer.poll() is not None)
        assert tracer.poll() is None, "strace could not attach"
        os.kill(task, signal.SIGCONT)
        try:
            yield
        finally:
            with contextlib.suppress(subprocess.TimeoutExpired):
                tracer.wait(0.1)
            tracer.terminate()


def command(log: Path, fault: Fault | None, *program: str | Path) -> list[str | Path]:
    """Return the command that traces a program from its start: its first task alone."""
    options = [] if fault is None else fault.options()
    if fault is not None and fault.call.number > MANY and fault.error != SIGNAL:
        options += QUICK
    return ["strace", "-qq", "-y", "-o", log, *options, *program]


def await_stop(process: int) -> bool:
    """Wait until a child has stopped itself; tell whether it has, and did not end."""
    status = os.waitid(os.P_PID, process, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
    return status is not None and status.si_code == os.CLD_STOPPED


def second_task(process: int) -> int:
    """Return the task of the thread that a process has beside its first one."""
    [found] = [int(each) for each in os.listdir(f"/proc/{process}/task") if int(each) != process]
    return found


def calls(log: Path, task: int | None = None) -> list[Call]:
    """Return the calls in a log: of one task, and of its children what it does not do itself."""
    counts: dict[bool, Counter[str]] = {False: Counter(), True: Counter()}
    found = []
    for line in log.read_text(errors="replace").splitlines():
        if match := LINE.match(line):
            is_childs = task is not None and match[1] is not None and int(match[1]) != task
            name = match[2]
            counts[is_childs][name] += 1
            found.append(Call(name, counts[is_childs][name], line, is_childs))
    own = counts[False]
    if counts[True]:  # strace has left it before this one was in the log
        found.append(Call("execve", 1, "execve()", is_childs=True))
    return [
        call
        for call in found
        if call.name not in LEFT_OUT and not (call.is_childs and call.name in own)
    ]


def is_of(call: Call, homes: Path) -> bool:
    """Tell whether a call is about what is in a directory or no file at all, and not on Python's own files."""
    text = re.sub(r"AT_FDCWD<[^>]*>", "", call.line)
    paths = re.findall(r'["<](/[^">]*)', text)
    return (
        any(
            path.startswith((str(homes), "/dev/", "/proc/", "/etc/telemetry-hook"))
            for path in paths
        )
        or not paths
    )


def without_polls(found: list[Call], poll: str = "wait4") -> list[Call]:
    """Return calls with the first round of a loop that waits: how many there are is chance."""
    rounds = [index for index, call in enumerate(found) if call.name == poll]
    if len(rounds) < 3:
        return found
    return [*found[: rounds[1] + 1], *found[rounds[-1] :]]
