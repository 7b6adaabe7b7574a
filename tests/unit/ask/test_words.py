"""The question says what a report may hold: its words are held against the report's types."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from typing import Any

from telemetry_hook import _report
from telemetry_hook._ask.question import CONTENTS, NEVER
from telemetry_hook._report import PublicText, RedactedReport

# Which words of the question cover a field. The others are in what "view" shows.
COVERED = {
    "type": "the kind of error",
    "message": "its message without the values",
    "frames": "where it happened",
    "source": "lines of published source",
    "variables": "the kinds of values there",
}
SHOWN_BY_VIEW = {
    *("format", "id", "time", "phase", "mechanism", "circumstances", "fingerprint"),
    *("module", "details", "parent", "relation", "repeated"),
}
# Fields that `Question` lists by their values.
LISTED = {"tool", "packages", "python", "system", "command", "attributes", "exceptions"}
NUMBERS = {"format", "line", "parent", "value"}


def fields(kind: type) -> Iterator[tuple[str, Any]]:
    """Yield the name and type of each field of a report's type, and of the types inside it."""
    for name, hint in typing.get_type_hints(kind, include_extras=False).items():
        yield name, hint
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


def test_no_field_can_hold_a_text_of_the_user() -> None:
    """Texts are public ones, numbers are in named fields, and the rest is yes or no."""
    assert NEVER.startswith("any text of yours")
    for name, hint in fields(RedactedReport):
        for kind in leaves(hint):
            assert kind in (PublicText, bool, int, types.NoneType) or hasattr(kind, "_fields"), name
            assert kind is not int or name in NUMBERS


def test_the_question_has_words_for_what_a_report_holds() -> None:
    """A new field needs words, or a place among those that only `view` shows."""
    for kind in (RedactedReport, _report.RedactedException):
        assert set(kind._fields) <= {*COVERED, *SHOWN_BY_VIEW, *LISTED}
    assert {"source", "variables"} <= set(_report.RedactedFrame._fields)
    assert all(words in CONTENTS for words in COVERED.values())
