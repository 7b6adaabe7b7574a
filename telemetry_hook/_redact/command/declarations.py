"""What the tool's own published modules declare of commands: the literals in their syntax trees.

A name counts where it is declared, not where it merely stands: in a decorator or the signature of
the command's own function, or in a call outside of those, such as ``add_command(up, "up")``.
"""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from telemetry_hook._crash import guarded
from telemetry_hook._redact.published import syntax

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from telemetry_hook._redact.published.public_files import PublicFile, PublicFiles

MAX_MODULES = 100
MAX_PARSED = 256 * 1024

COMMANDS = ("command", "group", "typer")
OPTIONS = ("option",)


@dataclass
class Names:
    """Names of commands and of options that are declared in one place."""

    commands: set[str] = field(default_factory=set)
    options: set[str] = field(default_factory=set)


@dataclass
class FileNames:
    """The names that a file declares: with a function, by its name and first line; or elsewhere."""

    of_functions: dict[tuple[str, int], Names] = field(default_factory=dict)
    elsewhere: Names = field(default_factory=Names)


class Declarations:
    """The tool's own modules: those that the exception went through, then those loaded."""

    def __init__(self, files: PublicFiles, package: str, paths: Iterable[str]) -> None:
        self._files = files
        self._package = package
        self._paths = list(paths)
        self._trees: dict[PublicFile, ast.Module | None] = {}
        self._names: dict[PublicFile, FileNames] = {}
        self._parsed = 0

    def modules(self) -> Iterator[PublicFile]:
        """Yield the public files of the tool's own modules."""
        seen: dict[str, None] = {}
        for path in [*self._paths, *self._loaded()]:
            if path in seen or not path.endswith(".py") or len(seen) == MAX_MODULES:
                continue
            seen[path] = None
            if (file := self._files.find(path)) is not None and file.is_own:
                yield file

    def tree(self, file: PublicFile) -> ast.Module | None:
        """Return a file's syntax tree; None where it has none, or where enough has been parsed."""
        if file not in self._trees:
            self._trees[file] = None
            if self._parsed + len(file.content) <= MAX_PARSED:
                self._parsed += len(file.content)
                self._trees[file] = syntax.tree(file)
        return self._trees[file]

    def names(self, file: PublicFile) -> FileNames:
        """Return the names of commands and options that a file declares for click or Typer."""
        if file not in self._names:
            self._names[file] = found = FileNames()
            tree = self.tree(file)
            if tree is not None:
                _collect(tree, found)
        return self._names[file]

    def _loaded(self) -> Iterator[str]:
        prefix = f"{self._package}."
        for name, module in list(sys.modules.items()):
            if type(name) is str and (name == self._package or name.startswith(prefix)):
                path = guarded.module_file(module)
                if path is not None:
                    yield path


def literals(nodes: Iterable[ast.expr | None]) -> Iterator[str]:
    """Yield the texts among expressions, and in lists and tuples among them."""
    for node in nodes:
        if isinstance(node, ast.Constant) and type(node.value) is str:
            yield node.value
        elif isinstance(node, (ast.List, ast.Tuple)):
            yield from literals(node.elts)


def last_name(node: ast.expr) -> str:
    """Return the last name of a dotted one, empty for another expression."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _collect(tree: ast.Module, found: FileNames) -> None:
    waiting: list[tuple[ast.AST, Names]] = [(tree, found.elsewhere)]
    while waiting:
        node, names = waiting.pop()
        if isinstance(node, ast.Call):
            _add(node, names)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
            own = found.of_functions.setdefault((node.name, first), Names())
            waiting += [(each, own) for each in (*node.decorator_list, node.args)]
            waiting += [(each, found.elsewhere) for each in node.body]
        else:
            waiting += [(each, names) for each in ast.iter_child_nodes(node)]


def _add(call: ast.Call, names: Names) -> None:
    function = last_name(call.func).lower()
    keywords = {each.arg: each.value for each in call.keywords}
    if any(each in function for each in OPTIONS):
        keyword = keywords.get("param_decls")
        for declaration in literals([*call.args, keyword]):
            names.options.update(_spellings(declaration))
    elif any(each in function for each in COMMANDS):
        names.commands.update(literals([*call.args, keywords.get("name")]))
        made = [each.args[0] for each in call.args if isinstance(each, ast.Call) and each.args]
        names.commands.update(literals(made))  # such as add_command(MyOwn("name"))
        commands = keywords.get("commands")
        if isinstance(commands, ast.Dict):
            names.commands.update(literals(commands.keys))


def _spellings(declaration: str) -> Iterator[str]:
    """Split what click reads as the name of a flag and the name that switches it off."""
    separator = ";" if declaration[:1] == "/" else "/"
    for each in map(str.strip, declaration.split(separator)):
        if each[:1] == "-":
            yield each
