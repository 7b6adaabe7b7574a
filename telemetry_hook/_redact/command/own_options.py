"""Finds options that a tool's source declares in another way than that of a known framework.

``if "--list" in argv``, ``Argument(names=("list", "l"))``, ``option("list")``, ``Option("all", ["-l"])``,
``("list", {"action": "store_true"})``, or a line of a help text: ``  -l, --list  Shows all.``
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from telemetry_hook._redact import origins
from telemetry_hook._redact.command.declarations import last_name, literals

if TYPE_CHECKING:
    from collections.abc import Iterator

    from telemetry_hook._redact.command.declarations import Declarations
    from telemetry_hook._redact.published.public_files import PublicFile
    from telemetry_hook._report import PublicText

WORDS = re.compile(r"[A-Z]?[a-z]+")
# In the part of a line that has an option's names.
DESCRIBED = re.compile(r"(?<!\S)--?[A-Za-z?][\w-]*(?=,|\s|$)", re.ASCII)
MAX_LOOKED_UP = 100
# Keywords of `add_argument`.
SETTINGS = frozenset({"action", "default", "help", "type"})
# A function or class with one of these words in its name declares an option by its first argument,
# or, as one of the others, by a keyword `names`. Either may leave out the dashes.
OPTIONS = frozenset({"option", "flag", "switch"})
DECLARING = OPTIONS | {"arg", "argument", "opt", "param", "parameter"}


class OwnOptions:
    """The options that a tool's modules declare."""

    def __init__(self, declarations: Declarations) -> None:
        self._declarations = declarations
        self._names: dict[PublicFile, tuple[set[str], set[str]]] = {}
        self._looked_up: dict[str, PublicText | None] = {}

    def declared(self, spelling: str) -> PublicText | None:
        """Return an option's name if the source declares it, or None. `spelling` has its dashes."""
        if spelling not in self._looked_up and len(self._looked_up) < MAX_LOOKED_UP:
            self._looked_up[spelling] = self._look_up(spelling)
        return self._looked_up.get(spelling)

    def _look_up(self, spelling: str) -> PublicText | None:
        bare = spelling.lstrip("-")
        dashes = "--" if len(bare) > 1 else "-"
        for file in self._declarations.modules() if bare else ():
            if bare not in file.text:  # most modules need not be parsed
                continue
            dashed, undashed = self._names_in(file)
            if spelling in dashed:
                return origins.declared(file, spelling)
            if bare in undashed and spelling == dashes + bare:
                return origins.undashed(file, spelling)
        return None

    def _names_in(self, file: PublicFile) -> tuple[set[str], set[str]]:
        if file not in self._names:
            tree = self._declarations.tree(file)
            nodes = [] if tree is None else [*ast.walk(tree)]
            dashed = {name for node in nodes for name in _dashed(node)}
            self._names[file] = dashed, {name for node in nodes for name in _undashed(node)}
        return self._names[file]


def _dashed(node: ast.AST) -> Iterator[str]:
    """Yield what an argument is compared with, what a declaring call gets, and a help text's names."""
    if isinstance(node, ast.Compare):
        yield from literals([node.left, *node.comparators])
    elif isinstance(node, ast.MatchValue):
        yield from literals([node.value])
    elif isinstance(node, ast.Call) and _words(node) & DECLARING:
        yield from literals([*node.args, *_names(node)])
    elif isinstance(node, ast.Constant) and type(node.value) is str and "\n" in node.value:
        for line in map(str.strip, node.value.splitlines()):
            if line.startswith("-"):
                yield from DESCRIBED.findall(line.partition("  ")[0])


def _undashed(node: ast.AST) -> Iterator[str]:
    """Yield what a table or a declaring call has as an option's name: ``list``."""
    if isinstance(node, ast.Tuple) and len(node.elts) == 2 and _are_settings(node.elts[1]):  # noqa: PLR2004
        yield from literals(node.elts[:1])
    if not isinstance(node, ast.Call) or any(each.arg == "positional" for each in node.keywords):
        return
    words = _words(node)
    if words & DECLARING:
        yield from literals(_names(node))
    if words & OPTIONS:
        yield from literals(node.args[:1])


def _are_settings(node: ast.expr) -> bool:
    keys = {*literals(node.keys)} if isinstance(node, ast.Dict) else set()
    return len(keys & SETTINGS) > 1


def _names(call: ast.Call) -> Iterator[ast.expr]:
    yield from (keyword.value for keyword in call.keywords if keyword.arg == "names")


def _words(call: ast.Call) -> frozenset[str]:
    """Return the words in a function's name: ``AddOption``, ``add_option`` → ``add``, ``option``."""
    return frozenset(word.lower() for word in WORDS.findall(last_name(call.func)))
