"""Reads the first argument of a tool whose parser is its own, or was not found.

Nothing before the first argument can have it for a value. So if it begins with a dash, and the tool's
source declares an option of this name, it is this option. The arguments after it may be values.

``if "--list" in sys.argv``, ``Argument(names=("list", "l"))`` and ``--list x`` → options ``--list``
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from telemetry_hook._redact import origins
from telemetry_hook._redact.command.declarations import last_name, literals
from telemetry_hook._report import Command

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from telemetry_hook._redact.command.declarations import Declarations
    from telemetry_hook._redact.published.public_files import PublicFile
    from telemetry_hook._report import PublicText

# In the names of functions and classes that declare an option.
DECLARING = ("arg", "flag", "option", "param", "switch")
KEYWORDS = ("name", "names", "aliases", "flags", "long", "short")


def given(declarations: Declarations, arguments: Sequence[str]) -> Command | None:
    """Return the option that comes first, or None if there is none."""
    spelling = arguments[0].partition("=")[0] if arguments else ""
    bare = spelling.removeprefix("-").removeprefix("-")
    if bare == spelling or not bare:
        return None
    for file in declarations.modules():
        if bare in file.text and (name := _declared(file, declarations.tree(file), spelling)):
            return Command(None, None if len(arguments) > 1 else (), (name,))
    return None


def _declared(file: PublicFile, tree: ast.Module | None, spelling: str) -> PublicText | None:
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.Constant) and node.value == spelling:
            return origins.declared(file, spelling)
        if isinstance(node, ast.Call) and any(
            word in last_name(node.func).lower() for word in DECLARING
        ):
            names = {f"{'-' * (1 + (len(name) > 1))}{name}" for name in _names(node)}
            if spelling in names:
                return origins.undashed(file, max(names, key=len))
    return None


def _names(call: ast.Call) -> Iterator[str]:
    values = (keyword.value for keyword in call.keywords if keyword.arg in KEYWORDS)
    yield from literals([*call.args, *values])
