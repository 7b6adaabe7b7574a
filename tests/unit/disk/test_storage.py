"""Private files: written whole or not at all, read only if they are the user's alone; locks."""

from __future__ import annotations

import errno
import os
import stat
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from telemetry_hook._disk import locks, storage
from telemetry_hook._errors import StorageError

pytestmark = pytest.mark.once


def mode(path: Path) -> int:
    """Return the permissions of a file."""
    return stat.S_IMODE(path.lstat().st_mode)


def test_a_written_file_is_the_users_alone(tmp_path: Path) -> None:
    """It replaces the one before, and no temporary file stays."""
    path = tmp_path / "file"
    for content in (b"one", b"", b"two\n"):
        storage.write(path, content)
        assert path.read_bytes() == content
    assert mode(path) == 0o600
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o477, 0o777])
def test_what_is_written_can_be_read_again(tmp_path: Path, umask: int) -> None:
    """Whatever the program's umask is: files, locks."""
    path = tmp_path / "file"
    before = os.umask(umask)
    try:
        storage.write(path, b"one")
        with locks.claimed(tmp_path / ".lock"):
            assert mode(tmp_path / ".lock") == 0o600
    finally:
        os.umask(before)
    assert mode(path) == 0o600


@pytest.mark.parametrize("code", [errno.EINVAL, errno.EIO, errno.ENOTSUP])
def test_a_directory_that_cannot_be_synced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    """The file has its name by then, so it would be false to say that it was not written."""
    sync = os.fsync

    def fsync(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(code, os.strerror(code))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    storage.write(tmp_path / "file", b"one")
    assert (tmp_path / "file").read_bytes() == b"one"


@pytest.mark.skipif(os.name == "nt", reason="there are other errors")
@pytest.mark.parametrize("code", [errno.EINTR, errno.EIO, errno.ESTALE])
def test_a_rename_that_fails_once_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    """A report that was sent, and is not recorded as sent, would be sent again."""
    replace, failures = os.replace, [OSError(code, os.strerror(code))]

    def failing(*paths: Path) -> None:
        if failures:
            raise failures.pop()
        replace(*paths)

    monkeypatch.setattr(os, "replace", failing)
    storage.write(tmp_path / "file", b"one")
    assert (tmp_path / "file").read_bytes() == b"one"


@pytest.mark.parametrize("broken", ["fsync", "replace"])
def test_a_write_that_fails_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    """A full disk changes nothing, and leaves no temporary file."""
    path = tmp_path / "file"
    storage.write(path, b"old")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, broken, full)
    with pytest.raises(StorageError, match=f"{path} cannot be written: No space left on device"):
        storage.write(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_prepared_file_is_written_before_it_is_renamed(tmp_path: Path) -> None:
    """Without the rename it is deleted, also when the context ends in an exception."""
    path = tmp_path / "file"
    with storage.prepared(path, b"new"):
        [temporary] = tmp_path.iterdir()
        assert temporary.name.startswith(".file.")
        assert temporary.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(KeyError), storage.prepared(path, b"new"):
        raise KeyError
    assert list(tmp_path.iterdir()) == []
    with storage.prepared(path, b"new") as commit:
        commit()
        assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_the_file_and_then_its_directory_are_synced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A power cut after the write finds the file and its name."""
    synced = []

    def fsync(descriptor: int) -> None:
        synced.append(stat.S_ISDIR(os.fstat(descriptor).st_mode))

    monkeypatch.setattr(os, "fsync", fsync)
    storage.write(tmp_path / "file", b"content")
    assert synced == [False, True]


def test_reading_has_a_limit(tmp_path: Path) -> None:
    """A file of just the limit is read; one byte more is refused; no file is None."""
    path = tmp_path / "file"
    assert storage.read(path, 4) is None
    storage.write(path, b"four")
    assert storage.read(path, 4) == b"four"
    with pytest.raises(StorageError, match="is larger than 3 bytes; remove it"):
        storage.read(path, 3)


def test_reading_a_line_has_a_limit(tmp_path: Path) -> None:
    """The line with its end is counted, not what comes after it."""
    path = tmp_path / "file"
    assert storage.read_line(path, 4) is None
    storage.write(path, b"one\nand more")
    assert storage.read_line(path, 4) == (b"one\n", 12)
    with pytest.raises(StorageError, match="a first line of more than 3 bytes"):
        storage.read_line(path, 3)


def by_link(path: Path) -> None:
    """Have a symbolic link in place of the file."""
    path.rename(path.with_name("other"))
    path.symlink_to("other")


def by_hard_link(path: Path) -> None:
    """Give the file a second name."""
    os.link(path, path.with_name("other"))


def by_pipe(path: Path) -> None:
    """Have a named pipe in place of the file: opening it must not wait for a writer."""
    path.unlink()
    os.mkfifo(path, 0o600)


def by_directory(path: Path) -> None:
    """Have a directory in place of the file."""
    path.unlink()
    path.mkdir(mode=0o700)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (by_link, "is a symbolic link; remove it"),
        (by_hard_link, "has more than one name"),
        (by_pipe, "is not a regular file; remove it"),
        (by_directory, "is not a regular file; remove it"),
        (lambda path: path.chmod(0o620), "can be written by others; run: chmod 600"),
        (lambda path: path.chmod(0o602), "can be written by others; run: chmod 600"),
    ],
)
def test_a_file_that_others_could_have_written_is_not_read(
    tmp_path: Path, change: Callable[[Path], None], reason: str
) -> None:
    """Neither whole nor its first line; the message says what to do."""
    path = tmp_path / "file"
    storage.write(path, b"one\n")
    change(path)
    with pytest.raises(StorageError, match=reason):
        storage.read(path, 100)
    with pytest.raises(StorageError, match=reason):
        storage.read_line(path, 100)


def test_a_file_that_others_can_only_read_is_read(tmp_path: Path) -> None:
    """An old file with wider permissions is still the user's own."""
    path = tmp_path / "file"
    path.write_bytes(b"one")
    path.chmod(0o644)
    assert storage.read(path, 100) == b"one"


def test_another_users_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files, directories, and directories that ours would be made in."""
    path = tmp_path / "directory/file"
    storage.make_private(path.parent)
    storage.write(path, b"one")
    monkeypatch.setattr(os, "geteuid", lambda: path.stat().st_uid + 1)
    with pytest.raises(StorageError, match=f"{path} belongs to somebody else; remove it"):
        storage.read(path, 100)
    monkeypatch.setattr(storage, "check_above", lambda _: None)
    with pytest.raises(StorageError, match=f"{path.parent} belongs to somebody else"):
        storage.make_private(path.parent)


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o777])
def test_directories_are_made_for_the_user_alone(tmp_path: Path, umask: int) -> None:
    """Whatever the program's umask is, and those that are missing above."""
    directory = tmp_path / "a/b"
    before = os.umask(umask)
    try:
        storage.make_private(directory)
        storage.make_private(directory)
    finally:
        os.umask(before)
    assert (mode(tmp_path / "a"), mode(directory)) == (0o700, 0o700)


@pytest.mark.parametrize(
    ("permissions", "is_refused"), [(0o700, False), (0o755, False), (0o770, True), (0o702, True)]
)
def test_a_directory_that_others_can_write_is_refused(
    tmp_path: Path, permissions: int, *, is_refused: bool
) -> None:
    """Permissions to read do no harm."""
    directory = tmp_path / "directory"
    directory.mkdir()
    directory.chmod(permissions)
    if is_refused:
        with pytest.raises(StorageError, match=f"run: chmod 700 {directory}"):
            storage.make_private(directory)
    else:
        storage.make_private(directory)


def test_what_is_no_directory_is_refused(tmp_path: Path) -> None:
    """A file in its place, a link in its place, a file above."""
    path = tmp_path / "file"
    path.write_bytes(b"")
    link = tmp_path / "link"
    link.symlink_to(tmp_path)
    for refused in (path, link):
        with pytest.raises(StorageError, match="is not a directory; remove it"):
            storage.make_private(refused)
    with pytest.raises(StorageError, match="cannot be made: Not a directory"):
        storage.make_private(path / "below")


@pytest.mark.parametrize(
    ("permissions", "is_refused"), [(0o777, True), (0o1777, False), (0o775, False)]
)
def test_a_place_that_anybody_could_replace_is_refused(
    tmp_path: Path, permissions: int, *, is_refused: bool
) -> None:
    """Anybody may write in it, and may rename what others have there."""
    above = tmp_path / "above"
    above.mkdir()
    above.chmod(permissions)
    if is_refused:
        with pytest.raises(StorageError, match=f"run: chmod o-w {above}"):
            storage.check_above(above / "not/there")
    else:
        storage.check_above(above / "not/there")


def owned(monkeypatch: pytest.MonkeyPatch, owners: dict[Path, int]) -> None:
    """Have directories belong to these users, and exist only if they are named."""

    def status(path: Path, **_: object) -> SimpleNamespace:
        if path not in owners:
            raise FileNotFoundError(path)
        return SimpleNamespace(st_uid=owners[path], st_mode=stat.S_IFDIR | 0o755)

    monkeypatch.setattr(Path, "stat", status)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)


@pytest.mark.parametrize(("owner", "is_refused"), [(1000, False), (0, False), (1001, True)])
def test_the_nearest_directory_decides_whose_place_it_is(
    monkeypatch: pytest.MonkeyPatch, owner: int, *, is_refused: bool
) -> None:
    """Directories that are not there yet are passed over; those further up may be anybody's."""
    owned(monkeypatch, {Path("/home/user"): owner, Path("/home"): 1002, Path("/"): 0})
    path = Path("/home/user/.config/telemetry-hook")
    if is_refused:
        with pytest.raises(StorageError, match="/home/user belongs to another user"):
            storage.check_above(path)
    else:
        storage.check_above(path)


def test_a_lock_is_held_by_one_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another waits for ten seconds; the lock ends with its context, whatever ends that."""
    now = [100.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(time, "sleep", sleep)
    directory = tmp_path / "directory"
    with locks.locked(directory):
        why = "is locked by another process; try again later"
        with pytest.raises(StorageError, match=why), locks.locked(directory):
            pytest.fail("two hold the lock")
        assert 110 <= now[0] < 110.1
    with pytest.raises(KeyError), locks.locked(directory):
        raise KeyError
    with locks.locked(directory):
        assert now[0] < 110.1


def test_locks_belong_to_open_files(tmp_path: Path) -> None:
    """Closing the file gives the lock up."""
    path = tmp_path / "file"
    path.write_bytes(b"")
    first, second = (os.open(path, os.O_RDWR) for _ in range(2))
    assert locks.try_lock(first) is True
    assert locks.try_lock(second) is False
    os.close(first)
    assert locks.try_lock(second) is True
    os.close(second)


def test_a_claim_has_a_file_of_its_own(tmp_path: Path) -> None:
    """One claims at a time; the file goes with the claim, whatever ends that."""
    path = tmp_path / ".lock"
    with locks.claimed(path) as first, locks.claimed(path) as second:
        assert (first, second) == (True, False)
        assert mode(path) == 0o600
    assert not path.exists()
    with pytest.raises(KeyError), locks.claimed(path):
        raise KeyError
    assert not path.exists()
    with locks.claimed(path) as again:
        assert again


def test_a_claim_without_a_place(tmp_path: Path) -> None:
    """Where no file can be made, nobody knows whether there is a claim: that is said."""
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "directory").mkdir()
    for name in ("nothing/.lock", "link", "directory"):
        with pytest.raises(StorageError, match="cannot be made"), locks.claimed(tmp_path / name):
            pytest.fail("it is claimed")
    assert not (tmp_path / "elsewhere").exists()


def test_files_in_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows replaces and deletes no file that another process reads; it is tried again."""
    path = tmp_path / "file"
    storage.write(path, b"old")
    refusals = [0]

    def refusing(change: Callable[..., None]) -> Callable[..., None]:
        def changed(*arguments: object) -> None:
            if refusals[0]:
                refusals[0] -= 1
                raise PermissionError(13, "The process cannot access the file")
            change(*arguments)

        return changed

    monkeypatch.setattr(storage, "ATTEMPTS", 3)
    monkeypatch.setattr(storage, "STEP", 0)
    monkeypatch.setattr(os, "replace", refusing(os.replace))
    refusals[0] = 2
    storage.write(path, b"new")
    assert path.read_bytes() == b"new"
    refusals[0] = 3
    with pytest.raises(StorageError, match="cannot be written"):
        storage.write(path, b"newer")
    assert path.read_bytes() == b"new"
    monkeypatch.setattr(type(path), "unlink", lambda *_, **__: refusing(lambda: None)())
    refusals[0] = 3
    with pytest.raises(StorageError, match="cannot be deleted"):
        storage.remove(path)
    storage.remove(path)


def test_macos_is_told_to_write_to_the_disk_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`fsync` leaves it in the drive's memory there. What cannot do that is synced as elsewhere."""
    done: list[object] = []

    def control(descriptor: int, command: object) -> None:
        done.append(command)
        if is_refused:
            raise OSError(errno.ENOTTY, "Inappropriate ioctl for device")

    monkeypatch.setattr(storage, "fcntl", SimpleNamespace(F_FULLFSYNC="full", fcntl=control))
    monkeypatch.setattr(os, "fsync", lambda _: done.append("fsync"))
    is_refused = False
    storage.write(tmp_path / "file", b"")
    assert done == ["full", "full"]  # the file, then its directory
    is_refused = True
    done.clear()
    storage.write(tmp_path / "file", b"")
    assert done == ["full", "fsync"] * 2
