"""Reads the entries of a dict, list or tuple that is written as a literal in published source."""

from __future__ import annotations

import ast

Table = ast.Dict | ast.List | ast.Tuple
TABLES = (ast.Dict, ast.List, ast.Tuple)


def entries(table: Table) -> dict[object, ast.expr] | None:
    """Return the values by their constant keys or indexes, or None if some are not known.

    ``{"a": x}`` → ``{"a": x}``; ``[x, y]`` → ``{0: x, 1: y}``; ``{**other}`` → None
    """
    if isinstance(table, ast.Dict):
        found: dict[object, ast.expr] = {}
        for key, value in zip(table.keys, table.values, strict=True):
            if key is None:
                return None
            found[key.value if isinstance(key, ast.Constant) else key] = value
        return found
    if any(isinstance(value, ast.Starred) for value in table.elts):
        return None
    return dict(enumerate(table.elts))
