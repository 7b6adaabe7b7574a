"""A user's machine, which tools are installed on and uninstalled from."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from conftest import BASE, Environment, Home, make_environment

# What stays after an uninstall: it is the user's. `telemetry-hook wipe` removes it.
STATE = (".config/telemetry-hook", ".local/state/telemetry-hook")
OURS = ("telemetry-hook", "click", "pluggy", "platformdirs", "urllib3")
# What came with the tool.
CAME_ALONG = ("telemetry", "hoist", "winch", "crane", *OURS[1:])


@dataclass
class Program:
    """An installed tool: what its user types, and where."""

    command: str
    tool: str = "hoist"
    path: tuple[Path, ...] = ()
    variables: dict[str, str] = field(default_factory=dict)
    inside: tuple[str, ...] = ()
    has_source: bool = True
    uninstall: Callable[[], object] = lambda: None


@dataclass
class Machine:
    """A user's machine: what is in `directory` is theirs; the author of a bundle has `author`."""

    directory: Path
    author: Path
    wheelhouse: Path

    @property
    def home(self) -> Home:
        return Home(self.directory / "home")

    @property
    def local(self) -> Path:
        return self.home.directory / ".local"

    @property
    def variables(self) -> dict[str, str]:
        """Return the variables that have installers look into the wheelhouse, and nowhere else."""
        found = str(self.wheelhouse)
        return {
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": found,
            "PIP_BREAK_SYSTEM_PACKAGES": "1",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_NO_WARN_SCRIPT_LOCATION": "1",
            "PIPX_DEFAULT_PYTHON": BASE,
            "UV_FIND_LINKS": found,
            "UV_OFFLINE": "1",
            "UV_PYTHON": BASE,
            "UV_PYTHON_DOWNLOADS": "never",
        }

    def run(self, *command: str | Path, **variables: str) -> None:
        """Run a command as this machine's user."""
        run = subprocess.run(
            command,
            env={**self.home.environment, **self.variables, **variables},
            cwd=self.author,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert run.returncode == 0, run.stdout

    def module(self, *command: str | Path) -> None:
        """Run an installer that the tests' own environment has."""
        self.run(sys.executable, "-m", *command)

    def pip(self, python: str | Path, *arguments: str | Path) -> None:
        self.module("pip", "--quiet", "--python", python, *arguments)

    def remove(self, *paths: Path) -> None:
        self.run("rm", "-r", *paths)

    def environment(self, *requirements: str) -> Environment:
        made = make_environment(self.directory / "venv")
        if requirements:
            self.pip(made.python, "install", *requirements)
        return made

    def uninstall(self, python: str | Path, *names: str) -> Callable[[], object]:
        """Return how pip uninstalls a tool and all that came with it."""
        return lambda: self.pip(python, "uninstall", "--yes", *names, *OURS)

    def leftovers(self) -> list[str]:
        """List what an uninstalled tool, we and our dependencies have left."""
        names = [
            str(path.relative_to(self.directory))
            for path in self.directory.rglob("*")
            if not any(path.is_relative_to(self.home.directory / state) for state in STATE)
            and path.suffix != ".lock"  # pipx keeps an empty one for each tool
        ]
        return sorted(name for name in names if any(word in name for word in CAME_ALONG))


@contextlib.contextmanager
def new_machine(wheelhouse: Path) -> Iterator[Machine]:
    """Have a machine with a new user; its paths are as short as people's."""
    with tempfile.TemporaryDirectory(prefix="u") as directory:
        made = Machine(Path(directory) / "u", Path(directory) / "author", wheelhouse)
        made.home.directory.mkdir(parents=True)
        made.author.mkdir()
        yield made
        assert not made.home.log.exists(), made.home.log.read_text()
