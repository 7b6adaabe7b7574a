"""Every path of ours; nothing is created here."""

from __future__ import annotations

from pathlib import Path

from platformdirs import PlatformDirs

from telemetry_hook._errors import StorageError

NAME = "telemetry-hook"


def answers() -> Path:
    """Return the file of standing answers."""
    return _absolute(_dirs().user_config_dir) / "answers.json"


def outbox() -> Path:
    """Return the directory of stored reports."""
    return _absolute(_dirs().user_state_dir) / "outbox"


def log() -> Path:
    """Return the file that our own failures are noted in."""
    return _absolute(_dirs().user_state_dir) / "failures.log"


def _dirs() -> PlatformDirs:
    return PlatformDirs(NAME, appauthor=False)


def _absolute(directory: str) -> Path:
    path = Path(directory)
    if not path.is_absolute():
        raise StorageError(
            f"{directory} would be in the working directory; set HOME and the XDG variables "
            "to absolute paths"
        )
    return path
