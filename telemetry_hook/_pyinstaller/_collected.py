"""What a frozen program needs of the environment that it is built in: metadata and plugins.

The metadata of an editable install does not list the tool's files. So a copy is made that does.
"""

from __future__ import annotations

import json
import os
import shutil
from importlib.metadata import Distribution, distributions
from importlib.util import find_spec
from pathlib import Path

from PyInstaller.config import CONF
from PyInstaller.utils.hooks import copy_metadata

from telemetry_hook._installed.distributions import recorded_hash

GROUP = "telemetry_hook"
LEFT_OUT = ("telemetry_hook.testing", "telemetry_hook._cli._demo", "telemetry_hook._pyinstaller")


def is_needed(module: str) -> bool:
    """Return whether a module of ours is of use in a frozen program."""
    return not module.startswith(LEFT_OUT)


def plugins() -> list[str]:
    """Return the modules of all plugins that are installed here: ``["lift.telemetry"]``."""
    return [
        entry_point.module
        for distribution in distributions()
        for entry_point in distribution.entry_points
        if entry_point.group == GROUP
    ]


def metadata() -> list[tuple[str, str]]:
    """Return source and destination of our metadata, and of the tools' with their requirements."""
    collected = dict(copy_metadata("telemetry-hook", recursive=True))
    for distribution in distributions():
        packages = [
            entry_point.name
            for entry_point in distribution.entry_points
            if entry_point.group == GROUP
        ]
        if not packages:
            continue
        copied = dict(copy_metadata(distribution.name, recursive=True))
        if _is_editable(distribution):
            source = str(distribution._path)  # type: ignore[attr-defined]  # noqa: SLF001 - as PyInstaller
            copied[_with_record(source, packages)] = copied.pop(source)
        collected |= copied
    return list(collected.items())


def _is_editable(distribution: Distribution) -> bool:
    direct = json.loads(distribution.read_text("direct_url.json") or "{}")
    return bool(direct.get("dir_info", {}).get("editable"))


def _with_record(source: str, packages: list[str]) -> str:
    """Copy the metadata of an editable install, with its files in RECORD. Return the copy's path."""
    copy = Path(str(CONF["workpath"]), "telemetry-hook", os.path.basename(source))
    shutil.copytree(source, copy, dirs_exist_ok=True)
    direct = json.loads((copy / "direct_url.json").read_text("utf-8"))
    (copy / "direct_url.json").write_text(json.dumps({**direct, "dir_info": {}}), "utf-8")
    lines = [line for package in packages for line in _recorded(package)]
    (copy / "RECORD").write_text("".join(lines), "utf-8")
    return str(copy)


def _recorded(package: str) -> list[str]:
    """Return the lines of RECORD for a package, or for a module that is one file."""
    spec = find_spec(package)
    if spec is None:
        return []
    *parents, name = package.split(".")
    directories = [Path(directory) for directory in spec.submodule_search_locations or ()]
    files = {
        file: (*parents, name, *file.relative_to(directory).parts)
        for directory in directories
        for file in sorted(directory.rglob("*.py"))
    }
    if not directories and spec.origin is not None:
        files = {Path(spec.origin): (*parents, f"{name}.py")}
    return [
        f"{'/'.join(parts)},{recorded_hash(file.read_bytes())},\n" for file, parts in files.items()
    ]
