"""The kind of file that is behind the path of an `OSError`: one of five words, and never the path.

The operating system has looked at that very path, and its answer is the error number. This is the rest
of the answer. Only local file systems are looked at, since a dead network would not answer. Only Linux
has a list of what is mounted where, which can be read at once. Whether the directory around a missing
file is missing too is left out: of a text that is no path, it would tell whether there is a slash in it.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
from typing import TYPE_CHECKING

from telemetry_hook._crash import guarded

if TYPE_CHECKING:
    from collections.abc import Mapping

MISSING = ("missing", "broken link")
THERE = ("directory", "file", "other")
# For each error number, the kinds that agree with it. The working directory may have changed since, and
# the file may be there by now.
AGREEING = {
    errno.ENOENT: MISSING,
    errno.EEXIST: ("broken link", *THERE),
    errno.EACCES: (*MISSING, *THERE),
    errno.EPERM: (*MISSING, *THERE),
}
_LOCAL = """
bcachefs btrfs devtmpfs erofs exfat ext2 ext3 ext4 f2fs iso9660 jfs ntfs3 overlay ramfs reiserfs
rootfs squashfs tmpfs udf vfat xfs zfs
"""
LOCAL = frozenset(_LOCAL.split())
MOUNTS = "/proc/self/mountinfo"
MAX_MOUNTS = 1024 * 1024  # bytes
MAX_PATH = 4_096
MAX_STEPS = 100


def file_kind(exception: BaseException) -> str | None:
    """Return the kind of file behind an error's path. None if it is not known, or does not agree."""
    path = guarded.field(exception, OSError, "filename")
    number = guarded.field(exception, OSError, "errno")
    if sys.platform != "linux" or type(number) is not int or not guarded.is_static(type(exception)):
        return None
    if not (type(path) is str or type(path) is bytes) or not 0 < len(path) <= MAX_PATH:
        return None
    try:
        found = kind_at(os.path.join(os.getcwd(), os.fsdecode(path)), _mounts())
    except (OSError, ValueError):  # it may not be looked at, or is no path
        return None
    return found if found in AGREEING.get(number, ()) else None


def kind_at(path: str, mounts: Mapping[str, str]) -> str | None:
    """Return the kind of file at an absolute path, or None if a part is not on a local file system.

    `mounts` has the type of the file system for each directory that one is mounted at.
    """
    waiting = _parts(path)
    at, mode, is_link = "/", stat.S_IFDIR, False
    for _ in range(MAX_STEPS):
        if not waiting:
            return "directory" if stat.S_ISDIR(mode) else "file" if stat.S_ISREG(mode) else "other"
        here = os.path.normpath(os.path.join(at, waiting.pop()))
        if _type_at(here, mounts) not in LOCAL:
            return None
        try:
            mode = os.lstat(here).st_mode
        except FileNotFoundError:
            return "broken link" if is_link else "missing"
        if stat.S_ISLNK(mode):
            is_link = is_link or not waiting
            target = os.readlink(here)
            waiting += _parts(target)
            at = "/" if target.startswith("/") else at
        else:
            at = here
    return None


def _parts(path: str) -> list[str]:
    return [part for part in reversed(path.split("/")) if part not in ("", ".")]


def _type_at(path: str, mounts: Mapping[str, str]) -> str | None:
    while path not in mounts and path != "/":
        path = os.path.dirname(path)
    return mounts.get(path)


def _mounts() -> dict[str, str]:
    r"""Return the type of file system by the directory that it is mounted at. The last one hides others.

    ``36 35 98:0 / /mnt\040a rw - ext3 /dev/root rw`` → ``{"/mnt a": "ext3"}``
    """
    with open(MOUNTS, "rb") as file:
        content = file.read(MAX_MOUNTS)
    mounts: dict[str, str] = {}
    for line in content.split(b"\n"):
        before, separator, after = line.partition(b" - ")
        fields = before.split(b" ")
        if separator and len(fields) > 4:  # noqa: PLR2004 - the fifth is the directory
            directory = fields[4].decode("unicode_escape").encode("latin-1")
            mounts[os.fsdecode(directory)] = after.partition(b" ")[0].decode("ascii", "replace")
    return mounts
