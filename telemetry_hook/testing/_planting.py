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

# Where code is found, and what measures it; the rest of a developer's environment stays out.
KEPT = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
KEPT_PREFIXES = ("COVERAGE_", "COV_CORE_")
MESSAGE = "could not connect to"


@dataclass(frozen=True, slots=True)
class Raising:
    """Which function is to raise which class; both are given as module and qualified name."""

    module: str
    function: str
    kind: type[BaseException]


@dataclass(frozen=True, slots=True)
class Person:
    """A user whose name, machine and files are canaries; all files are below `root`."""

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
        """Write the working directory: the author's files, `.env` and `config.toml`."""
        secrets = self._secrets()
        env = "".join(f"{name}={value}\n" for name, value in secrets.items())
        config = "".join(f"{name.lower()} = '{value}'\n" for name, value in secrets.items())
        (self.root / "tmp").mkdir(parents=True)
        for name, text in {".env": env, "config.toml": config, **files}.items():
            path = self.directory / _canaries.translate(name, self.canaries)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(_canaries.translate(text, self.canaries), "utf-8")

    def environment(self, variables: Mapping[str, str]) -> dict[str, str]:
        """Return the variables of the user's shell; the author's override them."""
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
            "PYTHON_COLORS": "0",  # a traceback is easier to compare without
            "PYTHONHASHSEED": "0",  # a set's order is no secret: both users see the same one
            **dict.fromkeys(("USER", "LOGNAME", "USERNAME"), person.user),
            **dict.fromkeys(("HOST", "HOSTNAME", "COMPUTERNAME"), person.host),
            **self._secrets(),
            **{name: _canaries.translate(value, person) for name, value in variables.items()},
        }

    def plant(self, raising: Raising, environment: dict[str, str]) -> None:
        """Make a function raise in whatever Python runs in an environment."""
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
        """Return what became of the function that was to raise, a line for each event."""
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
