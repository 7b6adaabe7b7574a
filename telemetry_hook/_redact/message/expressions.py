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

from telemetry_hook._redact.message import kinds, strings, tables
from telemetry_hook._redact.message.alternatives import selections, without_default
from telemetry_hook._redact.message.formats import percent
from telemetry_hook._redact.message.names import is_property
from telemetry_hook._redact.message.nodes import name_of, place_of, returns
from telemetry_hook._redact.message.scopes import START, Scope
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
    from collections.abc import Callable, Iterator, Mapping

    from telemetry_hook._redact.message.names import Names
    from telemetry_hook._redact.message.nodes import Place
    from telemetry_hook._redact.message.scopes import Binding
    from telemetry_hook._redact.message.templates import Template

MAX_WORK = 3_000
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

    def is_too_much(self) -> bool:
        """Count one more expression. Return whether it exceeds the limit."""
        self.left -= 1
        return self.left < 0


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
        if not self.budget.is_too_much() and read is not None and self.depth <= MAX_DEPTH:
            deeper = replace(self, depth=self.depth + 1)
            found = list(islice(read(deeper, node), MAX_ALTERNATIVES + 1))
        if 0 < len(found) <= MAX_ALTERNATIVES and found != [UNKNOWN]:
            return found
        return [(kinds.of(node, self.names),)]

    def template(self, node: ast.AST) -> Template:
        """Return the one template that covers all texts of an expression."""
        found = self.templates(node)
        return found[0] if len(found) == 1 else covering(found)

    def bound_to(self, binding: Binding) -> list[Template]:
        """Return the templates of a binding's value."""
        if isinstance(binding.value, ast.ExceptHandler):
            return [(CAUGHT,)]
        return [UNKNOWN] if binding.value is None else self.templates(binding.value)

    def _constant(self, node: ast.Constant) -> Iterator[Template]:
        value = node.value
        is_short = isinstance(value, int) and abs(value) <= sys.maxsize
        is_text = isinstance(value, str) or value is None or is_short
        text = str(value) if is_text else None
        yield (None if text is None or is_marked(text) else text,)

    def _fstring(self, node: ast.JoinedStr) -> Iterator[Template]:
        values = [value.value if _is_plain(value) else value for value in node.values]  # type: ignore[attr-defined]
        yield concatenated(map(self.template, values))

    def _conditional(self, node: ast.IfExp) -> Iterator[Template]:
        yield covering([self.template(node.body), self.template(node.orelse)])

    def _boolean(self, node: ast.BoolOp) -> Iterator[Template]:
        yield covering([self.template(value) for value in node.values])

    def _value(self, node: ast.NamedExpr | ast.Await) -> Iterator[Template]:
        yield from self.templates(node.value)

    def _operation(self, node: ast.BinOp) -> Iterator[Template]:
        if isinstance(node.op, ast.Add):
            end = self.template(node.right)
            yield from (concatenated([left, end]) for left in self.templates(node.left))
        elif isinstance(node.op, ast.Mod):
            right = node.right
            literal, names = self.names.literal(right)
            given: Mapping[Any, ast.expr] = {0: right}
            if isinstance(literal, (ast.Dict, ast.Tuple)):
                given = tables.entries(literal) or {}
            elif isinstance(literal, ast.Call) and name_of(literal.func) == "dict":
                given = {each.arg: each.value for each in literal.keywords if each.arg}
            else:
                names = self.names
            for text in self.templates(node.left):
                yield strings.filled(self.at(names), text, percent, given)
        else:
            yield UNKNOWN

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
            yield covering([self.template(text) for text in node.args[:2]])
        elif name in RETURN_TEXT and len(node.args) == 1 and not node.keywords:
            yield from self.templates(node.args[0])
        else:
            yield UNKNOWN

    def _called(self, node: ast.Call) -> Iterator[Template]:
        """Yield the templates of what the functions return that a call may run."""
        for function, home, is_method in self.names.callees(node.func):
            inside = self.names.binding(node, function, home, is_method=is_method)
            for statement in returns(function):
                if statement.value is not None:
                    yield from self.at(inside).templates(statement.value)

    def _got(self, function: ast.Attribute, node: ast.Call) -> Iterator[Template]:
        if node.args:
            yield from self._entry(function.value, node.args[0], node.args[1:])

    def _subscript(self, node: ast.Subscript) -> Iterator[Template]:
        inner = node.value
        if not isinstance(inner, ast.Attribute) or inner.attr != "args":
            yield from self._entry(inner, node.slice, [])
        elif self.names.is_self(inner.value):
            index = node.slice.value if isinstance(node.slice, ast.Constant) else None
            known = self.names.attributes.get(f"args[{index}]") if type(index) is int else None
            yield from known or [UNKNOWN]
        else:
            is_caught = self.templates(inner.value) == [(CAUGHT,)]
            yield (CAUGHT,) if is_caught else UNKNOWN

    def _entry(self, node: ast.expr, key: ast.expr, defaults: list[ast.expr]) -> Iterator[Template]:
        """Yield the templates of a table's entry. One covers all of them if a value chooses it."""
        entries = tables.entries(node) if isinstance(node, tables.TABLES) else None
        if entries is None:
            yield UNKNOWN
        elif isinstance(key, ast.Constant) and key.value in entries:
            yield from self.templates(entries[key.value])
        else:
            yield covering(list(map(self.template, (*entries.values(), *defaults))))

    def _name(self, node: ast.Name) -> Iterator[Template]:
        at = place_of(node)
        key = id(self.names.scope), node.id, at
        found = [] if key in self.expanding else self.names.values(node.id, at)
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
        elif node.attr == "__name__" and self.is_class_of_caught(inner):
            yield (CAUGHT_CLASS,)
        elif node.attr == "value" and isinstance(inner, ast.Attribute):
            yield from self._constant_of_class(inner)  # of an enumeration's member
        else:
            yield from self._constant_of_class(node)

    def _constant_of_class(self, node: ast.Attribute) -> Iterator[Template]:
        """Yield the templates of what a class of the module binds once: ``Texts.OPEN``."""
        module = self.names.of_module()
        name = node.value.id if isinstance(node.value, ast.Name) else ""
        is_shadowed = self.names.scope.has(name) and self.names.scope is not module.scope
        classes = [] if is_shadowed else module.scope.classes.get(name, [])
        is_changed = module.scope.assigns(node.attr)
        if not is_changed and len(classes) == len(module.scope.bindings.get(name, ())) == 1:
            inside = Scope.of(classes[0].body)
            values = inside.bindings.get(node.attr, [])
            if len(values) == 1 and isinstance(values[0].value, ast.expr):
                yield from self.at(replace(module, scope=inside)).templates(values[0].value)
                return
        yield UNKNOWN

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
        "get": _got,
        "join": strings.joined_by,
        "replace": strings.replaced,
    }
    _READERS: ClassVar[dict[type, Callable[[Reader, Any], Iterator[Template]]]] = {
        ast.Attribute: _attribute,
        ast.Await: _value,
        ast.BinOp: _operation,
        ast.BoolOp: _boolean,
        ast.Call: _call,
        ast.Constant: _constant,
        ast.IfExp: _conditional,
        ast.JoinedStr: _fstring,
        ast.Name: _name,
        ast.NamedExpr: _value,
        ast.Subscript: _subscript,
    }


def _is_plain(node: ast.expr) -> bool:
    """Return whether a part of an f-string inserts a value as it is: ``{x}``, ``{x!s}``."""
    if not isinstance(node, ast.FormattedValue):
        return False
    return node.conversion in (-1, ord("s")) and node.format_spec is None
