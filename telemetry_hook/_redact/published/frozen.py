"""Code in a frozen program, which its author has compiled and put into the program's archive.

The archive is published as a whole: its code objects are public, with their names and lines. It has
source only if the author has put that in too, and the source of a file is public if it compiles to
the very code that the archive has.
"""

from __future__ import annotations

from types import CodeType

from telemetry_hook._installed import isolation
from telemetry_hook._suspended import unwarned


def code(name: str) -> CodeType | None:
    """Return the code that the archive has for a file: ``lift/cli.py``. None if it has none."""
    module = name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    try:
        spec = isolation.spec_of(module)
        found = spec.loader.get_code(module)  # type: ignore[union-attr]
    except Exception:  # the loader is not ours
        return None
    return found if isinstance(found, CodeType) else None


def is_source_of(content: bytes, archived: CodeType) -> bool:
    """Return whether a source compiles to a code object of the archive."""
    try:
        with unwarned():
            return compile(content, "", "exec", dont_inherit=True) == archived
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
