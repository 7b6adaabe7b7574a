"""Templates of messages, from the syntax trees of published source.

A template is what an expression that makes a text leaves fixed: f-strings, `%`, `.format`,
concatenations and plain literals. What it puts in is a hole, and what a hole swallowed is gone.
"""

from __future__ import annotations

import ast
from string import Formatter
from typing import TYPE_CHECKING, Any

from telemetry_hook._public import PublicText, compose, words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from telemetry_hook._redact._files import PublicFile

HOLE = words("<…>")["<…>"]
MAX_MESSAGE = 64 * 1024
MAX_DEPTH = 20
TRANSLATORS = ("_", "gettext")

# A template with holes, and a literal away from the raise statement, must be no accident.
LETTERS, WORDS = 6, 2
LETTERS_AWAY = 8

Template = tuple[str | None, ...]


def normalize(text: str) -> str:
    """Fold white space, and keep only head and tail of an enormous message."""
    if len(text) > MAX_MESSAGE:
        text = text[: MAX_MESSAGE // 2] + text[-MAX_MESSAGE // 2 :]
    return " ".join(text.split())


def match(message: str, template: Template) -> bool:
    """Tell whether a whole normalised message fits a template; literals are found leftmost first."""
    parts = _folded(template)
    first, last = parts[0], parts[-1]
    if len(parts) == 1:
        return message == (first or "")
    if not message.startswith(first or "") or not message.endswith(last or ""):
        return False
    start, end = len(first or ""), len(message) - len(last or "")
    for part in parts[1:-1]:
        if part is not None:
            found = message.find(part, start, end)
            if found < 0:
                return False
            start = found + len(part)
    return start <= end


def published(template: Template, file: PublicFile) -> PublicText:
    """Return a template as public text, its holes as `<…>`."""
    pieces = []
    for part in _folded(template):
        if part is not None:
            file.literals.add(part)
        pieces.append(HOLE if part is None else PublicText(part, file))
    return compose(pieces)


def handed_on(tree: ast.AST, line: int | None, *, is_raising: bool) -> Iterator[Template]:
    """Yield the templates of texts that a function hands on from a line, directly or by a name.

    Only these can have become the message: the arguments of the raise statement or call at that
    line, and what was assigned to names in them; without a line, what the function returns. A text
    that merely stands in the function must not be found: that it equals the message would tell what
    the message is.
    """
    nodes = list(ast.walk(tree))
    handed = [each for node in nodes for each in _handed(node, line)]
    for expression in handed:
        yield from _enough(expression, 0 if is_raising else LETTERS_AWAY)
    names = {_name(part) for each in handed for part in ast.walk(each)} - {None}
    for node in nodes:
        if isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.NamedExpr)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if node.value is not None and not names.isdisjoint(map(_name, targets)):
                yield from _enough(node.value, LETTERS_AWAY)


def _handed(node: ast.AST, line: int | None) -> list[ast.expr]:
    if line is None:
        return [node.value] if isinstance(node, ast.Return) and node.value is not None else []
    if not isinstance(node, (ast.Raise, ast.Assert, ast.Call)):
        return []
    if not node.lineno <= line <= (node.end_lineno or node.lineno):
        return []
    if isinstance(node, ast.Assert):
        return [] if node.msg is None else [node.msg]
    call = node.exc if isinstance(node, ast.Raise) else node
    if not isinstance(call, ast.Call):
        return [] if call is None else [call]
    return [*call.args, *(each.value for each in call.keywords)]


def _name(node: ast.AST) -> str | None:
    """Return what a variable, or an attribute of something, is called."""
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else None


def _enough(node: ast.expr, letters_of_constant: int) -> Iterator[Template]:
    """Yield an expression's templates that have enough text to match by no accident."""
    for template in _of(node, 0):
        letters = LETTERS if None in template else letters_of_constant
        if any(template) and (letters == 0 or _is_no_accident(template, letters)):
            yield template


def _of(node: ast.AST, depth: int) -> Iterator[Template]:
    reader = _READERS.get(type(node))
    if reader is None or depth > MAX_DEPTH:
        yield (None,)
    else:
        yield from reader(node, depth + 1)


def _of_constant(node: ast.Constant, _depth: int) -> Iterator[Template]:
    yield (node.value if isinstance(node.value, str) else None,)


def _of_fstring(node: ast.JoinedStr, _depth: int) -> Iterator[Template]:
    yield tuple(str(each.value) if isinstance(each, ast.Constant) else None for each in node.values)


def _of_conditional(node: ast.IfExp, depth: int) -> Iterator[Template]:
    yield from _of(node.body, depth)
    yield from _of(node.orelse, depth)


def _of_alternatives(node: ast.BoolOp, depth: int) -> Iterator[Template]:
    for value in node.values:
        yield from _of(value, depth)


def _of_operation(node: ast.BinOp, depth: int) -> Iterator[Template]:
    for left in _of(node.left, depth):
        if isinstance(node.op, ast.Mod):
            yield tuple(part for piece in left for part in _percent(piece))
        elif isinstance(node.op, ast.Add):
            yield from (left + right for right in _of(node.right, depth))
        else:
            yield (None,)


def _of_call(node: ast.Call, depth: int) -> Iterator[Template]:
    function = node.func
    if isinstance(function, ast.Attribute) and function.attr == "format":
        for text in _of(function.value, depth):
            yield tuple(part for piece in text for part in _braces(piece))
    elif isinstance(function, ast.Name) and function.id in TRANSLATORS and node.args:
        yield from _of(node.args[0], depth)
    else:
        yield (None,)


_READERS: dict[type[ast.AST], Callable[[Any, int], Iterator[Template]]] = {
    ast.BinOp: _of_operation,
    ast.BoolOp: _of_alternatives,
    ast.Call: _of_call,
    ast.Constant: _of_constant,
    ast.IfExp: _of_conditional,
    ast.JoinedStr: _of_fstring,
}


def _percent(text: str | None) -> Iterator[str | None]:
    if text is None:
        yield None
        return
    literal, rest = "", text
    while rest:
        before, percent, rest = rest.partition("%")
        literal += before
        if not percent:
            break
        if rest.startswith("%"):
            literal, rest = literal + "%", rest[1:]
            continue
        if rest.startswith("("):
            rest = rest.partition(")")[2]
        rest = rest.lstrip("#0- +*.123456789hlL")[1:]
        yield literal
        yield None
        literal = ""
    yield literal


def _braces(text: str | None) -> Iterator[str | None]:
    if text is None:
        yield None
        return
    try:
        for literal, field, _, _ in Formatter().parse(text):
            yield literal
            if field is not None:
                yield None
    except ValueError:
        yield None


def _folded(template: Template) -> list[str | None]:
    parts: list[str | None] = []
    for part in template:
        if part is None:
            if not parts or parts[-1] is not None:
                parts.append(None)
        elif part:
            if parts and parts[-1] is not None:
                parts[-1] += part
            else:
                parts.append(part)
    folded = [part if part is None else _fold(part) for part in parts]
    if folded and folded[0] is not None:
        folded[0] = folded[0].lstrip()
    if folded and folded[-1] is not None:
        folded[-1] = folded[-1].rstrip()
    return folded or [""]


def _fold(text: str) -> str:
    inner = " ".join(text.split())
    if not inner:
        return " "
    return " " * text[:1].isspace() + inner + " " * text[-1:].isspace()


def _is_no_accident(template: Template, letters: int) -> bool:
    text = " ".join(part for part in template if part is not None)
    return (
        sum(map(str.isalpha, text)) >= letters
        and sum(any(map(str.isalpha, word)) for word in text.split()) >= WORDS
    )
