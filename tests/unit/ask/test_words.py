"""The question says what a report may hold: its words are held against the report's types."""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import ROOT

from telemetry_hook import _data_page
from telemetry_hook._ask.question import CONTENTS, NEVER
from telemetry_hook._errors import NotPublicError
from telemetry_hook._report import PublicText, RedactedReport

pytestmark = pytest.mark.once

FRAMES = "exceptions.frames"
# Which words of the question cover a field of a report, and the fields inside it.
COVERED = {
    "exceptions": "the kind of error",
    "exceptions.type": "the kind of error",
    "exceptions.module": "the kind of error",
    "exceptions.details": "the kind of error",
    "exceptions.parent": "the kind of error",
    "exceptions.relation": "the kind of error",
    "exceptions.message": "its message without the values",
    FRAMES: "where it happened",
    **{f"{FRAMES}.{field}": "where it happened" for field in ("function", "module", "file")},
    **{f"{FRAMES}.{field}": "where it happened" for field in ("line", "release", "in_app")},
    f"{FRAMES}.known_by": "where it happened",
    **{f"{FRAMES}.{field}": "lines of published source" for field in ("source", "passed")},
    **{f"{FRAMES}.{field}": "the kinds of values there" for field in ("variables.*", "operands")},
}
LISTED = {"tool", "packages", "python", "system", "command", "attributes"}  # by their values
SHOWN_BY_VIEW = {"format", "id", "time", "phase", "mechanism", "circumstances", "fingerprint"}
# Fields whose inner fields need no words of their own.
WHOLE = {*LISTED, *SHOWN_BY_VIEW, "exceptions.details", f"{FRAMES}.release", f"{FRAMES}.source"}
NUMBERS = {"format", "first", "last", "line", "parent", "value"}
# An example of each thing that a report is said never to have.
EXAMPLES = {
    "passwords": "correct horse",
    "keys": "sk-live-0123456789",
    "addresses": "postgresql://db.acme.example",
    "names": "jane-roe",
    "paths": "/home/jane-roe/clinic",
    "what is in your files and data": "HIV disease stage four",
}


def fields(kind: type) -> Iterator[tuple[type, str, Any]]:
    """Yield class, name and type of each field of a report's type, and of the types inside it."""
    for name, hint in typing.get_type_hints(kind).items():
        yield kind, name, hint
        for inner in leaves(hint):
            if hasattr(inner, "_fields"):
                yield from fields(inner)


def leaves(hint: Any) -> Iterator[Any]:
    """Yield the classes in a type: `tuple[Release, ...] | None` has `Release` and `None`."""
    arguments = typing.get_args(hint)
    if not arguments:
        yield hint
    for argument in arguments:
        if argument is not Ellipsis:
            yield from leaves(argument)


def with_text(kind: type, name: str, text: str) -> dict[str, object]:
    """Return a report's JSON, in which one field of one of its types is a plain text."""
    made: Any = kind
    value = made(**{**dict.fromkeys(made._fields), name: text})
    empty: Any = dict.fromkeys(RedactedReport._fields)
    report = value if kind is RedactedReport else RedactedReport(**{**empty, "tool": value})
    return typing.cast("dict[str, object]", report.as_json())


def test_no_field_has_a_type_for_a_text_of_the_user() -> None:
    """Texts are public ones, numbers are in named fields, and the rest is yes or no."""
    for _, name, hint in fields(RedactedReport):
        for kind in leaves(hint):
            assert kind in (PublicText, bool, int, types.NoneType) or hasattr(kind, "_fields"), name
            assert kind is not int or name in NUMBERS, name


@pytest.mark.parametrize("what", EXAMPLES)
def test_what_is_never_in_a_report_is_refused_in_each_field(what: str) -> None:
    for kind, name, _ in fields(RedactedReport):
        with pytest.raises(NotPublicError):
            with_text(kind, name, EXAMPLES[what])
    with pytest.raises(NotPublicError):
        PublicText(EXAMPLES[what])


def test_each_phrase_of_what_is_never_in_a_report_has_an_example() -> None:
    kinds = NEVER.removeprefix("any text of yours, such as ")
    assert kinds != NEVER
    assert re.split(r", (?:or )?", kinds) == list(EXAMPLES)


def test_the_question_has_words_for_each_field() -> None:
    """A new field needs words, a place in the question's lists, or one among what `view` shows."""
    for path in _data_page.meanings():
        parts = path.split(".")
        parents = {".".join(parts[:count]) for count in range(1, len(parts))}
        assert path in {*COVERED, *WHOLE} or parents & WHOLE, path
    assert all(words in CONTENTS for words in COVERED.values())


def test_each_place_that_has_words_is_a_field() -> None:
    assert {*COVERED, *WHOLE} <= set(_data_page.meanings())


def test_samples_of_the_question_in_the_docs_have_its_words() -> None:
    documents = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    blocks = re.findall(
        r"```text\n(.*?)```", "".join(path.read_text("utf-8") for path in documents), re.DOTALL
    )
    samples = [" ".join(block.split()) for block in blocks if "Never in it:" in block]
    assert samples
    for words in samples:
        assert f"In it: {CONTENTS}; " in words
        assert f"Never in it: {NEVER} Size: " in words
