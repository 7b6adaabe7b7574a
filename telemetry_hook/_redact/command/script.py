"""Finds the name of what was started: a console script of the tool, or a module with ``python -m``."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from telemetry_hook._crash import guarded
from telemetry_hook._installed.candidates import main_name
from telemetry_hook._redact import origins

if TYPE_CHECKING:
    from collections.abc import Iterable

    from telemetry_hook._installed.distributions import Distribution
    from telemetry_hook._redact.published.public_files import PublicFiles
    from telemetry_hook._report import PublicText

_AS_MODULE = origins.words("python -m ")["python -m "]


def script(own: Iterable[Distribution], files: PublicFiles) -> PublicText | None:
    """Return ``lift`` or ``python -m lift``; None if it is not declared in the tool's own files."""
    path = guarded.module_file(sys.modules.get("__main__"))
    if path is None:
        return None
    if main_name().partition(".")[0] not in ("", "__main__"):
        file = files.find(path)
        if file is None or not file.is_own:
            return None
        return origins.compose([_AS_MODULE, origins.run_module(file)])
    if (file := files.find(path)) is not None and file.is_own and file.is_script:
        return origins.script_file(file)
    if os.path.basename(path) == "__main__.py":  # on Windows, lift.exe has a zip file at its end
        path = os.path.dirname(path)
    name = os.path.basename(path).removesuffix(".exe").removesuffix("-script.py")
    for distribution in dict.fromkeys(own):
        file = files.find(os.path.join(distribution.root, distribution.info, "entry_points.txt"))
        if file is not None and file.is_own and (declared := origins.script(file, name)):
            return declared
    return None
