"""The command line of a tool that uses argparse, by the declarations in its published source.

No parser is left when a tool dies, so the arguments are walked again, and the walk ends where they
could be read in two ways. A name in the report is the declaration's, which an argument only matches.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from telemetry_hook._redact.command.argparse_declarations import Grammar, read
from telemetry_hook._report import Command

if TYPE_CHECKING:
    from collections.abc import Sequence

    from telemetry_hook._redact.command.argparse_declarations import Option, Parser
    from telemetry_hook._redact.command.declarations import Declarations
    from telemetry_hook._report import PublicText


def given(declarations: Declarations, arguments: Sequence[str]) -> Command | None:
    """Return the commands and options that arguments name; None for a tool without argparse."""
    if "argparse" not in sys.modules:
        return None
    grammar = read(declarations)
    return None if grammar is None else _Walk(grammar).through(list(arguments))


@dataclass
class _Match:
    option: Option
    is_whole: bool  # the value, if it takes one, is in this argument


class _Walk:
    def __init__(self, grammar: Grammar) -> None:
        self._grammar = grammar
        self._parser: Parser = grammar.root
        self._path: list[PublicText] = []
        self._options: dict[PublicText, None] = {}

    def through(self, arguments: list[str]) -> Command:
        while arguments and self._takes(arguments.pop(0), arguments):
            pass
        return Command(tuple(self._path), tuple(self._options))

    def _takes(self, argument: str, rest: list[str]) -> bool:
        """Note what an argument names and take its values off the rest; False ends the walk."""
        if type(argument) is not str or argument == "--":
            return False
        if argument[:1] != "-" or argument == "-":
            return self._enters(argument)
        if argument[:2] != "--" and self._is_cluster(argument):
            return True
        match = self._match(argument)
        if match is None:
            return False
        self._options[match.option.name] = None
        if match.is_whole:
            return True
        if match.option.takes is None:
            return False
        values = rest[: match.option.takes]
        del rest[: match.option.takes]
        # What begins with a dash may be no value; argparse leaves "--" out among values.
        return all(type(each) is str and each[:1] != "-" for each in values)

    def _enters(self, argument: str) -> bool:
        commands = self._parser.commands
        if self._parser.has_positional or commands is None or argument not in commands:
            return False
        name, self._parser = commands[argument]
        self._path.append(name)
        return True

    def _match(self, argument: str) -> _Match | None:
        known = self._known()
        if argument in known:
            return _Match(known[argument], is_whole=False)
        if argument[:2] != "--":
            option = known.get(argument[:2])
            takes_one = option is not None and option.takes == 1 and not self._has_long_dash(known)
            return _Match(option, is_whole=True) if option is not None and takes_one else None
        name, equals, _ = argument.partition("=")
        names = [name] if name in known else self._abbreviated(name, known)
        if len(names) != 1 or (equals and known[names[0]].takes == 0):
            return None
        return _Match(known[names[0]], is_whole=bool(equals))

    def _abbreviated(self, name: str, known: dict[str, Option]) -> list[str]:
        if not self._grammar.abbreviates:
            return []
        return [each for each in known if each.startswith(name)]

    def _is_cluster(self, argument: str) -> bool:
        known = self._known()
        flags = [known.get(f"-{each}") for each in argument[1:]]
        if argument in known or self._has_long_dash(known):
            return False
        return all(each is not None and each.takes == 0 for each in flags)

    def _has_long_dash(self, known: dict[str, Option]) -> bool:
        return any(each[:2] != "--" and len(each) > len("-x") for each in known)

    def _known(self) -> dict[str, Option]:
        return {**self._grammar.loose, **self._parser.options}
