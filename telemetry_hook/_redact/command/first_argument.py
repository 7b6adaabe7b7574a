"""Reads the first argument of a tool whose parser is its own, or was not found.

Nothing before the first argument can have it for a value. So if it begins with a dash, and the tool's
source declares an option of this name, it is this option. The arguments after it may be values.

``if "--list" in argv``, ``Argument(names=("list", "l"))`` or ``option("list")``, and ``--list x`` →
options ``--list``
"""

from __future__ import annotations

import ast
import re
import sys
from typing import TYPE_CHECKING

from telemetry_hook._installed.candidates import main_name
from telemetry_hook._redact import origins
from telemetry_hook._redact.command.declarations import last_name, literals
from telemetry_hook._report import Command

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from telemetry_hook._redact.command.declarations import Declarations
    from telemetry_hook._redact.published.public_files import PublicFile
    from telemetry_hook._report import PublicText

WORDS = re.compile(r"[A-Z]?[a-z]+")
# A function or class with one of these words in its name declares an option by its first argument,
# or, as one of the others, by a keyword `names`. Either may leave out the dashes.
OPTIONS = frozenset({"option", "flag", "switch"})
DECLARING = OPTIONS | {"arg", "argument", "opt", "param", "parameter"}


def given(declarations: Declarations, arguments: Sequence[str]) -> Command | None:
    """Return the option that comes first, or None if there is none."""
    spelling = arguments[0].partition("=")[0] if arguments else ""
    bare = spelling.removeprefix("-").removeprefix("-")
    if bare == spelling or bare[:1] in ("", "-") or not _are_whole(arguments):
        return None
    for file in declarations.modules():
        if bare in file.text and (name := _declared(file, declarations.tree(file), spelling)):
            return Command(None, None if len(arguments) > 1 else (), (name,))
    return None


def _are_whole(arguments: Sequence[str]) -> bool:
    """Return whether these are the arguments that Python was started with for the program."""
    started, count = [*sys.orig_argv], len(arguments) + 1
    if len(started) < count or started[1 - count :] != [*arguments]:
        return False
    program = started[-count]
    is_module = started[-count - 1 : -count] == ["-m"]
    names = (program, f"{program}.__main__")
    return program == sys.argv[0] or (is_module and main_name() in names)


def _declared(file: PublicFile, tree: ast.Module | None, spelling: str) -> PublicText | None:
    bare = spelling.lstrip("-")
    is_long = spelling == f"--{bare}" if len(bare) > 1 else spelling == f"-{bare}"
    for node in ast.walk(tree) if tree is not None else ():
        if spelling in _compared(node):
            return origins.declared(file, spelling)
        if is_long and bare in _undashed(node):
            return origins.undashed(file, spelling)
    return None


def _compared(node: ast.AST) -> Iterator[str]:
    """Yield what an argument is compared with, and what a declaring call gets: ``--list``."""
    if isinstance(node, ast.Compare):
        yield from literals([node.left, *node.comparators])
    elif isinstance(node, ast.MatchValue):
        yield from literals([node.value])
    elif isinstance(node, ast.Call) and _words(node) & DECLARING:
        yield from literals([*node.args, *_names(node)])


def _undashed(node: ast.AST) -> Iterator[str]:
    if not isinstance(node, ast.Call) or any(each.arg == "positional" for each in node.keywords):
        return
    words = _words(node)
    if words & DECLARING:
        yield from literals(_names(node))
    if words & OPTIONS:
        yield from literals(node.args[:1])


def _names(call: ast.Call) -> Iterator[ast.expr]:
    yield from (keyword.value for keyword in call.keywords if keyword.arg == "names")


def _words(call: ast.Call) -> frozenset[str]:
    """Return the words in a function's name: ``AddOption``, ``add_option`` → ``add``, ``option``."""
    return frozenset(word.lower() for word in WORDS.findall(last_name(call.func)))
