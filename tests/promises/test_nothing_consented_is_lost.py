"""Where reports are stored: disks that are full, slow or not there, crowds, and places not to trust."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pexpect
import pytest
from conftest import PLUGIN, Receiver, Shell, make_tool, needs, until
from faulty import stand_ins

from telemetry_hook._disk import locks, paths, storage
from telemetry_hook._errors import StorageError
from telemetry_hook._outbox import delivery, quotas, states
from telemetry_hook._outbox import entry as _entry
from telemetry_hook._outbox import store as _outbox
from telemetry_hook._outbox.entry import Entry

pytestmark = [pytest.mark.once, pytest.mark.account]

CRASH = ("lift", "up", "--schema", "cycle.lift", "--create-db")
CROWD = 100
BUSY = 900  # seconds: on a busy machine all of it takes long, and nothing is lost or sent twice


def entry(number: int = 0, **values: Any) -> Entry:
    """Return an entry with these values."""
    now = time.time()
    known: dict[str, Any] = {
        "id": f"{number:032x}",
        "state": "pending",
        "tool": "lift",
        "publisher": "Acme Ltd",
        "url": "https://errors.acme.example/",
        "receiver": "https://errors.acme.example/",
        "headers": {},
        "sha256": "",
        "size": 4,
        "created": now,
        "changed": now,
    }
    return Entry(**{**known, **values})


def store(directory: Path, each: Entry, body: bytes = b"body") -> Path:
    """Write an entry's file as it would be."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = directory / f"{each.id}.report"
    whole = each._replace(size=len(body), sha256=hashlib.sha256(body).hexdigest())
    path.write_bytes(_entry.encode(whole) + body)
    path.chmod(0o600)
    return path


@pytest.fixture
def outbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have the outbox in a directory of this test's."""
    directory = tmp_path / "outbox"
    directory.mkdir(mode=0o700)
    monkeypatch.setattr(paths, "outbox", lambda: directory)
    return directory


# What a namespace of its own puts in the home's place.
FULL = (
    'mount -t tmpfs -o size=64k tmpfs "$1"; dd if=/dev/zero of="$1/rest" bs=1k 2>/dev/null || true'
)
READ_ONLY = 'mount -t tmpfs -o ro tmpfs "$1"'
NO_INODES = 'mount -t tmpfs -o nr_inodes=2 tmpfs "$1"; touch "$1/rest"'
SMALL = 'mount -t tmpfs -o size=8k tmpfs "$1"'  # room for directories, and for half a report


@pytest.mark.parametrize(
    ("mount", "said"),
    [
        (FULL, "No space left on device"),
        (SMALL, "No space left on device"),
        (READ_ONLY, "Read-only file system"),
        (NO_INODES, "No space left on device"),
    ],
    ids=["full", "fills up", "read-only", "no inodes"],
)
def test_what_cannot_be_stored_is_not_sent(
    project: Shell, receiver: Receiver, mount: str, said: str
) -> None:
    """A full disk, a quota, a read-only disk: one line says so, and nothing is sent."""
    needs("mount namespaces")
    script = f'set -e; {mount}; shift; set +e; "$@"; status=$?; find "$HOME" -name "*.report*"; exit $status'
    command = [str(project.environment.bin / CRASH[0]), *CRASH[1:]]
    terminal = project.terminal(
        *("unshare", "--map-root-user", "--mount", "sh", "-c", script, "sh"),
        *(str(project.home.directory), *command),
        LIFT_TELEMETRY_DSN=receiver.dsn,
    )
    terminal.answer("yes")
    assert terminal.end() == 1
    after = terminal.screen.rpartition("(no) yes")[2].split()
    told = " ".join(after)
    assert told.startswith("telemetry-hook: nothing was sent: ")
    assert told.endswith(said)
    assert receiver.asked == 0


@pytest.mark.parametrize("where", ["", "relative", "/nonexistent/home"])
def test_no_home(project: Shell, receiver: Receiver, where: str) -> None:
    """Without a usable home the crash is the tool's, and nothing is written into the project."""
    before = {each.name for each in project.directory.iterdir()}
    terminal = project.terminal(*CRASH, HOME=where, LIFT_TELEMETRY_DSN=receiver.dsn)
    index = terminal.process.expect_exact(["Send this report? (no) ", pexpect.EOF])
    if index == 0:
        terminal.process.sendline("no")
    assert terminal.end() == 1
    assert "Traceback" not in terminal.screen.partition("has crashed")[2]
    made = {each.name for each in project.directory.iterdir()} - before
    assert made <= {"cycle.db"}  # Lift's own
    assert receiver.asked == 0


def test_a_slow_disk_delays_and_loses_nothing(project: Shell, receiver: Receiver) -> None:
    """A second for each fsync makes the answer slower, no more.

    No such file system can be had here: an fsync that sleeps stands in.
    """
    slow = project.environment.site / "zzz_slow.pth"
    slow.write_text(
        "import os, time; os.fsync = (lambda sleep, sync: lambda descriptor: "
        "(sleep(0.5), sync(descriptor))[1])(time.sleep, os.fsync)\n"
    )
    try:
        terminal = project.terminal(*CRASH, LIFT_TELEMETRY_DSN=receiver.dsn)
        terminal.answer("yes")
        assert terminal.end() == 1
        until(lambda: receiver.bodies)
        until(lambda: not list(project.home.outbox.glob(".*")))
    finally:
        slow.unlink()


CROWDED = """
import sys
class CrowdError(Exception): pass
FUNCTIONS
def main(): globals()[f"fail_{sys.argv[1]}"]()
"""
FAILING = 'def fail_{0}(): raise CrowdError("this was bound to happen")'


def test_a_hundred_tools_crash_at_once(
    shell: Shell, receiver: Receiver, install: Callable[..., None], tmp_path: Path
) -> None:
    """Each of a hundred reports arrives, once, and each program ends as it would have."""
    functions = "\n".join(FAILING.format(number) for number in range(CROWD))
    plugin = PLUGIN.replace(
        'FileReceiver(os.environ["REPORTS"])', 'SentryReceiver(os.environ["DSN"])'
    )
    plugin += "@hookimpl\ndef telemetry_ask(report, tool): return 'always'\n"
    code = CROWDED.replace("FUNCTIONS", functions)
    install(make_tool(tmp_path, "crowd", code, plugin=plugin))
    shell.home.variables |= {"DSN": receiver.dsn, "FAULTS_DEADLINE": str(BUSY)}
    with stand_ins(shell.environment.site):
        crowd = [
            subprocess.Popen(
                [shell.environment.bin / "crowd", str(number)],
                env=shell.home.environment,
                cwd=shell.directory,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            for number in range(CROWD)
        ]
        assert {each.wait(timeout=BUSY) for each in crowd} == {1}
        until(lambda: shell.run("telemetry-hook", "send").stdout.startswith("Nothing"), BUSY)
    ids = [json.loads(each.splitlines()[0])["event_id"] for each in receiver.bodies]
    assert len(ids) == len(set(ids)) == CROWD
    listed = json.loads(shell.run("telemetry-hook", "list", "--json").stdout)
    assert [each["state"] for each in listed] == ["sent"] * CROWD


def test_ten_thousand_pending(project: Shell, receiver: Receiver) -> None:
    """A crowded outbox takes no report more, says so, and the crash goes on as it would."""
    for number in range(10_000):
        store(project.home.outbox, entry(number))
    terminal = project.terminal(*CRASH, LIFT_TELEMETRY_DSN=receiver.dsn)
    terminal.answer("yes")
    assert terminal.end() == 1
    told = " ".join(terminal.screen.rpartition("(no) yes")[2].split())
    assert told == (
        "telemetry-hook: nothing was sent: 10000 reports (39 KiB) wait already; "
        "`telemetry-hook send` or `discard` makes room"
    )
    assert receiver.asked == 0
    listed = project.run("telemetry-hook", "list").stdout.splitlines()
    assert len(listed) == 10_000
    for each in project.home.outbox.iterdir():
        each.unlink()
    again = project.terminal(*CRASH, LIFT_TELEMETRY_DSN=receiver.dsn)
    again.answer("yes")
    again.expect("sent. Receipt: ")
    again.end()


def test_the_outbox_is_bounded_in_number_size_and_age(outbox: Path) -> None:
    """What is settled makes room, the oldest first; what has waited too long ends with a reason."""
    now = time.time()
    for number in range(300):
        state = "sent" if number % 2 else "discarded"
        store(outbox, entry(number, state=state, changed=now - number, created=now - number))
    old = now - 31 * 86_400
    store(outbox, entry(1000, created=old, changed=old))
    store(outbox, entry(1001, state="later", created=old, changed=old))
    store(outbox, entry(1002, state="sent", created=old, changed=old))
    leftover = outbox / f".{1003:032x}.report.abc"
    leftover.write_text("half a rep")
    os.utime(leftover, (old, old))
    quotas.tidy()
    found = {each.id: each for each in _outbox.entries()}
    assert len([each for each in found.values() if int(each.id, 16) < 300]) == 200
    assert f"{0:032x}" in found
    assert f"{299:032x}" not in found
    for number in (1000, 1001):
        waited = found[f"{number:032x}"]
        assert (waited.state, waited.reason) == ("discarded", "it has waited for 30 days")
        assert _outbox.body(waited) == b""
    assert f"{1002:032x}" not in found
    assert not leftover.exists()


def test_what_waits_makes_no_room(outbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over the quota in bytes a report is refused, and what was agreed to stays."""
    monkeypatch.setattr(quotas, "MAX_STORED_BYTES", 10_000)
    store(outbox, entry(1), b"x" * 6000)
    store(outbox, entry(2, state="sent"), b"x" * 6000)
    quotas.make_room(1000)
    assert [each.id for each in _outbox.entries()] == [f"{1:032x}"]
    with pytest.raises(StorageError, match=r"1 reports \(5 KiB\) wait already"):
        quotas.make_room(9000)


def test_another_versions_files_are_kept(outbox: Path) -> None:
    """Unknown fields survive a step; missing ones have defaults; another format is left alone."""
    known = entry(1)._replace(sha256=hashlib.sha256(b"body").hexdigest())
    line = json.loads(_entry.encode(known))
    line["colour"] = {"deep": [1]}
    del line["title"], line["held_until"], line["fingerprint"]
    path = outbox / f"{known.id}.report"
    path.write_bytes(json.dumps(line).encode() + b"\nbody")
    path.chmod(0o600)
    with _outbox.claimed(known.id) as claimed:
        assert claimed is not None
        assert claimed.title == ""
        states.postpone(claimed, "later on", next_attempt=0, held_until=0)
    again = json.loads(path.read_bytes().partition(b"\n")[0])
    assert (again["colour"], again["attempts"]) == ({"deep": [1]}, 1)
    line["format"] = 2
    path.write_bytes(json.dumps(line).encode() + b"\nbody")
    before = path.read_bytes()
    assert _outbox.entries() == []
    quotas.tidy()
    assert states.discard_all(None, "all of them") == (0, 0)
    assert path.read_bytes() == before


@pytest.mark.parametrize("jump", [-400 * 86_400, 400 * 86_400])
def test_clocks_that_jump(outbox: Path, jump: float) -> None:
    """Times of another clock neither hold a report back for ever nor delete what is new."""
    then = time.time() + jump
    written = entry(1, created=then, changed=then, next_attempt=then + 60, held_until=then + 60)
    now = time.time()
    assert delivery.is_due(written, now)
    assert delivery.held_until(written.receiver, [written], now) <= now
    assert delivery.sent_within_hour("lift", [written], now) == 0
    if jump > 0:
        store(outbox, written)
        quotas.tidy()
        assert [each.state for each in _outbox.entries()] == ["pending"]


def test_limits_are_shared(outbox: Path) -> None:
    """What one process was told by a receiver, and how much it sent, holds for every other."""
    now = time.time()
    told = entry(1, state="sent", held_until=now + 50, attempted=now - 10)
    assert delivery.held_until(told.receiver, [entry(2), told], now) == now + 50
    assert delivery.held_until("https://another.example/", [told], now) == 0
    sent = [entry(number, state="sent", attempted=now - number * 40) for number in range(200)]
    assert delivery.sent_within_hour("lift", sent, now) == 90
    assert delivery.sent_within_hour("photon", sent, now) == 0


def test_no_more_than_so_many_an_hour(
    outbox: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What is over the hourly limit stays pending, with the reason, until it is due again."""
    monkeypatch.setattr(delivery, "MAX_HOURLY", 3)
    monkeypatch.setattr(delivery, "PAUSE_SECONDS", 0)
    reports = tmp_path / "reports"
    for number in range(5):
        url = f"file://{reports}/{number}.json"
        store(outbox, entry(number, url=url, receiver="file:"))
    delivery.drain(f"{4:032x}", lambda _: None)
    assert sorted(each.name for each in reports.iterdir()) == ["0.json", "1.json", "4.json"]
    waiting = [each for each in _outbox.entries() if each.state == "pending"]
    assert [each.reason for each in waiting] == [
        "3 reports of lift were sent within the last hour"
    ] * 2
    assert all(each.next_attempt > time.time() + 3000 for each in waiting)
    delivery.drain("", lambda _: None)
    assert len(list(reports.iterdir())) == 3


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Return a directory in which ours would be."""
    directory = tmp_path / "home"
    directory.mkdir()
    return directory


def link_to_elsewhere(place: Path) -> None:
    (place / "elsewhere").mkdir()
    (place / "ours").symlink_to(place / "elsewhere")


def file(place: Path) -> None:
    (place / "ours").write_text("")


def writable(place: Path) -> None:
    (place / "ours").mkdir()
    (place / "ours").chmod(0o777)


def anybodys(place: Path) -> None:
    place.chmod(0o777)


def somebody_elses(place: Path) -> None:
    (place / "ours").mkdir()
    os.chown(place / "ours", 12345, 12345)


def in_somebody_elses(place: Path) -> None:
    os.chown(place, 12345, 12345)


PLACES: dict[Callable[[Path], None], str] = {
    link_to_elsewhere: "is not a directory; remove it",
    file: "is not a directory; remove it",
    writable: "can be written by others; run: chmod 700",
    anybodys: "can be written by anybody; run: chmod o-w",
    somebody_elses: "belongs to somebody else; remove it",
    in_somebody_elses: "belongs to another user than the one who runs this",
}


@pytest.mark.parametrize("make", PLACES, ids=lambda make: make.__name__)
def test_places_that_cannot_be_trusted(place: Path, make: Callable[[Path], None]) -> None:
    """A directory that is not the user's alone is refused with a word that says what to do."""
    if make.__name__.endswith("elses") and os.geteuid() != 0:
        pytest.skip("only root can give a directory away")
    make(place)
    with pytest.raises(StorageError, match=PLACES[make]):
        storage.make_private(place / "ours")


def test_a_shared_temporary_directory_is_fine(place: Path) -> None:
    """Where anybody may write but nobody may take away, as in /tmp, a directory of ours is safe."""
    place.chmod(0o1777)
    storage.make_private(place / "ours")
    assert stat.S_IMODE((place / "ours").stat().st_mode) == 0o700


@pytest.mark.parametrize("kind", ["symbolic", "hard"])
def test_reports_that_are_links_are_passed_over(outbox: Path, kind: str, tmp_path: Path) -> None:
    """A link in the outbox is neither read nor sent nor changed."""
    elsewhere = tmp_path / "elsewhere"
    real = store(elsewhere, entry(1))
    link = outbox / real.name
    if kind == "symbolic":
        link.symlink_to(real)
    else:
        os.link(real, link)
    assert _outbox.entries() == []
    with _outbox.claimed(f"{1:032x}") as claimed:
        assert claimed is None
    assert real.read_bytes().endswith(b"body")


def test_a_claim_on_what_was_replaced_is_given_up(
    outbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who opens the lock of another, and gets it when that one has ended, holds nothing.

    Its file is deleted by then, and may have been made anew by a third.
    """
    store(outbox, entry(1))
    [lock, try_lock] = [outbox / f".{1:032x}.lock", locks.try_lock]

    def late(descriptor: int) -> bool:
        lock.unlink()
        if is_made_anew:
            lock.touch()
        return try_lock(descriptor)

    monkeypatch.setattr(locks, "try_lock", late)
    for is_made_anew in (False, True):
        with _outbox.claimed(f"{1:032x}") as claimed:
            assert claimed is None
        assert lock.exists() is is_made_anew
    monkeypatch.setattr(locks, "try_lock", try_lock)
    with _outbox.claimed(f"{1:032x}") as claimed:
        assert claimed is not None
    assert not lock.exists()


def test_a_claim_sees_the_last_change(outbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What another has changed just before is read, and no older state."""
    store(outbox, entry(1))
    try_lock = locks.try_lock

    def late(descriptor: int) -> bool:
        store(outbox, entry(1, state="sent"))
        return try_lock(descriptor)

    monkeypatch.setattr(locks, "try_lock", late)
    with _outbox.claimed(f"{1:032x}") as claimed:
        assert claimed is not None
        assert claimed.state == "sent"


def test_a_file_that_goes_while_it_is_looked_at(
    outbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process may delete what is settled at any moment: it is passed over."""
    path = store(outbox, entry(1, state="sent"))
    scan = os.scandir

    class Scan:
        def __init__(self, directory: Path) -> None:
            with scan(directory) as found:
                self._found = list(found)
            path.unlink(missing_ok=True)

        def __enter__(self) -> list[os.DirEntry[str]]:
            return self._found

        def __exit__(self, *_: object) -> None: ...

    monkeypatch.setattr(os, "scandir", Scan)
    quotas.make_room(10)
    assert _outbox.entries() == []


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


@needs_root
def test_sudo_leaves_nothing_in_the_users_home(project: Shell, receiver: Receiver) -> None:
    """Root in a user's home, as under sudo, asks nothing and leaves nothing."""
    for each in (project.home.directory, *project.home.directory.rglob("*")):
        os.chown(each, 12345, 12345)
    terminal = project.terminal(*CRASH, LIFT_TELEMETRY_DSN=receiver.dsn)
    assert terminal.end() == 1
    assert "has crashed" not in terminal.screen
    assert project.home.files() == []
    said = project.run("telemetry-hook", "never", "lift")
    assert (said.returncode, "belongs to another user" in said.stderr) == (1, True)
    assert project.home.files() == []


@needs_root
def test_set_uid_leaves_nothing(project: Shell, receiver: Receiver) -> None:
    """A program that runs with another user's rights asks nothing."""
    script = "import os; os.seteuid(12345); raise SystemExit(__import__('lift.cli').cli.main())"
    code = f"import runpy, sys; {script}"
    terminal = project.terminal(
        *("python", "-c", code, *CRASH[1:]), LIFT_TELEMETRY_DSN=receiver.dsn
    )
    terminal.end()
    assert "has crashed" not in terminal.screen
    assert project.home.files() == []
