"""The kind of file behind an error's path."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from published import Site

from telemetry_hook._redact import file_kinds

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what is mounted")

ALL_LOCAL = {"/": "ext4"}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a directory with files of all kinds, on what counts as a local file system."""
    place = tmp_path.resolve()
    (place / "file").write_text("hunter2")
    (place / "directory").mkdir()
    (place / "to-file").symlink_to("file")
    (place / "to-nothing").symlink_to("missing")
    (place / "to-parent").symlink_to(place / "missing" / "file")
    (place / "to-itself").symlink_to("to-itself")
    (place / "directory" / "up").symlink_to("..")
    os.mkfifo(place / "pipe")
    monkeypatch.setattr(file_kinds, "_mounts", lambda: ALL_LOCAL)
    return place


KINDS = {
    "file": "file",
    "directory": "directory",
    "directory/": "directory",
    "pipe": "other",
    "to-file": "file",
    "to-nothing": "broken link",
    "to-parent": "broken link",
    "to-nothing/file": "missing",
    "to-itself": None,
    "missing": "missing",
    "missing/file": "missing",
    "missing/a/b": "missing",
    "directory/missing": "missing",
    "directory/../file": "file",
    "directory/up/file": "file",
    "./file": "file",
}


@pytest.mark.parametrize(("name", "kind"), KINDS.items())
def test_kind(name: str, kind: str | None, place: Path) -> None:
    assert file_kinds.kind_at(f"{place}/{name}", ALL_LOCAL) == kind


@pytest.mark.parametrize("at", ["", "/directory"])
@pytest.mark.parametrize("type_", ["nfs4", "fuse.sshfs", "autofs", "cifs", "9p", "hunter2"])
def test_no_other_file_system_is_looked_at(
    at: str, type_: str, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dead one would not answer. A link may lead there."""
    mounts = {"/": "ext4", f"{place}{at}": type_}
    (place / "link").symlink_to(place / "directory")
    looked: list[str] = []
    lstat = os.lstat

    def logged(path: str) -> os.stat_result:
        looked.append(path)
        return lstat(path)

    monkeypatch.setattr(os, "lstat", logged)

    assert file_kinds.kind_at(f"{place}/directory/missing", mounts) is None
    assert file_kinds.kind_at(f"{place}/link/missing", mounts) is None
    assert [path for path in looked if path.startswith(f"{place}{at}")] == []


def test_what_is_mounted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_bytes(
        b"36 35 98:0 / / rw,noatime master:1 - ext4 /dev/root rw\n"
        b"37 36 98:0 / /mnt/a\\040b\\134 rw - nfs4 host:/x rw\n"
        b"38 36 98:0 / /mnt/a\\040b\\134 rw - tmpfs none rw\n"
        b"39 36 98:0 / /\xc3\xa4 rw shared:2 - fuse.\xff none rw\n"
        b"hunter2\n - \n"
    )
    monkeypatch.setattr(file_kinds, "MOUNTS", str(mounts))

    assert file_kinds._mounts() == {
        "/": "ext4",
        "/mnt/a b\\": "tmpfs",
        "/ä": "fuse.�",
    }


def test_this_machine() -> None:
    assert file_kinds._mounts()["/"]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    before = {*sys.modules}
    yield Site(tmp_path.resolve())
    for name in {*sys.modules} - before:
        del sys.modules[name]


TOOL = """
import asyncio, os
def read(path): return open(path)
def make(path): os.mkdir(path)
def own(path): raise FileNotFoundError(2, "No such file or directory", path)
def later(path):
    async def fail(): own(path)
    async def wait():
        task = asyncio.ensure_future(fail())
        await task
    asyncio.run(wait())
class Error(OSError): pass
def derived(path): raise Error(2, "No such file or directory", path)
"""


@pytest.fixture
def kind(site: Site, place: Path) -> Callable[..., object]:
    tool = site.publish("acme", TOOL)

    def kind(function: str, path: Any) -> object:
        """Return the kind in the report of a call."""
        [redacted] = site.redacted(lambda: vars(tool)[function](path))
        details = {str(detail.name): detail.value for detail in redacted.details}
        assert not str(redacted).count("hunter2")
        return details.get("file_kind")

    return kind


def test_detail(kind: Callable[..., object], place: Path) -> None:
    assert kind("read", place / "missing") == "missing"
    assert kind("read", f"{place}/missing/hunter2") == "missing"
    assert kind("read", os.fsencode(place / "to-nothing")) == "broken link"
    assert kind("make", place / "file") == "file"
    assert kind("make", place / "to-nothing") == "broken link"
    assert kind("make", place / "directory") == "directory"
    assert kind("make", place / "pipe") == "other"


def test_no_detail(kind: Callable[..., object], place: Path) -> None:
    """The number says it all, or the tool's own code has made up the error."""
    assert kind("read", place / "directory") is None
    assert kind("read", place / "file" / "x") is None
    assert kind("own", str(place / "missing")) is None
    assert kind("later", str(place / "missing")) is None
    assert kind("derived", str(place / "missing")) is None


def test_a_file_that_has_come_since_is_not_reported(place: Path) -> None:
    """As where the working directory was another when the error was made."""
    error = FileNotFoundError(2, "hunter2", str(place / "file"))

    assert file_kinds.file_kind(error) is None


@pytest.mark.parametrize("path", ["", "a" * 5_000, "a\0b", 7, None, "\udcff", b"\xff", Path("x")])
def test_strange_paths(path: object, place: Path) -> None:
    assert file_kinds.file_kind(OSError(2, "hunter2", path)) in {None, "missing"}


class Strange(str):
    """A path whose code must not run."""

    __slots__ = ()

    def __len__(self) -> int:
        raise AssertionError("its code runs")


def test_a_path_with_code_of_its_own(place: Path) -> None:
    assert file_kinds.file_kind(OSError(2, "hunter2", Strange("x"))) is None


def test_without_a_working_directory(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory() as gone:
        monkeypatch.chdir(gone)
    assert file_kinds.file_kind(OSError(2, "hunter2", "x")) is None
    monkeypatch.chdir(place)


def test_reports_do_not_depend_on_names(site: Site, place: Path) -> None:
    tool = site.publish("acme", TOOL)
    names = "hunter2", "No such file or directory", "directory2", "a" * 200, "a/b", "a/../b"

    reports = [site.redacted(lambda name=name: tool.read(str(place / name))) for name in names]  # type: ignore[misc]

    assert all(report == reports[0] for report in reports)
