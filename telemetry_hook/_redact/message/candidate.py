"""A template that an exception's message may have, and where it is published."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from telemetry_hook._redact.message.interpreter import MARKS
from telemetry_hook._redact.message.templates import folded

if TYPE_CHECKING:
    from telemetry_hook._redact.message.template_sources import Source
    from telemetry_hook._redact.message.templates import Template

MARK = re.compile(f"[{MARKS}]")


class Candidate(NamedTuple):
    """A template and its source. `kinds` has a letter for each placeholder.

    It is one of `MARKS` in a learned template, CAUGHT or CAUGHT_CLASS where the text of the exception
    that is being handled is inserted, or '?' (unknown).
    """

    source: Source
    template: Template
    kinds: str


def candidate(source: Source, template: Template, kinds: str = "") -> Candidate:
    """Return a candidate whose placeholders are unknown if their kinds are not all given."""
    holes = template.count(None)
    return Candidate(source, template, kinds if len(kinds) == holes else "?" * holes)


def parts_of(text: str) -> Template:
    r"""Split a learned text at its placeholders: ``"no \0 here"`` → ``("no ", None, " here")``."""
    parts: list[str | None] = []
    for piece in MARK.split(text):
        parts += [piece, None]
    return folded(tuple(parts[:-1]))
