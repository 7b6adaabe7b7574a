"""Every command that is printed runs as printed, in a shell with the PATH that an installer leaves."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import (
    BASE,
    Environment,
    Home,
    Terminal,
    make_environment,
    make_tool,
    pip_environment,
)

pytestmark = [pytest.mark.once, pytest.mark.account]

SYSTEM_PATH = "/usr/bin:/bin"


@dataclass
class Place:
    """A user's shell after an installation: what starts the tool, and PATH."""

    home: Home
    program: list[str]
    path: str

    @property
    def variables(self) -> dict[str, str]:
        return {**self.home.environment, "PATH": self.path}

    def start(self) -> Terminal:
        """Start the tool on a terminal, as a shell does."""
        line = shlex.join(self.program)
        return Terminal(["sh", "-c", line], self.variables, self.home.directory)

    def crash(self, answer: str) -> str:
        """Let the tool crash on a terminal, answer, and return the command that is printed then."""
        terminal = self.start()
        terminal.answer(answer)
        terminal.end()
        return printed(terminal.screen)

    def type(self, line: str) -> str:
        """Type a line into a shell and return what is printed."""
        run = subprocess.run(
            ["sh", "-c", line],
            env=self.variables,
            cwd=self.home.directory,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert run.returncode == 0, f"{line}\n{run.stdout}{run.stderr}"
        return run.stdout


def printed(screen: str) -> str:
    """Return the command after ``To stop:`` or ``To undo:``, on this line or the next."""
    [command] = re.findall(r"To (?:stop|undo):\s+(.*?)\r?\n", screen)
    return str(command)


@pytest.fixture(scope="module")
def index(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with the project's wheel and that of a tool that crashes."""
    directory = tmp_path_factory.mktemp("index")
    shutil.copy(wheel, directory)
    make_tool(directory, "frail", "def main():\n    1 / 0\n", requires=("telemetry-hook",))
    return directory


def run(home: Home, *command: str | Path, **variables: str) -> None:
    """Run an installer for a user."""
    environment = {**pip_environment(), "HOME": str(home.directory), **variables}
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def odd(index: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Return an environment whose path has to be quoted."""
    made = make_environment(tmp_path_factory.mktemp("odd") / "it's my tool")
    made.pip("install", "--find-links", index, "acme-frail")
    return made


def with_pipx(home: Home, index: Path) -> Place:
    arguments = ["--python", sys.executable, f"--pip-args=--find-links {index}", "acme-frail"]
    run(home, sys.executable, "-m", "pipx", "install", *arguments)
    local = home.directory / ".local/bin"
    return Place(home, [str(local / "frail")], f"{local}:{SYSTEM_PATH}")


def with_uv(home: Home, index: Path) -> Place:
    arguments = ["--python", sys.executable, "--find-links", str(index), "acme-frail"]
    run(home, uv(), "--quiet", "tool", "install", *arguments)
    local = home.directory / ".local/bin"
    return Place(home, [str(local / "frail")], f"{local}:{SYSTEM_PATH}")


def with_uvx(home: Home, index: Path) -> Place:
    """`uvx` puts the environment on PATH for the tool alone."""
    options = ["--quiet", "--python", sys.executable, "--find-links", str(index)]
    program = [uv(), "tool", "run", *options, "--from", "acme-frail"]
    run(home, *program, "python", "-c", "")
    return Place(home, [*program, "--offline", "frail"], SYSTEM_PATH)


def for_user(home: Home, index: Path) -> Place:
    pip = [sys.executable, "-m", "pip", "--python", BASE, "--quiet"]
    options = ["--user", "--find-links", str(index)]
    run(home, *pip, "install", *options, "acme-frail", PIP_BREAK_SYSTEM_PACKAGES="1")
    return Place(home, [str(home.directory / ".local/bin/frail")], SYSTEM_PATH)


def uv() -> str:
    from uv import find_uv_bin

    return str(find_uv_bin())


@pytest.mark.parametrize("install", [with_pipx, with_uv, with_uvx, for_user])
def test_printed_commands_run_where_an_installer_has_put_the_tool(
    install: Callable[[Home, Path], Place], home: Home, index: Path
) -> None:
    """PATH has the tool's own script at most."""
    check_commands(install(home, index))


def test_printed_commands_run_where_paths_have_to_be_quoted(home: Home, odd: Environment) -> None:
    """A space or a quote in the path is quoted for the shell."""
    check_commands(Place(home, [str(odd.bin / "frail")], SYSTEM_PATH))


def test_another_command_of_that_name_is_not_printed(
    home: Home, odd: Environment, tmp_path: Path
) -> None:
    """The first `telemetry-hook` on PATH belongs to something else."""
    other = tmp_path / "telemetry-hook"
    other.write_text("#!/bin/sh\nexit 3\n")
    other.chmod(0o755)
    path = f"{other.parent}:{odd.bin}:{SYSTEM_PATH}"
    check_commands(Place(home, [str(odd.bin / "frail")], path))


def test_bare_name_is_printed_where_it_works(home: Home, odd: Environment) -> None:
    """So an activated environment has short lines."""
    place = Place(home, [str(odd.bin / "frail")], f"{odd.bin}:{SYSTEM_PATH}")
    assert place.crash("never") == "telemetry-hook ask frail"


def test_paths_are_not_broken_at_the_question(home: Home, odd: Environment) -> None:
    """The command that prints the data page is on a line of its own."""
    place = Place(home, [str(odd.bin / "frail")], SYSTEM_PATH)
    terminal = place.start()
    terminal.answer("no")
    terminal.end()
    [command] = re.findall(r"  More:\r\n(.*)\r\n", terminal.screen)
    assert place.type(command).startswith("# What frail may report\n")


def test_directory_of_the_package_can_be_run(home: Home, odd: Environment, tmp_path: Path) -> None:
    """Where there is no script: from `pip install --target`, from an archive, with `-m`."""
    archive = tmp_path / "frail tool.pyz"
    with zipfile.ZipFile(archive, "w") as file:
        for path in odd.site.rglob("*"):
            file.write(path, path.relative_to(odd.site))
    target = shutil.copytree(odd.site, tmp_path / "target")
    python = Path(sys.executable).resolve()
    for package in (archive / "telemetry_hook", target / "telemetry_hook"):
        undo = printed(Place(home, [], SYSTEM_PATH).type(f"'{python}' '{package}' never frail"))
        assert str(package) in undo
        Place(home, [], SYSTEM_PATH).type(undo)
    (home.directory / "click.py").write_text("raise SystemExit('imported from the project')")
    usage = Place(home, [], SYSTEM_PATH).type(
        f"PYTHONPATH='{target}' {python} -m telemetry_hook -h"
    )
    assert usage.startswith(f"Usage: {python} {target}/telemetry_hook")


def check_commands(place: Place) -> None:
    """Undo a *never*, stop an *always*, and undo that, by what the screens show."""
    undo = place.crash("never")
    assert undo.endswith(" ask frail")
    assert place.type(undo) == "frail has no standing answer now.\n"
    stop = place.crash("always")
    assert stop.endswith(" never frail")
    undo = printed(place.type(stop))
    assert place.type(undo) == "frail has no standing answer now.\n"
