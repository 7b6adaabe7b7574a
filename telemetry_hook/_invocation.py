"""How a user runs our command here, for texts that print it: ``telemetry-hook never lift``.

Installers such as pipx put only the tool's own scripts on PATH, and an archive has no scripts. So
what is printed is the shortest form that works here: the bare name if PATH has our script, else the
script's full path, else Python with the path of this package.
"""

from __future__ import annotations

import os
import site
import sys
from _io import FileIO  # `open` may have been replaced
from typing import TYPE_CHECKING

from telemetry_hook import _environment
from telemetry_hook._frozen_arguments import COMMAND
from telemetry_hook._installed.distributions import distribution
from telemetry_hook._installed.places import bundled, import_path, is_frozen, of_interpreter

if TYPE_CHECKING:
    from collections.abc import Sequence

NAME = "telemetry-hook"
MODULE = "telemetry_hook"
COLUMNS = 80
SHEBANG_BYTES = 4096


def command(*arguments: str) -> str:
    """Return a command line, quoted for the shell: ``never``, ``lift`` → ``telemetry-hook never lift``."""
    return _quoted([*_program(), *arguments])


def is_bare() -> bool:
    """Return whether the bare name works here."""
    return _program() == [NAME]


def joined(*parts: str | tuple[str, ...]) -> str:
    """Join texts and commands: ``To stop: ``, ``(never, lift)`` → ``To stop: telemetry-hook never lift``.

    A command is a tuple of its arguments.
    """
    return "".join(part if isinstance(part, str) else command(*part) for part in parts)


def rendered(*parts: str | tuple[str, ...]) -> str:
    """Join as `joined` does. Commands that make the line too long get lines of their own.

    So they can be copied. Where the bare name works, it is always one line.
    """
    line = joined(*parts)
    if is_bare() or len(line) < COLUMNS:
        return line
    lines = [part.rstrip() if isinstance(part, str) else command(*part) for part in parts]
    return "\n    ".join(line.removeprefix(", ") for line in lines if line.strip(" ,"))


def without_path(text: str) -> str:
    """Return a text for people at other machines: commands in it have no path of this machine."""
    return text.replace(command(), NAME)


def _program() -> list[str]:
    if is_frozen():
        return [_shortest(sys.executable), COMMAND]
    if (script := _script()) is not None:
        return [_shortest(script)]
    if pex := _pex():
        return [f"PEX_MODULE={MODULE}", *pex]
    package = _package()
    python = _python_for(package)
    return [python, package] if python else [NAME]


def _python_for(package: str) -> str:
    """Return the path of the Python that finds what is beside the package, or '' if it is not known.

    `uv run --with` makes an environment for one run, and adds packages from other directories. The
    Python that it was made of is still there afterwards.
    """
    here = _python()
    is_here = os.path.dirname(package) in of_interpreter()
    return here if is_here or not here else _base_python() or here


def _base_python() -> str:
    """Return the path of the Python that this environment was made of, or '' if it is not known."""
    base, directory = (sys.__dict__.get(name) for name in ("_base_executable", "_home"))
    if base == sys.executable and isinstance(directory, str):  # Python 3.10 has the directory alone
        base = os.path.join(directory, "python{}.{}".format(*sys.version_info))
    return base if isinstance(base, str) and os.access(base, os.X_OK) else ""


def _python() -> str:
    """Return the path of this Python, or '' if it is not known, as in a server that embeds it."""
    path = sys.__dict__.get("executable")
    return path if isinstance(path, str) and "py" in os.path.basename(path).lower() else ""


def _script() -> str | None:
    """Return the script of this copy of the package, or None if it has none that runs here.

    After ``pip install --prefix`` or ``--target``, a script does not find the package by itself.
    """
    owner = distribution(NAME)
    sites = [*site.getsitepackages(), site.getusersitepackages()]
    if owner is None or not owner.records(__file__):
        return None
    if not any(_is_same(owner.root, directory) for directory in sites):
        return None
    for line in owner.read("RECORD").splitlines():
        name = line.partition(",")[0].strip('"')
        if name.rpartition("/")[2] in (NAME, f"{NAME}.exe"):
            path = os.path.normpath(os.path.join(owner.root, name))
            if os.access(path, os.X_OK) and _runs_here(path):
                return path
    return None


def _runs_here(script: str) -> bool:
    """Return whether this environment's Python runs a script.

    Another Python's may have replaced it in ``~/.local/bin``. In a virtual environment that sees the
    packages of the system, the system's script does not see the environment's tools.
    """
    here = _python()
    if not here:
        return True  # it is recorded with this copy, so most likely
    if os.name == "nt":
        return _is_same(os.path.dirname(os.path.dirname(script)), sys.prefix)
    try:
        with FileIO(script) as file:
            lines = os.fsdecode(file.read(SHEBANG_BYTES)).splitlines()
    except OSError:
        return False
    python = _interpreter(script, lines)
    return _is_same(os.path.dirname(python), os.path.dirname(here)) and _is_same(python, here)


def _interpreter(script: str, lines: Sequence[str]) -> str:
    """Return the Python in a script's first lines, or ''.

    ``#!/env/bin/python`` → ``/env/bin/python``. If its path is long or has spaces, installers write
    ``#!/bin/sh`` and ``'''exec' "/my env/bin/python" "$0" "$@"``. In environments that can be
    moved, uv writes ``"$(dirname …)"/'python'`` there.
    """
    import shlex

    words = lines[0].removeprefix("#!").split() if lines else []
    if words == ["/bin/sh"] and len(lines) > 1:
        if "dirname" in lines[1]:
            return os.path.join(os.path.dirname(script), "python")
        try:
            words = shlex.split(lines[1])[1:]
        except ValueError:
            return ""
    return words[0] if words else ""


def _pex() -> list[str]:
    """Return the command that starts the pex that runs here, or nothing for other programs.

    Its packages are in many directories. Its file may be gone, or not known after an `os.exec`. Then
    Python starts the directory that the pex was unpacked to.
    """
    # The programs that a pex starts have its variables.
    places = (*import_path(), sys.prefix)
    unpacked = [each for each in places if os.path.isfile(os.path.join(each, "PEX-INFO"))]
    if not unpacked:
        return []
    path = _environment.variables().get("PEX", "")
    if os.path.isfile(path):
        return [_shortest(path)]
    return [_python(), unpacked[0]] if _python() else []


def _package() -> str:
    """Return the directory of this package: in a bundle, of the copy that is beside the tool."""
    owner = distribution(NAME)
    if owner is not None and owner.root in bundled():
        return os.path.join(owner.root, MODULE)
    return os.path.dirname(os.path.abspath(__file__))


def _shortest(program: str) -> str:
    """Return a program's name if the user's shell finds this program by it, else its path."""
    name = os.path.basename(program)
    for directory in _search_path():
        found = os.path.join(directory, name)
        if not os.path.isabs(directory):
            break  # what it is depends on the working directory
        if os.path.isfile(found) and os.access(found, os.X_OK):
            return name.removesuffix(".exe") if _is_same(found, program) else program
    return program


def _search_path() -> list[str]:
    """Return the directories of PATH, or none if PATH may not be that of the user's shell.

    Programs such as ``uv run`` and ``poetry run`` put an environment on it for the program alone.
    Shells set the variable `_` to the program that they start.
    """
    variables = _environment.variables()
    started = os.path.basename(variables.get("_", ""))
    if "UV" in variables or (started and started not in map(os.path.basename, sys.orig_argv)):
        return []
    return variables.get("PATH", "").split(os.pathsep)


def _is_same(one: str, other: str) -> bool:
    try:
        return os.path.samefile(one, other)
    except (OSError, ValueError):
        return False


def _quoted(words: Sequence[str]) -> str:
    if os.name == "nt":
        import subprocess

        return subprocess.list2cmdline(words)
    import shlex

    return shlex.join(words)
