"""Finds the templates of an expression in published source: all texts that it may produce.

``"cannot read " + path`` → ``cannot read <…>``

The templates of an expression are complete: whatever text it produces matches one of them. Several
templates are returned only where different statements make the text. A text that a
value chooses, such as an entry of a table, is covered by one template: ``{"a": "no key", "b": "no
lock"}[x]`` → ``no <…>``. What is inserted into another text is too.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field, replace
from itertools import combinations, count, islice
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from telemetry_hook._redact.message import tables
from telemetry_hook._redact.message.formats import braces, dollars, percent
from telemetry_hook._redact.message.scopes import (
    START,
    Binding,
    Budget,
    Scope,
    name_of,
    place_of,
    returns,
)
from telemetry_hook._redact.message.templates import (
    CAUGHT,
    CAUGHT_CLASS,
    HOLES,
    UNKNOWN,
    covering,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from telemetry_hook._redact.message.formats import FormatPart
    from telemetry_hook._redact.message.scopes import Function, Place
    from telemetry_hook._redact.message.templates import Template

MAX_DEPTH = 24
MAX_ALTERNATIVES = 48
MAX_PARTS = 200

# Functions that return their first argument as text, maybe translated or with other white space.
RETURN_TEXT = frozenset(
    {"_", "cleandoc", "dedent", "gettext", "gettext_lazy", "str", "ugettext", "ugettext_lazy"}
)
# Attributes of an exception that may hold its message.
MESSAGES = frozenset({"args", "detail", "message", "msg", "reason"})
# Decorators that leave the result of a function as it is.
KEEP_RESULT = frozenset(
    {"cache", "classmethod", "lru_cache", "override", "property", "staticmethod"}
)


class Given(NamedTuple):
    """A parameter's value: an expression in the caller, and the reader of the caller."""

    value: ast.expr
    reader: Reader


@dataclass
class Reader:
    """Reads expressions. Names are looked up in `scope`, then in the module's scope, `around`.

    `bound` has what a caller gives for parameters; None, or no entry, means unknown. `attributes`
    has the templates of attributes of the first parameter, `self`. `closed` are the names of
    variables of enclosing functions, which are unknown.
    """

    scope: Scope
    around: Callable[[], Scope | None]
    bound: Mapping[str, Given | None] = field(default_factory=dict)
    attributes: Mapping[str, list[Template]] = field(default_factory=dict)
    closed: frozenset[str] = frozenset()
    budget: Budget = field(default_factory=Budget)
    expanding: frozenset[str] = frozenset()
    depth: int = 0

    def templates(self, node: ast.AST) -> list[Template]:
        """Return an expression's templates, not folded: ``f"no {x}"`` → ``[("no ", None)]``."""
        read = self._READERS.get(type(node))
        if self.budget.is_too_much() or read is None or self.depth > MAX_DEPTH:
            return [UNKNOWN]
        found = list(islice(read(replace(self, depth=self.depth + 1), node), MAX_ALTERNATIVES + 1))
        return found if 0 < len(found) <= MAX_ALTERNATIVES else [UNKNOWN]

    def template(self, node: ast.AST) -> Template:
        """Return the one template that covers all texts of an expression."""
        found = self.templates(node)
        return found[0] if len(found) == 1 else covering(found)

    def binding(
        self, call: ast.Call, function: Function, home: Reader, *, is_method: bool
    ) -> Reader:
        """Return a reader of a function, whose parameters have what a call gives them.

        `home` reads the module that defines the function.
        """
        arguments = function.args
        positional = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)]
        bound: dict[str, Given | None] = {}
        if not any(keyword.arg is None for keyword in call.keywords):
            bound |= {name: Given(value, home) for name, value in defaults(arguments)}
        if any(isinstance(given, ast.Starred) for given in call.args):
            bound |= dict.fromkeys(positional)
        else:
            given = zip(positional[is_method:], call.args, strict=False)
            bound |= {name: Given(value, self) for name, value in given}
        named = ((keyword.arg, keyword.value) for keyword in call.keywords)
        bound |= {name: Given(value, self) for name, value in named if name is not None}
        rest = filter(None, (arguments.vararg, arguments.kwarg))
        bound |= dict.fromkeys(argument.arg for argument in rest)
        return replace(
            home,
            scope=Scope.of(function.body, arguments),
            bound=bound,
            attributes=self.attributes if is_method else {},
            depth=self.depth + 1,
            expanding=self.expanding,
        )

    def of_module(self) -> Reader:
        """Return a reader of the module's own statements."""
        scope = self.around() or Scope()
        return replace(self, scope=scope, bound={}, attributes={}, closed=frozenset())

    def functions(self, called: ast.expr) -> tuple[list[Function], bool]:
        """Return the functions of this file that a call may run, and whether they are methods.

        The list is empty if another function may be called.
        """
        name, module = name_of(called), self.around() or Scope()
        if isinstance(called, ast.Name):
            scope = self.scope if self.scope.has(name) else module
            found = scope.functions.get(name, [])
            is_complete = len(scope.bindings.get(name, ())) == len(found)
            found = found if is_complete and name not in self.closed else []
        elif isinstance(called, ast.Attribute) and self._is_self(called.value):
            found = module.methods.get(name, [])
        else:
            found = []
        is_kept = all(_keeps_result(function) for function in found)
        is_method = isinstance(called, ast.Attribute) and not any(map(_is_static, found))
        return (found if is_kept else []), is_method

    def values(self, name: str, at: Place) -> list[tuple[Binding, Reader]] | None:
        """Return all values that a name may have at a place, each with its reader; None if unknown."""
        if name in self.expanding or name in self.closed:
            return None
        expanding = self.expanding | {name}
        if not self.scope.has(name):
            module = replace(self.of_module(), expanding=expanding)
            return [(binding, module) for binding in module.scope.values(name)]
        own = replace(self, expanding=expanding)
        found = [(binding, own) for binding in self.scope.values(name, at)]
        is_set = any(binding.is_certain and not binding.is_added for binding, _ in found)
        if name in self.scope.parameters and not is_set:
            given = self.bound.get(name)
            if given is None:
                return None
            reader = replace(given.reader, depth=self.depth)
            found.insert(0, (Binding(START, given.value), reader))
        return found

    def _constant(self, node: ast.Constant) -> Iterator[Template]:
        value = node.value
        is_text = isinstance(value, (str, int, type(None))) and not isinstance(value, bytes)
        text = str(value) if is_text else None
        is_marked = text is not None and (CAUGHT in text or CAUGHT_CLASS in text)
        yield (None if is_marked else text,)

    def _fstring(self, node: ast.JoinedStr) -> Iterator[Template]:
        values = [value.value if _is_plain(value) else value for value in node.values]  # type: ignore[attr-defined]
        yield _joined(map(self.template, values))

    def _conditional(self, node: ast.IfExp) -> Iterator[Template]:
        yield covering([self.template(node.body), self.template(node.orelse)])

    def _boolean(self, node: ast.BoolOp) -> Iterator[Template]:
        yield covering([self.template(value) for value in node.values])

    def _value(self, node: ast.NamedExpr | ast.Await) -> Iterator[Template]:
        yield from self.templates(node.value)

    def _operation(self, node: ast.BinOp) -> Iterator[Template]:
        if isinstance(node.op, ast.Add):
            end = self.template(node.right)
            yield from (_joined([left, end]) for left in self.templates(node.left))
        elif isinstance(node.op, ast.Mod):
            right = node.right
            is_table = isinstance(right, (ast.Dict, ast.Tuple))
            given = tables.entries(right) or {} if is_table else {0: right}  # type: ignore[arg-type]
            for text in self.templates(node.left):
                yield self._filled(text, percent, given)
        else:
            yield UNKNOWN

    def _call(self, node: ast.Call) -> Iterator[Template]:
        name = name_of(node.func)
        if isinstance(node.func, ast.Attribute) and name in self._METHODS:
            yield from self._METHODS[name](self, node.func, node)
            return
        functions, is_method = self.functions(node.func)
        if name == "__str__":
            yield from self.attributes.get("super().__str__()", [UNKNOWN])
        elif functions:
            for function in functions:
                inside = self.binding(node, function, self.of_module(), is_method=is_method)
                for statement in returns(function):
                    if statement.value is not None:
                        yield from inside.templates(statement.value)
        elif name in RETURN_TEXT and len(node.args) == 1 and not node.keywords:
            yield from self.templates(node.args[0])
        else:
            yield UNKNOWN

    def _same(self, function: ast.Attribute, node: ast.Call) -> Iterator[Template]:
        yield from [UNKNOWN] if node.args else self.templates(function.value)

    def _got(self, function: ast.Attribute, node: ast.Call) -> Iterator[Template]:
        yield from self._entry(function.value, node.args[0], node.args[1:])

    def _subscript(self, node: ast.Subscript) -> Iterator[Template]:
        inner = node.value
        if isinstance(inner, ast.Attribute) and inner.attr == "args" and self._is_self(inner.value):
            yield from self.attributes.get(f"args[{ast.unparse(node.slice)}]", [UNKNOWN])
        elif self.templates(inner) == [(CAUGHT,)]:
            yield (CAUGHT,)
        else:
            yield from self._entry(inner, node.slice, [])

    def _entry(self, node: ast.expr, key: ast.expr, defaults: list[ast.expr]) -> Iterator[Template]:
        """Yield the templates of a table's entry. One covers all of them if a value chooses it."""
        table, reader = self._literal(node)
        entries = tables.entries(table) if isinstance(table, tables.TABLES) else None
        if entries is None:
            yield UNKNOWN
        elif isinstance(key, ast.Constant) and key.value in entries:
            yield from reader.templates(entries[key.value])
        else:
            values = [*map(reader.template, entries.values()), *map(self.template, defaults)]
            yield covering(values)

    def _literal(self, node: ast.expr) -> tuple[ast.AST | None, Reader]:
        """Return the literal that an expression is, or that its name is bound to, with its reader."""
        if not isinstance(node, ast.Name):
            return node, self
        found = self.values(node.id, place_of(node)) or []
        if len(found) != 1:
            return None, self
        [(binding, reader)] = found
        is_changed = node.id in self.scope.changed | reader.scope.changed
        return None if is_changed or binding.is_added else binding.value, reader

    def _replaced(self, function: ast.Attribute, node: ast.Call) -> Iterator[Template]:
        old = node.args[0] if node.args else None
        wanted = old.value if isinstance(old, ast.Constant) else None
        if not isinstance(wanted, str) or not wanted:
            yield UNKNOWN
            return
        for template in self.templates(function.value):
            pieces: list[str | None] = []
            for part in template:
                split = [part] if part is None or part in HOLES else part.split(wanted)
                pieces += [text for piece in split for text in (piece, None)][:-1]
            yield tuple(pieces)

    def _formatted(self, function: ast.Attribute, node: ast.Call) -> Iterator[Template]:
        split = dollars if "substitute" in function.attr else braces
        has_star = any(isinstance(value, ast.Starred) for value in node.args)
        given: dict[Any, ast.expr] = {} if has_star else dict(enumerate(node.args))
        given |= {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg}
        source = function.value
        if split is dollars and isinstance(source, ast.Call) and len(source.args) == 1:
            source = source.args[0]
        for text in self.templates(source):
            yield self._filled(text, split, given)

    def _joined_by(self, function: ast.Attribute, node: ast.Call) -> Iterator[Template]:
        parts = node.args[0]
        literal, reader = self._literal(parts)
        name = name_of(parts)
        steps = self.scope.appended.get(name, []) if isinstance(parts, ast.Name) else []
        # A list that is used in another way than `append` and `join` may be changed there.
        is_known = parts is literal or (
            reader.scope is self.scope and self.scope.loads[name] == len(steps) + 1
        )
        entries = tables.entries(literal) if isinstance(literal, tables.TABLES) else None
        if entries is None or not is_known or any(step.is_repeated for step in steps):
            yield UNKNOWN
            return
        between = self.template(function.value)
        for chosen in _selections(steps):
            items = [*entries.values(), *(step.value for step in chosen if step.value is not None)]
            yield _joined([piece for item in items for piece in (between, self.template(item))][1:])

    def _name(self, node: ast.Name) -> Iterator[Template]:
        found = self.values(node.id, place_of(node))
        if not found:
            yield UNKNOWN
            return
        steps = [binding for binding, _ in found if binding.is_added]
        for start, reader in found:
            if start.is_added:
                continue
            texts = reader.bound_to(start)
            following = [step for step in steps if step.at > start.at or step.is_repeated]
            for chosen in _selections(following):
                added = [
                    UNKNOWN if step.is_repeated else covering(found[-1][1].bound_to(step))
                    for step in chosen
                ]
                yield from (_joined([text, *added]) for text in texts)

    def bound_to(self, binding: Binding) -> list[Template]:
        """Return the templates of a binding's value."""
        if isinstance(binding.value, ast.ExceptHandler):
            return [(CAUGHT,)]
        return [UNKNOWN] if binding.value is None else self.templates(binding.value)

    def _attribute(self, node: ast.Attribute) -> Iterator[Template]:
        inner = node.value
        if self._is_self(inner):
            yield from self.attributes.get(node.attr, [UNKNOWN])
        elif node.attr == "__name__" and self._is_class_of_caught(inner):
            yield (CAUGHT_CLASS,)
        elif node.attr in MESSAGES and self.templates(inner) == [(CAUGHT,)]:
            yield (CAUGHT,)
        elif node.attr == "value" and isinstance(inner, ast.Attribute):
            yield from self._constant_of_class(inner)  # of an enumeration's member
        else:
            yield from self._constant_of_class(node)

    def _constant_of_class(self, node: ast.Attribute) -> Iterator[Template]:
        """Yield the templates of what a class of the module binds once: ``Texts.OPEN``."""
        module = self.of_module()
        name = node.value.id if isinstance(node.value, ast.Name) else ""
        is_shadowed = self.scope.has(name) and self.scope is not module.scope
        classes = [] if is_shadowed else module.scope.classes.get(name, [])
        if len(classes) == len(module.scope.bindings.get(name, ())) == 1:
            inside = Scope.of(classes[0].body)
            values = inside.bindings.get(node.attr, [])
            if len(values) == 1 and isinstance(values[0].value, ast.expr):
                yield from replace(module, scope=inside).templates(values[0].value)
                return
        yield UNKNOWN

    def _is_self(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Name) and node.id == self.scope.first is not None

    def _is_class_of_caught(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Call) and name_of(node.func) == "type" and len(node.args) == 1:
            return self.templates(node.args[0]) == [(CAUGHT,)]
        if isinstance(node, ast.Attribute) and node.attr == "__class__":
            return self.templates(node.value) == [(CAUGHT,)]
        return False

    def _filled(
        self,
        text: Template,
        split: Callable[[str], Iterable[FormatPart]],
        given: Mapping[Any, ast.expr],
    ) -> Template:
        pieces: list[Template] = []
        following = count()
        is_counted = True
        for part in text:
            if part is None or part in HOLES:
                pieces.append((part,))
                is_counted = False  # an unknown text may have placeholders of its own
                continue
            for piece in split(part):
                if isinstance(piece, str):
                    pieces.append((piece,))
                    continue
                is_next = piece.name == ""
                value = given.get(next(following) if is_next else piece.name)
                is_known = piece.is_plain and value is not None and (is_counted or not is_next)
                pieces.append(self.template(value) if is_known and value else UNKNOWN)
        return _joined(pieces)

    _METHODS: ClassVar[
        dict[str, Callable[[Reader, ast.Attribute, ast.Call], Iterator[Template]]]
    ] = {
        **dict.fromkeys(("format", "format_map", "safe_substitute", "substitute"), _formatted),
        **dict.fromkeys(("expandtabs", "lstrip", "rstrip", "strip"), _same),
        "get": _got,
        "join": _joined_by,
        "replace": _replaced,
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


def defaults(arguments: ast.arguments) -> Iterator[tuple[str, ast.expr]]:
    """Yield the parameters that have a default, with it."""
    positional = [*arguments.posonlyargs, *arguments.args]
    for argument, value in zip(positional[::-1], arguments.defaults[::-1], strict=False):
        yield argument.arg, value
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if default is not None:
            yield argument.arg, default


def _is_plain(node: ast.expr) -> bool:
    """Return whether a part of an f-string inserts a value as it is: ``{x}``, ``{x!s}``."""
    if not isinstance(node, ast.FormattedValue):
        return False
    return node.conversion in (-1, ord("s")) and node.format_spec is None


def _joined(pieces: Iterable[Template]) -> Template:
    whole = tuple(part for piece in pieces for part in piece)
    return whole if len(whole) <= MAX_PARTS else UNKNOWN


def _selections(steps: list[Binding]) -> Iterator[tuple[Binding, ...]]:
    """Yield each selection of steps that may have run: those that always run are in all of them."""
    optional = [step for step in steps if not step.is_certain]
    for size in range(len(optional), -1, -1):
        for left_out in combinations(optional, len(optional) - size):
            yield tuple(step for step in steps if step not in left_out)


def _keeps_result(function: Function) -> bool:
    names = {name_of(getattr(each, "func", each)) for each in function.decorator_list}
    return names <= KEEP_RESULT


def _is_static(function: Function) -> bool:
    return any(name_of(each) == "staticmethod" for each in function.decorator_list)
