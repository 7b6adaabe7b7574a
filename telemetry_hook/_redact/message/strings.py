"""Finds the templates of what methods of texts return: `format`, `join`, `replace`, `strip`."""

from __future__ import annotations

import ast
import re
from itertools import count
from typing import TYPE_CHECKING, Any

from telemetry_hook._redact.message import certain, kinds, tables
from telemetry_hook._redact.message.alternatives import selections
from telemetry_hook._redact.message.formats import braces, dollars, percent
from telemetry_hook._redact.message.names import Given
from telemetry_hook._redact.message.nodes import name_of, place_of
from telemetry_hook._redact.message.representations import shown
from telemetry_hook._redact.message.templates import HOLES, UNKNOWN, concatenated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from telemetry_hook._redact.message.expressions import Reader
    from telemetry_hook._redact.message.formats import FormatPart
    from telemetry_hook._redact.message.names import Names
    from telemetry_hook._redact.message.templates import Template

# `textwrap.fill` leaves words whole that are shorter than a line.
MIN_WIDTH = 40
MAX_WORD = 30
SHORTENED = " [...]"  # what `textwrap.shorten` puts at the end


def joined_parts(reader: Reader, node: ast.JoinedStr) -> Iterator[Template]:
    """Yield what an f-string makes of its parts."""
    yield concatenated(_part(reader, part) for part in node.values)


def _part(reader: Reader, node: ast.expr) -> Template:
    """Return the template of a part of an f-string: ``{x}``, ``{x!s}``, ``{x!r}``."""
    if not isinstance(node, ast.FormattedValue):
        return reader.template(node)
    if node.format_spec is not None or node.conversion == ord("a"):
        return (kinds.of(node, reader.names),)
    is_repr = node.conversion == ord("r")
    return shown(reader, node.value) if is_repr else reader.template(node.value)


def operation(reader: Reader, node: ast.BinOp) -> Iterator[Template]:
    """Yield what `+` and `%` make of texts."""
    if isinstance(node.op, ast.Add):
        end = reader.template(node.right)
        yield from (concatenated([left, end]) for left in reader.templates(node.left))
    elif isinstance(node.op, ast.Mod):
        right = node.right
        literal, names = reader.names.literal(right)
        if literal is None and isinstance(right, ast.Name):
            literal, names = _tuple(reader, right)
        given: Mapping[Any, ast.expr] = {0: right}
        if isinstance(literal, (ast.Dict, ast.Tuple)):
            given = tables.entries(literal) or {}
        elif isinstance(literal, ast.Call) and name_of(literal.func) == "dict":
            given = {each.arg: each.value for each in literal.keywords if each.arg}
        else:
            names = reader.names
        known = {name: Given(value, names) for name, value in given.items()}
        for text in reader.templates(node.left):
            yield filled(reader, text, percent, known)
    else:
        yield UNKNOWN


def _tuple(reader: Reader, node: ast.Name) -> tuple[ast.Tuple | None, Names]:
    """Return the tuple that a name is. It is the same wherever it is used."""
    found = certain.sources(reader, node)
    value, there = found[0]
    is_only = len(found) == 1 and isinstance(value, ast.Tuple)
    return (value, there.names) if is_only else (None, reader.names)  # type: ignore[return-value]


def same(reader: Reader, function: ast.Attribute, node: ast.Call) -> Iterator[Template]:
    """Yield the text that a method strips of white space. The search ignores that."""
    yield from [UNKNOWN] if node.args else reader.templates(function.value)


def cased(reader: Reader, function: ast.Attribute, _: ast.Call) -> Iterator[Template]:
    """Yield a text in upper or lower case: ``f"no {x}".upper()`` → ``NO <…>``."""
    for template in reader.templates(function.value):
        texts = [None if part is None or part in HOLES else part for part in template]
        changed = [text and getattr(text, function.attr)() for text in texts]
        if function.attr == "capitalize":  # which changes the first letter in another way
            changed[1:] = [text and text.lower() for text in texts[1:]]
        yield tuple(changed)


def indented(reader: Reader, _: ast.Attribute, node: ast.Call) -> Iterator[Template]:
    """Yield what `textwrap.indent` makes of a text. The search ignores white space."""
    prefix = node.args[-1] if len(node.args) > 1 else None
    is_space = isinstance(prefix, ast.Constant) and str(prefix.value).isspace()
    yield from reader.templates(node.args[0]) if is_space else [UNKNOWN]


def wrapped(reader: Reader, function: ast.Attribute, node: ast.Call) -> Iterator[Template]:
    """Yield what `textwrap.fill` makes of a text.

    Where it breaks depends on the values. It may break words that are long, that have hyphens, or
    that a value is part of: these are left out.
    """
    width = node.args[1] if len(node.args) > 1 else ast.Constant(MIN_WIDTH)
    is_wide = isinstance(width, ast.Constant) and type(width.value) is int
    is_known = is_wide and width.value >= MIN_WIDTH and not node.keywords  # type: ignore[attr-defined]
    if name_of(function.value) != "textwrap" or not is_known or not node.args:
        yield UNKNOWN
        return
    for template in reader.templates(node.args[0]):
        yield tuple(
            piece
            for index, part in enumerate(template)
            for piece in (
                [None]
                if part is None or part in HOLES
                else _unbroken(part, index > 0, index < len(template) - 1)
            )
        )


def shortened(reader: Reader, _: ast.Attribute, node: ast.Call) -> Iterator[Template]:
    """Yield what `textwrap.shorten` makes of a text: only the words at its start are certain."""
    width = node.args[1] if len(node.args) > 1 else None
    is_known = isinstance(width, ast.Constant) and type(width.value) is int and not node.keywords
    if not is_known:
        yield UNKNOWN
        return
    for template in reader.templates(node.args[0]):
        start = " ".join((template[0] or "").split()) if template[0] not in HOLES else ""
        kept = start[: max(0, width.value - len(SHORTENED))]  # type: ignore[union-attr]
        yield kept.rpartition(" ")[0] or None, None


def _unbroken(text: str, is_after: bool, is_before: bool) -> Iterator[str | None]:
    """Yield the words of a text that are not broken, and None for the others."""
    words = re.split(r"(\s+)", text)
    for index, word in enumerate(words):
        is_part = (index == 0 and is_after) or (index == len(words) - 1 and is_before)
        is_broken = word and (is_part or "-" in word or len(word) > MAX_WORD)
        yield None if is_broken else word


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
    own = reader.names
    given: dict[Any, Given] = {}
    for keyword in node.keywords:
        given |= _unpacked(reader, keyword.value) if keyword.arg is None else {}
    given |= {each.arg: Given(each.value, own) for each in node.keywords if each.arg}
    given |= {} if has_star else enumerate(Given(value, own) for value in node.args)
    texts: list[Template] = []
    if split is dollars:
        for value, at in certain.sources(reader, function.value):
            is_template = isinstance(value, ast.Call) and len(value.args) == 1
            texts += at.templates(value.args[0]) if is_template else [UNKNOWN]  # type: ignore[union-attr]
    else:
        texts = reader.templates(function.value)
    for text in texts:
        yield filled(reader, text, split, given)


def _unpacked(reader: Reader, node: ast.expr) -> dict[Any, Given]:
    """Return the entries of the keywords that a function was given, if nothing has used them before."""
    if not isinstance(node, ast.Name) or not reader.names.scope.is_first(node):
        return {}
    [(value, there), *others] = certain.sources(reader, node)
    entries = tables.entries(value) if isinstance(value, ast.Dict) and not others else None
    return {name: Given(each, there.names) for name, each in (entries or {}).items()}


def joined_by(reader: Reader, function: ast.Attribute, node: ast.Call) -> Iterator[Template]:
    """Yield what `join` makes of a literal list, and of what is appended to it.

    What a loop appends is read once, and then a placeholder has the rest. So is ``*texts``, with the
    separators around it.
    """
    if not node.args:
        return
    parts = node.args[0]
    scope, name = reader.names.scope, name_of(parts)
    literal: ast.AST | None = parts
    if isinstance(parts, ast.Name):
        found = scope.values(name, place_of(parts), reader.holds) if scope.has(name) else []
        literal = found[0].value if len(found) == 1 else None
    added = scope.appended.get(name, []) if isinstance(parts, ast.Name) else []
    # A list that is used in another way than `append` and `join` may be changed there.
    is_known = parts is literal or (
        scope.loads[name] == len(added) + 1 and name not in scope.changed
    )
    entries = literal.elts if isinstance(literal, (ast.List, ast.Tuple)) else None
    steps = [step for each in added if (step := each.resolved(reader.holds)) is not None]
    if entries is None or not is_known:
        yield UNKNOWN
        return
    between = reader.template(function.value)
    loops = [step for step in steps if step.is_repeated]
    is_read = len(loops) == 1  # of several, any may be the first
    read = [step for step in steps if is_read or not step.is_repeated]
    for chosen in selections(read, place_of(node)):
        pieces: list[Template] = []
        for item in entries:
            is_one = not isinstance(item, ast.Starred)
            pieces += [between, reader.template(item)] if is_one else [UNKNOWN]
        for step in steps:
            if step in chosen and step.value is not None:
                pieces += [between, reader.template(step.value)]
            if step.is_repeated and (step in chosen or not is_read):
                pieces.append(UNKNOWN)
        is_open = bool(pieces) and pieces[0] is UNKNOWN
        yield concatenated(pieces if is_open else pieces[1:])


def filled(
    reader: Reader,
    text: Template,
    split: Callable[[str], Iterable[FormatPart]],
    given: Mapping[Any, Given],
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
            found = given.get(next(following) if is_next else piece.name)
            if found is None or (is_next and not is_counted):
                pieces.append(UNKNOWN)
            elif piece.is_repr:
                pieces.append(shown(reader.at(found.names), found.value))
            elif piece.is_plain:
                pieces.append(reader.at(found.names).template(found.value))
            else:
                # Converted or padded, the value is still of its kind.
                pieces.append((kinds.of(found.value, found.names),))
    return concatenated(pieces)
