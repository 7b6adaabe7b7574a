"""Checks whether a Python name is in the text of a public file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from telemetry_hook._redact.published import syntax

if TYPE_CHECKING:
    from telemetry_hook._redact.published.public_files import PublicFile

# Parts of a qualified name that Python adds.
BRACKETS = frozenset(
    {"<locals>", "<module>", "<lambda>", "<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"}
    | {"__annotate__"}  # evaluates annotations
)
GENERIC = re.compile(r"<generic parameters of (\w+)>")


def has_name(file: PublicFile, name: str) -> bool:
    """Return whether a file has a whole name: ``import portalocker`` does not have ``port``."""
    return name.isidentifier() and is_apart(name, syntax.identifiers(file), r"\w")


def has_statement(file: PublicFile, qualname: str) -> bool:
    """Return whether a file may have a class statement with the last name of a qualified name."""
    name = qualname.rpartition(".")[2]
    return re.search(rf"class\s+{re.escape(name)}\b", file.text) is not None


def has_qualname(file: PublicFile, qualname: str) -> bool:
    """Return whether a file has each name in a qualified name: ``Parser.parse.<locals>.step``."""
    for part in qualname.split("."):
        generic = GENERIC.fullmatch(part)
        if part not in BRACKETS and not has_name(file, generic[1] if generic else part):
            return False
    return True


def is_apart(text: str, whole: str, kind: str) -> bool:
    """Return whether `whole` contains `text` with no character that matches `kind` next to it."""
    return re.search(f"(?<!{kind}){re.escape(text)}(?!{kind})", whole) is not None
