"""Finds out whether a directory goes away by itself: in a container's layer, or in memory."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

MOUNTS = "/proc/self/mountinfo"
ESCAPES = {"\\040": " ", "\\011": "\t", "\\012": "\n", "\\134": "\\"}
LAYERS = ("overlay", "fuse.fuse-overlayfs", "aufs")
MEMORY = ("tmpfs", "ramfs", "devtmpfs")


def why_passing(directory: Path) -> str | None:
    """Return why a directory goes away by itself, or None if nothing says that it does.

    Only Linux says how directories are mounted.
    """
    with contextlib.suppress(OSError, IndexError):
        point, kind = _mount(os.path.realpath(directory))
        if kind in MEMORY:
            return "it is in memory"
        if kind in LAYERS and point == "/":
            return "it is in a temporary layer, as containers have"
    return None


def _mount(path: str) -> tuple[str, str]:
    """Return the mount point that a path is below, and the kind of its file system.

    Of several mounts at one point, the last one is seen.

    Source: man 5 proc, "/proc/pid/mountinfo".
    """
    found = ("", "")
    with open(MOUNTS, encoding="utf-8", errors="surrogateescape") as file:
        for line in file:
            before, _, after = line.partition(" - ")
            point = before.split()[4]
            for escape, character in ESCAPES.items():
                point = point.replace(escape, character)
            is_above = point == "/" or f"{path}/".startswith(f"{point}/")
            if is_above and len(point) >= len(found[0]):
                found = point, after.split()[0]
    return found
