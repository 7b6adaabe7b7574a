"""Directories that go away by themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

from telemetry_hook._disk import mounts

pytestmark = pytest.mark.once

MEMORY, LAYER = "it is in memory", "it is in a temporary layer, as containers have"
DISK = "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
CONTAINER = "22 1 0:50 / / rw,relatime - overlay overlay rw,lowerdir=/a,upperdir=/b\n"
TMP = "30 22 0:33 / /run rw,nosuid shared:5 master:1 - tmpfs tmpfs rw\n"
HOME = "31 22 8:2 / /home rw - ext4 /dev/sda2 rw\n"
SPACES = "32 22 0:34 / /home/my\\040home rw - ramfs ramfs rw\n"


@pytest.mark.parametrize(
    ("table", "directory", "why"),
    [
        (DISK, "/home/jane", None),
        (DISK + TMP, "/home/jane", None),
        (DISK + TMP, "/run/jane/outbox", MEMORY),
        (DISK + TMP, "/run", MEMORY),
        (DISK + TMP, "/runs/jane", None),
        (CONTAINER, "/root/.local", LAYER),
        (CONTAINER + HOME, "/home/jane", None),
        (CONTAINER + HOME, "/root", LAYER),
        (DISK + HOME + SPACES, "/home/my home/outbox", MEMORY),
        (DISK + HOME + SPACES, "/home/my", None),
        (DISK + TMP + TMP.replace("- tmpfs", "- ext4"), "/run/jane", None),
        (DISK + "40 22 0:51 / /merged rw - overlay overlay rw\n", "/merged/home", None),
        ("", "/home/jane", None),
        ("nonsense\n", "/home/jane", None),
        ("22 1 8:1 / / rw\n", "/home/jane", None),
    ],
)
def test_what_goes_away(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    table: str,
    directory: str,
    why: str | None,
) -> None:
    """The mount that is nearest above a directory decides, and of two at one place the last one."""
    (tmp_path / "mountinfo").write_text(table)
    monkeypatch.setattr(mounts, "MOUNTS", str(tmp_path / "mountinfo"))
    assert mounts.why_passing(Path(directory)) == why


def test_where_nothing_says_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other systems have no such file."""
    monkeypatch.setattr(mounts, "MOUNTS", str(tmp_path / "nothing"))
    assert mounts.why_passing(tmp_path) is None
