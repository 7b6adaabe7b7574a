"""Reads the command line of a tool that uses argparse or optparse, with the literals in its source.

When a tool crashes, its parser no longer exists. So the declarations in calls of `add_parser` and
`add_argument` are collected from the source, without following the program's flow; also those that
a function of the tool hands on to `add_argument`. Then the arguments are read.

An argument that begins with a dash is an option and no value, except after ``--`` or where an
argument takes all the rest. So after a value, options can still be told, but no command: the value
may have its name.

``up --create-db x`` → path ``up``, options ``--create-db``
"""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING, NamedTuple

from telemetry_hook._redact import origins
from telemetry_hook._redact.command.declarations import last_name, literals
from telemetry_hook._redact.command.own_options import OwnOptions
from telemetry_hook._redact.command.wrappers import Wrapper, wrappers
from telemetry_hook._report import Command

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from telemetry_hook._redact.command.declarations import Declarations
    from telemetry_hook._redact.published.public_files import PublicFile
    from telemetry_hook._report import PublicText

FLAGS = ("store_true", "store_false", "store_const", "append_const", "count", "help", "version")
TAKERS = ("store", "append", "extend")
PARSERS = ("ArgumentParser", "OptionParser")
ADDING = ("add_argument", "add_option")
DECLARING = ("add_parser", *ADDING, *PARSERS)
# With these, arguments that look like options may be values.
PARTIAL = ("parse_known_args", "parse_known_intermixed_args", "disable_interspersed_args")
METHODS = ("add_parser", "add_subparsers", *ADDING, *PARTIAL)
# How a source writes a value of `nargs` that stands for all that follows.
REST = ("REMAINDER", "'...'", '"..."', "'A...'", '"A..."')
# Values of `nargs` after which the next argument may still be an option.
CLOSED = ("'*'", "'+'", "'?'", "1", "2")

# Identifies a parser by its file and variable. Two parsers in one variable are treated as one.
Variable = tuple["PublicFile", str]


class Option(NamedTuple):
    """An option under its longest name. `takes` is its number of values, or None if that varies.

    `may_take_all`: all that follows may be its values, whatever it looks like.
    """

    name: PublicText
    takes: int | None
    may_take_all: bool


class Declared:
    """All declarations in a tool's modules. If `is_open`, other arguments may look like options.

    `has_rest`: somewhere in the source, `nargs` may stand for all that follows.
    """

    def __init__(self) -> None:
        self.roots: list[Variable] = []
        self.helpless: list[Variable] = []
        # Other names of classes of parsers, and of methods that declare an option.
        self.aliases: dict[Variable, str] = {}
        self.parsers: set[Variable] = set()
        self.commands: dict[str, tuple[PublicText, Variable]] = {}
        self.options: dict[str, Option] = {}
        self.positional: set[Variable] = set()
        self.subparsers: set[Variable] = set()
        self.wrappers: dict[str, Wrapper] = {}
        self.is_open = False
        self.has_rest = False


def given(declarations: Declarations, arguments: Sequence[str]) -> Command | None:
    """Return the commands and options in the arguments, or None if no main parser can be found."""
    if "argparse" not in sys.modules and "optparse" not in sys.modules:
        return None
    declared = Declared()
    modules = [*declarations.modules()]
    declared.has_rest = any(word in file.text for file in modules for word in REST)
    declaring = [file for file in modules if any(word in file.text for word in DECLARING)]
    for file in declaring:
        for adding in ADDING:
            declared.wrappers |= wrappers(declarations.nodes(file), adding)
    wrapping = [
        file
        for file in modules
        if file not in declaring and any(name in file.text for name in declared.wrappers)
    ]
    for file in (*declaring, *wrapping):
        nodes = declarations.nodes(file)
        declared.aliases |= _aliases(file, nodes)
        for node in nodes:
            _collect(file, node, declared)
    # A parser without help is meant to be the parent of other parsers, if there are others.
    found = declared.roots or declared.helpless
    roots = [root for root in found if root[0] is found[0][0]]
    own_options = OwnOptions(declarations)

    def other(spelling: str) -> Option | None:
        """Return an option that is declared in another way, such as in a table of the tool's."""
        if declared.is_open or any(name.startswith(spelling) for name in declared.options):
            return None
        name = own_options.declared(spelling)
        return None if name is None else Option(name, None, declared.has_rest)

    return _read(declared, roots[0], list(arguments), other) if len(roots) == 1 else None


def _aliases(file: PublicFile, nodes: Iterable[ast.AST]) -> dict[Variable, str]:
    """Return the names that a file gives to parsers' classes, and to methods that declare an option.

    ``from argparse import ArgumentParser as P``; ``add = parser.add_argument``
    """
    found: dict[Variable, str] = {}
    for node in nodes:
        if isinstance(node, ast.ImportFrom):
            found |= {
                (file, name.asname): name.name
                for name in node.names
                if name.asname is not None and name.name in PARSERS
            }
        elif isinstance(node, ast.Assign) and last_name(node.value) in (*PARSERS, *ADDING):
            found |= {(file, ast.unparse(to)): last_name(node.value) for to in node.targets}
    return found


def _collect(file: PublicFile, node: ast.AST, declared: Declared) -> None:
    target = ""
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
        target, node = ast.unparse(node.targets[0]), node.value
    if not isinstance(node, ast.Call):
        return
    name, variable = last_name(node.func), (file, target)
    if declared.aliases:
        name = declared.aliases.get((file, ast.unparse(node.func)), name)
    keywords = {keyword.arg: keyword.value for keyword in node.keywords}
    declared.is_open |= "prefix_chars" in keywords  # what begins with a dash may be a value
    if not (name.endswith(PARSERS) or name in METHODS or name in declared.wrappers):
        return
    on = file, ast.unparse(node.func.value) if isinstance(node.func, ast.Attribute) else ""
    if name.endswith(PARSERS) and target:
        has_help = ast.unparse(keywords.get("add_help", ast.Constant(value=True))) == "True"
        (declared.roots if has_help else declared.helpless).append(variable)
        declared.parsers.add(variable)
    elif name == "add_parser":
        _command(variable, node, declared)
    elif name == "add_subparsers":
        declared.subparsers.add(on)
    elif name in ADDING or name in declared.wrappers:
        _argument(on, node, declared)
    elif name in PARTIAL:
        declared.is_open = True


def _command(variable: Variable, call: ast.Call, declared: Declared) -> None:
    keywords = {keyword.arg: keyword.value for keyword in call.keywords}
    names = list(literals([*call.args[:1], keywords.get("name"), keywords.get("aliases")]))
    file, target = variable
    if target:
        declared.parsers.add(variable)
    for spelling in names:
        # `ast.walk` visits an assignment, and later the call in it again, without the target.
        if target or spelling not in declared.commands:
            declared.commands[spelling] = origins.declared(file, names[0]), variable


def _argument(on: Variable, call: ast.Call, declared: Declared) -> None:
    if any(wrapper.is_made_by(call) for wrapper in declared.wrappers.values()):
        return
    wrapper = declared.wrappers.get(last_name(call.func)) or Wrapper(call, hands_on=True)
    keywords = wrapper.keywords(call)
    names = [text for text in literals(call.args) if text[:1] == "-"]
    may_take_all = declared.has_rest if None in keywords else _may_take_all(keywords)
    if not names:
        declared.positional.add(on)
        declared.is_open |= may_take_all
        return
    longest = origins.declared(on[0], max(names, key=len))
    takes = _takes(keywords)
    for name in names:
        known = declared.options.get(name) or Option(longest, takes, may_take_all)
        declared.options[name] = Option(
            longest,
            takes if known.takes == takes else None,
            known.may_take_all or may_take_all,
        )


def _may_take_all(keywords: dict[str | None, ast.expr]) -> bool:
    """Return whether all following arguments may be values, even if they begin with a dash."""
    count, action = keywords.get("nargs"), keywords.get("action")
    if count is not None and ast.unparse(count) not in CLOSED:
        return type(getattr(count, "value", None)) is not int
    return not (
        action is None
        or last_name(action) == "BooleanOptionalAction"
        or getattr(action, "value", None) in (*FLAGS, *TAKERS)
    )


def _takes(keywords: dict[str | None, ast.expr]) -> int | None:
    """Return how many values an option takes, or None if that varies or is not known."""
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


def _read(
    declared: Declared,
    root: Variable,
    arguments: list[str],
    other: Callable[[str], Option | None],
) -> Command:
    path: list[PublicText] = []
    options: dict[PublicText, None] = {}
    parser = root
    is_sure = True  # no argument so far may have been a value, or a command that is not known
    is_complete = True  # each argument that may be an option is known
    while arguments:
        argument = arguments.pop(0)
        if argument[:1] != "-" or argument == "-":
            if is_sure and argument in declared.commands and _has_commands(declared, parser, root):
                name, parser = declared.commands[argument]
                path.append(name)
                continue
            is_sure = False
            if declared.is_open:
                is_complete = not arguments
                break
            continue
        if argument == "--":
            break
        spelling, equals, _ = argument.partition("=")
        # After a command, arguments for the user's own program may look like options.
        known = None if declared.is_open and path else _option(declared, spelling)
        option = known or other(spelling)
        if option is None or (equals and (option.takes == 0 or argument[:2] != "--")):
            is_sure = is_complete = False
            if declared.is_open:
                break
            continue
        options[option.name] = None
        if equals:
            continue
        values = arguments[: option.takes or 0]
        del arguments[: option.takes or 0]
        is_sure &= option.takes is not None
        # An argument that begins with a dash may be an option and not a value.
        if option.may_take_all or any(value[:1] == "-" for value in values):
            is_sure, is_complete = False, not arguments
            break
    is_path_known = path or is_sure or not (declared.commands or declared.subparsers)
    return Command(
        None,
        tuple(path) if is_path_known else None,
        tuple(options) if options or is_complete else None,
    )


def _has_commands(declared: Declared, parser: Variable, root: Variable) -> bool:
    """Return whether the next argument of a parser must be a command, as it takes nothing else.

    If no parser is assigned to a variable in the source, for example to a function's parameter, the
    variable may be any parser.
    """
    unknown = (declared.positional | declared.subparsers) - declared.parsers
    if parser in declared.positional or unknown & declared.positional:
        return False
    is_below = parser in declared.subparsers
    return is_below or (parser == root and bool(unknown or declared.subparsers))


def _option(declared: Declared, spelling: str) -> Option | None:
    """Return the option with this exact name, or None if the name may abbreviate another option.

    The parser of another command may have only the other option.
    """
    others = (name for name in declared.options if name != spelling)
    is_ambiguous = (
        bool(declared.commands or declared.subparsers)
        and spelling[:2] == "--"
        and any(name.startswith(spelling) for name in others)
    )
    return None if is_ambiguous else declared.options.get(spelling)
