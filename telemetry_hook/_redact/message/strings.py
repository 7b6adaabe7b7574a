"""Finds the templates of what methods of texts return: `format`, `join`, `replace`, `strip`."""

from __future__ import annotations

import ast
from itertools import count
from typing import TYPE_CHECKING, Any

from telemetry_hook._redact.message import kinds, tables
from telemetry_hook._redact.message.alternatives import selections
from telemetry_hook._redact.message.formats import braces, dollars
from telemetry_hook._redact.message.nodes import name_of, place_of
from telemetry_hook._redact.message.templates import HOLES, UNKNOWN, concatenated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from telemetry_hook._redact.message.expressions import Reader
    from telemetry_hook._redact.message.formats import FormatPart
    from telemetry_hook._redact.message.templates import Template


def same(reader: Reader, function: ast.Attribute, node: ast.Call) -> Iterator[Template]:
    """Yield the text that a method strips of white space. The search ignores that."""
    yield from [UNKNOWN] if node.args else reader.templates(function.value)


def replaced(reader: Reader, function: ast.Attribute, node: ast.Call) -> Iterator[Template]:
    """Yield a text in which `replace` has put an unknown text for a known one."""
    old = node.args[0] if node.args else None
    wanted = old.value if isinstance(old, ast.Constant) else None
    if not isinstance(wanted, str) or not wanted:
        yield UNKNOWN
        return
    for template in reader.templates(function.value):
        pieces: list[str | None] = []
        for part in template:
            split = [part] if part is None or part in HOLES else part.split(wanted)
            pieces += [text for piece in split for text in (piece, None)][:-1]
        yield tuple(pieces)


def formatted(reader: Reader, function: ast.Attribute, node: ast.Call) -> Iterator[Template]:
    """Yield what `format` or `string.Template.substitute` makes of a text."""
    split = dollars if "substitute" in function.attr else braces
    has_star = any(isinstance(value, ast.Starred) for value in node.args)
    given: dict[Any, ast.expr] = {} if has_star else dict(enumerate(node.args))
    given |= {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg}
    source = function.value
    if split is dollars and isinstance(source, ast.Call) and len(source.args) == 1:
        source = source.args[0]
    for text in reader.templates(source):
        yield filled(reader, text, split, given)


def joined_by(reader: Reader, function: ast.Attribute, node: ast.Call) -> Iterator[Template]:
    """Yield what `join` makes of a literal list, and of what is appended to it."""
    if not node.args:
        return
    parts = node.args[0]
    scope, name = reader.names.scope, name_of(parts)
    literal: ast.AST | None = parts
    if isinstance(parts, ast.Name):
        found = scope.values(name, place_of(parts)) if scope.has(name) else []
        literal = found[0].value if len(found) == 1 else None
    steps = scope.appended.get(name, []) if isinstance(parts, ast.Name) else []
    # A list that is used in another way than `append` and `join` may be changed there.
    is_known = parts is literal or (
        scope.loads[name] == len(steps) + 1 and name not in scope.changed
    )
    entries = tables.entries(literal) if isinstance(literal, tables.TABLES) else None
    if entries is None or not is_known or any(step.is_repeated for step in steps):
        yield UNKNOWN
        return
    between = reader.template(function.value)
    for chosen in selections(steps, place_of(node)):
        items = [*entries.values(), *(step.value for step in chosen if step.value is not None)]
        yield concatenated(
            [piece for item in items for piece in (between, reader.template(item))][1:]
        )


def filled(
    reader: Reader,
    text: Template,
    split: Callable[[str], Iterable[FormatPart]],
    given: Mapping[Any, ast.expr],
) -> Template:
    """Return a text with the given values in place of its placeholders, which `split` finds."""
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
            if value is None or (is_next and not is_counted):
                pieces.append(UNKNOWN)
            elif piece.is_plain:
                pieces.append(reader.template(value))
            else:
                # Converted or padded, the value is still of its kind.
                pieces.append((kinds.of(value, reader.names),))
    return concatenated(pieces)
