"""Finds the commands and the names of the options in the command line, never a value.

For click and Typer, the names come from the frameworks' own context objects. For argparse, optparse,
docopt and getopt, the arguments are parsed again, as the calls in the tool's source or its usage text
declare them. Of another command line, only an option that comes first is told. Each name is looked up
in the tool's own published source, and a name that is not found is left out. If a command is not found,
its options and subcommands are left out too.
"""

from __future__ import annotations

import itertools
import sys
from typing import TYPE_CHECKING

from telemetry_hook._crash.crash import Gap
from telemetry_hook._redact import origins
from telemetry_hook._redact.command.declarations import Declarations, Names
from telemetry_hook._redact.command.script import script
from telemetry_hook._report import Command

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from telemetry_hook._crash.command_line import CalledCommand, Invocation
    from telemetry_hook._crash.crash import Crash
    from telemetry_hook._installed.distributions import Distribution
    from telemetry_hook._redact.published.definitions import Definition
    from telemetry_hook._redact.published.locations import Location, Locations
    from telemetry_hook._redact.published.public_files import PublicFile, PublicFiles
    from telemetry_hook._report import PublicText


def command(
    crash: Crash,
    package: str,
    own: Sequence[Distribution],
    files: PublicFiles,
    locations: Locations,
) -> Command | None:
    """Return the public names in a tool's command line. `package` is the tool's import package."""
    started = script(own, files)
    paths = [
        frame.code.co_filename
        for captured in crash.captured
        for frame in captured.frames
        if not isinstance(frame, Gap)
    ]
    try:
        declarations = Declarations(files, package, paths)
        found = _found(declarations, crash.invocation, locations)
        if found is None and started is not None:
            from telemetry_hook._redact.command import first_argument

            found = first_argument.given(declarations)
    except RecursionError:  # the source is nested too deeply
        found = None
    if found is None:
        return None if started is None else Command(started, None, None)
    return found._replace(script=started)


def _found(
    declarations: Declarations, invocation: Invocation | None, locations: Locations
) -> Command | None:
    """Return the names in a command line that a known framework parses."""
    if invocation is not None:
        return _Commands(declarations, locations).parsed(invocation)
    from telemetry_hook._redact.command import argparse_reader, docopt_reader, getopt_reader

    arguments = _arguments()
    return (
        docopt_reader.given(declarations, arguments)
        or argparse_reader.given(declarations, arguments)
        or getopt_reader.given(declarations, arguments)
    )


def _arguments() -> list[str]:
    """Return the arguments in `sys.argv` until one is no text; none if it is no longer a list."""
    arguments = getattr(sys, "argv", None)
    if type(arguments) is not list:
        return []
    return [*itertools.takewhile(lambda argument: type(argument) is str, arguments[1:])]


class _Commands:
    def __init__(self, declarations: Declarations, locations: Locations) -> None:
        self._declarations = declarations
        self._locations = locations

    def parsed(self, invocation: Invocation) -> Command:
        path: list[PublicText] = []
        options: dict[PublicText, None] = {}
        is_complete = True
        for called in invocation.commands:
            locations = list(self._located(called))
            if called is not invocation.commands[0]:
                name = self._name(called, locations)
                if name is None:
                    is_complete = False
                    break
                path.append(name)
            for spellings in called.options:
                if (option := self._option(spellings, locations)) is not None:
                    options[option] = None
                else:
                    is_complete = False
        has_command = len(invocation.commands) > 1
        return Command(
            None,
            tuple(path) if path or not has_command else None,
            tuple(options) if options or is_complete else None,
        )

    def _located(self, called: CalledCommand) -> Iterator[Location]:
        """Yield where a command's function and its wrappers are, if they are in the tool's own files."""
        for code in called.codes:
            location = self._locations.of_code(code)
            if location is not None and location.file.is_own:
                yield location

    def _name(self, called: CalledCommand, locations: list[Location]) -> PublicText | None:
        for name in called.names:
            for file, definition, *_ in locations:
                made = origins.command_of(file, definition.code.co_name, name)
                if made is not None:
                    return made
                if name in self._of(file, definition).commands:
                    return origins.declared(file, name)
            for file in self._files_with(name, locations):
                if name in self._declarations.names(file).elsewhere.commands:
                    return origins.declared(file, name)
        return None

    def _option(self, spellings: tuple[str, ...], locations: list[Location]) -> PublicText | None:
        for name in sorted(spellings, key=len, reverse=True):
            for file, definition, *_ in locations:
                for parameter in _parameters(definition):
                    made = origins.option_of(file, parameter, name)
                    if made is not None:
                        return made
                if name in self._of(file, definition).options:
                    return origins.declared(file, name)
            for file in self._files_with(name, locations):
                if name in self._declarations.names(file).elsewhere.options:
                    return origins.declared(file, name)
                if name in self._declarations.wrapped(file):
                    return origins.declared(file, name)
        return None

    def _of(self, file: PublicFile, definition: Definition) -> Names:
        code = definition.code
        functions = self._declarations.names(file).of_functions
        return functions.get((code.co_name, code.co_firstlineno)) or Names()

    def _files_with(self, name: str, locations: list[Location]) -> Iterator[PublicFile]:
        """Yield the command's own files, then the other modules whose text contains a name.

        So only a few files need to be parsed.
        """
        own = dict.fromkeys(location.file for location in locations)
        yield from own
        for file in self._declarations.modules():
            if file not in own and name in file.text:
                yield file


def _parameters(definition: Definition) -> tuple[str, ...]:
    code = definition.code
    return code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
