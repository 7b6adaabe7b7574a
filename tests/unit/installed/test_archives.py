"""Files that may be members of a zip archive."""

from __future__ import annotations

import os
import zipfile
import zipimport
from pathlib import Path

import pytest

from telemetry_hook._installed import archives


@pytest.fixture
def archive(tmp_path: Path) -> str:
    path = tmp_path / "lift.pyz"
    with zipfile.ZipFile(path, "w") as opened:
        opened.writestr("lift/cli.py", "x = 1\n")
        opened.writestr("lift/deep/cli.py", "")
        opened.writestr("acme_lift-1.0.dist-info/RECORD", "lift/cli.py,,\n")
    return str(path)


def test_members_are_read_like_files(archive: str, tmp_path: Path) -> None:
    (tmp_path / "cli.py").write_text("x = 1\n")
    for path in (f"{archive}/lift/cli.py", str(tmp_path / "cli.py")):
        assert archives.read(path) == b"x = 1\n"
        assert archives.read(path, 3) == b"x ="


@pytest.mark.parametrize("typed", ["./lift.pyz", "../bin/lift.pyz", "lift.pyz"])
def test_an_archive_may_be_started_by_a_relative_path(archive: str, typed: str) -> None:
    """Python puts the working directory before it, and leaves `./` and `../` in the middle."""
    directory = Path(archive).parent
    (directory / "bin").mkdir()
    bin_archive = Path(archive).rename(directory / "bin/lift.pyz")
    started = os.path.join(bin_archive.parent, typed)
    assert archives.read(f"{started}/lift/cli.py") == b"x = 1\n"
    assert archives.read(f"{started}/lift/../lift/cli.py") == b"x = 1\n"
    assert archives.names_in(f"{started}/lift") == ["cli.py", "deep"]


@pytest.mark.parametrize("name", ["lift/none.py", "lift", "lift/cli.py/x", "\0"])
def test_what_is_not_there_cannot_be_read(archive: str, tmp_path: Path, name: str) -> None:
    assert archives.read(f"{archive}/{name}") is None
    assert archives.read(f"{tmp_path}/{name}") is None


def test_names_in_an_archive_are_sorted_and_include_directories(archive: str) -> None:
    assert archives.names_in(archive) == ["acme_lift-1.0.dist-info", "lift"]
    assert archives.names_in(f"{archive}/lift") == ["cli.py", "deep"]
    assert archives.names_in(f"{archive}/none") == []


def test_another_file_holds_no_names(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no archive")
    assert archives.names_in(str(tmp_path / "file")) == []
    assert archives.read(str(tmp_path / "file/member")) is None
    assert archives.names_in(str(tmp_path / "none")) == []


def test_an_archive_that_was_replaced_is_not_read_wrongly(archive: str) -> None:
    """Its directory is known from before, so a member is read from where it was."""
    assert archives.read(f"{archive}/lift/cli.py") == b"x = 1\n"
    Path(archive).write_bytes(b"shorter")
    assert archives.read(f"{archive}/lift/cli.py") is None


def test_names_that_python_knows_are_not_read_again(
    archive: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An archive may have many members, and the program that crashed may be nobody's."""
    zipimport.zipimporter(archive)
    monkeypatch.setattr(zipfile, "ZipFile", None)
    assert archives.names_in(archive) == ["acme_lift-1.0.dist-info", "lift"]
    assert archives.names_in(f"{archive}/lift") == ["cli.py", "deep"]


def test_only_regular_files_are_read(tmp_path: Path) -> None:
    """A named pipe without a writer would keep us waiting, and a device may have no end."""
    assert archives.read(os.devnull) is None
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        assert archives.read(str(tmp_path / "pipe")) is None


def test_a_path_is_split_after_the_file_in_it(archive: str, tmp_path: Path) -> None:
    assert archives.split(f"{archive}/lift/cli.py") == (archive, "lift/cli.py")
    assert archives.split(str(tmp_path)) == (str(tmp_path), "")
    assert archives.is_archived(f"{archive}/lift")
    assert not archives.is_archived(f"{tmp_path}/lift")
