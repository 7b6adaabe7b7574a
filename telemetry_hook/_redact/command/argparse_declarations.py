"""argparse's declarations, read from syntax trees: parsers, their options, their subcommands.

Variables are followed through each function in the order of its statements. What is declared on a
parser that is not known, such as a function's argument, may belong to any.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from telemetry_hook._redact import origins
from telemetry_hook._redact.command.declarations import last_name, literals

if TYPE_CHECKING:
    from telemetry_hook._redact.command.declarations import Declarations
    from telemetry_hook._redact.published.public_files import PublicFile
    from telemetry_hook._report import PublicText

FLAGS = frozenset(
    {"store_true", "store_false", "store_const", "append_const", "count", "help", "version"}
)
TAKERS = frozenset({"store", "append", "extend"})
PARTIAL = frozenset({"parse_known_args", "parse_known_intermixed_args"})
GROUPS = frozenset({"add_argument_group", "add_mutually_exclusive_group"})


@dataclass(frozen=True)
class Option:
    """An option by the longest of its names; `takes` is how many values, None if that varies."""

    name: PublicText
    takes: int | None


@dataclass
class Commands:
    """What `add_subparsers` returns: the commands by name and alias, each by its published name."""

    by_name: dict[str, tuple[PublicText, Parser]] = field(default_factory=dict)


@dataclass
class Parser:
    """A parser's declarations."""

    options: dict[str, Option] = field(default_factory=dict)
    has_positional: bool = False
    subparsers: Commands | None = None

    @property
    def commands(self) -> dict[str, tuple[PublicText, Parser]] | None:
        """The commands below this one."""
        return None if self.subparsers is None else self.subparsers.by_name


@dataclass
class Grammar:
    """What a tool's parsers take, together; `loose` are options of parsers that are not known."""

    root: Parser
    loose: dict[str, Option]
    abbreviates: bool


@dataclass
class _Found:
    """What is collected from all modules."""

    roots: list[tuple[PublicFile, Parser]] = field(default_factory=list)
    loose: Parser = field(default_factory=Parser)
    loose_commands: Commands = field(default_factory=Commands)
    abbreviates: bool = True
    # Arguments of the tool's users may look like options without being any.
    is_open: bool = False


def read(declarations: Declarations) -> Grammar | None:
    """Return what the tool's modules declare; None where not one main parser is to be made out."""
    found = _Found()
    for file in declarations.modules():
        if any(each in file.text for each in ("add_argument", "add_parser", "ArgumentParser")):
            tree = declarations.tree(file)
            if tree is not None:
                _Reader(file, found).read(tree)
    roots = [parser for file, parser in found.roots if file is found.roots[0][0]]
    if len(roots) != 1:
        return None
    root = roots[0]
    if found.loose.has_positional:
        root.has_positional = True
    elif not found.is_open:
        # Only the main parser's commands can stand first, whatever else is declared.
        root.subparsers = root.subparsers or found.loose_commands
        root.subparsers.by_name = {**found.loose_commands.by_name, **root.subparsers.by_name}
    loose = {} if found.is_open else found.loose.options
    return Grammar(root, loose, found.abbreviates)


_Scope = dict[str, "Parser | Commands | None"]


class _Reader:
    def __init__(self, file: PublicFile, found: _Found) -> None:
        self._file = file
        self._found = found
        self._values: dict[ast.Call, Parser | Commands | None] = {}
        self._self: _Scope = {}

    def read(self, tree: ast.Module) -> None:
        self._body(tree.body, {})

    def _body(self, statements: list[ast.stmt], scope: _Scope) -> None:
        functions: list[ast.FunctionDef | ast.AsyncFunctionDef] = []
        for each in statements:
            if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef)):
                functions.append(each)
            elif isinstance(each, ast.ClassDef):
                self._self = {}
                self._body(each.body, dict(scope))
            else:
                self._statement(each, scope)
        for function in functions:  # after the variables around them
            arguments = function.args
            names = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
            self._body(function.body, {**scope, **dict.fromkeys(each.arg for each in names)})

    def _statement(self, statement: ast.stmt, scope: _Scope) -> None:
        for child in ast.iter_child_nodes(statement):
            if isinstance(child, ast.expr):
                self._calls(child, scope)
            elif isinstance(child, ast.withitem):
                self._calls(child.context_expr, scope)
        self._assign(statement, scope)
        for name in ("body", "orelse", "finalbody"):
            self._body(getattr(statement, name, []), scope)
        for name in ("handlers", "cases"):
            for each in getattr(statement, name, []):
                self._body(each.body, scope)

    def _assign(self, statement: ast.stmt, scope: _Scope) -> None:
        for target in _targets(statement):
            for node in ast.walk(target):
                if isinstance(node, ast.Name):
                    scope[node.id] = None
            value = self._value(getattr(statement, "value", None), scope)
            if isinstance(target, ast.Name):
                scope[target.id] = value
            elif isinstance(target, ast.Attribute):
                self._self[ast.unparse(target)] = value

    def _calls(self, node: ast.AST, scope: _Scope) -> None:
        """Evaluate the calls in an expression, the innermost first."""
        for child in ast.iter_child_nodes(node):
            self._calls(child, scope)
        if isinstance(node, ast.Call):
            self._values[node] = self._call(node, scope)

    def _value(self, node: ast.expr | None, scope: _Scope) -> Parser | Commands | None:
        if isinstance(node, ast.Call):
            return self._values.get(node)
        if isinstance(node, ast.Name):
            return scope.get(node.id)
        return self._self.get(ast.unparse(node)) if isinstance(node, ast.Attribute) else None

    def _call(self, call: ast.Call, scope: _Scope) -> Parser | Commands | None:
        name = last_name(call.func)
        on = self._value(call.func.value, scope) if isinstance(call.func, ast.Attribute) else None
        if name.endswith("ArgumentParser"):
            return self._parser(call)
        if name in PARTIAL:
            self._found.is_open = True
        elif name in GROUPS:
            return on
        elif name == "add_argument":
            self._argument(call, on if isinstance(on, Parser) else self._found.loose)
        elif name == "add_subparsers" and isinstance(on, Parser):
            on.subparsers = Commands()
            return on.subparsers
        elif name == "add_parser":
            return self._command(call, on if isinstance(on, Commands) else None)
        return None

    def _parser(self, call: ast.Call) -> Parser:
        keywords = {each.arg: ast.unparse(each.value) for each in call.keywords}
        if keywords.get("allow_abbrev", "True") != "True" or None in keywords:
            self._found.abbreviates = False
        if keywords.get("add_help", "True") != "True":
            return self._found.loose  # made to be the parent of others
        parser = Parser()
        self._found.roots.append((self._file, parser))
        return parser

    def _command(self, call: ast.Call, commands: Commands | None) -> Parser:
        parser = Parser()
        keywords = {each.arg: each.value for each in call.keywords}
        names = list(literals([*call.args[:1], keywords.get("name"), keywords.get("aliases")]))
        if names:
            name = origins.declared(self._file, names[0])
            place = self._found.loose_commands if commands is None else commands
            place.by_name.update(dict.fromkeys(names, (name, parser)))
        return parser

    def _argument(self, call: ast.Call, parser: Parser) -> None:
        keywords = {each.arg: each.value for each in call.keywords}
        names = [each for each in literals(call.args) if each[:1] == "-"]
        if not names:
            parser.has_positional = True
            count = keywords.get("nargs")
            # Whatever follows may be this argument's, dashes included.
            self._found.is_open |= None in keywords or (
                count is not None and ast.unparse(count) not in ("'*'", "'+'", "'?'", "1", "2")
            )
            return
        longest = origins.declared(self._file, max(names, key=len))
        takes = _takes(keywords)
        for name in names:
            known = parser.options.get(name)
            is_same = known is None or known.takes == takes
            parser.options[name] = Option(longest, takes if is_same else None)


def _targets(statement: ast.stmt) -> list[ast.expr]:
    if isinstance(statement, (ast.With, ast.AsyncWith)):
        return [each.optional_vars for each in statement.items if each.optional_vars is not None]
    if isinstance(statement, ast.Assign):
        return statement.targets
    is_single = isinstance(statement, (ast.AnnAssign, ast.AugAssign, ast.For, ast.AsyncFor))
    return [statement.target] if is_single else []  # type: ignore[attr-defined]


def _takes(keywords: dict[str | None, ast.expr]) -> int | None:
    action, count = keywords.get("action"), keywords.get("nargs")
    if None in keywords:
        return None
    if action is not None and last_name(action) == "BooleanOptionalAction":
        return 0
    kind = action.value if isinstance(action, ast.Constant) else "store" if action is None else None
    if kind in FLAGS:
        return 0
    if kind not in TAKERS or not (count is None or isinstance(count, ast.Constant)):
        return None
    number = 1 if count is None else count.value
    return number if type(number) is int else None
