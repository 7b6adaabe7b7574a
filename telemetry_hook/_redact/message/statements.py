"""Names in a failing statement that messages of C code repeat: of modules, and of keywords in calls.

``cannot import name 'lid' from 'acme.box'``, ``module 'acme' has no attribute 'lid'``, ``'wide' is an
invalid keyword argument for print()``
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from telemetry_hook._redact import origins
from telemetry_hook._redact.published import syntax

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from telemetry_hook._redact.message.failing import Failing
    from telemetry_hook._redact.message.sources import SourcePiece
    from telemetry_hook._redact.message.templates import Template
    from telemetry_hook._report import PublicText

BEFORE_MODULES = (" module '", "' from ")
BEFORE_BASE = "int() with base "


class Import(NamedTuple):
    """The module and the name of ``from module import name``."""

    module: str
    name: str

    def has(self, text: str, before: str) -> bool:
        """Return whether a text is what a message has at a place. `before` is the fixed text there."""
        if before.endswith("import name '"):
            return text == self.name
        return before.endswith(("' from ", "No module named ")) and text == self.module


def name_in(failing: Failing, text: str, before: str, template: Template) -> PublicText | None:
    """Return a module or keyword of the failing statement as a public name if a text is one, or None.

    `before` is the fixed text before the placeholder, and `template` that of the whole message.
    """
    if before.endswith(BEFORE_MODULES):
        found = modules(failing)
    elif any(part is not None and "keyword argument" in part for part in template):
        found = keywords(failing)
    else:
        return None
    return origins.name(failing.location.file, text) if text in found else None


def modules(failing: Failing) -> Iterator[str]:
    """Yield the full names of the modules that the failing line imports from, or reads attributes of."""
    imported: dict[str, str] | None = None
    for node in failing.nodes():
        if isinstance(node, ast.ImportFrom) and node.module is not None and not node.level:
            yield node.module
        elif isinstance(node, ast.Attribute):
            first, *rest = _path(node.value)
            if imported is None:
                whole = syntax.tree(failing.location.file)
                inner = None if failing.piece is None else failing.piece.tree
                trees = [tree for tree in (whole, inner) if tree is not None]
                imported = _imported(trees)
            if first in imported:
                yield ".".join((imported[first], *rest))


def only_import(piece: SourcePiece | None, line: int | None) -> Import | None:
    """Return what the only statement at a line imports, if that is one name of one module, or None.

    A compiled frame has no instruction that says which of several names it was.
    """
    found = [] if piece is None else piece.simple_at(line)
    [statement] = found if len(found) == 1 else [None]
    if not isinstance(statement, ast.ImportFrom) or statement.level or statement.module is None:
        return None
    names = [alias.name for alias in statement.names]
    return Import(statement.module, names[0]) if len(names) == 1 and names != ["*"] else None


def keywords(failing: Failing) -> Iterator[str]:
    """Yield the keywords of the failing call: ``print(text, wide=True)`` → ``wide``."""
    for call in failing.calls():
        yield from (keyword.arg for keyword in call.keywords if keyword.arg is not None)


def is_base_ten(failing: Failing) -> bool:
    """Return whether the failing line calls `int`, and never with a base: ``int(x)``, ``map(int, x)``."""
    if failing.piece is None:
        return False
    names = failing.piece.names
    if "int" in names.closed or names.scope.has("int") or names.of_module().scope.has("int"):
        return False
    around = (node for node in failing.nodes() if isinstance(node, ast.expr))
    inside = {inner: None for node in around for inner in ast.walk(node)}
    calls = [node for node in inside if isinstance(node, ast.Call)]
    users = [call for call in calls if _is_int(call.func) or any(map(_is_int, call.args[:1]))]
    return bool(users) and all(map(_is_without_base, users))


def is_of_parts(failing: Failing) -> bool:
    """Return whether the failing line unpacks a text's parts, of which there is at least one.

    ``key, value = line.split("=")``
    """
    values = [node.value for node in failing.nodes() if isinstance(node, ast.Assign)]
    call = values[0] if len(values) == 1 else None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
        return False
    text, separator = call.func.value, call.args[0] if call.args else None
    return (
        call.func.attr in ("split", "rsplit")
        and isinstance(separator, ast.Constant)
        and type(separator.value) in (str, bytes)
        and isinstance(text, ast.Name)
        and failing.variables.get(text.id) in (str, bytes)
    )


def _is_without_base(call: ast.Call) -> bool:
    """Return whether a call of `int`, or with `int` as its first argument, gives it one argument."""
    is_plain = not call.keywords and not any(isinstance(each, ast.Starred) for each in call.args)
    if _is_int(call.func):
        return is_plain and len(call.args) == 1
    is_map = isinstance(call.func, ast.Name) and call.func.id == "map"
    return is_plain and is_map and len(call.args) == 2  # noqa: PLR2004 - `int` and its texts


def _is_int(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "int"


def _path(node: ast.expr) -> list[str]:
    """Return the parts of a dotted name, or one empty part: ``a.b.c`` → ``a``, ``b``, ``c``."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return [node.id, *parts[::-1]] if isinstance(node, ast.Name) else [""]


def _imported(trees: Iterable[ast.AST]) -> dict[str, str]:
    """Return the modules that names mean, of those that imports alone bind: ``import a.b as c`` → ``a.b``."""
    found: dict[str, str] = {}
    others: set[str] = set()
    for node in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.partition(".")[0]
                found[alias.asname or first] = alias.name if alias.asname else first
        elif isinstance(node, ast.ImportFrom) and node.module is not None and not node.level:
            for alias in node.names:
                found[alias.asname or alias.name] = f"{node.module}.{alias.name}"
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            others.add(node.id)
        elif isinstance(node, ast.arg):
            others.add(node.arg)
    return {name: module for name, module in found.items() if name not in others}
