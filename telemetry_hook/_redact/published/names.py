"""Whether a Python name is written in a public file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from telemetry_hook._redact.published.public_files import PublicFile

# Python's own parts of a qualified name.
BRACKETS = frozenset(
    {"<locals>", "<module>", "<lambda>", "<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"}
    | {"__annotate__"}  # evaluates annotations
)
GENERIC = re.compile(r"<generic parameters of (\w+)>")


def has_name(file: PublicFile, name: str) -> bool:
    """Tell whether a name is in a file, by itself: ``port`` is not in ``import portalocker``."""
    return name.isidentifier() and is_apart(name, file.text, r"\w")


def has_qualname(file: PublicFile, qualname: str) -> bool:
    """Tell whether each name of a qualified one is in a file: ``Parser.parse.<locals>.step``."""
    for part in qualname.split("."):
        generic = GENERIC.fullmatch(part)
        if part not in BRACKETS and not has_name(file, generic[1] if generic else part):
            return False
    return True


def is_apart(text: str, whole: str, kind: str) -> bool:
    """Tell whether a text is somewhere in a whole, with no character of a kind beside it."""
    return re.search(f"(?<!{kind}){re.escape(text)}(?!{kind})", whole) is not None
