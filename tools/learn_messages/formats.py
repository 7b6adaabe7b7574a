"""Format strings in the interpreter's binaries. They show what of a message C code holds as text.

A probe's message has values that no filler changes: `invalid literal for int() with base 10: …`.
The binary has the format `invalid literal for int() with base %d: %.200R`, so `10` is a value.
"""

from __future__ import annotations

import re
import sys
import sysconfig
from functools import cache
from pathlib import Path
from typing import NamedTuple

from fillers import INT, MARKS, NAME, TYPE, VALUE
from type_names import TYPES, all_types

MAX_FORMAT = 400
MIN_FORMAT_LETTERS = 6
MIN_CLAUSE_WORDS = 2
CONTEXT = 5

_LITERAL = re.compile(rb"[\t\n\x20-\x7e]{3,%d}(?=\0)" % MAX_FORMAT)
_CONVERSION = re.compile(r"%(?:%|[-+ #0-9.*]*(?:hh|h|ll|l|j|z|t|q)?([a-zA-Z!]))")
_WORD = re.compile(r"(?<![\w%])[a-zA-Z_]{3,}(?![\w%])")
_INTEGER = re.compile(rf"[-+]?(?:\d+|{INT})")
# A number, and the one in `must be 2-item sequence`.
_NUMBER = re.compile(rf"^[-+]?(?:\d+|{INT})(?=$|-item$)")
_NAME = re.compile(rf"[\w.<>{TYPE}{NAME}]+")
_MARK = re.compile(f"[{MARKS}]")
# The quotes of a name's repr never change.
_QUOTED_NAME = re.compile(f"'[{NAME}{TYPE}]'")
_BEFORE_TYPE = re.compile(r"'? (?:object|instance)s?\b")
# What kind of an expression the parser met. Some are named like types: `tuple`, `None`.
_BEFORE_EXPRESSION = ("assign to ", "cannot delete ", "expressions with ", "target (not ")
_BEFORE_VALUE = ("detach database ", "cannot store ", " value in ", "use function ", ", got ")
_ARGUMENT = re.compile("argument '[^']*'")
_CLEAN_WORD = re.compile(f"[a-zA-Z(),-]*|{INT}(?:-item)?")
_QUOTED_OR_NUMBER = re.compile(
    rf"(?<![\w.])-?\d+(?:\.\d+)?(?!\w)|(?<=')[^'\" {MARKS}]+(?=')|(?<=\")[^'\" {MARKS}]+(?=\")"
)
# The symbol of an operator depends on the instruction, and not on a value.
_OPERATOR = re.compile(
    r"^unsupported operand type\(s\) for [^'\0-\3]*: |^bad operand type for [^'\0-\3]*: "
    r"|^'[<>]=?' not supported"
)


class Format(NamedTuple):
    """A format string: a pattern, its fixed texts, and the conversions between them."""

    pattern: re.Pattern[str]
    fixed: tuple[str, ...]
    conversions: tuple[str, ...]


@cache
def fixed(template: str) -> str:
    r"""Return a template with holes where C code inserts values.

    `"invalid literal for int() with base 10: \0"` → `"invalid literal for int() with base \2: \0"`
    """
    if template in _literals() or _OPERATOR.match(template):
        return template
    known = [
        (found, match)
        for found in _formats_for(template)
        if (match := found.pattern.fullmatch(template)) is not None
    ]
    if not known:
        return _without_format(template)
    best, match = max(known, key=lambda pair: (len("".join(pair[0].fixed)), pair[0].fixed))
    parts = [best.fixed[0]]
    for conversions, text, after in zip(
        best.conversions, match.groups(), best.fixed[1:], strict=True
    ):
        parts += [_hole("".join(parts), conversions, text, after), after]
    return "".join(parts)


def _hole(before: str, conversions: str, text: str, after: str) -> str:
    """Return what stands for an inserted text: a mark, or the text if it is one of C code's words."""
    if _MARK.fullmatch(text) or after.startswith("-string: "):  # `f` or `t`
        return text
    if _is_plural(before, text, after):
        return VALUE
    if conversions in {*"diu"}:
        return INT
    name = text.removesuffix("()")
    is_called = name != text or after[:1] == "(" or (not before and after[:1] in (" ", ":"))
    if is_called and _NAME.fullmatch(name):
        return text.replace(name, NAME)
    if set(conversions).intersection("RSAVUpcfgeGxXo"):
        is_kept = _QUOTED_NAME.fullmatch(text) or _is_clause(text)
        return text if is_kept else VALUE
    return _type_or_words(before, text, after)


def _type_or_words(before: str, text: str, after: str) -> str:
    """Return what stands for an inserted C string: the name of a type, C code's words, or a value."""
    is_syntax = before.endswith(_BEFORE_EXPRESSION)
    if (text in TYPES and not is_syntax) or (
        text in all_types() and ("." in text or before.endswith(("'", '"')))
    ):
        return NAME if before.endswith(("argument '", "attribute '")) else TYPE
    if _ARGUMENT.fullmatch(text):
        return f"argument '{VALUE}'"
    is_type = before.endswith(("type ", "type '", "class ")) or _BEFORE_TYPE.match(after)
    if is_type and _NAME.fullmatch(text):
        return TYPE
    if text.startswith("of ") and text[3:] in all_types():
        return f"of {TYPE}"
    if before.endswith(_BEFORE_VALUE):
        return VALUE
    words = [_NUMBER.sub(INT, word) for word in text.split(" ")]
    is_text = all(_CLEAN_WORD.fullmatch(word) for word in words)
    return " ".join(words) if is_text and before[-1:] not in ("'", '"') else VALUE


def _is_plural(before: str, text: str, after: str) -> bool:
    is_ending = before[-1:].isalpha() and (text == "s" or (not text and after != ""))
    return is_ending or text in {"was", "were", "is", "are"}


def _is_clause(text: str) -> bool:
    """Return whether an inserted text is a clause that the binaries have, such as a reason."""
    return text in _literals() and len(text.split()) >= MIN_CLAUSE_WORDS


def _without_format(template: str) -> str:
    """Make holes of numbers and quoted words that no literal holds with the text around them."""
    blob = _blob()

    def hole(found: re.Match[str]) -> str:
        before = re.split(f"[{MARKS}]", template[: found.start()])[-1][-CONTEXT:]
        after = re.split(f"[{MARKS}]", template[found.end() :])[0][:CONTEXT]
        if len(before + after) >= CONTEXT and before + found[0] + after in blob:
            return found[0]
        return INT if _INTEGER.fullmatch(found[0]) else VALUE

    return _QUOTED_OR_NUMBER.sub(hole, template)


def _formats_for(template: str) -> list[Format]:
    return [found for word in set(_WORD.findall(template)) for found in _index().get(word, ())]


@cache
def _index() -> dict[str, list[Format]]:
    """Return the formats by their longest word."""
    index: dict[str, list[Format]] = {}
    for literal in _literals():
        if "%" not in literal or not (found := _format(literal)):
            continue
        words = [
            word for part in found.fixed for word in _WORD.findall(f" {part} ".replace("\0", ""))
        ]
        whole = [word for word in words if re.search(rf"(?<![\w%]){word}(?![\w%])", literal)]
        if whole:
            index.setdefault(max(whole, key=len), []).append(found)
    return index


def _format(literal: str) -> Format | None:
    parts, at = [""], 0
    kinds: list[str] = []
    for conversion in _CONVERSION.finditer(literal):
        parts[-1] += literal[at : conversion.start()]
        at = conversion.end()
        if conversion[1] is None:
            parts[-1] += "%"
        elif kinds and not parts[-1]:
            kinds[-1] += conversion[1]
        else:
            kinds.append(conversion[1])
            parts.append("")
    parts[-1] += literal[at:]
    letters = sum(map(str.isalpha, "".join(parts)))
    if not kinds or letters < MIN_FORMAT_LETTERS:
        return None
    texts = [re.sub(r"\s+", " ", part) for part in parts]
    groups = [_group(kind) for kind in kinds]
    source = re.escape(texts[0]) + "".join(
        group + re.escape(text) for group, text in zip(groups, texts[1:], strict=True)
    )
    return Format(re.compile(source), tuple(texts), tuple(kinds))


def _group(conversions: str) -> str:
    if conversions in {*"diu"}:
        return rf"([-+]?(?:\d+|[{MARKS}]))"
    return "(.*?)"


@cache
def _literals() -> frozenset[str]:
    return frozenset(_blob().split("\0"))


@cache
def _blob() -> str:
    found: set[str] = set()
    for path in _binaries():
        found.update(text.decode() for text in _LITERAL.findall(path.read_bytes()))
    return "\0".join(sorted(" ".join(text.split()) if "\n" in text else text for text in found))


def _binaries() -> list[Path]:
    """Return the interpreter, the standard library's C modules, and the libraries that they load."""
    dynload = Path(sysconfig.get_path("platstdlib"), "lib-dynload")
    modules = [path for path in dynload.glob("*.so") if not path.name.startswith(("_test", "_xx"))]
    mapped = {
        line.split(maxsplit=5)[-1].strip()
        for line in Path("/proc/self/maps").read_text().splitlines()
    }
    libraries = [Path(path) for path in mapped if ".so" in path and path.startswith("/")]
    return sorted({Path(sys.executable).resolve(), *modules, *libraries})
