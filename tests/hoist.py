"""A small tool with bugs, whose wheels, and all that they need, are in a wheelhouse."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from conftest import PLUGIN, has_module, make_tool, make_wheel, pip_environment

# What installers and build isolation fetch; no row asks an index.
BUILDERS = ("pip", "setuptools", *(("pyinstaller",) if has_module("PyInstaller") else ()))

CODE = """
import sys
{start}

class StuckError(Exception):
    pass

def lift(load):
    weights = list(load)
    raise StuckError(f"the hook is stuck with {load!r} at the third floor")

def lower(load):
    floors = dict.fromkeys(load)
    raise StuckError(f"no floor is left for {load!r} to be lowered to")

def turn(load):
    return {}[load]

def drop(load):
    return len(load) / 0

def main():
    {"lift": lift, "lower": lower, "turn": turn, "drop": drop}[sys.argv[1]](sys.argv[2])
"""
PROJECT = {
    "src/hoist/__init__.py": "",
    "src/hoist/cli.py": CODE.replace("{start}", ""),
    "src/hoist/telemetry.py": PLUGIN.format(name="hoist", more=""),
    "pyproject.toml": """
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
[project]
name = "acme-hoist"
version = "1.0"
dependencies = ["telemetry-hook"]
[project.scripts]
hoist = "hoist.cli:main"
[project.entry-points.telemetry_hook]
hoist = "hoist.telemetry"
""",
}


def fetch(wheelhouse: Path, *requirements: str | Path) -> None:
    """Put requirements, and what they need, into a wheelhouse."""
    command: list[str | Path] = [sys.executable, "-m", "pip", "--quiet", "wheel", "-w", wheelhouse]
    subprocess.run([*command, *requirements], check=True, env=pip_environment())


def fill(wheelhouse: Path, wheel: Path) -> None:
    """Put our wheel, Hoist, and what both need into a wheelhouse.

    Winch is Hoist for places where the `.pth` does not run. Crane's plugin is another's.
    """
    fetch(wheelhouse, wheel, *BUILDERS)
    started = {"hoist": "", "winch": "import telemetry_hook; telemetry_hook.install()"}
    for name, start in started.items():
        code = CODE.replace("{start}", start)
        make_tool(wheelhouse, name, code, requires=("telemetry-hook",))
    crane = {"crane/__init__.py": "", "crane/cli.py": CODE.replace("{start}", "")}
    scripts = {"console_scripts": {"crane": "crane.cli:main"}}
    make_wheel(wheelhouse, "acme-crane", crane, entry_points=scripts)
    make_wheel(
        wheelhouse,
        "acme-telemetry-for-crane",
        {"acme_telemetry_for_crane.py": PLUGIN.format(name="crane", more="")},
        entry_points={"telemetry_hook": {"crane": "acme_telemetry_for_crane"}},
        requires=("telemetry-hook",),
    )
