"""Claims on drives that have no locks: a symbolic link that leads to the name of its owner.

Only one process can make a link of a name, also on network drives, and it is made whole. Its target is
no file: it names the machine, its boot, the PID namespace, the process, and when that was started. A
claim ends with its process: another process that can tell takes the claim over. It can tell on the same
machine: after another boot, in the same namespace, or from the machine's own namespace, which sees all
processes. Two may see that at once. So whoever takes over first makes a link for that, and looks for
those of others. At least one of two sees the other, and gives up.

A claim whose owner cannot be seen from here (another machine, another container) is not taken over.
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from telemetry_hook._disk import storage
from telemetry_hook._errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator

OWNER, TAKER = ".owner", ".taker-"
SEPARATOR = "|"
START_TIME = 18  # the field of ``/proc/PID/stat``, counted from the one after the state
MACHINE = "pid:[4026531836]"  # the first PID namespace; the number is a constant of Linux


@contextlib.contextmanager
def claimed(path: Path) -> Iterator[bool]:
    """Claim a path, and give it back at the end. Yield whether that worked, without waiting.

    Raises:
        StorageError: no link can be made beside `path`.
    """
    owner = _link(path)
    is_claimed = _made(owner) or (_is_left(owner) and _is_taken_over(owner))
    try:
        yield is_claimed
    finally:
        if is_claimed:
            with contextlib.suppress(StorageError):  # it is left, and will be taken over
                storage.remove(owner)


def is_claimed(path: Path) -> bool:
    """Return whether another process has claimed a path, and may still be there."""
    return is_marked(path) and not _is_left(_link(path))


def is_marked(path: Path) -> bool:
    """Return whether a link says who has claimed a path, even if that process has ended."""
    return _owner(_link(path)) is not None


def _link(path: Path) -> Path:
    return path.with_name(path.name + OWNER)


def _made(link: Path) -> bool:
    """Make a link that names this process. Return False if there is one already."""
    try:
        os.symlink(_named(os.getpid()), link)
    except FileExistsError:
        return False
    except OSError as error:
        raise StorageError(f"{link} cannot be made: {error.strerror or error}") from error
    return True


def _is_taken_over(owner: Path) -> bool:
    mine = owner.with_name(f"{owner.name}{TAKER}{os.getpid()}")
    if not _made(mine):
        return False
    try:
        for other in owner.parent.glob(f"{owner.name}{TAKER}*"):
            if other != mine and not _is_left(other):
                return False
        if not _is_left(owner):  # another process was faster
            return False
        storage.remove(owner)
        return _made(owner)
    finally:
        storage.remove(mine)


def _is_left(link: Path) -> bool:
    """Return whether the process that a link names has certainly ended."""
    owner = _owner(link)
    parts, here = (owner or "").split(SEPARATOR), _named(os.getpid()).split(SEPARATOR)
    if len(parts) != len(here) or len(here) == 1:
        return False
    if parts[1] != here[1]:
        return parts[0] == here[0] != ""  # the machine was started again
    if parts[2] != here[2]:
        return here[2] == MACHINE and parts[2] not in _namespaces()
    return parts[3].isdecimal() and _named(int(parts[3])) != owner


def _namespaces() -> set[str]:
    """Return the PID namespaces of all processes that can be seen."""
    found = set()
    for directory in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            found.add(os.readlink(directory / "ns/pid"))
    return found


def unseen(directory: Path) -> list[Path]:
    """Return the links in a directory whose owners cannot be seen from here."""
    links = [*directory.glob(f".*{OWNER}")]
    here = _named(os.getpid()).split(SEPARATOR)
    return [link for link in links if not _is_left(link) and not _is_near(_owner(link), here)]


def _is_near(owner: str | None, here: list[str]) -> bool:
    """Return whether a process is of this machine's boot, and in a namespace that is seen from here."""
    parts = (owner or "").split(SEPARATOR)
    return parts[1:2] == here[1:2] and here[2:3] in ([MACHINE], parts[2:3])


def _owner(link: Path) -> str | None:
    try:
        return os.readlink(link)
    except OSError:
        return None


def _named(process: int) -> str:
    """Return the name of a process, ``MACHINE|BOOT|NAMESPACE|PID|START``, or one that names none."""
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            boot = file.read().strip()
        namespace = os.readlink("/proc/self/ns/pid")
        with open(f"/proc/{process}/stat", "rb") as file:
            state, *fields = file.read().rpartition(b")")[2].split()
    except OSError:  # another system, or the process has ended
        return "?"
    if state == b"Z":  # it has ended, and its parent has not looked
        return "?"
    start = fields[START_TIME].decode()
    return SEPARATOR.join((_machine(), boot, namespace, str(process), start))


def _machine() -> str:
    """Return what names this machine and no other, or '' if nothing does."""
    if sys.platform == "win32":
        return ""
    try:
        with open("/etc/machine-id", encoding="ascii") as file:
            return f"{file.read().strip()}@{os.uname().nodename}".replace(SEPARATOR, "")
    except (OSError, ValueError):
        return ""
