"""What an `import` statement binds a name to: a module, or a name in it."""

from __future__ import annotations

import ast
from typing import NamedTuple


class Import(NamedTuple):
    """A module with the level of a relative import, and the name in it, or '' for the module itself.

    ``from ..texts import OPEN`` → ``Import("texts", 2, "OPEN")``; ``import a.b as b`` → ``Import("a.b", 0, "")``
    """

    module: str
    level: int
    name: str

    @classmethod
    def of(cls, statement: ast.Import | ast.ImportFrom, alias: ast.alias) -> Import:
        """Return what one part of a statement imports."""
        if isinstance(statement, ast.ImportFrom):
            return cls(statement.module or "", statement.level, alias.name)
        path = alias.name if alias.asname else alias.name.partition(".")[0]
        return cls(path, 0, "")


def absolute(module: str, level: int, importer: str, *, is_package: bool) -> str:
    """Return a module's name: ``texts`` at level 1 in ``acme.tool`` → ``acme.texts``."""
    if not level:
        return module
    parts = importer.split(".")
    outer = parts[: len(parts) - level + is_package]
    return ".".join([*outer, module] if module else outer)
