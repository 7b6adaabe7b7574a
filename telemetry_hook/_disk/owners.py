"""Claims on drives that have no locks: a symbolic link that leads to the name of its owner.

Only one process can make a link of a name, also on network drives, and it is made whole. Its target is
no file: it names the machine's boot, the PID namespace, the process, and when that was started. A claim
ends with its process: another process of that namespace, which can tell, takes the claim over. Two may
see that at once. So whoever takes over first makes a link for that, and looks for those of others. At
least one of two sees the other, and gives up.

A claim whose owner cannot be seen from here (another machine, another container) is not taken over.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from telemetry_hook._disk import storage
from telemetry_hook._errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OWNER, TAKER = ".owner", ".taker-"
SEPARATOR = "|"
START_TIME = 19  # the field of ``/proc/PID/stat``, counted from the name in parentheses


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
    return _owner(_link(path)) is not None and not _is_left(_link(path))


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
    parts = owner.split(SEPARATOR) if owner else []
    here = _named(os.getpid()).split(SEPARATOR)
    is_of_here = len(parts) == len(here) > 1 and parts[:2] == here[:2] and parts[2].isdecimal()
    return is_of_here and _named(int(parts[2])) != owner


def _owner(link: Path) -> str | None:
    try:
        return os.readlink(link)
    except OSError:
        return None


def _named(process: int) -> str:
    """Return the name of a process, ``BOOT|NAMESPACE|PID|START``, or one that names none."""
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            boot = file.read().strip()
        namespace = os.readlink("/proc/self/ns/pid")
        with open(f"/proc/{process}/stat", "rb") as file:
            start = file.read().rpartition(b")")[2].split()[START_TIME].decode()
    except OSError:  # another system, or the process has ended
        return "?"
    return SEPARATOR.join((boot, namespace, str(process), start))
