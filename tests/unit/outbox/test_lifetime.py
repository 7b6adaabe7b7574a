"""Who kills the sender when we exit: PID 1, systemd, a CI runner, a scheduler, or nobody."""

from __future__ import annotations

import signal
from collections.abc import Mapping

import pytest

from telemetry_hook._outbox import lifetime

pytestmark = pytest.mark.once

CONTAINER = "pid:[4026532001]"


def proc(*chain: tuple[str, str], namespace: str = CONTAINER) -> dict[str, str]:
    """Return the files in /proc that show a process and its ancestors, as (name, NSpid)."""
    numbers = [ids.split()[0] for _, ids in chain]
    files = {}
    for (name, ids), number, parent in zip(chain, numbers, [*numbers[1:], "0"], strict=True):
        files[f"/proc/{number}/status"] = f"Name:\t{name}\nPPid:\t{parent}\nNSpid:\t{ids}\n"
    files["/proc/self/status"] = files[f"/proc/{numbers[0]}/status"]
    return {**files, "/proc/self/ns/pid": namespace}


def is_killed(
    files: Mapping[str, str],
    *,
    process: int = 7,
    parent: int = 5,
    variables: Mapping[str, str] | None = None,
) -> bool:
    return lifetime.is_killed_with(
        process, parent, variables or {}, lambda path: files.get(path, "")
    )


MACHINE = proc(("lift", "7"), ("bash", "5"), ("systemd", "1"), namespace="pid:[4026531836]")


@pytest.mark.parametrize("init", ["sh", "bash", "tini", "docker-init", "dumb-init", "bwrap"])
def test_below_a_first_process_that_ends_with_us(init: str) -> None:
    """A shell or a small init, right above or further up."""
    assert is_killed(proc(("lift", "7"), (init, "1")))
    assert is_killed(proc(("lift", "7"), ("make", "5"), ("sh", "4"), (init, "1")))


@pytest.mark.parametrize("init", ["systemd", "init", "init(Ubuntu)", "runit", "supervisord"])
def test_below_an_init_that_goes_on(init: str) -> None:
    """A system container, or WSL."""
    assert not is_killed(proc(("lift", "7"), ("bash", "5"), (init, "1")))


def test_the_first_process_itself() -> None:
    """Whatever /proc shows, and if it is not there."""
    for files in ({}, MACHINE, proc(("lift", "1"))):
        assert is_killed(files, process=1, parent=0)


def test_who_enters_a_container_is_not_killed_with_it() -> None:
    """`docker exec`: the ancestors are outside, and PID 1 is none of them."""
    assert not is_killed(proc(("lift", "7"), ("bash", "5")))
    assert not is_killed(
        proc(("lift", "7007 7"), ("bash", "7005 5"), ("nsenter", "80"), ("sh", "1"))
    )


def test_a_machine_goes_on() -> None:
    """Whatever its first process is."""
    assert not is_killed(MACHINE)
    assert not is_killed({**MACHINE, "/proc/1/status": "Name:\tsh\nPPid:\t0\n"})


def test_proc_of_another_namespace() -> None:
    """It shows a namespace above ours: our PID 1 has another number there, and 1 is another."""
    assert is_killed(proc(("lift", "7007 2"), ("sh", "7005 1"), ("unshare", "80"), ("init", "1")))
    outside = (("lift", "7007 7"), ("sh", "80"), ("sh", "1"))
    assert not is_killed(proc(*outside))
    hidden = proc(*outside)
    del hidden["/proc/1/status"]
    assert not is_killed(hidden)


def test_without_proc() -> None:
    """Only a child of PID 1 knows."""
    assert is_killed({}, parent=1)
    assert not is_killed({}, parent=5)


def test_processes_that_are_hidden() -> None:
    """/proc may hide the processes of other users (hidepid), PID 1 too."""
    files = proc(("lift", "7"), ("tini", "1"))
    del files["/proc/1/status"]
    assert is_killed(files)
    files = proc(("lift", "7"), ("su", "5"), ("tini", "1"))
    del files["/proc/5/status"]
    assert not is_killed(files)


def test_an_endless_chain_has_an_end() -> None:
    """/proc changes while it is read: ids are used again."""
    files = proc(("lift", "7"), ("sh", "5"))
    files["/proc/5/status"] = files["/proc/5/status"].replace("PPid:\t0", "PPid:\t5")
    assert not is_killed(files)


@pytest.mark.parametrize("text", ["", "\0", "PPid:\n", "PPid:\t-1\nNSpid:\t\n", "no fields"])
def test_odd_contents(text: str) -> None:
    """None of them raises."""
    assert not is_killed({**proc(("lift", "7")), "/proc/self/status": text})
    assert not is_killed({**proc(("lift", "7"), ("sh", "5")), "/proc/5/status": text})


def test_services() -> None:
    """Of a service, systemd kills all at the end of its first process; other variables are inherited."""
    for number, expected in (("7", True), ("5", True), ("4", False), ("", False)):
        assert is_killed(MACHINE, variables={"SYSTEMD_EXEC_PID": number}) is expected


@pytest.mark.parametrize("name", lifetime.JOBS)
def test_jobs(name: str) -> None:
    """What they leave is killed at their end."""
    assert is_killed(MACHINE, variables={name: "1"})
    assert not is_killed(MACHINE, variables={name: ""})


def test_this_process() -> None:
    """The real files are readable, and a path that is none is no failure."""
    assert lifetime._look("/proc/self/status").startswith("Name:")
    assert lifetime._look("/proc/self/ns/pid").startswith("pid:[")
    assert lifetime._look("/proc/nothing") == ""
    assert lifetime._look("/") == ""


def test_signals_end_a_wait() -> None:
    """Handlers are put back; a signal that is ignored stays ignored."""
    before = [signal.signal(number, signal.SIG_DFL) for number in (signal.SIGINT, signal.SIGTERM)]
    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            with pytest.raises(KeyboardInterrupt), lifetime.interruptible():
                signal.raise_signal(number)
            assert signal.getsignal(number) == signal.SIG_DFL
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        with lifetime.interruptible():
            signal.raise_signal(signal.SIGTERM)
    finally:
        for number, handler in zip((signal.SIGINT, signal.SIGTERM), before, strict=True):
            signal.signal(number, handler)
