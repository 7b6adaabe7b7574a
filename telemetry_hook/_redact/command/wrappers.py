"""Finds the tool's own functions that hand their arguments on to a function that declares options.

``def flag(p, *names): p.add_argument(*names, action="store_true")`` → ``flag(p, "--json")`` declares one.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from telemetry_hook._redact.message.nodes import FUNCTIONS, end_of, place_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from telemetry_hook._redact.message.nodes import Function


class Wrapper:
    """A function of the tool with a call that declares options, which gets the function's names."""

    def __init__(self, call: ast.Call, *, hands_on: bool) -> None:
        self._call = call
        self._hands_on = hands_on

    def is_made_by(self, call: ast.Call) -> bool:
        """Return whether this is the call in the wrapper, which itself declares nothing."""
        return call is self._call

    def keywords(self, call: ast.Call) -> dict[str | None, ast.expr]:
        """Return the keywords that the declaring function gets, if the wrapper is called so."""
        fixed = {keyword.arg: keyword.value for keyword in self._call.keywords}
        if self._hands_on:
            fixed.pop(None, None)
            fixed |= {keyword.arg: keyword.value for keyword in call.keywords}
        return fixed


def wrappers(nodes: Iterable[ast.AST], declaring: str) -> dict[str, Wrapper]:
    """Return the functions in a module that wrap a function whose name contains `declaring`.

    `nodes` are the module's functions and calls.
    """
    functions: list[Function] = []
    calls = []
    for node in nodes:
        if isinstance(node, FUNCTIONS):
            functions.append(node)
        elif isinstance(node, ast.Call) and declaring in (_name(node.func) or "").lower():
            calls.append(node)
    found: dict[str, Wrapper] = {}
    for function in functions:
        for call in calls:
            is_inside = place_of(function) <= place_of(call) <= end_of(function)
            if is_inside and _gets_names(call, function):
                others = function.args.kwarg
                hands_on = others is not None and any(
                    keyword.arg is None and _name(keyword.value) == others.arg
                    for keyword in call.keywords
                )
                found[function.name] = Wrapper(call, hands_on=hands_on)
    return found


def _gets_names(call: ast.Call, function: Function) -> bool:
    parameters = {*_parameters(function.args)}
    return any(_name(argument) in parameters for argument in call.args)


def _parameters(arguments: ast.arguments) -> Iterator[str]:
    for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        yield argument.arg
    if arguments.vararg is not None:
        yield arguments.vararg.arg


def _name(node: ast.expr) -> str | None:
    """Return a name, that of an attribute, or what is unpacked: ``*names`` → ``names``."""
    if isinstance(node, ast.Starred):
        node = node.value
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else None
