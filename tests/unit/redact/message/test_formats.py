"""Formats of texts, split into text and places."""

from __future__ import annotations

import pytest

from telemetry_hook._redact.message.formats import FormatPart, Hole, braces, dollars, percent


def split(parts: object) -> list[FormatPart]:
    """Return parts without the empty texts between."""
    return [part for part in parts if part != ""]  # type: ignore[attr-defined]


def plain(name: str | int = "") -> Hole:
    """Return a place that is filled with a text as it is."""
    return Hole(name, is_plain=True)


def shown(name: str | int = "") -> Hole:
    """Return a place that is filled with the `repr` of a value."""
    return Hole(name, is_plain=False, is_repr=True)


def other(name: str | int = "") -> Hole:
    """Return a place that is filled with something made of a value."""
    return Hole(name, is_plain=False)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", []),
        ("text", ["text"]),
        ("a %s b", ["a ", plain(), " b"]),
        ("%s%s", [plain(), plain()]),
        ("%r", [shown()]),
        ("%d%%", [other(), "%"]),
        ("%(name)s!", [plain("name"), "!"]),
        ("%(name)d!", [other("name"), "!"]),
        ("%-10s|", [other(), "|"]),
        ("%.3f|", [other(), "|"]),
        ("%*d|", [other(), "|"]),
        ("%#x|%+i|% d|%05ld", [other(), "|", other(), "|", other(), "|", other()]),
        ("100%", ["100", other()]),
        ("100%%", ["100", "%"]),
        ("%5%x", ["%", "x"]),
    ],
)
def test_percent(text: str, parts: list[FormatPart]) -> None:
    """`%` has flags, width, precision and length."""
    assert split(percent(text)) == parts


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", []),
        ("text", ["text"]),
        ("a {} b", ["a ", plain(), " b"]),
        ("{0}{1}", [plain(0), plain(1)]),
        ("{name}", [plain("name")]),
        ("{name!r}", [shown("name")]),
        ("{name:>3}", [other("name")]),
        ("{name.part}", [plain("name.part")]),
        ("{{}} {}", ["{", "}", " ", plain()]),
        ("a } b", [other()]),
    ],
)
def test_braces(text: str, parts: list[FormatPart]) -> None:
    """`str.format` has numbers, conversions and specifications."""
    assert split(braces(text)) == parts


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", []),
        ("text", ["text"]),
        ("a $name b", ["a ", plain("name"), " b"]),
        ("${name}s", [plain("name"), "s"]),
        ("$a_1$b.", [plain("a_1"), plain("b"), "."]),
        ("5 $$ $x", ["5 ", "$", " ", plain("x")]),
        ("$", [plain()]),
    ],
)
def test_dollars(text: str, parts: list[FormatPart]) -> None:
    """`string.Template` has names, and names in braces."""
    assert split(dollars(text)) == parts
