"""The paths of all our files. This module creates none of them."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from telemetry_hook import _environment
from telemetry_hook._errors import StorageError

if sys.platform == "win32":
    import winreg

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME = "telemetry-hook"
MOVING = ("XDG_", "ANDROID_", "WIN_PD_OVERRIDE_")  # with what variables of platformdirs begin
HOMES = ("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA")
WINDOWS = r"SOFTWARE\Microsoft\Windows\CurrentVersion"


def answers() -> Path:
    """Return the file of standing answers."""
    return _users_directories()[0] / "answers.json"


def policy() -> Path:
    """Return the path of the administrator's policy file.

    The path depends only on the platform. `platformdirs` is not used here, because environment
    variables (``XDG_CONFIG_DIRS``, ``WIN_PD_OVERRIDE_COMMON_APPDATA``) change the path that it
    returns, and the user's own shell can set these.

    On Windows, every user can make directories in the folder for all users' data. Only
    administrators can write in the folder for programs, and in this part of the registry.
    """
    if sys.platform == "win32":
        view = winreg.KEY_READ | winreg.KEY_WOW64_64KEY  # the same folder for a 32-bit Python
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, WINDOWS, 0, view) as key:
            base = Path(str(winreg.QueryValueEx(key, "ProgramFilesDir")[0]))
    elif sys.platform == "darwin":
        base = Path("/Library/Application Support")
    else:
        base = Path("/etc")
    return base / NAME / "policy.toml"


def outbox() -> Path:
    """Return the directory of stored reports."""
    return _users_directories()[1] / "outbox"


def log() -> Path:
    """Return the file that our own failures are written to."""
    return _users_directories()[1] / "failures.log"


def directories() -> tuple[Path, Path]:
    """Return the two directories that contain all files of a user."""
    return answers().parent, outbox().parent


def moved(environment: Mapping[str, str]) -> str | None:
    """Return the first variable that leads to the directories and differs in `environment`, or None."""
    own = os.environ
    names = [name for name in {*own, *environment} if name in HOMES or name.startswith(MOVING)]
    return next((name for name in sorted(names) if own.get(name) != environment.get(name)), None)


def _users_directories() -> tuple[Path, Path]:
    own, environment = os.environ, _environment.variables()
    if moved(environment) is None:
        return _directories()
    try:  # platformdirs reads `os.environ`, and nothing else
        os.environ = environment  # type: ignore[assignment]  # noqa: B003
        return _directories()
    finally:
        os.environ = own  # noqa: B003


def _directories() -> tuple[Path, Path]:
    from platformdirs import PlatformDirs  # variables decide for which system, when it is imported

    directories = PlatformDirs(NAME, appauthor=False)
    return _absolute(directories.user_config_dir), _absolute(directories.user_state_dir)


def _absolute(directory: str) -> Path:
    path = Path(directory)
    if not path.is_absolute():
        raise StorageError(
            f"{directory} would be in the working directory; set HOME and the XDG variables "
            "to absolute paths"
        )
    return path
