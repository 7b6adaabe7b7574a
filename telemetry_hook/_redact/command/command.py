"""The commands of the command line and the names of the options given, never a value.

What click and Typer have parsed is known from them, argparse's is read from the declarations. Each
name is looked up in the tool's own published source; what is not found there is left out, and what
is below a command that is not found.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from telemetry_hook._crash.crash import Gap
from telemetry_hook._redact.command.argparse_walk import given
from telemetry_hook._redact.command.declarations import Declarations, Declared, Names
from telemetry_hook._redact.origins import PublicText
from telemetry_hook._report import Command

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from telemetry_hook._crash.command_line import CalledCommand, Invocation
    from telemetry_hook._crash.crash import Crash
    from telemetry_hook._redact.published.code import Definition, PublicCode
    from telemetry_hook._redact.published.files import PublicFile, PublicFiles

# What newer versions of click leave off a function's name.
SUFFIXES = ("-command", "-cmd", "-group", "-grp")


@dataclass(frozen=True, slots=True)
class DerivedCommand:
    """The names that click and Typer make of a published function's name."""

    file: PublicFile
    function: str

    def publishes(self, text: str) -> bool:
        """Tell whether it is one of them."""
        name = self.function.lower().replace("_", "-")
        short = next((name.removesuffix(each) for each in SUFFIXES if name.endswith(each)), name)
        return text in (name, short) and self.file.publishes(self.function)


@dataclass(frozen=True, slots=True)
class DerivedOption:
    """The names that Typer makes of a published function's parameter."""

    file: PublicFile
    parameter: str

    def publishes(self, text: str) -> bool:
        """Tell whether it is one of them."""
        name = self.parameter.replace("_", "-")
        names = (f"--{name}", f"--no-{name}", f"--{name.lower()}", f"--no-{name.lower()}")
        return text in names and self.file.publishes(self.parameter)


def command(
    crash: Crash, package: str, files: PublicFiles, code: PublicCode, arguments: Sequence[str]
) -> Command | None:
    """Return what may be told of the command line of a tool, whose import package is named."""
    frames = [each for captured in crash.captured for each in captured.frames]
    paths = [each.code.co_filename for each in frames if not isinstance(each, Gap)]
    try:
        declarations = Declarations(files, package, paths)
        if crash.invocation is None:
            found = given(declarations, arguments)
        else:
            found = _Commands(declarations, files, code).parsed(crash.invocation)
    except RecursionError:  # the source is nested too deeply
        return None
    return found if found is not None and (found.path or found.options) else None


class _Commands:
    def __init__(self, declarations: Declarations, files: PublicFiles, code: PublicCode) -> None:
        self._declarations = declarations
        self._files = files
        self._code = code

    def parsed(self, invocation: Invocation) -> Command:
        path: list[PublicText] = []
        options: dict[PublicText, None] = {}
        for called in invocation.commands:
            places = list(self._places(called))
            if called is not invocation.commands[0]:
                name = self._name(called, places)
                if name is None:
                    break
                path.append(name)
            for spellings in called.options:
                if (option := self._option(spellings, places)) is not None:
                    options[option] = None
        return Command(tuple(path), tuple(options))

    def _places(self, called: CalledCommand) -> Iterator[tuple[PublicFile, Definition]]:
        """Yield where the command's function and its wrappers are defined in the tool's own files."""
        for each in called.codes:
            file = self._files.of_code(each.co_filename)
            definition = None if file is None else self._code.twin(each, file)
            if file is not None and file.is_own and definition is not None:
                yield file, definition

    def _name(
        self, called: CalledCommand, places: list[tuple[PublicFile, Definition]]
    ) -> PublicText | None:
        for name in called.names:
            for file, definition in places:
                derived = DerivedCommand(file, definition.code.co_name)
                if derived.publishes(name):
                    return PublicText(name, derived)
                if name in (names := self._of(file, definition).commands):
                    return PublicText(name, Declared(file, frozenset(names)))
            for file in self._files_with(name, places):
                if name in (names := self._declarations.names(file).elsewhere.commands):
                    return PublicText(name, Declared(file, frozenset(names)))
        return None

    def _option(
        self, spellings: tuple[str, ...], places: list[tuple[PublicFile, Definition]]
    ) -> PublicText | None:
        for name in sorted(spellings, key=len, reverse=True):
            for file, definition in places:
                for parameter in _parameters(definition):
                    derived = DerivedOption(file, parameter)
                    if derived.publishes(name):
                        return PublicText(name, derived)
                if name in (names := self._of(file, definition).options):
                    return PublicText(name, Declared(file, frozenset(names)))
            for file in self._files_with(name, places):
                if name in (names := self._declarations.names(file).elsewhere.options):
                    return PublicText(name, Declared(file, frozenset(names)))
        return None

    def _of(self, file: PublicFile, definition: Definition) -> Names:
        code = definition.code
        functions = self._declarations.names(file).of_functions
        return functions.get((code.co_name, code.co_firstlineno)) or Names()

    def _files_with(
        self, name: str, places: list[tuple[PublicFile, Definition]]
    ) -> Iterator[PublicFile]:
        """Yield the files that hold a name, those of the command first; few need to be parsed."""
        own = dict.fromkeys(file for file, _ in places)
        yield from own
        for file in self._declarations.modules():
            if file not in own and name in file.text:
                yield file


def _parameters(definition: Definition) -> tuple[str, ...]:
    code = definition.code
    return code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
