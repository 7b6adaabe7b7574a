"""An invented user: a home, a working directory, and secrets wherever a tool might find some."""

from __future__ import annotations

import json
import os
import shutil
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from telemetry_hook.testing import _canaries, _sitecustomize

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from telemetry_hook.testing._canaries import Canaries

# Variables for finding code and for measuring coverage. The developer's others are not passed on.
KEPT = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
KEPT_PREFIXES = ("COVERAGE_", "COV_CORE_")
MESSAGE = "could not connect to"


@dataclass(frozen=True, slots=True)
class Raising:
    """The function that is to raise, by module and qualified name, and the exception class."""

    module: str
    function: str
    kind: type[BaseException]


@dataclass(frozen=True, slots=True)
class Person:
    """A user whose name, machine and files are canaries. All files are below `root`."""

    canaries: Canaries
    root: Path

    @property
    def home(self) -> Path:
        """The home directory."""
        return self.root / self.canaries.user

    @property
    def directory(self) -> Path:
        """The working directory."""
        return self.home / self.canaries.project

    @property
    def hook(self) -> Path:
        """The directory of the hook that makes a function raise."""
        return self.root / "hook"

    def settle(self, files: Mapping[str, str]) -> None:
        """Create the working directory, with the author's files, `.env` and `config.toml`."""
        secrets = self._secrets()
        env = "".join(f"{name}={value}\n" for name, value in secrets.items())
        config = "".join(f"{name.lower()} = '{value}'\n" for name, value in secrets.items())
        (self.root / "tmp").mkdir(parents=True)
        for name, text in {".env": env, "config.toml": config, **files}.items():
            path = self.directory / _canaries.translate(name, self.canaries)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(_canaries.translate(text, self.canaries), "utf-8")

    def environment(self, variables: Mapping[str, str]) -> dict[str, str]:
        """Return the user's environment variables. The author's variables override them."""
        person = self.canaries
        kept = {
            name: value
            for name, value in os.environ.items()
            if name in KEPT or name.startswith(KEPT_PREFIXES)
        }
        return {
            **kept,
            "PATH": os.pathsep.join(
                filter(None, (os.path.dirname(sys.executable), kept.get("PATH")))
            ),
            "HOME": str(self.home),
            "PWD": str(self.directory),
            "TMPDIR": str(self.root / "tmp"),
            "LANG": "C.UTF-8",
            "TERM": "xterm",
            "PYTHON_COLORS": "0",  # tracebacks are easier to compare without colors
            "PYTHONHASHSEED": "0",  # both users see sets in the same order, which is not secret
            **dict.fromkeys(("USER", "LOGNAME", "USERNAME"), person.user),
            **dict.fromkeys(("HOST", "HOSTNAME", "COMPUTERNAME"), person.host),
            **self._secrets(),
            **{name: _canaries.translate(value, person) for name, value in variables.items()},
        }

    def plant(self, raising: Raising, environment: dict[str, str]) -> None:
        """Make a function raise in every Python process that runs with this environment."""
        self.hook.mkdir()
        shutil.copyfile(_sitecustomize.__file__, self.hook / "sitecustomize.py")
        plan = {
            "module": raising.module,
            "function": raising.function,
            "class_module": raising.kind.__module__,
            "class": raising.kind.__qualname__,
            "message": f"{MESSAGE} {self.canaries.message}",
            "local": self.canaries.local,
        }
        (self.hook / "raising.json").write_text(json.dumps(plan), "utf-8")
        paths = (str(self.hook), environment.get("PYTHONPATH"))
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, paths))

    def raised(self) -> list[str]:
        """Return what happened to the function that was to raise, one line for each event."""
        try:
            return (self.hook / "raised.txt").read_text("utf-8").splitlines()
        except FileNotFoundError:
            return []

    def _secrets(self) -> dict[str, str]:
        person = self.canaries
        return {
            **dict.fromkeys(("PASSWORD", "DATABASE_PASSWORD", "SECRET_KEY"), person.password),
            **dict.fromkeys(("TOKEN", "API_TOKEN", "GITHUB_TOKEN"), person.token),
            "DATABASE_URL": person.url,
            "DATABASE_NAME": person.database,
            "EMAIL": person.email,
        }
