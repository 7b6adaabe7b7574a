"""Reads the command line of a tool that uses getopt, with the options that its source passes on.

``getopt(sys.argv[1:], "vo:", ["quiet", "output="])`` and ``-vo x --quiet`` → options ``-v``, ``-o``,
``--quiet``
"""

from __future__ import annotations

import ast
import os
import re
import sys
from typing import TYPE_CHECKING, NamedTuple

from telemetry_hook._redact import origins
from telemetry_hook._redact.command.declarations import literals
from telemetry_hook._report import Command

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from telemetry_hook._redact.command.declarations import Declarations
    from telemetry_hook._redact.published.public_files import PublicFile

CALLED = ("getopt", "getopt.getopt")
CALLED_GNU = ("gnu_getopt", "getopt.gnu_getopt")
ARGUMENTS = ("sys.argv[1:]", "argv[1:]", "argv")
NAME = re.compile(r"\w[\w-]*")
# Since Python 3.14, a value may be optional: ``o::``, ``output=?``.
HAS_OPTIONAL = sys.version_info >= (3, 14)
REQUIRED, OPTIONAL, NO_VALUE = "required", "optional", "none"


class _Declared(NamedTuple):
    """The options of a call, with whether they take a value. `is_gnu`: they may follow values."""

    file: PublicFile
    short: dict[str, str]
    long: dict[str, str]
    is_gnu: bool

    def completed(self, name: str) -> str | None:
        """Return the long option that a name or its beginning means, or None."""
        if name in self.long:
            return name
        found = [each for each in self.long if each.startswith(name)]
        return found[0] if len(found) == 1 else None


def given(declarations: Declarations, arguments: Sequence[str]) -> Command | None:
    """Return the options in the arguments, or None if the source has no single call of getopt."""
    if "getopt" not in sys.modules:
        return None
    files = [file for file in declarations.modules() if "getopt" in file.text]
    if any(declarations.tree(file) is None for file in files):
        return None
    found = [each for file in files for each in _calls(file, declarations.nodes(file))]
    return _read(found[0], list(arguments)) if len(found) == 1 and found[0] is not None else None


def _calls(file: PublicFile, nodes: Iterable[ast.AST]) -> Iterator[_Declared | None]:
    """Yield the options of each call, or None if it is not understood."""
    for node in nodes:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            if any("getopt" in name.name and name.asname for name in node.names):
                yield None
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in (*CALLED, *CALLED_GNU):
            yield _declared(file, node)


def _declared(file: PublicFile, call: ast.Call) -> _Declared | None:
    keywords = {keyword.arg: keyword.value for keyword in call.keywords}
    arguments, short, long = (
        call.args[at] if len(call.args) > at else keywords.get(name)
        for at, name in enumerate(("args", "shortopts", "longopts"))
    )
    names = tuple(literals([long]))
    is_whole = long is None or len(names) == len(getattr(long, "elts", (long,)))
    is_from_start = arguments is not None and ast.unparse(arguments) in ARGUMENTS
    if not (isinstance(short, ast.Constant) and is_whole and is_from_start):
        return None
    letters, long_values = str(short.value), dict(map(_of_name, names))
    if "-" in letters or not all(map(NAME.fullmatch, long_values)):
        return None
    is_gnu = ast.unparse(call.func) in CALLED_GNU and not letters.startswith("+")
    return _Declared(
        file,
        {each: _of_letter(letters, at) for at, each in enumerate(letters) if each != ":"},
        long_values,
        is_gnu and not os.environ.get("POSIXLY_CORRECT"),
    )


def _of_letter(letters: str, at: int) -> str:
    if HAS_OPTIONAL and letters.startswith("::", at + 1):
        return OPTIONAL
    return REQUIRED if letters.startswith(":", at + 1) else NO_VALUE


def _of_name(declared: str) -> tuple[str, str]:
    if HAS_OPTIONAL and declared.endswith("=?"):
        return declared.removesuffix("=?"), OPTIONAL
    return declared.removesuffix("="), REQUIRED if declared.endswith("=") else NO_VALUE


def _read(declared: _Declared, arguments: list[str]) -> Command:
    named: dict[str, None] = {}
    has_values, is_complete, at = False, True, 0
    while at < len(arguments):
        argument = arguments[at]
        at += 1
        if argument[:1] != "-" or argument in ("-", "--"):
            has_values = True
            if declared.is_gnu and argument != "--":
                continue
            break
        found = _long(declared, argument) if argument[:2] == "--" else _short(declared, argument)
        if found is None:
            is_complete = False
            break
        names, takes_next = found
        named |= dict.fromkeys(names)
        at += takes_next
    is_complete = is_complete and at <= len(arguments)  # the last one may lack its value
    options = tuple(origins.undashed(declared.file, name) for name in named)
    path = None if has_values or not is_complete else ()
    return Command(None, path, options if options or is_complete else None)


def _long(declared: _Declared, argument: str) -> tuple[list[str], bool] | None:
    """Return the option in ``--output=x``, and whether the next argument is its value."""
    spelling, equals, _ = argument[2:].partition("=")
    known = declared.completed(spelling)
    if known is None or (equals and declared.long[known] == NO_VALUE):
        return None
    return [f"--{known}"], declared.long[known] == REQUIRED and not equals


def _short(declared: _Declared, argument: str) -> tuple[list[str], bool] | None:
    """Return the options in ``-vo``, and whether the next argument is the value of the last one."""
    names: dict[str, None] = {}
    for at, letter in enumerate(argument[1:], 2):
        value = declared.short.get(letter)
        if value is None:
            return None
        names[f"-{letter}"] = None
        if value != NO_VALUE:
            return [*names], value == REQUIRED and at == len(argument)
    return [*names], False
