"""Drives without locks: a link names who has claimed a path, until its process has ended."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from telemetry_hook._disk import locks, owners
from telemetry_hook._errors import StorageError

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(sys.platform != "linux", reason="processes are known by /proc"),
]

ELSEWHERE = "0e0e@there|0f-0f|pid:[1]|1|1"  # a process of another machine


def fail(code: int) -> object:
    """Return what stands for `flock` where it fails."""

    def flock(_descriptor: int, _operation: int) -> None:
        raise OSError(code, os.strerror(code))

    return flock


@pytest.fixture(params=["ENOSYS", "ENOLCK", "EOPNOTSUPP"])
def without_locks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a drive that knows no locks."""
    monkeypatch.setattr("fcntl.flock", fail(getattr(errno, request.param)))


@pytest.fixture
def ended() -> Iterator[str]:
    """Return the name of a process that has ended."""
    with subprocess.Popen(["sleep", "60"]) as process:
        name = owners._named(process.pid)
        process.kill()
    return name  # type: ignore[return-value]


@pytest.mark.usefixtures("without_locks")
def test_one_claims_at_a_time(tmp_path: Path) -> None:
    """And nothing is left of it, whatever ends the claim."""
    path = tmp_path / ".lock"
    with locks.claimed(path) as first, locks.claimed(path) as second:
        assert (first, second) == (True, False)
    with pytest.raises(KeyError), locks.claimed(path):
        raise KeyError
    with locks.claimed(path) as again:
        assert again
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("without_locks")
def test_a_directory_is_locked_by_one_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits where nobody has it."""
    monkeypatch.setattr(locks, "MAX_WAIT", 0.1)
    directory = tmp_path / "directory"
    with locks.locked(directory):
        why = "is locked by another process"
        with pytest.raises(StorageError, match=why), locks.locked(directory):
            pytest.fail("two hold the lock")
    with locks.locked(directory):
        pass
    assert list(directory.iterdir()) == []


@pytest.mark.usefixtures("without_locks")
def test_a_claim_ends_with_its_process(tmp_path: Path, ended: str) -> None:
    """Whoever finds it then takes it over."""
    path, link = tmp_path / ".lock", tmp_path / ".lock.owner"
    link.symlink_to(ended)
    with locks.claimed(path) as is_claimed:
        assert is_claimed
        assert os.readlink(link) == owners._named(os.getpid())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("without_locks")
@pytest.mark.parametrize("owner", [ELSEWHERE, "?", "", "a|b|c|d", "a|b|c|d|e", "||||"])
def test_a_claim_of_somebody_unknown_stays(tmp_path: Path, owner: str) -> None:
    """What cannot be seen from here may be alive."""
    path, link = tmp_path / ".lock", tmp_path / ".lock.owner"
    link.symlink_to(owner or " ")
    with locks.claimed(path) as is_claimed:
        assert not is_claimed
    assert link.is_symlink()


@pytest.mark.usefixtures("without_locks")
def test_a_process_with_the_number_of_another(tmp_path: Path) -> None:
    """It was started later, so it has not made the claim."""
    *others, start = owners._named(os.getpid()).split("|")
    link = tmp_path / ".lock.owner"
    link.symlink_to("|".join((*others, str(int(start) - 1))))
    with locks.claimed(tmp_path / ".lock") as is_claimed:
        assert is_claimed


def changed(**fields: str) -> str:
    """Return the name of this process with other fields."""
    names = ("machine", "boot", "namespace", "process", "start")
    values = zip(names, owners._named(os.getpid()).split("|"), strict=True)
    return "|".join(fields.get(name, value) for name, value in values)


@pytest.mark.usefixtures("without_locks")
@pytest.mark.parametrize(
    ("fields", "machine", "here", "is_left"),
    [
        ({"boot": "0f-0f"}, "0e@here", "pid:[2]", True),
        ({"boot": "0f-0f"}, "", "pid:[2]", False),
        ({"boot": "0f-0f", "machine": "0e@there"}, "0e@here", "pid:[2]", False),
        ({"namespace": "pid:[1]"}, "0e@here", "pid:[2]", False),
        ({"namespace": "pid:[1]"}, "0e@here", owners.MACHINE, True),
        ({"namespace": "pid:[1]"}, "", owners.MACHINE, True),
        ({"namespace": "pid:[3]"}, "0e@here", owners.MACHINE, False),
    ],
)
def test_what_is_known_of_other_boots_and_containers(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    fields: dict[str, str],
    machine: str,
    here: str,
    *,
    is_left: bool,
) -> None:
    """A machine that was started again has none of its processes; its first namespace sees all."""
    readlink = os.readlink

    def link_target(path: str | Path) -> str:
        return here if str(path).endswith("ns/pid") else readlink(path)

    monkeypatch.setattr(os, "readlink", link_target)
    monkeypatch.setattr(owners, "_machine", lambda: machine)
    monkeypatch.setattr(owners, "_namespaces", lambda: {here, "pid:[3]"})
    link = tmp_path / ".lock.owner"
    link.symlink_to(changed(**fields))
    assert owners.unseen(tmp_path) == ([] if is_left or here == owners.MACHINE else [link])
    with locks.claimed(tmp_path / ".lock") as is_claimed:
        assert is_claimed is is_left


@pytest.mark.usefixtures("without_locks")
def test_a_file_that_may_be_locked_by_others_is_left_alone(tmp_path: Path, ended: str) -> None:
    """Locks may fail for this process alone; with a link beside it, it is known who made it."""
    path = tmp_path / ".lock"
    path.touch()
    with locks.claimed(path) as is_claimed:
        assert not is_claimed
    (tmp_path / ".lock.owner").symlink_to(ended)
    with locks.claimed(path) as is_claimed:
        assert is_claimed
    assert list(tmp_path.iterdir()) == []


def test_a_process_that_nobody_has_waited_for_has_ended() -> None:
    """Its number is still there."""
    with subprocess.Popen(["true"]) as process:
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert owners._named(process.pid) == "?"


TAKE = """
import errno, fcntl, os, sys, pathlib, random, time
def flock(*_):
    raise OSError(errno.ENOLCK, "No locks available")
fcntl.flock = flock
from telemetry_hook._disk import locks, owners
def slowly(function):
    def slowed(link):
        found = function(link)
        time.sleep(random.random() / 500)
        return found
    return slowed
owners._is_left = slowly(owners._is_left)
owners._made = slowly(owners._made)
path = pathlib.Path(sys.argv[1])
input()
for _ in range(50):
    with locks.claimed(path) as is_claimed:
        if is_claimed:
            inside = path.with_name("inside")
            os.close(os.open(inside, os.O_CREAT | os.O_EXCL))  # fails if another process is here
            time.sleep(random.random() / 500)
            os.unlink(inside)
            if os.urandom(1)[0] < 64:
                os._exit(0)  # leaves its claim
"""


def test_of_many_that_take_over_one_does(tmp_path: Path) -> None:
    """Eight processes claim the same path again and again, and leave it claimed as they end."""
    for _ in range(3):
        crowd = [
            subprocess.Popen(
                [sys.executable, "-c", TAKE, tmp_path / ".lock"],
                stdin=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
            for _ in range(8)
        ]
        threads = [threading.Thread(target=each.communicate, args=(b"\n",)) for each in crowd]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [each.returncode for each in crowd] == [0] * 8


def test_a_link_is_seen_by_those_who_can_lock(tmp_path: Path, ended: str) -> None:
    """Locks may fail for some processes alone."""
    path, link = tmp_path / ".lock", tmp_path / ".lock.owner"
    link.symlink_to(ELSEWHERE)
    with locks.claimed(path) as is_claimed:
        assert not is_claimed
    link.unlink()
    link.symlink_to(ended)
    with locks.claimed(path) as is_claimed:
        assert is_claimed


@pytest.mark.parametrize("code", [errno.EIO, errno.ESTALE, errno.EBADF])
def test_a_lock_that_fails_is_no_lock_of_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    """It is said, and nothing is claimed."""
    monkeypatch.setattr("fcntl.flock", fail(code))
    with (
        pytest.raises(StorageError, match=f"cannot be locked: {os.strerror(code)}"),
        locks.claimed(tmp_path / ".lock"),
    ):
        pytest.fail("it is claimed")
    assert locks.are_known(tmp_path)


def test_drives_that_know_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a directory that is not there, nothing is known."""
    assert locks.are_known(tmp_path)
    with locks.locked(tmp_path / "directory"):
        assert locks.are_known(tmp_path / "directory")
    assert locks.are_known(tmp_path / "nothing")
    monkeypatch.setattr("fcntl.flock", fail(errno.ENOSYS))
    assert not locks.are_known(tmp_path)


def test_a_drive_without_locks_and_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is claimed there, and that is said."""
    monkeypatch.setattr("fcntl.flock", fail(errno.ENOSYS))

    def symlink(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "symlink", symlink)
    why = ".lock.owner cannot be made: Operation not permitted"
    with pytest.raises(StorageError, match=why), locks.claimed(tmp_path / ".lock"):
        pytest.fail("it is claimed")
