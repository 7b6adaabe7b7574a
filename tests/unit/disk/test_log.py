"""The log of our own failures: appended to, bounded, private."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from telemetry_hook._disk import log, paths

pytestmark = pytest.mark.once


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the log of this test's own; it is not there yet."""
    path = tmp_path / "state/failures.log"
    monkeypatch.setattr(paths, "log", lambda: path)
    return path


def test_lines_are_appended(path: Path) -> None:
    """The file and its directory are made for the user alone."""
    log.append(["one", "  two"])
    log.append(["three"])
    assert path.read_text() == "one\n  two\nthree\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_name_that_cannot_be_encoded_is_escaped(path: Path) -> None:
    """A function's or a file's name may have a lone surrogate."""
    log.append(["  \udcff.py:1 main"])
    assert path.read_text() == "  \\udcff.py:1 main\n"


@pytest.mark.parametrize(("size", "is_kept"), [(64 * 1024 - 1, True), (64 * 1024, False)])
def test_a_full_log_is_started_anew(path: Path, size: int, is_kept: bool) -> None:
    """It is full at 64 kB."""
    path.parent.mkdir(mode=0o700)
    path.write_text("x" * size)
    log.append(["new"])
    assert path.read_text() == "x" * size * is_kept + "new\n"


def test_a_link_is_not_followed(path: Path) -> None:
    """Somebody else's file is not written to."""
    path.parent.mkdir(mode=0o700)
    other = path.with_name("other")
    other.write_text("")
    path.symlink_to(other)
    with pytest.raises(OSError, match="symbolic links"):
        log.append(["new"])
    assert other.read_text() == ""
