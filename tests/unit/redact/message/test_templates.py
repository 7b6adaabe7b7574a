"""Templates: how they are folded, what they match, and which of them say enough."""

from __future__ import annotations

import pytest

from telemetry_hook._redact.message import templates
from telemetry_hook._redact.message.templates import Template


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", "a"),
        ("  a \n\t b ", "a b"),
        ("", ""),
        (" \n", ""),
        ("x" * templates.MAX_MESSAGE, "x" * templates.MAX_MESSAGE),
        (
            "a" * templates.MAX_MESSAGE + "b" * templates.MAX_MESSAGE,
            "a" * (templates.MAX_MESSAGE // 2) + "b" * (templates.MAX_MESSAGE // 2),
        ),
    ],
)
def test_normalize(text: str, expected: str) -> None:
    """White space is folded; of an enormous message head and tail are left."""
    assert templates.normalize(text) == expected


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ((), ("",)),
        (("",), ("",)),
        (("", None, ""), (None,)),
        (("a", "b"), ("ab",)),
        ((None, None), (None,)),
        (("a", None, None, "b"), ("a", None, "b")),
        ((" a ", None, " b "), ("a ", None, " b")),
        (("a\n\n b",), ("a b",)),
        ((None, " \n ", None), (None, " ", None)),
        (("\ta",), ("a",)),
        ((None, "\n"), (None, "")),
    ],
)
def test_folded(template: Template, expected: Template) -> None:
    """Adjoining parts are joined, and white space is one space, none at the ends."""
    assert templates.folded(template) == expected


@pytest.mark.parametrize(
    ("message", "template", "swallowed"),
    [
        ("a", ("a",), ()),
        ("a", ("b",), None),
        ("ab", ("a",), None),
        ("a b c", ("a ", None, " c"), ("b",)),
        ("a b c d", ("a ", None, " c ", None), ("b", "d")),
        ("a b c b d", ("a ", None, " b", None), ("b c", " d")),
        ("x: y: z", (None, ": ", None), ("x", "y: z")),  # leftmost first
        ("a c", ("a ", None, " c"), (" ",)),  # an empty value leaves no second space
        ("a", ("a ", None), ("",)),
        ("c", (None, " c"), ("",)),
        ("aba", ("ab", None, "ba"), None),  # no overlap
        ("a b", (None,), ("a b",)),
        ("abcabc", (None, "abc"), ("abc",)),
        ("a1b2c", ("a", None, "b", None, "c"), ("1", "2")),
        ("a1c2b", ("a", None, "b", None, "c"), None),
        ("a x b y c", ("a ", None, " c"), ("x b y",)),
    ],
)
def test_match(message: str, template: Template, swallowed: tuple[str, ...] | None) -> None:
    """A whole message is held against a whole template."""
    assert templates.match(message, template) == swallowed


@pytest.mark.parametrize(
    ("template", "least", "expected"),
    [
        (("abc def",), (6, 2), True),
        (("abc de",), (6, 2), False),
        (("abcdefgh",), (6, 2), False),
        (("abc ", None, " def"), (6, 2), True),
        (("abc", None, "def"), (6, 2), True),
        (("123 456 789",), (6, 2), False),
        (("a1b c2d e f",), (6, 2), True),
        (("äöü é à ç",), (6, 2), True),
        ((None,), (0, 0), True),
        (("abcdefgh ---",), (6, 2), False),
    ],
)
def test_is_specific(template: Template, least: tuple[int, int], *, expected: bool) -> None:
    """Letters and words with letters count, digits and signs do not."""
    assert templates.is_specific(template, least) is expected


def test_letters_of() -> None:
    """Only fixed letters count."""
    assert templates.letters_of(("ab ", None, "c1!")) == 3
