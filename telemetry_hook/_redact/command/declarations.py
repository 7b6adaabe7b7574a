"""Commands and options that the tool's own published modules declare by literals.

A name is valid only where it is declared: in a decorator or the signature of the command's own
function, or in another call, such as ``add_command(up, "up")``. A string anywhere else in a module
declares nothing.
"""

from __future__ import annotations

import ast
import os
import sys
from functools import cached_property
from typing import TYPE_CHECKING

from telemetry_hook._crash import guarded
from telemetry_hook._redact.command.wrappers import wrappers
from telemetry_hook._redact.published import syntax

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from telemetry_hook._redact.published.public_files import PublicFile, PublicFiles

MAX_MODULES = 100
MAX_PARSED = 256 * 1024

COMMANDS = ("command", "group", "typer")
OPTIONS = ("option",)
READ = (ast.Call, ast.Assign, ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef)


class Names:
    """Names of commands and of options that are declared in one place."""

    def __init__(self) -> None:
        self.commands: set[str] = set()
        self.options: set[str] = set()


class FileNames:
    """The names that a file declares: with each function (by its name and first line), and elsewhere."""

    def __init__(self) -> None:
        self.of_functions: dict[tuple[str, int], Names] = {}
        self.elsewhere = Names()


class Declarations:
    """The tool's own modules: first those with a frame in the traceback, then the others that are loaded."""

    def __init__(self, files: PublicFiles, package: str, paths: Iterable[str]) -> None:
        self._files = files
        self._package = package
        self._paths = list(paths)
        self._trees: dict[PublicFile, ast.Module | None] = {}
        self._nodes: dict[PublicFile, tuple[ast.AST, ...]] = {}
        self._names: dict[PublicFile, FileNames] = {}
        self._parsed = 0

    def modules(self) -> Iterator[PublicFile]:
        """Yield the public files of the tool's own modules."""
        seen: dict[str, None] = {}
        for path in [*self._paths, *self._loaded()]:
            if path in seen or len(seen) == MAX_MODULES:
                continue
            seen[path] = None
            if (file := self._files.find(path)) is not None and file.is_own:
                yield file

    def tree(self, file: PublicFile) -> ast.Module | None:
        """Return a file's syntax tree, or None if it has none or if `MAX_PARSED` is reached."""
        if file not in self._trees:
            self._trees[file] = None
            if self._parsed + len(file.content) <= MAX_PARSED:
                self._parsed += len(file.content)
                self._trees[file] = syntax.tree(file)
        return self._trees[file]

    def nodes(self, file: PublicFile) -> tuple[ast.AST, ...]:
        """Return the calls, assignments, imports and functions of a file, outer ones first."""
        if file not in self._nodes:
            tree = self.tree(file)
            nodes = () if tree is None else ast.walk(tree)
            self._nodes[file] = tuple(node for node in nodes if isinstance(node, READ))
        return self._nodes[file]

    def names(self, file: PublicFile) -> FileNames:
        """Return the names of commands and options that a file declares for click or Typer."""
        if file not in self._names:
            self._names[file] = names = FileNames()
            tree = self.tree(file)
            if tree is not None:
                _collect(tree, names)
        return self._names[file]

    @cached_property
    def wrappers(self) -> frozenset[str]:
        """The names of the tool's own functions that hand names on to click's or Typer's `option`."""
        return frozenset(
            name
            for file in self.modules()
            if "option(" in file.text or "Option(" in file.text
            for name in wrappers(self.nodes(file), "option")
        )

    def wrapped(self, file: PublicFile) -> Iterator[str]:
        """Yield the names of options that a file declares by calling one of the wrappers."""
        has_some = any(name in file.text for name in self.wrappers)
        for call in self.nodes(file) if has_some else ():
            if isinstance(call, ast.Call) and last_name(call.func) in self.wrappers:
                for declaration in literals(call.args):
                    yield from _spellings(declaration)

    def _loaded(self) -> Iterator[str]:
        prefix = f"{self._package}."
        for name, module in list(sys.modules.items()):
            if type(name) is str and (name == self._package or name.startswith(prefix)):
                path = guarded.module_file(module) or ""
                if path.endswith((".so", ".pyd")):  # compiled from the source beside it
                    directory, file = os.path.split(path)
                    path = os.path.join(directory, f"{file.partition('.')[0]}.py")
                if path.endswith(".py"):
                    yield path


def literals(nodes: Iterable[ast.expr | None]) -> Iterator[str]:
    """Yield the string literals in some expressions, also those inside lists and tuples."""
    for node in nodes:
        if isinstance(node, ast.Constant) and type(node.value) is str:
            yield node.value
        elif isinstance(node, (ast.List, ast.Tuple)):
            yield from literals(node.elts)


def last_name(node: ast.expr) -> str:
    """Return the last part of a dotted name, or '' for any other expression."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _collect(tree: ast.Module, declared: FileNames) -> None:
    waiting: list[tuple[ast.AST, Names]] = [(tree, declared.elsewhere)]
    while waiting:
        node, names = waiting.pop()
        if isinstance(node, ast.Call):
            _add(node, names)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            own = declared.of_functions.setdefault((node.name, first), Names())
            waiting += [(child, own) for child in (*node.decorator_list, node.args)]
            waiting += [(child, declared.elsewhere) for child in node.body]
        else:
            waiting += [(child, names) for child in ast.iter_child_nodes(node)]


def _add(call: ast.Call, names: Names) -> None:
    function = last_name(call.func).lower()
    keywords = {keyword.arg: keyword.value for keyword in call.keywords}
    if any(word in function for word in OPTIONS):
        for declaration in literals([*call.args, keywords.get("param_decls")]):
            names.options.update(_spellings(declaration))
    elif any(word in function for word in COMMANDS):
        names.commands.update(literals([*call.args, keywords.get("name")]))
        made = [made.args[0] for made in call.args if isinstance(made, ast.Call) and made.args]
        names.commands.update(literals(made))  # such as add_command(MyOwn("name"))
        commands = keywords.get("commands")
        if isinstance(commands, ast.Dict):
            names.commands.update(literals(commands.keys))


def _spellings(declaration: str) -> Iterator[str]:
    """Yield the name of a flag and the name that switches it off: both of ``--cache/--no-cache``."""
    separator = ";" if declaration[:1] == "/" else "/"
    for spelling in map(str.strip, declaration.split(separator)):
        if spelling[:1] == "-":
            yield spelling
