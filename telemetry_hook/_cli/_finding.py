"""What `doctor` has found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """The result of one check. `advice` is what to do if something is wrong."""

    title: str
    is_well: bool
    text: str
    advice: str = ""
