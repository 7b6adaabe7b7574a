"""Templates: how they are folded, what they match, and which of them say enough."""

from __future__ import annotations

from itertools import combinations

import pytest

from telemetry_hook._redact.message.templates import (
    MAX_MESSAGE,
    Template,
    covering,
    folded,
    letters_of,
    match,
    normalize,
    overlap,
    separated,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", "a"),
        ("  a \n\t b ", "a b"),
        ("", ""),
        (" \n", ""),
        ("x" * MAX_MESSAGE, "x" * MAX_MESSAGE),
        (
            "a" * MAX_MESSAGE + "b" * MAX_MESSAGE,
            "a" * (MAX_MESSAGE // 2) + "b" * (MAX_MESSAGE // 2),
        ),
    ],
)
def test_normalize(text: str, expected: str) -> None:
    """White space is folded; of an enormous message head and tail are left."""
    assert normalize(text) == expected


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
    assert folded(template) == expected


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
    assert match(message, template) == swallowed


@pytest.mark.parametrize(
    ("several", "expected"),
    [
        ([("no key",)], ("no key",)),
        ([("cannot read ", None), ("cannot write ", None, " now")], ("cannot ", None)),
        ([("no key",), ("no lock",)], ("no ", None)),
        ([("the key is gone",), ("the lock is gone",)], ("the ", None, " is gone")),
        ([("one",), ("two",)], (None,)),
        ([("one",), (None,)], (None,)),
        ([(None, " Client Error: ", None, " for url: ", None), (None, " for url: ", None)], None),
        ([], (None,)),
    ],
)
def test_covering(several: list[Template], expected: Template | None) -> None:
    """It has the words of all of them, and every text of theirs matches it."""
    whole = covering(several)
    assert expected is None or whole == expected
    for template in several:
        for value in ("", "x", "is gone for url: now"):
            text = normalize("".join(value if part is None else part for part in template))
            assert match(text, folded(whole)) is not None, text


@pytest.mark.parametrize(
    ("several", "expected"),
    [
        ([("cannot read ", None), ("must write ", None)], 2),
        ([("cannot ", None), ("cannot write ", None)], 1),
        ([(None, " is gone"), ("the key ", None)], 1),
        ([(None, " is gone"), (None, " is here")], 2),
        ([("no key",), ("no lock",)], 2),
        ([("no key",), ("no ", None)], 1),
        ([("a",), ("b",), (None,)], 1),
    ],
)
def test_separated(several: list[Template], expected: int) -> None:
    """No text matches two of them: those that a text may match both are one."""
    found = separated(several)
    assert len(found) == expected
    assert not any(overlap(one, other) for one, other in combinations(found, 2))


def test_letters_of() -> None:
    """Only fixed letters count."""
    assert letters_of(("ab ", None, "c1!")) == 3
