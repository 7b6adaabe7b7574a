"""Finds out whether the detached sender would be killed when this process exits.

Usually it continues alone, and the exit does not wait for it. It is killed

1. if this process is PID 1. When PID 1 ends, Linux kills all processes of its PID namespace.
2. if PID 1 is above this process in a PID namespace that is not the machine's, as in a container,
   and is not a system's init. A shell, tini or dumb-init ends as soon as this process has ended. If
   this process has entered the container (``docker exec``), PID 1 is not above it, and goes on.
3. if this process, or the shell script that runs it, is what a systemd service consists of. When it
   ends, systemd kills the other processes of the service.
4. if a CI runner or a batch scheduler runs this process. At the end of a job, it kills the processes
   that the job has left. It knows them by variables or control groups.

Other cases are not recognised: a container that shares its PID namespace with the machine or with
other containers, and a job object of Windows. The report is then sent with the next one.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from typing import TYPE_CHECKING

from telemetry_hook import _environment
from telemetry_hook._disk.owners import MACHINE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Look = Callable[[str], str]

MAX_ANCESTORS = 64
# Names of programs that run as PID 1 as long as a machine or a system container does. WSL's is
# ``init(Ubuntu)``. docker-init, tini, dumb-init, catatonit and bwrap end with their program.
INITS = ("systemd", "init", "openrc-init", "runit", "s6-svscan", "supervisord", "procd")
JOBS = (
    *("RUNNER_TRACKING_ID", "VSTS_PROCESS_LOOKUP_ID"),  # GitHub Actions, Azure Pipelines
    *("JENKINS_NODE_COOKIE", "JENKINS_SERVER_COOKIE"),
    *("SLURM_JOB_ID", "PBS_JOBID", "LSB_JOBID", "SGE_TASK_ID", "_CONDOR_SCRATCH_DIR"),
)


def is_killed_with_us() -> bool:
    """Return whether a child process that we leave behind would be killed at our exit."""
    return is_killed_with(os.getpid(), os.getppid(), _environment.variables(), _look)


def is_killed_with(process: int, parent: int, variables: Mapping[str, str], look: Look) -> bool:
    """Return whether a child process of `process` would be killed when `process` exits.

    `look` returns the text of a file in ``/proc``, the target of a link there, or '' for neither.
    """
    if process == 1 or any(variables.get(name) for name in JOBS):
        return True
    if variables.get("SYSTEMD_EXEC_PID") in (str(process), str(parent)):
        return True
    own = look("/proc/self/status")
    if not own:  # not mounted, so we are in a minimal container; other systems have no ``/proc``
        return sys.platform == "linux" and parent == 1
    return look("/proc/self/ns/pid") != MACHINE and _is_below_a_short_lived_init(own, look)


def _is_below_a_short_lived_init(status: str, look: Look) -> bool:
    """Look for PID 1 of our namespace among our ancestors.

    ``/proc`` may show the processes of a namespace above ours. ``NSpid`` has the process ids in each
    namespace, from the shown one down to the process's own.
    """
    process = _fields(status)
    depth = len(process.get("NSpid", "").split()) or 1
    for _ in range(MAX_ANCESTORS):
        parent = process.get("PPid", "0")
        if parent == "0":
            break
        process = _fields(look(f"/proc/{parent}/status"))
        ids = process.get("NSpid", parent).split()
        if len(ids) < depth:
            break
        if ids[-1] == "1":
            return process.get("Name", "").partition("(")[0] not in INITS
    return False


def _fields(status: str) -> dict[str, str]:
    r"""Return the fields of a status: ``Name:\tsh\nPPid:\t1`` → ``{"Name": "sh", "PPid": "1"}``."""
    fields = (line.partition(":") for line in status.splitlines())
    return {name: value.strip() for name, _, value in fields}


def _look(path: str) -> str:
    with contextlib.suppress(OSError, AttributeError):
        return os.readlink(path)
    with contextlib.suppress(OSError), open(path, encoding="utf-8", errors="replace") as file:
        return file.read()
    return ""


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Context in which Ctrl-C and SIGTERM raise `KeyboardInterrupt`.

    For PID 1, the kernel discards signals that have no handler. A program's own handlers belong to a
    program that has ended. A signal that the program ignores is still ignored.
    """
    handlers = {
        number: signal.getsignal(number)
        for number in (signal.SIGINT, signal.SIGTERM)
        if signal.getsignal(number) not in (signal.SIG_IGN, None)
    }
    try:
        for number in handlers:
            signal.signal(number, signal.default_int_handler)
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
