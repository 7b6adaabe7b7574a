"""Installs the sample tool in a virtual environment, and makes the variables to run it with."""

from __future__ import annotations

import hashlib
import os
import sysconfig
import venv
from base64 import urlsafe_b64encode
from pathlib import Path

from telemetry_hook._consent import environment as _environment
from telemetry_hook._installed import isolation, originals

NAME = "telemetry-hook-sample"
INFO = "telemetry_hook_sample-1.0.0.dist-info"
METADATA = f"Metadata-Version: 2.1\nName: {NAME}\nVersion: 1.0.0\nRequires-Dist: telemetry-hook\n"
ENTRY_POINTS = f"""\
[console_scripts]
{NAME} = sample_tool.seating:main
[telemetry_hook]
sample_tool = sample_tool.telemetry
"""
SCRIPT = "import sys\nfrom sample_tool.seating import main\nsys.exit(main())\n"

# The sample uses the same copies of these packages as this process.
PACKAGES = ("telemetry_hook", *sorted(originals.DEPENDENCIES))

LEFT_OUT = {"DO_NOT_TRACK", "TELEMETRY_HOOK", "TELEMETRY_HOOK_STARTUP"}.union(
    _environment.CI, _environment.AGENTS
)
HOMES = (
    *("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA"),
    *("WIN_PD_OVERRIDE_APPDATA", "WIN_PD_OVERRIDE_LOCAL_APPDATA"),
)


def install(directory: Path) -> list[str]:
    """Install the sample in a new environment, as pip would; return the command that runs it."""
    venv.EnvBuilder(with_pip=False, symlinks=os.name != "nt").create(directory)
    scheme, base = "nt" if os.name == "nt" else "posix_prefix", {"base": str(directory)}
    site = sysconfig.get_path("purelib", scheme, base)
    scripts = sysconfig.get_path("scripts", scheme, base)
    python, script = os.path.join(scripts, "python"), os.path.join(scripts, NAME)
    sample = Path(__file__).with_name("sample")
    files = {f"sample_tool/{path.name}": path.read_bytes() for path in sample.glob("*.py")}
    files[f"{INFO}/METADATA"] = METADATA.encode()
    files[f"{INFO}/entry_points.txt"] = ENTRY_POINTS.encode()
    files[os.path.relpath(script, site).replace(os.sep, "/")] = f"#!{python}\n{SCRIPT}".encode()
    record = [f"{name},sha256={_digest(content)},{len(content)}" for name, content in files.items()]
    files[f"{INFO}/RECORD"] = "\n".join([*record, f"{INFO}/RECORD,,\n"]).encode()
    files["packages.pth"] = os.fsencode("\n".join([*dict.fromkeys(map(_home_of, PACKAGES)), ""]))
    files["telemetry_hook.pth"] = b"import telemetry_hook; telemetry_hook.startup()\n"
    for name, content in files.items():
        path = Path(site, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    # Name the interpreter explicitly, because systems limit the length of a script's first line.
    return [python, *(["-m", "sample_tool"] if os.name == "nt" else [script]), "guests.txt"]


def _digest(content: bytes) -> str:
    return urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")


def environment(home: Path, dsn: str) -> dict[str, str]:
    """Return the user's variables with other directories, and without those that forbid asking."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in LEFT_OUT and not name.startswith("PYTHON")
    }
    return {
        **kept,
        **dict.fromkeys(HOMES, str(home)),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_STATE_HOME": str(home / "state"),
        "TELEMETRY_HOOK_DEMO_DSN": dsn,
    }


def _home_of(package: str) -> str:
    """Return the directory from which a package is imported, or '' if there is no such package."""
    spec = isolation.spec_of(package)
    origin = spec.origin if spec is not None else None
    return "" if origin is None else str(Path(origin).absolute().parents[1])
