"""The environment variables as the user set them, which a program may have changed since.

`os.environ` belongs to the program. A file such as ``.env``, which comes with a project, may have
changed any of them, also those that loaders, libraries and pagers read.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from telemetry_hook import _started
from telemetry_hook._frozen_arguments import are_served

if TYPE_CHECKING:
    from collections.abc import Mapping

# PyInstaller's loader sets these for the program's own libraries. Other programs must not get them.
CHANGED_BY_LOADERS = ("LD_LIBRARY_PATH", "LIBPATH")

_adopted: Mapping[str, str] | None = None


def variables() -> Mapping[str, str]:
    """Return the adopted variables, or those of this process if none were adopted.

    Decisions depend on them. Child processes get `at_start()`.
    """
    return os.environ if _adopted is None else _adopted


def adopt(environment: Mapping[str, str]) -> None:
    """Use these variables from now on."""
    global _adopted
    _adopted = environment


def at_start() -> dict[str, str]:
    """Return the variables that this process was started with. Child processes get exactly these.

    If no hook is installed, they are the variables of now.
    """
    return decoded(_started.environment()) or dict(os.environ)


def decoded(data: Mapping[object, object]) -> dict[str, str]:
    """Return a copy of ``os.environ._data`` as text, without what a loader has added."""
    started = {os.fsdecode(name): os.fsdecode(value) for name, value in data.items()}  # type: ignore[arg-type]
    if are_served():  # in a frozen program
        for name in CHANGED_BY_LOADERS:
            original = started.pop(f"{name}_ORIG", None)
            started.pop(name, None)
            if original is not None:
                started[name] = original
    return started
