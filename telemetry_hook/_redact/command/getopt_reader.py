"""Reads the command line of a tool that uses getopt, with the options that its source passes on.

``getopt(sys.argv[1:], "vo:", ["quiet", "output="])`` and ``-vo x --quiet`` → options ``-v``, ``-o``,
``--quiet``
"""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING, NamedTuple

from telemetry_hook._redact import origins
from telemetry_hook._redact.command.declarations import last_name, literals
from telemetry_hook._report import Command

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from telemetry_hook._redact.command.declarations import Declarations
    from telemetry_hook._redact.published.public_files import PublicFile
    from telemetry_hook._report import PublicText

FUNCTIONS = ("getopt", "gnu_getopt")


class _Declared(NamedTuple):
    """The options of a call: ``vo:`` and ``quiet``, ``output=``. `is_gnu`: they may follow values."""

    file: PublicFile
    short: str
    long: tuple[str, ...]
    is_gnu: bool

    def takes(self, letter: str) -> bool | None:
        """Return whether an option of one letter takes a value, or None if it is not declared."""
        at = self.short.find(letter)
        return None if at < 0 or letter == ":" else self.short[at + 1 : at + 2] == ":"

    def completed(self, name: str) -> str | None:
        """Return the long option that a name or its beginning means, or None."""
        if name in self.long or f"{name}=" in self.long:
            return name if name in self.long else f"{name}="
        found = [each for each in self.long if each.startswith(name)]
        return found[0] if len(found) == 1 else None


def given(declarations: Declarations, arguments: Sequence[str]) -> Command | None:
    """Return the options in the arguments, or None if the source has no single call of getopt."""
    if "getopt" not in sys.modules:
        return None
    files = (file for file in declarations.modules() if "getopt" in file.text)
    found = [each for file in files for each in _calls(file, declarations.nodes(file))]
    return _read(found[0], list(arguments)) if len(found) == 1 and found[0] is not None else None


def _calls(file: PublicFile, nodes: Iterable[ast.AST]) -> Iterator[_Declared | None]:
    """Yield the options of each call, or None if they are no literals."""
    for call in nodes:
        if not isinstance(call, ast.Call) or last_name(call.func) not in FUNCTIONS:
            continue
        keywords = {keyword.arg: keyword.value for keyword in call.keywords}
        short, long = (
            call.args[at] if len(call.args) > at else keywords.get(name)
            for at, name in ((1, "shortopts"), (2, "longopts"))
        )
        if not isinstance(short, ast.Constant) or type(short.value) is not str:
            yield None
            continue
        names = tuple(literals([long]))
        whole = long is None or len(names) == len(getattr(long, "elts", (long,)))
        is_gnu = last_name(call.func) == FUNCTIONS[1] and not short.value.startswith("+")
        yield _Declared(file, short.value.lstrip("+"), names, is_gnu) if whole else None


def _read(declared: _Declared, arguments: list[str]) -> Command:
    options: dict[PublicText, None] = {}
    is_complete = has_values = False
    while arguments:
        argument = arguments.pop(0)
        if argument[:1] != "-" or argument in ("-", "--"):
            has_values = True
            if declared.is_gnu and argument != "--":
                continue
            is_complete = True
            break
        found = _long(declared, argument) if argument[:2] == "--" else _short(declared, argument)
        if found is None:
            break
        names, takes_next = found
        options |= dict.fromkeys(origins.undashed(declared.file, name) for name in names)
        del arguments[: int(takes_next)]
    else:
        is_complete = True
    return Command(
        None,
        None if has_values or not is_complete else (),
        tuple(options) if options or is_complete else None,
    )


def _long(declared: _Declared, argument: str) -> tuple[list[str], bool] | None:
    """Return the option in ``--output=x``, and whether the next argument is its value."""
    spelling, equals, _ = argument[2:].partition("=")
    known = declared.completed(spelling)
    if known is None or (equals and known[-1:] != "="):
        return None
    return [f"--{known.removesuffix('=')}"], known[-1:] == "=" and not equals


def _short(declared: _Declared, argument: str) -> tuple[list[str], bool] | None:
    """Return the options in ``-vo``, and whether the next argument is the value of the last one."""
    names = []
    for at, letter in enumerate(argument[1:], 2):
        takes = declared.takes(letter)
        if takes is None:
            return None
        names.append(f"-{letter}")
        if takes:
            return names, at == len(argument)
    return names, False
