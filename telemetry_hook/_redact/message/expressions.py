"""What texts an expression can make: its templates, from the syntax tree of published source.

f-strings, `%`, `.format`, `$`, concatenation, `join`, alternatives, translations, and what names
stand for: what was assigned to them, tables, and what functions of the same file return. What
cannot be told is a hole.
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
    """Reads expressions whose names are looked up in a scope, then in the one around it."""

    scope: Scope
    around: Callable[[], Scope | None]
    bound: Mapping[str, list[Template]] = field(default_factory=dict)
    budget: Budget = field(default_factory=Budget)
    expanding: set[str] = field(default_factory=set)

    def templates(self, node: ast.AST) -> list[Template]:
        """Return the texts that an expression can make, not folded."""
        self.budget.begin()
        return self._of(node, 0)

    def binding(self, call: ast.Call, parameters: Sequence[str]) -> dict[str, list[Template]]:
        """Return what the parameters of a function stand for in a call of it."""
        self.budget.begin()
        return self._binding(call, parameters, 0)

    def _binding(
        self, call: ast.Call, parameters: Sequence[str], depth: int
    ) -> dict[str, list[Template]]:
        given = dict(zip(parameters, call.args, strict=False))
        given |= {each.arg: each.value for each in call.keywords if each.arg is not None}
        return {name: self._of(value, depth) for name, value in given.items()}

    def _of(self, node: ast.AST, depth: int) -> list[Template]:
        read = self._READERS.get(type(node))
        if self.budget.is_too_much() or read is None or depth > MAX_DEPTH:
            return [UNKNOWN]
        return list(islice(read(self, node, depth + 1), MAX_ALTERNATIVES)) or [UNKNOWN]

    def _inner(self, node: ast.AST, depth: int) -> list[Template]:
        """Return what a value that is put in can be; a hole in any case.

        Where it can be something else too, a word of the source must not tell that it equals that.
        """
        found = self._of(node, depth)
        is_certain = not isinstance(node, NAMES) and not any(None in each for each in found)
        kept = [each for each in found if is_certain or None in each or _is_text(each)]
        return list(dict.fromkeys([*kept, UNKNOWN]))

    def _constant(self, node: ast.Constant, _depth: int) -> Iterator[Template]:
        yield (node.value if isinstance(node.value, str) else None,)

    def _fstring(self, node: ast.JoinedStr, depth: int) -> Iterator[Template]:
        pieces = [
            self._inner(each.value, depth)
            if isinstance(each, ast.FormattedValue)
            and each.conversion == -1
            and each.format_spec is None
            else self._of(each, depth)
            for each in node.values
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
            for each in returned:
                yield from inside._of(each, depth + 2)  # noqa: SLF001 - it is the reader itself, bound
        else:
            # It may translate, style or dedent a text: then that is what it makes.
            for each in node.args[:2]:
                yield from self._of(each, depth)
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
        mark = old.value if isinstance(old, ast.Constant) else None
        for template in self._of(function.value, depth):
            pieces: list[str | None] = []
            for part in template:
                split = part.split(mark) if part and isinstance(mark, str) and mark else [part]
                pieces += [each for piece in split for each in (piece, None)][:-1]
            yield tuple(pieces)

    def _formatted(self, function: ast.Attribute, node: ast.Call, depth: int) -> Iterator[Template]:
        split = dollars if "substitute" in function.attr else braces
        given: dict[int | str, ast.expr] = dict(enumerate(node.args))
        given |= {each.arg: each.value for each in node.keywords if each.arg is not None}
        for text in self._of(function.value, depth):
            yield from self._filled(text, split, given, depth)

    def _joined_by(self, function: ast.Attribute, node: ast.Call, depth: int) -> Iterator[Template]:
        parts = node.args[0] if node.args else node
        name, literal = name_of(parts), parts
        if not isinstance(parts, (ast.List, ast.Tuple)):
            known = [each for each in self._known(name) if isinstance(each, ast.List)]
            literal = known[0] if known else parts
        if not isinstance(literal, (ast.List, ast.Tuple)):
            yield UNKNOWN
            return
        for chosen in _subsequences(self.scope.appended.get(name, [])):
            pieces: list[list[Template]] = []
            for each in [*literal.elts, *chosen]:
                pieces += [self._of(function.value, depth)] if pieces else []
                pieces.append(self._inner(each, depth))
            yield from _joined(pieces)

    def _name(self, node: ast.Name | ast.Attribute, depth: int) -> Iterator[Template]:
        name = name_of(node)
        if name in self.bound:
            yield from self.bound[name]
        if name == "value" and isinstance(node, ast.Attribute):
            yield from self._of(node.value, depth)  # of a member of an enumeration
        if name in self.expanding:
            return  # it is made of itself
        self.expanding.add(name)
        try:
            steps = self.scope.added.get(name, [])
            for value in self._known(name):
                start = self._of(value, depth + 1)
                for chosen in _subsequences(steps):
                    yield from _joined([start, *(self._inner(each, depth + 1) for each in chosen)])
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
        """Return what a function of that name returns, and its parameters."""
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


def _is_text(template: Template) -> bool:
    return is_specific(template, MIN_AWAY_FROM_RAISE)


def _joined(pieces: list[list[Template]]) -> Iterator[Template]:
    for chosen in islice(product(*pieces), MAX_ALTERNATIVES):
        whole = tuple(part for template in chosen for part in template)
        yield whole if len(whole) <= MAX_PARTS else UNKNOWN


def _subsequences(steps: list[ast.expr]) -> Iterator[tuple[ast.expr, ...]]:
    """Yield what can have been added in steps that may each have been left out; the most first."""
    for size in range(min(len(steps), MAX_STEPS), -1, -1):
        yield from combinations(steps, size)


def _pairs(node: ast.Dict) -> dict[Any, ast.expr]:
    return {
        key.value: value
        for key, value in zip(node.keys, node.values, strict=True)
        if isinstance(key, ast.Constant)
    }
