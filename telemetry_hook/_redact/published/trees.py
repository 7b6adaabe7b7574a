"""Syntax trees of single definitions in public files, each parsed once and without its module."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from telemetry_hook._redact.published import syntax

if TYPE_CHECKING:
    from telemetry_hook._redact.published.definitions import Definition
    from telemetry_hook._redact.published.public_files import PublicFile

    Tree = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
MAX_LINES = 3_000


def of_definition(file: PublicFile, definition: Definition) -> Tree | None:
    """Return the tree of a function or class, or None if it is too long or cannot be parsed."""
    kept: dict[tuple[int, str], Tree | None] = vars(file).setdefault("definitions", {})
    key = definition.code.co_firstlineno, definition.code.co_name
    if key not in kept:
        kept[key] = _parsed(file, definition)
    return kept[key]


def last_line(file: PublicFile, definition: Definition) -> int:
    """Return a definition's last line: the last line that is indented more than the first line."""
    lines, first = file.lines, definition.code.co_firstlineno
    if first > len(lines):
        return first
    indent = _indent(lines[first - 1])
    end = definition.last_line
    while end < len(lines) and (not lines[end].strip() or _indent(lines[end]) > indent):
        end += 1
    return end


def _parsed(file: PublicFile, definition: Definition) -> Tree | None:
    first = definition.code.co_firstlineno
    last = last_line(file, definition)
    if first > len(file.lines) or last - first > MAX_LINES:
        return None
    lines = syntax.lines_tree(file, first, last)
    for node in ast.walk(lines) if lines is not None else ():
        if isinstance(node, DEFINITIONS) and node.name == definition.code.co_name:
            return node
    return None


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
