"""Finds the templates of an expression in published source: all texts that it may produce.

``"cannot read " + path`` → ``cannot read <…>``

The templates of an expression are complete: whatever text it produces matches one of them. Several
templates are returned only where different statements make the text. A text that a
value chooses, such as an entry of a table, is covered by one template: ``{"a": "no key", "b": "no
lock"}[x]`` → ``no <…>``. What is inserted into another text is too.
"""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar

from telemetry_hook._redact.message import branches, certain, choices, kinds, strings
from telemetry_hook._redact.message.alternatives import selections, without_default
from telemetry_hook._redact.message.bindings import START
from telemetry_hook._redact.message.names import is_property
from telemetry_hook._redact.message.nodes import name_of, place_of, returns
from telemetry_hook._redact.message.representations import literal, shown
from telemetry_hook._redact.message.templates import (
    CAUGHT,
    CAUGHT_CLASS,
    UNKNOWN,
    concatenated,
    covering,
    is_marked,
    plain,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from telemetry_hook._redact.message.bindings import Binding
    from telemetry_hook._redact.message.names import Names
    from telemetry_hook._redact.message.nodes import Function, Place
    from telemetry_hook._redact.message.templates import Template

MAX_WORK = 3_000
# What the raising statement's own expressions may take beyond that, where what its names stand for
# has taken it all.
MAX_OWN_WORK = 500
MAX_DEPTH = 24
MAX_ALTERNATIVES = 48
MAX_PARTS = 200

# Functions that return their first argument as text, maybe translated or with other white space.
RETURN_TEXT = frozenset(
    {"_", "cleandoc", "dedent", "gettext", "gettext_lazy", "str", "ugettext", "ugettext_lazy"}
)
PLURALS = frozenset({"ngettext", "ungettext"})  # return one of their first two arguments


class Budget:
    """Counts the expressions that are read for a message, and limits their number."""

    def __init__(self) -> None:
        self.left = MAX_WORK

    def is_too_much(self, *, is_own: bool = False) -> bool:
        """Count one more expression. Return whether it exceeds the limit.

        `is_own`: the expression is in the raising statement, and is not what a name stands for.
        """
        is_too_much = self.left <= (-MAX_OWN_WORK if is_own else 0)
        self.left -= not is_too_much
        return is_too_much


@dataclass
class Reader:
    """Reads expressions at one place in the source, where names have the values of `names`.

    `expanding` are the names whose values are being read now, with their scopes and places.
    """

    names: Names
    budget: Budget = field(default_factory=Budget)
    expanding: frozenset[tuple[int, str, Place]] = frozenset()
    depth: int = 0

    def at(self, names: Names) -> Reader:
        """Return a reader at another place, within the same limits."""
        return replace(self, names=names)

    def templates(self, node: ast.AST) -> list[Template]:
        """Return an expression's templates, not folded: ``f"no {x}"`` → ``[("no ", None)]``."""
        read = self._READERS.get(type(node))
        found: list[Template] = []
        is_too_much = self.budget.is_too_much(is_own=not self.expanding)
        if not is_too_much and read is not None and self.depth <= MAX_DEPTH:
            deeper = replace(self, depth=self.depth + 1)
            found = list(islice(read(deeper, node), MAX_ALTERNATIVES + 1))
        if 0 < len(found) <= MAX_ALTERNATIVES and found != [UNKNOWN]:
            return found
        return [(kinds.of(node, self.names),)]

    def template(self, node: ast.AST) -> Template:
        """Return the one template that covers all texts of an expression."""
        found = self.templates(node)
        return found[0] if len(found) == 1 else covering(found)

    def holds(self, test: ast.expr) -> bool | None:
        """Return the result of a test, or None if a value decides it."""
        deeper = replace(self, depth=self.depth + 1)
        return None if self.depth > MAX_DEPTH else certain.truth(deeper, test)

    def returned(self, function: Function) -> list[ast.expr]:
        """Return what a function may return, read by a reader of the names in it."""
        tests = branches.of_function(function)
        return [
            statement.value
            for statement in returns(function)
            if statement.value is not None
            and branches.may_run(tests.get(id(statement), ()), self.holds)
        ]

    def bound_to(self, binding: Binding) -> list[Template]:
        """Return the templates of a binding's value."""
        if isinstance(binding.value, ast.ExceptHandler):
            return [(CAUGHT,)]
        return [UNKNOWN] if binding.value is None else self.kept(binding.value)

    def kept(self, value: ast.expr) -> list[Template]:
        """Return the templates of a value at a later time."""
        return [UNKNOWN] if certain.is_open(value) else self.templates(value)

    def _constant(self, node: ast.Constant) -> Iterator[Template]:
        value = node.value
        is_short = isinstance(value, int) and abs(value) <= sys.maxsize
        is_text = isinstance(value, str) or value is None or is_short
        text = str(value) if is_text else None
        yield (None if text is None or is_marked(text) else text,)

    def _value(self, node: ast.NamedExpr | ast.Await) -> Iterator[Template]:
        yield from self.templates(node.value)

    def _call(self, node: ast.Call) -> Iterator[Template]:
        name = name_of(node.func)
        if isinstance(node.func, ast.Attribute) and name in self._METHODS:
            yield from self._METHODS[name](self, node.func, node)
            return
        if name == "__str__":
            yield from self.names.attributes.get("super().__str__()", [UNKNOWN])
        elif self.names.callees(node.func):
            yield from self._called(node)
        elif name in PLURALS and len(node.args) > 1:
            yield from choices.plural(self, node)
        elif name == "repr" and len(node.args) == 1:
            yield shown(self, node.args[0])
        elif name in RETURN_TEXT and len(node.args) == 1 and not node.keywords:
            yield from self.templates(node.args[0])
        else:
            yield UNKNOWN

    def _called(self, node: ast.Call) -> Iterator[Template]:
        """Yield the templates of what the functions return that a call may run."""
        for function, home, is_method in self.names.callees(node.func):
            inside = self.names.binding(node, function, home, is_method=is_method)
            reader = self.at(inside)
            for value in reader.returned(function):
                yield from reader.templates(value)

    def _name(self, node: ast.Name) -> Iterator[Template]:
        at = place_of(node)
        key = id(self.names.scope), node.id, at
        found = [] if key in self.expanding else self.names.values(node.id, at, self.holds)
        inner = replace(self, expanding=self.expanding | {key})
        known = [(start, inner.value_at(at, start, names)) for start, names in found]
        steps = [(binding, texts) for binding, texts in known if binding.is_added]
        starts = [(binding, texts) for binding, texts in known if not binding.is_added]
        if any(binding.is_default for binding, _ in starts):
            starts = without_default(starts)
        for start, texts in starts:
            following = [step for step in steps if step[0].at > start.at or step[0].is_repeated]
            for chosen in selections([step for step, _ in following], at):
                added = [
                    UNKNOWN if step.is_repeated else covering(texts_)
                    for step, texts_ in following
                    if step in chosen
                ]
                yield from (concatenated([text, *added]) for text in texts)

    def value_at(self, at: Place, binding: Binding, names: Names) -> list[Template]:
        """Return the templates of a name's value at a place.

        The message of a handled exception is known only where no other exception is handled.
        """
        texts = self.at(names).bound_to(binding)
        scope = self.names.scope
        before = binding.at if names is self.names else START
        if isinstance(binding.value, ast.ExceptHandler):
            before = place_of(binding.value)
        return texts if scope.handler(before) == scope.handler(at) else list(map(plain, texts))

    def _attribute(self, node: ast.Attribute) -> Iterator[Template]:
        inner = node.value
        if self.names.is_self(inner):
            method = self.names.methods.get(node.attr)
            if method is not None and is_property(method.function):
                yield from self._called(ast.Call(node, [], []))
            else:
                yield from self.names.attributes.get(node.attr, [UNKNOWN])
        elif node.attr == "__name__" and self.names.is_own_class(inner):
            yield (self.names.own_class,)
        elif node.attr == "__name__" and self.is_class_of_caught(inner):
            yield (CAUGHT_CLASS,)
        elif node.attr == "value" and isinstance(inner, ast.Attribute):
            yield from self._constant_of_class(inner)  # of an enumeration's member
        else:
            yield from self._constant_of_class(node)

    def _constant_of_class(self, node: ast.Attribute) -> Iterator[Template]:
        """Yield the templates of what a class of the module binds once: ``Texts.OPEN``."""
        given = self.names.of_class(node)
        yield from [UNKNOWN] if given is None else self.at(given.names).templates(given.value)

    def is_class_of_caught(self, node: ast.expr) -> bool:
        """Return whether an expression is the class of the handled exception: ``type(error)``."""
        if isinstance(node, ast.Call) and name_of(node.func) == "type" and len(node.args) == 1:
            return self.templates(node.args[0]) == [(CAUGHT,)]
        if isinstance(node, ast.Attribute) and node.attr == "__class__":
            return self.templates(node.value) == [(CAUGHT,)]
        return False

    _METHODS: ClassVar[
        dict[str, Callable[[Reader, ast.Attribute, ast.Call], Iterator[Template]]]
    ] = {
        **dict.fromkeys(
            ("format", "format_map", "safe_substitute", "substitute"), strings.formatted
        ),
        **dict.fromkeys(("expandtabs", "lstrip", "rstrip", "strip"), strings.same),
        "get": choices.got,
        **dict.fromkeys(("capitalize", "casefold", "lower", "upper"), strings.cased),
        "fill": strings.wrapped,
        "indent": strings.indented,
        "join": strings.joined_by,
        "shorten": strings.shortened,
        "replace": strings.replaced,
    }
    _READERS: ClassVar[dict[type, Callable[[Reader, Any], Iterator[Template]]]] = {
        ast.Attribute: _attribute,
        ast.Await: _value,
        ast.BinOp: strings.operation,
        ast.BoolOp: choices.either,
        ast.Call: _call,
        ast.Constant: _constant,
        ast.Dict: literal,
        ast.IfExp: choices.conditional,
        ast.JoinedStr: strings.joined_parts,
        ast.List: literal,
        ast.Name: _name,
        ast.NamedExpr: _value,
        ast.Set: literal,
        ast.Subscript: choices.subscript,
        ast.Tuple: literal,
    }
