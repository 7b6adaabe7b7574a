"""Splits texts in Python's three format syntaxes into fixed texts and placeholders."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator


class Hole(NamedTuple):
    """A placeholder. `name` is the name or number of its value, or '' for the next argument.

    `is_plain`: the value is inserted unchanged, without conversion, cutting or padding. `is_repr`: its
    `repr` is.
    """

    name: str | int
    is_plain: bool
    is_repr: bool = False


FormatPart = str | Hole


def percent(text: str) -> Iterator[FormatPart]:
    """Split a text as `%` does: ``"no %s here"`` → ``"no "``, a placeholder, ``" here"``."""
    while text:
        before, percent, text = text.partition("%")
        yield before
        if not percent:
            return
        name = ""
        if text.startswith("("):
            name, _, text = text[1:].partition(")")
        conversion = text.lstrip("#0- +*.123456789hlL")
        if conversion.startswith("%"):
            yield "%"
        else:
            is_bare = conversion == text
            is_plain, is_repr = (is_bare and text.startswith(letter) for letter in "sr")
            yield Hole(name, is_plain=is_plain, is_repr=is_repr)
        text = conversion[1:]


def braces(text: str) -> Iterator[FormatPart]:
    """Split a text as `str.format` does: ``"no {name} "`` → ``"no "``, a placeholder, ``" "``."""
    from string import Formatter

    try:
        for literal, name, spec, conversion in Formatter().parse(text):
            yield literal
            if name is not None:
                key = int(name) if name.isdecimal() else name
                is_plain = not spec and conversion in (None, "s")
                yield Hole(key, is_plain, is_repr=not spec and conversion == "r")
    except ValueError:
        yield Hole("", is_plain=False)


def dollars(text: str) -> Iterator[FormatPart]:
    """Split a text as `string.Template` does: ``"no $name"`` → ``"no "``, a placeholder."""
    from string import ascii_letters, digits

    while text:
        before, dollar, text = text.partition("$")
        yield before
        if text.startswith("$"):
            yield "$"
            text = text[1:]
        elif dollar:
            if text.startswith("{"):
                name, _, text = text[1:].partition("}")
            else:
                rest = text.lstrip(f"{ascii_letters}{digits}_")
                name, text = text[: len(text) - len(rest)], rest
            yield Hole(name, is_plain=True)
