"""Ways to install a tool: the rows of the table in docs/installers.md."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from conftest import BASE, Environment, make_environment
from hoist import PROJECT
from machines import OURS, Machine, Program

DEBIAN = "/usr/bin/python3"


@dataclass(frozen=True)
class Way:
    """One row of the table in docs/installers.md; `needs` are names in conftest.TOOLS."""

    title: str
    install: Callable[[Machine], Program]
    needs: tuple[str, ...] = ()
    is_cheap: bool = False  # so that it is tested in CI on each Python


def venv(machine: Machine) -> Program:
    made = machine.environment("acme-hoist")
    return Program(
        "hoist", path=(made.bin,), uninstall=machine.uninstall(made.python, "acme-hoist")
    )


def venv_not_activated(machine: Machine) -> Program:
    made = machine.environment("acme-hoist")
    uninstall = machine.uninstall(made.python, "acme-hoist")
    return Program(f"{made.bin}/hoist", uninstall=uninstall)


def editable(machine: Machine) -> Program:
    project = machine.directory / "project"
    for path, text in PROJECT.items():
        (project / path).parent.mkdir(parents=True, exist_ok=True)
        (project / path).write_text(text)
    made = machine.environment()
    machine.pip(made.python, "install", "--editable", project)

    def uninstall() -> None:
        machine.uninstall(made.python, "acme-hoist")()
        machine.remove(project)

    return Program("hoist", path=(made.bin,), uninstall=uninstall)


def user(machine: Machine) -> Program:
    machine.pip(BASE, "install", "--user", "acme-hoist")
    return Program(
        "hoist", path=(machine.local / "bin",), uninstall=machine.uninstall(BASE, "acme-hoist")
    )


def target(machine: Machine) -> Program:
    lib = machine.directory / "lib"
    machine.pip(BASE, "install", "--target", lib, "acme-winch")
    variables = {"PYTHONPATH": str(lib)}
    return Program(
        f"{BASE} -m winch", "winch", variables=variables, uninstall=lambda: machine.remove(lib)
    )


def prefix(machine: Machine) -> Program:
    prefix = machine.directory / "opt"
    # An environment's pip, because Debian's own puts it under `local` there.
    python = make_environment(machine.author / "venv").python
    machine.pip(python, "install", "--prefix", prefix, "acme-winch")
    site = next(prefix.glob("lib/python*/site-packages"))
    return Program(
        "winch",
        "winch",
        path=(prefix / "bin",),
        variables={"PYTHONPATH": str(site)},
        uninstall=lambda: machine.remove(prefix),
    )


def pipx(machine: Machine) -> Program:
    machine.module("pipx", "install", "acme-hoist")
    return Program(
        "hoist",
        path=(machine.local / "bin",),
        uninstall=lambda: _pipx_uninstall(machine, "hoist"),
    )


def pipx_inject(machine: Machine) -> Program:
    machine.module("pipx", "install", "acme-crane")
    machine.module("pipx", "inject", "acme-crane", "acme-telemetry-for-crane")
    return Program(
        "crane",
        "crane",
        path=(machine.local / "bin",),
        uninstall=lambda: _pipx_uninstall(machine, "crane"),
    )


def _pipx_uninstall(machine: Machine, name: str) -> None:
    machine.module("pipx", "uninstall", f"acme-{name}")
    machine.module("uv", "cache", "clean")  # pipx lets uv install, if there is one


def uv_tool(machine: Machine) -> Program:
    machine.module("uv", "tool", "install", "acme-hoist")
    return Program(
        "hoist", path=(machine.local / "bin",), uninstall=lambda: _uv_uninstall(machine, "hoist")
    )


def uv_tool_with(machine: Machine) -> Program:
    added = ("--with", "acme-telemetry-for-crane")
    machine.module("uv", "tool", "install", "acme-crane", *added)
    return Program(
        "crane",
        "crane",
        path=(machine.local / "bin",),
        uninstall=lambda: _uv_uninstall(machine, "crane"),
    )


def _uv_uninstall(machine: Machine, name: str) -> None:
    machine.module("uv", "tool", "uninstall", f"acme-{name}")
    machine.module("uv", "cache", "clean")


def uvx(machine: Machine) -> Program:
    return Program(
        f"{sys.executable} -m uv tool run --from acme-hoist hoist",
        variables=machine.variables,
        uninstall=lambda: machine.module("uv", "cache", "clean"),
    )


def uv_run_with(machine: Machine) -> Program:
    return Program(
        f"{sys.executable} -m uv run --no-project --with acme-hoist hoist",
        variables=machine.variables,
        uninstall=lambda: machine.module("uv", "cache", "clean"),
    )


def uv_pip(machine: Machine) -> Program:
    made = machine.environment()
    pip = ("uv", "pip")
    machine.module(*pip, "install", "--python", made.python, "acme-hoist")

    def uninstall() -> None:
        machine.module(*pip, "uninstall", "--python", made.python, "acme-hoist", *OURS)
        machine.module("uv", "cache", "clean")

    return Program("hoist", path=(made.bin,), uninstall=uninstall)


def zipapp(machine: Machine) -> Program:
    build, archive = machine.author / "build", machine.directory / "winch.pyz"
    machine.pip(BASE, "install", "--target", build, "acme-winch")
    machine.module("zipapp", build, "-m", "winch.cli:main", "-p", BASE, "-o", archive)
    return Program(str(archive), "winch", uninstall=lambda: machine.remove(archive))


def shiv(machine: Machine) -> Program:
    """Pack a tool that does not start us itself; `pex` does too."""
    archive = machine.directory / "hoist.pyz"
    machine.module("shiv", "-c", "hoist", "-p", BASE, "-o", archive, "acme-hoist")
    unpacked = machine.home.directory / ".shiv"
    return Program(str(archive), uninstall=lambda: machine.remove(archive, unpacked))


def pex(machine: Machine, *options: str) -> Program:
    archive, cache = machine.directory / "hoist.pex", machine.home.directory / ".cache/pex"
    python = ("--python", BASE, "--python-shebang", BASE)
    # For Python 3.12 and later, pex fetches a pip of its own from the index.
    index = ("--no-pypi",) if sys.version_info < (3, 12) else ()
    wheels = (*index, "-f", machine.wheelhouse)
    machine.module("pex", *python, *wheels, *options, "-c", "hoist", "-o", archive, "acme-hoist")
    return Program(str(archive), uninstall=lambda: machine.remove(archive, cache))


def pex_venv(machine: Machine) -> Program:
    return pex(machine, "--venv")


def pyinstaller(machine: Machine) -> Program:
    return _pyinstaller(machine, "winch", "--onefile")


def pyinstaller_directory(machine: Machine) -> Program:
    """Freeze a program that does not import us itself."""
    return _pyinstaller(machine, "hoist", "--onedir", "--hidden-import", "telemetry_hook")


def _pyinstaller(machine: Machine, tool: str, kind: str, *options: str) -> Program:
    made = make_environment(machine.author / "venv")
    machine.pip(made.python, "install", f"acme-{tool}", "pyinstaller")
    main = machine.author / "main.py"
    main.write_text(f"from {tool}.cli import main\nmain()\n")
    dist = machine.directory / "dist"
    into = ("--log-level", "WARN", "--distpath", dist, "--name", tool)
    machine.run(made.bin / "pyinstaller", kind, *options, *into, main)
    program = dist / tool if kind == "--onefile" else dist / tool / tool
    return Program(str(program), tool, has_source=False, uninstall=lambda: machine.remove(dist))


def tool_in_base(machine: Machine) -> Program:
    """Install for the user; the tool is run in an environment that sees that."""
    machine.pip(BASE, "install", "--user", "acme-hoist")
    made = _with_site_packages(machine)
    return Program(
        "python -m hoist",
        path=(made.bin, machine.local / "bin"),
        uninstall=machine.uninstall(BASE, "acme-hoist"),
    )


def tool_above_base(machine: Machine) -> Program:
    """Install us for the user, and the tool in an environment that sees us."""
    machine.pip(BASE, "install", "--user", "telemetry-hook")
    made = _with_site_packages(machine)
    machine.pip(made.python, "install", "--no-deps", "acme-hoist")

    def uninstall() -> None:
        machine.pip(made.python, "uninstall", "--yes", "acme-hoist")
        machine.uninstall(BASE)()

    return Program("hoist", path=(made.bin, machine.local / "bin"), uninstall=uninstall)


def _with_site_packages(machine: Machine) -> Environment:
    made = machine.environment()
    machine.run(BASE, "-m", "venv", "--without-pip", "--system-site-packages", made.directory)
    return made


def debian(machine: Machine) -> Program:
    """Install as root does, where /usr/local is the test's own."""
    local = machine.directory / "local"
    local.mkdir()
    mount = f'mount --bind {local} /usr/local && exec "$@"'
    inside = ("unshare", "--map-root-user", "--mount", "sh", "-c", mount, "sh")
    pip_module = importlib.util.find_spec("pip")
    assert pip_module is not None
    assert pip_module.origin is not None
    runner = Path(pip_module.origin).with_name("__pip-runner__.py")
    pip = (*inside, DEBIAN, runner, "--quiet")
    machine.run(*pip, "install", "--break-system-packages", "acme-hoist")
    return Program(
        "hoist",
        path=(Path("/usr/local/bin"),),
        inside=inside,
        uninstall=lambda: machine.run(*pip, "uninstall", "--yes", "acme-hoist", *OURS),
    )


def process_1(machine: Machine) -> Program:
    """Run as the first process, as `docker run` does."""
    program = venv(machine)
    program.inside = ("unshare", "--map-root-user", "--pid", "--fork")
    return program


WAYS = (
    Way("pip, in a virtual environment", venv),
    Way("pip, in an environment that is not activated", venv_not_activated),
    Way("`pip install --editable`, setuptools, `src` layout", editable),
    Way("`pip install --user`", user),
    Way("`pip install --target`, with `PYTHONPATH`", target, is_cheap=True),
    Way("`pip install --prefix`, with `PYTHONPATH`", prefix),
    Way("Debian's Python, `pip install --break-system-packages`", debian, ("mount namespaces",)),
    Way("tool for the user, run with `--system-site-packages`", tool_in_base),
    Way("telemetry-hook for the user, tool with `--system-site-packages`", tool_above_base),
    Way("`pipx install`", pipx, ("pipx", "uv")),
    Way("`pipx inject`", pipx_inject, ("pipx", "uv")),
    Way("`uv pip install`", uv_pip, ("uv",)),
    Way("`uv tool install`", uv_tool, ("uv",)),
    Way("`uv tool install --with`", uv_tool_with, ("uv",)),
    Way("`uvx`", uvx, ("uv",)),
    Way("`uv run --with`", uv_run_with, ("uv",)),
    Way("zipapp", zipapp, is_cheap=True),
    Way("shiv", shiv, ("shiv",)),
    Way("pex", pex, ("pex",)),
    Way("`pex --venv`", pex_venv, ("pex",)),
    Way("`pyinstaller --onefile`", pyinstaller, ("PyInstaller", "libpython")),
    Way("`pyinstaller --onedir`", pyinstaller_directory, ("PyInstaller", "libpython")),
    Way("process 1 of a container, as `unshare -pf` makes one", process_1, ("mount namespaces",)),
)
