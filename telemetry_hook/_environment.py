"""The environment variables as the user set them, which a program may have changed since.

What we read or hand to our child processes is this mapping. `os.environ` belongs to the program.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_adopted: Mapping[str, str] | None = None


def variables() -> Mapping[str, str]:
    """Return the adopted variables, or those of this process if none were adopted."""
    return os.environ if _adopted is None else _adopted


def adopt(environment: Mapping[str, str]) -> None:
    """Use these variables from now on."""
    global _adopted
    _adopted = environment
