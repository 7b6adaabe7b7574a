"""Notes of our own failures: what they hold, and who wants none."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from telemetry_hook import _failures, _started
from telemetry_hook._cli import _doctor_files
from telemetry_hook._disk import log, paths
from telemetry_hook._errors import ChangedError

pytestmark = pytest.mark.once


@pytest.fixture(autouse=True)
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the log of this test's own, in a process that started without our variables."""
    path = tmp_path / "state/failures.log"
    monkeypatch.setattr(paths, "log", lambda: path)
    for name in ("DO_NOT_TRACK", "TELEMETRY_HOOK", "TELEMETRY_HOOK_STARTUP"):
        monkeypatch.delenv(name, raising=False)
    return path


def failure() -> BaseException:
    """Return an exception that another one led to."""
    try:
        try:
            raise KeyError("secret")
        except KeyError as error:
            raise OSError("secret") from error
    except OSError as error:
        return error


def test_a_note_has_kinds_and_places_and_no_message(path: Path) -> None:
    """The message could hold what a report may not."""
    _failures.note(failure(), {})
    first, second = path.read_text().splitlines()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ OSError <- KeyError on .*", first)
    assert re.fullmatch(r"  test_failures\.py:\d+ failure", second)
    assert "secret" not in path.read_text()


def test_a_long_chain_is_cut(path: Path) -> None:
    """So that a circle ends."""
    error = failure()
    assert error.__cause__ is not None
    error.__cause__.__cause__ = error
    _failures.note(error, {})
    assert path.read_text().count("OSError") == 3
    assert path.read_text().count("KeyError") == 2


def test_a_changed_distribution_is_no_failure(path: Path) -> None:
    """Its note is one line, and `doctor` has other words for it."""
    _failures.note(ChangedError("acme-lift was changed from 1.0 to 2.0 while the program ran"), {})
    _failures.note(failure(), {})
    [first, *_] = path.read_text().splitlines()
    assert re.fullmatch(
        r"\S+Z no report was made: acme-lift was changed from 1\.0 to .* ran", first
    )
    [failed], [changed] = _failures.read()
    assert ("OSError" in failed, changed) == (True, first)
    own, changes_found = _doctor_files._noted()
    assert (own.is_well, changes_found.is_well) == (False, True)
    assert changes_found.text == f"the last of 1: {first}"
    path.unlink()
    assert [finding.is_well for finding in _doctor_files._noted()] == [True]


def test_what_fails_while_our_own_files_are_replaced_is_no_failure(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Modules of two versions do not fit together."""
    monkeypatch.setattr(_started, "__version__", "0.0.1")
    _failures.note(failure(), {})
    assert path.read_text().endswith("telemetry-hook was changed while the program ran\n")
    assert len(path.read_text().splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [("DO_NOT_TRACK", "1"), ("TELEMETRY_HOOK", "never"), ("TELEMETRY_HOOK_STARTUP", "0")],
)
def test_who_forbids_everything_gets_no_note(
    path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """Whether it is set now, or was set when the program started and is unset by it."""
    monkeypatch.setenv(name, value)
    _failures.note(failure(), {})
    assert not path.parent.exists()
    started = getattr(os.environ, "_data", {}).copy()
    monkeypatch.delenv(name)
    _failures.note(failure(), started)
    assert not path.parent.exists()
    _failures.note(failure(), {})
    assert path.exists()


def test_a_note_that_cannot_be_written_disturbs_nobody(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever happens: it is never raised."""

    def fail(_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(log, "append", fail)
    _failures.note(failure(), {})
    with pytest.raises(MemoryError):
        _failures.write(failure(), {})
    assert not path.exists()
