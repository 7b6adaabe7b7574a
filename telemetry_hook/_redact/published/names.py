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
# Such a key looks the same in each string literal.
PLAIN_KEY = re.compile(r"[\w .:/@$%+*=<>!?,;|&^~#()-]{0,60}")
GENERIC = re.compile(r"<generic parameters of (\w+)>")


def has_name(file: PublicFile, name: str) -> bool:
    """Return whether a file has a whole name: ``import portalocker`` does not have ``port``."""
    known: dict[str, bool] = vars(file).setdefault("known_names", {})
    if name not in known:  # the same names are in many frames
        known[name] = name.isidentifier() and is_apart(name, syntax.identifiers(file), r"\w")
    return known[name]


def spelled(file: PublicFile, name: str) -> str | None:
    """Return a name as a file spells it, or None: in a class, ``_Box__lid`` is ``__lid``."""
    if type(name) is not str:
        return None
    whole = name if has_name(file, name) else name[max(name.find("__", 1), 0) :]
    return whole if has_name(file, whole) else None


def key(file: PublicFile, value: str | int) -> str | None:
    """Return a constant key in an item as a file may write it, or None if the file does not have it.

    ``lid`` → ``"lid"``; ``-1`` → ``-1``
    """
    if type(value) is int:
        return str(value) if f"[{value}]" in file.text else None
    is_plain = type(value) is str and PLAIN_KEY.fullmatch(value) is not None
    if not is_plain or not _has_literal(file, str(value)):
        return None
    return f'"{value}"'


def _has_literal(file: PublicFile, text: str) -> bool:
    if file.content:  # its source is searched, because to parse it is expensive
        return f'"{text}"' in file.text or f"'{text}'" in file.text
    return f"\0{text}\0" in syntax.literals(file)


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
