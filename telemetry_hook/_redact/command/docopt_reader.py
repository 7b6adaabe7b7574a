"""Reads the command line of a tool that uses docopt, with the usage text in its published source.

Options are told wherever they are given. A command is told only where the usage has nothing but
commands in its place: elsewhere, a value may have its name.

``ship new x --fast`` → path ``ship new``, options ``--fast``
"""

from __future__ import annotations

import ast
import re
import sys
from typing import TYPE_CHECKING

from telemetry_hook._redact import origins
from telemetry_hook._redact.command.declarations import last_name
from telemetry_hook._report import Command

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from telemetry_hook._redact.command.declarations import Declarations
    from telemetry_hook._redact.published.public_files import PublicFile
    from telemetry_hook._report import PublicText

MAX_USAGE = 20_000
USAGE = re.compile(
    r"^[^\n]*usage:[ \t]*\n?((?:[ \t]*\S[^\n]*(?:\n|\Z))+)", re.IGNORECASE | re.MULTILINE
)
OPTION = re.compile(r"(?<![\w<-])(--?[A-Za-z][\w-]*)(=|[ ](?=<|[A-Z][A-Z_-]*\b))?", re.ASCII)
# What is no place for a command: ``[options]``, ``[--fast]``, ``-h | --help``.
NO_PLACE = re.compile(r"\[\s*(?:options|-)[^\]]*\]|(?<!\S)-\S+(?:\s*\|\s*-\S+)*")
COMMAND = re.compile(r"[a-z][\w-]*", re.ASCII)


def given(declarations: Declarations, arguments: Sequence[str]) -> Command | None:
    """Return the commands and options in the arguments, or None if no usage text can be found."""
    if "docopt" not in sys.modules:
        return None
    usages = [
        (file, text)
        for file in declarations.modules()
        if "docopt" in file.text
        for text in dict.fromkeys(_usages(declarations.tree(file)))
        if len(text) <= MAX_USAGE
    ]
    if len(usages) != 1 or (patterns := _patterns(usages[0][1])) is None:
        return None
    return _Reading(*usages[0], patterns).read(list(arguments))


def _usages(tree: ast.Module | None) -> Iterator[str]:
    """Yield the texts that a module passes to docopt, and that its first text may be."""
    if tree is None:
        return
    texts = {"__doc__": ast.get_docstring(tree, clean=False) or ""}
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant):
            for target in statement.targets:
                texts[ast.unparse(target)] = str(statement.value.value)
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and last_name(call.func) == "docopt":
            passed = call.args[0] if call.args else ast.Name("__doc__")
            if isinstance(passed, ast.Constant):
                yield str(passed.value)
            else:
                yield texts.get(ast.unparse(passed), "")


def _patterns(text: str) -> list[list[str]] | None:
    """Return the words of each pattern in the usage, without the program's name and options."""
    found = USAGE.findall(text)
    if len(found) != 1 or not (words := NO_PLACE.sub(" ", found[0]).split()):
        return None
    patterns: list[list[str]] = []
    for word in words:
        if word == words[0]:
            patterns.append([])
        else:
            patterns[-1].append(word)
    return patterns


class _Reading:
    """Reads arguments, as far as the usage text of a file tells what they are."""

    def __init__(self, file: PublicFile, text: str, patterns: list[list[str]]) -> None:
        self._file = file
        self._patterns = patterns
        self._names: dict[str, str] = {}
        self._takes: set[str] = set()
        for line in text.splitlines():
            # A description stands two spaces behind an option and its other names.
            declared = line.strip().partition("  ")[0] if line.strip()[:1] == "-" else line
            found = [(match[1], bool(match[2])) for match in OPTION.finditer(declared)]
            if line.strip()[:1] == "-" and found:
                longest = max((name for name, _ in found), key=len)
                takes = any(takes for _, takes in found)
                found = [(name, takes) for name, _ in found]
                self._names |= dict.fromkeys((name for name, _ in found), longest)
            for name, takes in found:
                self._names.setdefault(name, name)
                if takes:
                    self._takes.add(name)

    def read(self, arguments: list[str]) -> Command:
        """Return the commands and options in the arguments."""
        path: list[PublicText] = []
        options: dict[PublicText, None] = {}
        is_sure = is_complete = True
        while arguments and arguments[0] != "--":
            argument = arguments.pop(0)
            if argument[:1] != "-" or argument == "-":
                is_sure = is_sure and self._is_command(path, argument)
                if is_sure:
                    path.append(origins.usage_word(self._file, argument))
                continue
            spelling, equals, _ = argument.partition("=")
            name = self._names.get(spelling)
            if name is None:
                is_sure = is_complete = False
                continue
            options[origins.usage_word(self._file, name)] = None
            if spelling in self._takes and not equals:
                del arguments[:1]
        has_commands = any(self._is_command([], word) for words in self._patterns for word in words)
        return Command(
            None,
            tuple(path) if path or is_sure or not has_commands else None,
            tuple(options) if options or is_complete else None,
        )

    def _is_command(self, path: Sequence[str], argument: str) -> bool:
        """Return whether only commands can follow on a path, and the argument is one of them."""
        following = [words for words in self._patterns if words[: len(path)] == [*path]]
        next_words = {words[len(path)] if len(words) > len(path) else "" for words in following}
        commands = {word for word in next_words if COMMAND.fullmatch(word)}
        return argument in commands and next_words - commands <= {""}
