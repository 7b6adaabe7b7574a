"""Finds the templates of an expression in published source: all texts that it can produce.

``"cannot " + ("read" if r else "write") + path`` → ``cannot read<…>``, ``cannot write<…>``

It reads f-strings, `%`, `.format`, `string.Template`, concatenation, `join`, alternatives and
translations. For a name, it reads the assigned values, the values in a table, and the values that a
function in the same file returns. An unknown value becomes a placeholder.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field, replace
from itertools import combinations, count, islice, product
from typing import TYPE_CHECKING, Any, ClassVar

from telemetry_hook._redact.message.formats import Hole, braces, dollars, percent
from telemetry_hook._redact.message.scopes import Budget, name_of
from telemetry_hook._redact.message.templates import MIN_AWAY_FROM_RAISE, is_specific

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from telemetry_hook._redact.message.formats import FormatPart
    from telemetry_hook._redact.message.scopes import Scope
    from telemetry_hook._redact.message.templates import Template

MAX_DEPTH = 12
MAX_ALTERNATIVES = 48
MAX_STEPS = 5
MAX_PARTS = 200

NAMES = (ast.Attribute, ast.Call, ast.Name, ast.Subscript)
UNKNOWN: Template = (None,)


@dataclass
class Reader:
    """Reads expressions. Names are looked up in `scope`, then in the enclosing scope `around`.

    `bound` has the templates of parameters, from a call. `expanding` has the names that are being
    read now.
    """

    scope: Scope
    around: Callable[[], Scope | None]
    bound: Mapping[str, list[Template]] = field(default_factory=dict)
    budget: Budget = field(default_factory=Budget)
    expanding: set[str] = field(default_factory=set)

    def templates(self, node: ast.AST) -> list[Template]:
        """Return an expression's templates, not folded: ``f"no {x}"`` → ``[("no ", None)]``."""
        self.budget.begin()
        return self._of(node, 0)

    def binding(self, call: ast.Call, parameters: Sequence[str]) -> dict[str, list[Template]]:
        """Return the templates of parameters in a call: ``f("a")`` → ``{"x": [("a",)]}``."""
        self.budget.begin()
        return self._binding(call, parameters, 0)

    def _binding(
        self, call: ast.Call, parameters: Sequence[str], depth: int
    ) -> dict[str, list[Template]]:
        arguments = dict(zip(parameters, call.args, strict=False))
        arguments |= _keywords(call)
        return {name: self._of(value, depth) for name, value in arguments.items()}

    def _of(self, node: ast.AST, depth: int) -> list[Template]:
        read = self._READERS.get(type(node))
        if self.budget.is_too_much() or read is None or depth > MAX_DEPTH:
            return [UNKNOWN]
        return list(islice(read(self, node, depth + 1), MAX_ALTERNATIVES)) or [UNKNOWN]

    def _inner(self, node: ast.AST, depth: int) -> list[Template]:
        """Return the templates of a value that is inserted into a text, including a placeholder.

        If the value can also be something unknown, short texts in the source are left out: a match
        would reveal that the private value equals such a text.
        """
        templates = self._of(node, depth)
        is_certain = not isinstance(node, NAMES) and not any(
            None in template for template in templates
        )
        kept = [
            template
            for template in templates
            if is_certain or None in template or _is_text(template)
        ]
        return list(dict.fromkeys([*kept, UNKNOWN]))

    def _constant(self, node: ast.Constant, _depth: int) -> Iterator[Template]:
        yield (node.value if isinstance(node.value, str) else None,)

    def _fstring(self, node: ast.JoinedStr, depth: int) -> Iterator[Template]:
        pieces = [
            self._inner(value.value, depth)
            if isinstance(value, ast.FormattedValue)
            and value.conversion == -1
            and value.format_spec is None
            else self._of(value, depth)
            for value in node.values
        ]
        return _joined(pieces)

    def _conditional(self, node: ast.IfExp, depth: int) -> Iterator[Template]:
        yield from self._of(node.body, depth)
        yield from self._of(node.orelse, depth)

    def _boolean(self, node: ast.BoolOp, depth: int) -> Iterator[Template]:
        for value in node.values:
            yield from self._of(value, depth)

    def _value(self, node: ast.NamedExpr | ast.Await, depth: int) -> Iterator[Template]:
        yield from self._of(node.value, depth)

    def _operation(self, node: ast.BinOp, depth: int) -> Iterator[Template]:
        if isinstance(node.op, ast.Add):
            yield from _joined([self._of(node.left, depth), self._of(node.right, depth)])
        elif isinstance(node.op, ast.Mod):
            right = node.right
            given = right.elts if isinstance(right, ast.Tuple) else [right]
            named = _pairs(right) if isinstance(right, ast.Dict) else {}
            for text in self._of(node.left, depth):
                yield from self._filled(text, percent, dict(enumerate(given)) | named, depth)
        else:
            yield UNKNOWN

    def _call(self, node: ast.Call, depth: int) -> Iterator[Template]:
        function, name = node.func, name_of(node.func)
        if isinstance(function, ast.Attribute) and name in self._METHODS:
            yield from self._METHODS[name](self, function, node, depth)
            return
        returned, parameters = self._function(name)
        if returned:
            if isinstance(function, ast.Attribute) and parameters[:1] in (["self"], ["cls"]):
                parameters = parameters[1:]
            inside = replace(self, bound=self._binding(node, parameters, depth + 1))
            for value in returned:
                yield from inside._of(value, depth + 2)  # noqa: SLF001 - it is the reader itself, bound
        else:
            # An unknown function may translate, style or dedent a text, so the arguments are read.
            for argument in node.args[:2]:
                yield from self._of(argument, depth)
        yield UNKNOWN

    def _same(self, function: ast.Attribute, _: ast.Call, depth: int) -> Iterator[Template]:
        yield from self._of(function.value, depth)

    def _got(self, function: ast.Attribute, node: ast.Call, depth: int) -> Iterator[Template]:
        yield from self._table(function.value, depth)
        for default in node.args[1:]:
            yield from self._of(default, depth)
        yield UNKNOWN

    def _replaced(self, function: ast.Attribute, node: ast.Call, depth: int) -> Iterator[Template]:
        old = node.args[0] if node.args else None
        wanted = old.value if isinstance(old, ast.Constant) else None
        for template in self._of(function.value, depth):
            pieces: list[str | None] = []
            for part in template:
                split = (
                    part.split(wanted) if part and isinstance(wanted, str) and wanted else [part]
                )
                pieces += [text for piece in split for text in (piece, None)][:-1]
            yield tuple(pieces)

    def _formatted(self, function: ast.Attribute, node: ast.Call, depth: int) -> Iterator[Template]:
        split = dollars if "substitute" in function.attr else braces
        given: dict[int | str, ast.expr] = dict(enumerate(node.args))
        given.update(_keywords(node).items())
        for text in self._of(function.value, depth):
            yield from self._filled(text, split, given, depth)

    def _joined_by(self, function: ast.Attribute, node: ast.Call, depth: int) -> Iterator[Template]:
        parts = node.args[0] if node.args else node
        name, literal = name_of(parts), parts
        if not isinstance(parts, (ast.List, ast.Tuple)):
            lists = [value for value in self._known(name) if isinstance(value, ast.List)]
            literal = lists[0] if lists else parts
        if not isinstance(literal, (ast.List, ast.Tuple)):
            yield UNKNOWN
            return
        for chosen in _subsequences(self.scope.appended.get(name, [])):
            pieces: list[list[Template]] = []
            for item in [*literal.elts, *chosen]:
                pieces += [self._of(function.value, depth)] if pieces else []
                pieces.append(self._inner(item, depth))
            yield from _joined(pieces)

    def _name(self, node: ast.Name | ast.Attribute, depth: int) -> Iterator[Template]:
        name = name_of(node)
        if name in self.bound:
            yield from self.bound[name]
        if name == "value" and isinstance(node, ast.Attribute):
            yield from self._of(node.value, depth)  # the value of an enumeration's member
        if name in self.expanding:
            return  # the name occurs in its own value
        self.expanding.add(name)
        try:
            steps = self.scope.added.get(name, [])
            for value in self._known(name):
                start = self._of(value, depth + 1)
                for chosen in _subsequences(steps):
                    yield from _joined([start, *(self._inner(step, depth + 1) for step in chosen)])
        finally:
            self.expanding.discard(name)

    def _subscript(self, node: ast.Subscript, depth: int) -> Iterator[Template]:
        return self._table(node.value, depth)

    def _table(self, node: ast.expr, depth: int) -> Iterator[Template]:
        for table in [node, *self._known(name_of(node))]:
            values = table.values if isinstance(table, ast.Dict) else getattr(table, "elts", ())
            for value in values:
                yield from self._of(value, depth + 1)

    def _known(self, name: str) -> list[ast.expr]:
        if name in self.scope.assigned:
            return self.scope.assigned[name]
        around = None if not name or name in self.scope.parameters else self.around()
        return [] if around is None else around.assigned.get(name, [])

    def _function(self, name: str) -> tuple[list[ast.expr], list[str]]:
        """Return the values that the named function returns, and its parameters."""
        for scope in (self.scope, None if name in self.scope.returned else self.around()):
            if scope is not None and name in scope.returned:
                return scope.returned[name], scope.signatures[name]
        return [], []

    def _filled(
        self,
        text: Template,
        split: Callable[[str], Iterable[FormatPart]],
        given: Mapping[Any, ast.expr],
        depth: int,
    ) -> Iterator[Template]:
        pieces: list[list[Template]] = []
        following = count()
        for part in text:
            for piece in (Hole("", is_plain=False),) if part is None else split(part):
                if isinstance(piece, str):
                    pieces.append([(piece,)])
                    continue
                value = given.get(next(following) if piece.name == "" else piece.name)
                is_known = piece.is_plain and value is not None
                pieces.append(self._inner(value, depth) if is_known else [UNKNOWN])  # type: ignore[arg-type]
        return _joined(pieces)

    _METHODS: ClassVar[
        dict[str, Callable[[Reader, ast.Attribute, ast.Call, int], Iterator[Template]]]
    ] = {
        **dict.fromkeys(("format", "format_map", "safe_substitute", "substitute"), _formatted),
        **dict.fromkeys(("expandtabs", "lstrip", "rstrip", "strip"), _same),
        **dict.fromkeys(("get", "pop", "setdefault"), _got),
        "join": _joined_by,
        "replace": _replaced,
    }
    _READERS: ClassVar[dict[type, Callable[[Reader, Any, int], Iterator[Template]]]] = {
        ast.Attribute: _name,
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


def _keywords(call: ast.Call) -> dict[str, ast.expr]:
    return {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg is not None}


def _is_text(template: Template) -> bool:
    return is_specific(template, MIN_AWAY_FROM_RAISE)


def _joined(pieces: list[list[Template]]) -> Iterator[Template]:
    """Yield each combination of the pieces' templates: ``[[a, b], [c]]`` → ``a + c``, ``b + c``."""
    for chosen in islice(product(*pieces), MAX_ALTERNATIVES):
        whole = tuple(part for template in chosen for part in template)
        yield whole if len(whole) <= MAX_PARTS else UNKNOWN


def _subsequences(steps: list[ast.expr]) -> Iterator[tuple[ast.expr, ...]]:
    """Yield each selection of steps, the longest first: ``[a, b]`` → ``ab``, ``a``, ``b``, none."""
    for size in range(min(len(steps), MAX_STEPS), -1, -1):
        yield from combinations(steps, size)


def _pairs(node: ast.Dict) -> dict[Any, ast.expr]:
    return {
        key.value: value
        for key, value in zip(node.keys, node.values, strict=True)
        if isinstance(key, ast.Constant)
    }
